"""Sensors and bands: STAC common names, centre wavelengths (nm), and the scale and offset of each sensor's usual product.

A band is physics, not a position. Every way of naming one (common name, native name such as "B02" or "SR_B4", spyndex letter,
wavelength) comes down to a `Band` here, and nowhere else.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from numbers import Real

import xarray as xr

WAVELENGTHS: dict[str, float] = {
    "coastal": 443.0,
    "blue": 490.0,
    "green05": 531.0,
    "green": 560.0,
    "yellow": 610.0,
    "pan": 640.0,
    "red": 665.0,
    "rededge071": 705.0,
    "rededge075": 740.0,
    "rededge078": 783.0,
    "nir": 840.0,
    "nir08": 865.0,
    "nir09": 945.0,
    "cirrus": 1375.0,
    "swir16": 1610.0,
    "swir22": 2200.0,
    "lwir": 11450.0,
    "lwir11": 10900.0,
    "lwir12": 12000.0,
}
"""STAC common name -> typical centre wavelength in nm (eo extension 2.0)."""

SPYNDEX: dict[str, str] = {
    "coastal": "A",
    "blue": "B",
    "green05": "G1",
    "green": "G",
    "yellow": "Y",
    "red": "R",
    "rededge071": "RE1",
    "rededge075": "RE2",
    "rededge078": "RE3",
    "nir": "N",
    "nir08": "N2",
    "nir09": "WV",
    "swir16": "S1",
    "swir22": "S2",
    "lwir": "T",
    "lwir11": "T1",
    "lwir12": "T2",
}
"""STAC common name -> spyndex letter."""

_STAND_INS = {"nir": "nir08", "nir08": "nir"}
"""A sensor whose only near infrared is the narrow one (Landsat, HLS) is read as if it had the wide one, and the reverse."""

LONGEST_REFLECTIVE = 3000.0
"""Beyond this wavelength (nm) a band is mostly emitted heat, not reflected light, and is no part of a scene."""

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


@dataclass(frozen=True)
class Band:
    """One spectral band."""

    name: str
    """STAC common name, or e.g. "1240nm" where none exists."""
    wavelength: float
    """Centre wavelength in nm."""


@dataclass(frozen=True)
class Sensor:
    """A sensor's bands and its usual product."""

    name: str
    """The name that `sensor=` takes."""
    title: str
    """What people call it."""
    bands: tuple[Band, ...]
    """In the order of the usual product."""
    native: tuple[str, ...]
    """The provider's band names, parallel to `bands`; empty where the provider only uses colours."""
    pixel_size: float | None
    """Usual ground sampling distance in metres; None where it varies."""
    scale: float | None = 1e-4
    """Reflectance per digital number of the usual integer product; None where its numbers are no reflectance."""
    offset: float = 0.0
    """Reflectance at digital number 0 of that product."""
    aliases: tuple[str, ...] = ()
    """Other names that `get_sensor` understands."""
    layouts: tuple[tuple[str, ...], ...] = field(default=())
    """Common subsets of the bands, in file order, told apart by their number of bands."""


def _bands(**wavelengths: float) -> tuple[Band, ...]:
    return tuple(Band(name, float(wavelength)) for name, wavelength in wavelengths.items())


_VISIBLE_NIR = ("blue", "green", "red", "nir")
_SIX = ("blue", "green", "red", "nir08", "swir16", "swir22")
_S2_LAYOUTS = (
    _VISIBLE_NIR,
    (*_VISIBLE_NIR, "swir16", "swir22"),
    ("blue", "green", "red", "rededge071", "rededge075", "rededge078", "nir", "nir08", "swir16", "swir22"),
)
_S2_BANDS = _bands(
    coastal=443, blue=492, green=560, red=665, rededge071=704, rededge075=740, rededge078=783,
    nir=833, nir08=865, nir09=945, swir16=1614, swir22=2202,
)  # fmt: skip
_S2_NATIVE = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B11", "B12")
_OLI_BANDS = _bands(coastal=443, blue=482, green=561, red=655, nir08=865, swir16=1609, swir22=2201)
_TM_NATIVE = ("B1", "B2", "B3", "B4", "B5", "B7")

# Wavelengths: ESA's and USGS's band tables (Sentinel-2A, OLI, ETM+, TM), Planet's SuperDove and Dove-R, USDA's ADS100,
# Maxar's WorldView-2 and Airbus's Pleiades; Landsat Collection 2 level 2: reflectance = DN * 2.75e-5 - 0.2 (USGS LSDS-1619).
_TABLE = (
    Sensor("sentinel-2", "Sentinel-2 L2A", _S2_BANDS, _S2_NATIVE, 10.0, layouts=_S2_LAYOUTS,
           aliases=("sentinel-2-l2a", "sentinel2", "sentinel2a", "sentinel2b", "s2", "s2l2a", "sentinel-2-c1-l2a",
                    "sentinel-2a", "sentinel-2b")),
    Sensor("sentinel-2-l1c", "Sentinel-2 L1C", (*_S2_BANDS[:10], Band("cirrus", 1375.0), *_S2_BANDS[10:]),
           (*_S2_NATIVE[:10], "B10", *_S2_NATIVE[10:]), 10.0, layouts=_S2_LAYOUTS, aliases=("s2l1c", "sentinel2-l1c")),
    Sensor("landsat-4-5", "Landsat 4-5 TM", _bands(blue=485, green=560, red=660, nir=830, swir16=1650, swir22=2215), _TM_NATIVE,
           30.0, 2.75e-5, -0.2, aliases=("landsat-4", "landsat-5", "landsat4", "landsat5", "l4", "l5", "lt04", "lt05", "tm"),
           layouts=(_VISIBLE_NIR,)),
    Sensor("landsat-7", "Landsat 7 ETM+", _bands(blue=485, green=560, red=660, nir=835, swir16=1650, swir22=2220), _TM_NATIVE,
           30.0, 2.75e-5, -0.2, aliases=("landsat7", "l7", "le07", "landsat-etm"), layouts=(_VISIBLE_NIR,)),
    Sensor("landsat-8-9", "Landsat 8-9 OLI", _OLI_BANDS, ("B1", "B2", "B3", "B4", "B5", "B6", "B7"), 30.0, 2.75e-5, -0.2,
           aliases=("landsat-8", "landsat-9", "landsat8", "landsat9", "l8", "l9", "lc08", "lc09", "landsat-oli", "landsat-c2-l2"),
           layouts=(_SIX, _SIX[:4])),
    Sensor("hls", "Harmonized Landsat Sentinel-2", _OLI_BANDS, ("B1", "B2", "B3", "B4", "B5", "B6", "B7"), 30.0,
           aliases=("hls-l30", "hlsl30", "hls2-l30"), layouts=(_SIX, _SIX[:4])),
    Sensor("hls-s30", "Harmonized Landsat Sentinel-2, Sentinel-2 part", _S2_BANDS, _S2_NATIVE, 30.0, aliases=("hlss30", "hls2-s30"),
           layouts=(_SIX,)),
    Sensor("planetscope", "PlanetScope, 4 bands", _bands(blue=490, green=565, red=665, nir=865), (), 3.0,
           aliases=("planetscope-4", "planet", "dove", "psscene4band", "analytic_4b")),
    Sensor("planetscope-8", "PlanetScope SuperDove, 8 bands",
           _bands(coastal=443, blue=490, green05=531, green=565, yellow=610, red=665, rededge071=705, nir=865), (), 3.0,
           aliases=("superdove", "psscene8band", "analytic_8b")),
    Sensor("naip", "NAIP aerial", _bands(red=645, green=555, blue=465, nir=840), (), 1.0, None),
    Sensor("worldview", "WorldView, 4 bands", _bands(blue=480, green=545, red=660, nir=833), (), 2.0, None,
           aliases=("worldview-2", "worldview-3", "wv2", "wv3", "worldview2", "worldview3", "maxar")),
    Sensor("pleiades", "Pleiades, 4 bands", _bands(blue=495, green=560, red=650, nir=845), (), 2.0,
           aliases=("pleiades-1", "pleiades-neo", "spot")),
    Sensor("rgb", "plain RGB", _bands(red=650, green=550, blue=465), (), None, None, aliases=("photo", "drone", "aerial")),
)  # fmt: skip

SENSORS: dict[str, Sensor] = {sensor.name: sensor for sensor in _TABLE}
"""Every known sensor by name."""
_BY_ALIAS = {alias: sensor for sensor in _TABLE for alias in (sensor.name, *sensor.aliases)}


def get_sensor(name: str) -> Sensor:
    """Return the sensor of that name or alias, in any case and with "_" or " " for "-".

    Raises
    ------
    ValueError
        If there is none; the message lists the known ones.
    """
    key = re.sub(r"[\s_]+", "-", str(name).strip().lower())
    sensor = _BY_ALIAS.get(key) or _BY_ALIAS.get(key.replace("-", "_"))
    if sensor is None:
        known = ", ".join(SENSORS)
        raise ValueError(f"unknown sensor {name!r}; known: {known} (or leave sensor out and name the bands with bands=)")
    return sensor


def sensor_bands(sensor: Sensor, count: int) -> tuple[Band, ...]:
    """Return the bands that a file of `count` bands from this sensor usually has, in order.

    Raises
    ------
    ValueError
        If the sensor has no usual product of that many bands.
    """
    if count == len(sensor.bands):
        return sensor.bands
    by_name = {band.name: band for band in sensor.bands}
    for layout in sensor.layouts:
        if len(layout) == count:
            return tuple(by_name[name] for name in layout)
    allowed = sorted({len(sensor.bands), *map(len, sensor.layouts)})
    family = [s.name for s in SENSORS.values() if s.name.split("-")[0] == sensor.name.split("-")[0] and len(s.bands) == count]
    others = f"use sensor={family[0]!r}, or " if family else ""
    raise ValueError(
        f"{sensor.title} data has {' or '.join(map(str, allowed))} bands, but this has {count}; "
        f"{others}name them with bands=, for example bands={[band.name for band in sensor.bands[:count]] or ['red', 'nir']}"
    )


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


def find_band(wanted: str, names: Collection[str]) -> str | None:
    """The band among `names` that serves as the wanted one: itself, or the other near infrared where there is only one."""
    return next((name for name in (wanted, _STAND_INS.get(wanted)) if name in names), None)


def find_bands(wanted: Iterable[str], names: Collection[str]) -> list[str] | None:
    """The bands among `names` that serve as the wanted ones, in their order; None where one is lacking."""
    found = [find_band(name, names) for name in wanted]
    return None if None in found else [name for name in found if name]


def with_bands(scene: xr.DataArray, wanted: Iterable[str] | None) -> xr.DataArray | None:
    """Cut a scene down to some bands, by STAC common name; None if it lacks one of them, the scene itself if none are named.

    The bands keep the scene's own order, as a sensor with those bands only would deliver them.
    """
    names = [str(name) for name in scene["band"].values]
    chosen = names if wanted is None else find_bands(wanted, names)
    return None if chosen is None else scene.isel(band=[i for i, name in enumerate(names) if name in chosen])


def spyndex_letters(names: Sequence[str]) -> dict[str, str]:
    """Map spyndex letters to the scene's band names."""
    serving = {letter: find_band(name, names) for name, letter in SPYNDEX.items()}
    return {letter: name for letter, name in serving.items() if name}


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
