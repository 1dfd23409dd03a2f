"""Bands: STAC common names, centre wavelengths (nm) and spyndex letters, and which of a scene's bands serves as a wanted one.

A band is physics, not a position.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Band:
    """One spectral band."""

    name: str
    """STAC common name, or e.g. "1240nm" where none exists."""
    wavelength: float
    """Centre wavelength in nm."""


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
