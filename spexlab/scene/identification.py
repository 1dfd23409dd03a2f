"""Which band is which: from what the user says, what the source says, or the sensor's usual order. Never a silent guess."""

import re
import warnings
from dataclasses import replace

from spexlab.scene.bands import LONGEST_REFLECTIVE, Band
from spexlab.scene.form import SceneWarning
from spexlab.scene.naming import resolve_bands
from spexlab.scene.raw import Raw
from spexlab.scene.sensors import SENSORS, Sensor, recognise_sensor, sensor_bands

_NOT_SPECTRAL = re.compile(
    r"(?i)(alpha|mask|udm\d?|scl|qa(_.*)?|.*[_ ]qa|qa_?pixel|fmask|aot|wvp|visual"
    r"|cloud.*|snow_prob.*|angle.*|elevation|dem|dataset_mask|datamask)"
)
_POSITION_ONLY = re.compile(r"(?i)(band[ _]?\d+|layer[ _]?\d+|\d{1,2}|)")
_PLATFORM_KEYS = (
    "platform",
    "spacecraft_name",
    "spacecraft_id",
    "datatake_1_spacecraft_name",
    "satellite",
    "sensor",
    "constellation",
)


def guess_sensor(raw: Raw) -> Sensor | None:
    """Recognise the sensor from metadata or the product's name."""
    text = " ".join([raw.title, raw.tags.get("product_uri", ""), *(raw.tags.get(key, "") for key in _PLATFORM_KEYS)])
    return recognise_sensor(text)


def identify(
    raw: Raw, bands: list[str | float | Band] | None, profile: Sensor | None, *, explicit: bool
) -> tuple[list[Band | None], dict[str, int]]:
    """Tell the bands apart: bands=, names in the source, wavelengths, the sensor's usual order, colours.

    Returns one Band a layer (None for layers that are no part of a scene), and the layers that are masks or quality, by name;
    an alpha band is called "alpha".
    """
    count = raw.data.sizes["band"]
    mask_layers = _mask_layers(raw, bands, count)
    spectral = [i for i in range(count) if i not in mask_layers]
    found = _resolve(raw, spectral, bands, profile, explicit=explicit)
    resolved: list[Band | None] = [None] * count
    for i, band in zip(spectral, found, strict=True):
        resolved[i] = band if band is not None and band.wavelength <= LONGEST_REFLECTIVE else None
    kept = [band for band in resolved if band is not None]
    if len(kept) < 2:
        names = ", ".join(band.name for band in kept) or "none"
        raise ValueError(
            f"a scene needs at least two bands, as a spectral index does, but {raw.source} has {len(kept)} ({names}); "
            "add the others"
        )
    return resolved, {_mask_name(raw, bands, layer): layer for layer in mask_layers}


def _mask_name(raw: Raw, bands: list[str | float | Band] | None, layer: int) -> str:
    named = bands if bands is not None and len(bands) == raw.data.sizes["band"] else raw.names or ("",) * raw.data.sizes["band"]
    name = str(named[layer]).strip()
    is_alpha = re.fullmatch(r"(?i)alpha|mask|data_?mask|dataset_mask", name) or (raw.colours and raw.colours[layer] == "alpha")
    return "alpha" if is_alpha else name


def _mask_layers(raw: Raw, bands: list[str | float | Band] | None, count: int) -> list[int]:
    """Layers that are no spectral band: named as a mask or quality band, or an unnamed alpha band that `bands` does not count."""
    if bands is not None and len(bands) == count:
        return [i for i, name in enumerate(bands) if isinstance(name, str) and _NOT_SPECTRAL.fullmatch(name.strip())]
    names = raw.names or ("",) * count
    masks = [i for i, name in enumerate(names) if name and _NOT_SPECTRAL.fullmatch(name.strip())]
    unnamed_alpha = [i for i, colour in enumerate(raw.colours) if colour == "alpha" and _POSITION_ONLY.fullmatch(names[i].strip())]
    return sorted({*masks, *unnamed_alpha})


def _resolve(
    raw: Raw, spectral: list[int], bands: list[str | float | Band] | None, profile: Sensor | None, *, explicit: bool
) -> list[Band | None]:
    count = len(spectral)
    if bands is not None:
        given = [band for band in bands if not (isinstance(band, str) and _NOT_SPECTRAL.fullmatch(band.strip()))]
        if len(given) != count:
            raise ValueError(
                f"bands= must name each of the {raw.data.sizes['band']} bands of {raw.source}, but it names {len(bands)}"
            )
        return list(resolve_bands(given, profile))
    wavelengths = [raw.wavelengths[i] for i in spectral] if raw.wavelengths else None
    names = [re.split(r"[,(]", raw.names[i])[0].strip() for i in spectral] if raw.names else []
    if names and not all(_POSITION_ONLY.fullmatch(name) for name in names):
        try:
            found = resolve_bands(names, profile)
        except ValueError:
            if wavelengths is None and not (explicit and profile):
                raise
        else:
            return [replace(b, wavelength=w) for b, w in zip(found, wavelengths, strict=True)] if wavelengths else list(found)
    if wavelengths is not None:
        return list(resolve_bands(wavelengths))
    return list(_by_order(raw, spectral, profile, explicit=explicit))


def _by_order(raw: Raw, spectral: list[int], profile: Sensor | None, *, explicit: bool) -> tuple[Band, ...]:
    """Fall back on the sensor's usual order, or on the colours of an ordinary picture."""
    count = len(spectral)
    colours = [raw.colours[i] for i in spectral] if raw.colours else []
    if profile is not None:
        found = sensor_bands(profile, count)
        if not explicit or count != len(profile.bands):
            order = ", ".join(band.name for band in found)
            warnings.warn(
                f"{raw.source}: bands assumed to be {order}, the usual order of {profile.title}", SceneWarning, stacklevel=7
            )
        return found
    if count == 3 and sorted(colours) == ["blue", "green", "red"]:
        return resolve_bands(colours, "rgb")
    raise ValueError(
        f"the {count} bands of {raw.source} cannot be told apart; pass sensor= (one of {', '.join(SENSORS)}) "
        "or bands=, for example bands=['blue', 'green', 'red', 'nir']"
    )
