"""Every way of naming a band, native ("B02", "SR_B4"), everyday ("red edge 1") or by wavelength, comes down to a `Band` here."""

import re
from collections.abc import Iterable
from numbers import Real

from spexlab.scene.bands import SPYNDEX, WAVELENGTHS, Band
from spexlab.scene.sensors import SENSORS, Sensor, get_sensor

_ALIASES = {
    "aerosol": "coastal", "aerosols": "coastal", "coastal_aerosol": "coastal", "coastalblue": "coastal", "ultra_blue": "coastal",
    "green_i": "green05", "green1": "green05", "green_ii": "green", "panchromatic": "pan",
    "rededge": "rededge071", "red_edge": "rededge071", "red_edge1": "rededge071", "rededge1": "rededge071", "vre1": "rededge071",
    "rededge2": "rededge075", "red_edge2": "rededge075", "rededge3": "rededge078", "red_edge3": "rededge078",
    "re1": "rededge071", "re2": "rededge075", "re3": "rededge078",
    "near_infrared": "nir", "nearinfrared": "nir", "near_ir": "nir", "infrared": "nir", "nir1": "nir", "nir_1": "nir",
    "nir2": "nir08", "nir_2": "nir08", "nir_narrow": "nir08", "narrow_nir": "nir08", "nir8a": "nir08",
    "water_vapour": "nir09", "water_vapor": "nir09", "nir9": "nir09",
    "swir1": "swir16", "swir_1": "swir16", "swir": "swir16", "swir2": "swir22", "swir_2": "swir22",
    "thermal": "lwir", "tir": "lwir", "tirs1": "lwir11", "tirs2": "lwir12",
}  # fmt: skip
# After the ranges of the STAC eo extension, made disjoint; "green05", "pan" and "lwir" are never guessed from a lone wavelength.
_RANGES = {
    "coastal": (400, 452), "blue": (452, 512), "green": (512, 590), "yellow": (590, 625), "red": (625, 691),
    "rededge071": (691, 726), "rededge075": (726, 760), "rededge078": (760, 800),
    "nir": (800, 850), "nir08": (850, 900), "nir09": (925, 970),
    "cirrus": (1350, 1410), "swir16": (1540, 1760), "swir22": (2080, 2360), "lwir11": (10_300, 11_400), "lwir12": (11_500, 12_600),
}  # fmt: skip
_LETTERS = {letter: name for name, letter in SPYNDEX.items()}
_NATIVE = re.compile(r"(?P<prefix>SR_|ST_|TOA_)?B(?:AND)?[ _]?0*(?P<number>\d{1,2}A?)", re.IGNORECASE)


def resolve_bands(names: Iterable[str | float | Band], sensor: str | Sensor | None = None) -> tuple[Band, ...]:
    """Turn band names or wavelengths into bands.

    Parameters
    ----------
    names : iterable of str, float or Band
        STAC common names, native names ("B02", "SR_B4"), spyndex letters ("N", "S1"), everyday names ("swir1", "red edge 1"),
        or centre wavelengths in nm (numbers under 20 are read as micrometres).
    sensor : str or Sensor, optional
        Whose native names these are. Without it they must fit one reading only: "B4" alone is red on Sentinel-2 and NIR on
        Landsat 7.

    Returns
    -------
    tuple of Band
        In the order given, each name once.

    Raises
    ------
    ValueError
        If a name is unknown, ambiguous or given twice.
    """
    profile = get_sensor(sensor) if isinstance(sensor, str) else sensor
    given = list(names)
    native = _resolve_native([n for n in given if _native_key(n)], profile)
    bands = [native[str(n)] if _native_key(n) else _resolve_one(n, profile) for n in given]
    bands = _distinct_names(bands, given)
    repeated = sorted({b.name for b in bands if [c.name for c in bands].count(b.name) > 1})
    if repeated:
        raise ValueError(f"each band must be named once, but {', '.join(repeated)} is repeated in {given}")
    return tuple(bands)


def _native_key(name: object) -> str:
    """Return "B4" for "B04", "b4", "SR_B4" or "Band 4", and "" for what is no native name."""
    match = _NATIVE.fullmatch(name.strip()) if isinstance(name, str) else None
    return f"B{match['number'].upper()}" if match else ""


def _resolve_native(names: list[str | float | Band], profile: Sensor | None) -> dict[str, Band]:
    """Read native names through the only sensor, or the only reading, that they fit."""
    if not names:
        return {}
    keys = [_native_key(name) for name in names]
    candidates = [profile] if profile else _native_candidates([str(name) for name in names])
    readings = [dict(zip(s.native, s.bands, strict=True)) for s in candidates if s.native]
    readings = [reading for reading in readings if all(key in reading for key in keys)]
    meanings = {tuple(reading[key].name for key in keys) for reading in readings}
    if not meanings:
        whose = profile.title if profile else "any one sensor"
        raise ValueError(f"{[str(n) for n in names]} are not the band names of {whose}; give STAC common names with bands=")
    if len(meanings) > 1:
        fitting = ", ".join(s.name for s in candidates if all(key in s.native for key in keys))
        raise ValueError(f"{[str(n) for n in names]} mean different bands on {fitting}; say which with sensor=")
    return {str(name): readings[0][key] for name, key in zip(names, keys, strict=True)}


def _native_candidates(names: list[str]) -> list[Sensor]:
    """Sensors that write their band names this way: SR_B4 is Landsat, B04 Sentinel-2 or HLS, B4 any."""
    sensors = list(SENSORS.values())
    if any(re.match(r"SR_", name.strip(), re.IGNORECASE) for name in names):
        return [s for s in sensors if s.name.startswith("landsat")]
    if any(re.match(r"B0\d", name.strip(), re.IGNORECASE) for name in names):
        return [s for s in sensors if s.name.startswith(("sentinel", "hls"))]
    return sensors


def _resolve_one(name: str | float | Band, profile: Sensor | None) -> Band:
    """Read one common name, spyndex letter, everyday name or wavelength."""
    if isinstance(name, Band):
        return name
    if isinstance(name, Real) and not isinstance(name, bool):
        return _at_wavelength(float(name))
    text = str(name).strip()
    if re.fullmatch(r"\d+(\.\d+)?\s*(nm|um|µm)?", text, re.IGNORECASE):
        return _at_wavelength(float(re.sub(r"[^\d.]", "", text)))
    common = _LETTERS.get(text) or _common_name(text)
    if common is None:
        raise ValueError(f"unknown band {name!r}; use STAC common names ({', '.join(WAVELENGTHS)}) or wavelengths in nm")
    exact = {band.name: band for band in profile.bands} if profile else {}
    return exact.get(common) or Band(common, WAVELENGTHS[common])


def _common_name(text: str) -> str | None:
    key = re.sub(r"[\s\-]+", "_", text.lower())
    for candidate in (key, re.sub(r"_(?=\d+$)", "", key), key.replace("_", "")):
        if candidate in WAVELENGTHS:
            return candidate
        if candidate in _ALIASES:
            return _ALIASES[candidate]
    return None


def _at_wavelength(value: float) -> Band:
    """Name the band centred at a wavelength: the common name whose range holds it, else the wavelength itself."""
    wavelength = value * 1000.0 if 0.3 <= value < 20.0 and value != int(value) else value
    if not 300.0 <= wavelength <= 20_000.0:
        raise ValueError(f"a wavelength must be 300-20000 nm (or 0.3-20 micrometres with decimals), but {value:g} was given")
    names = [name for name, (low, high) in _RANGES.items() if low <= wavelength < high]
    return Band(names[0] if names else f"{wavelength:g}nm", wavelength)


def _distinct_names(bands: list[Band], given: list[str | float | Band]) -> list[Band]:
    """Of several wavelengths under one common name the nearest keeps it; a band given by name always keeps its name."""
    result = list(bands)
    measured = {i for i, name in enumerate(given) if not isinstance(name, Band) and str(name)[:1].isdigit()}
    for name in {band.name for band in bands}:
        same = [i for i, band in enumerate(bands) if band.name == name]
        rivals = [i for i in same if i in measured]
        if len(same) == len(rivals) and rivals:
            rivals.remove(min(rivals, key=lambda i: abs(bands[i].wavelength - WAVELENGTHS.get(name, 0.0))))
        for i in rivals:
            first_green = 525.0 <= bands[i].wavelength < 538.0 and "green05" not in {band.name for band in result}
            result[i] = Band("green05" if first_green else f"{bands[i].wavelength:g}nm", bands[i].wavelength)
    return result
