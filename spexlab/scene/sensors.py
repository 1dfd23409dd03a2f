"""Sensors: one row a sensor, with its bands, and the scale, offset, fill and names of its usual product.

Everything that is known of a sensor stands in its row. Of two whose products' names fit, the later row is taken: the special one
stands after the general one.
"""

import re
from dataclasses import dataclass, field

from spexlab.scene.bands import Band


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
    fill: float | None = None
    """The number that stands for "nothing here" in that product."""
    aliases: tuple[str, ...] = ()
    """Other names that `get_sensor` understands."""
    product: str = ""
    """How names of its products, or its platform, are recognised: a regular expression, in any case."""
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
                    "sentinel-2a", "sentinel-2b"),
           fill=0.0, product=r"S2[A-D]_|sentinel-?2"),
    Sensor("sentinel-2-l1c", "Sentinel-2 L1C", (*_S2_BANDS[:10], Band("cirrus", 1375.0), *_S2_BANDS[10:]),
           (*_S2_NATIVE[:10], "B10", *_S2_NATIVE[10:]), 10.0, layouts=_S2_LAYOUTS, aliases=("s2l1c", "sentinel2-l1c"),
           fill=0.0, product=r"S2[A-D]?_?MSIL1C|sentinel-?2.*l1c"),
    Sensor("landsat-4-5", "Landsat 4-5 TM", _bands(blue=485, green=560, red=660, nir=830, swir16=1650, swir22=2215), _TM_NATIVE,
           30.0, 2.75e-5, -0.2, aliases=("landsat-4", "landsat-5", "landsat4", "landsat5", "l4", "l5", "lt04", "lt05", "tm"),
           layouts=(_VISIBLE_NIR,),
           fill=0.0, product=r"LT0[45]_|landsat[-_ ]?[45]"),
    Sensor("landsat-7", "Landsat 7 ETM+", _bands(blue=485, green=560, red=660, nir=835, swir16=1650, swir22=2220), _TM_NATIVE,
           30.0, 2.75e-5, -0.2, aliases=("landsat7", "l7", "le07", "landsat-etm"), layouts=(_VISIBLE_NIR,),
           fill=0.0, product=r"LE07_|landsat[-_ ]?7"),
    Sensor("landsat-8-9", "Landsat 8-9 OLI", _OLI_BANDS, ("B1", "B2", "B3", "B4", "B5", "B6", "B7"), 30.0, 2.75e-5, -0.2,
           aliases=("landsat-8", "landsat-9", "landsat8", "landsat9", "l8", "l9", "lc08", "lc09", "landsat-oli", "landsat-c2-l2"),
           layouts=(_SIX, _SIX[:4]),
           fill=0.0, product=r"L[CO]0[89]_|landsat[-_ ]?[89]"),
    Sensor("hls", "Harmonized Landsat Sentinel-2", _OLI_BANDS, ("B1", "B2", "B3", "B4", "B5", "B6", "B7"), 30.0,
           aliases=("hls-l30", "hlsl30", "hls2-l30"), layouts=(_SIX, _SIX[:4]),
           fill=-9999.0, product=r"HLS\.?L30"),
    Sensor("hls-s30", "Harmonized Landsat Sentinel-2, Sentinel-2 part", _S2_BANDS, _S2_NATIVE, 30.0, aliases=("hlss30", "hls2-s30"),
           layouts=(_SIX,),
           fill=-9999.0, product=r"HLS\.?S30"),
    Sensor("planetscope", "PlanetScope, 4 bands", _bands(blue=490, green=565, red=665, nir=865), (), 3.0,
           aliases=("planetscope-4", "planet", "dove", "psscene4band", "analytic_4b"),
           product=r"planetscope|AnalyticMS"),
    Sensor("planetscope-8", "PlanetScope SuperDove, 8 bands",
           _bands(coastal=443, blue=490, green05=531, green=565, yellow=610, red=665, rededge071=705, nir=865), (), 3.0,
           aliases=("superdove", "psscene8band", "analytic_8b"),
           product=r"AnalyticMS.*_8b|SuperDove"),
    Sensor("naip", "NAIP aerial", _bands(red=645, green=555, blue=465, nir=840), (), 1.0, None,
           product=r"(?<![a-z])naip(?![a-z])"),
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


def recognise_sensor(text: str) -> Sensor | None:
    """Recognise the sensor by the names of a product, its file or its platform."""
    return next((one for one in reversed(_TABLE) if one.product and re.search(one.product, text, re.IGNORECASE)), None)
