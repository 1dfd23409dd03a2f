"""Simulated landscapes of several regions and sensors: the same everywhere, as the seed decides."""

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from spexlab.places.simulation import simulate_scene
from spexlab.scene.sensors import get_sensor
from spexlab.scene.writing import write_image
from spexlab.targets import UNLABELLED

SIZE = 256
"""Pixels a side: one window of the bundled checkpoint, so that an old laptop answers in seconds."""
_NUMBERS_OF = "farmland"


@dataclass(frozen=True)
class Landscape:
    """One simulated place."""

    seed: int
    sensor: str
    about: str


LANDSCAPES = {
    "lakes": Landscape(22, "sentinel-2", "boreal lakeland in summer"),
    "city": Landscape(2, "sentinel-2", "a Mediterranean city in summer"),
    "tropics": Landscape(24, "sentinel-2", "tropical forest, fields and a town in spring"),
    "dryland": Landscape(12, "sentinel-2", "arid land in summer"),
    "farmland": Landscape(2, "landsat-8-9", "temperate fields in summer"),
    "mountains": Landscape(8, "landsat-8-9", "Mediterranean mountains with snow"),
    "coast": Landscape(12, "planetscope", "a temperate coast in summer"),
    "suburb": Landscape(12, "naip", "a Mediterranean suburb in summer"),
}


@functools.cache
def landscape(name: str) -> tuple[xr.DataArray, xr.DataArray]:
    """Return a simulated scene and its truth.

    Parameters
    ----------
    name : str
        One of `LANDSCAPES`.

    Returns
    -------
    scene : xarray.DataArray
        (band, y, x) as `spexlab.open_scene` gives it.
    labels : xarray.DataArray
        (y, x) codes of `spexlab.targets.CLASSES`.

    Raises
    ------
    ValueError
        If there is no such landscape.
    """
    if name not in LANDSCAPES:
        raise ValueError(f"there is no landscape {name!r}; choose one of {', '.join(LANDSCAPES)}")
    drawn = LANDSCAPES[name]
    return simulate_scene(drawn.seed, sensor=drawn.sensor, size=SIZE)


def raw_numbers() -> xr.DataArray:
    """Return the farmland as its file would have it, (band, y, x) uint16, with nothing that says what the numbers mean."""
    scene, _ = landscape(_NUMBERS_OF)
    product = get_sensor(LANDSCAPES[_NUMBERS_OF].sensor)
    numbers = ((scene - product.offset) / (product.scale or 1.0)).round().clip(1, 65535).astype(np.uint16)
    stripped: xr.DataArray = numbers.drop_vars("wavelength")
    stripped.attrs = {"long_name": tuple(map(str, stripped["band"].values))}  # what a file calls its bands
    return stripped


def write_landscapes(folder: Path) -> None:
    """Write each landscape, its truth, and the numbers without a meaning, as GeoTIFF."""
    for name, drawn in LANDSCAPES.items():
        scene, labels = landscape(name)
        stem = f"simulated_{name}_{drawn.sensor}"
        write_image(scene, folder / f"{stem}.tif")
        labels.rio.write_nodata(UNLABELLED).rio.to_raster(folder / f"{stem}_labels.tif", compress="deflate")
    raw_numbers().rio.to_raster(folder / "simulated_numbers.tif", compress="deflate")
