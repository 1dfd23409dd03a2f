"""Rasters of every kind, written for a test."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import xarray as xr
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning

from spexlab.scene import SceneWarning, open_scene

BGRN = ["blue", "green", "red", "nir"]
UTM = Affine(10.0, 0.0, 500_000.0, 0.0, -10.0, 5_800_000.0)


def numbers(bands: int = 4, rows: int = 24, columns: int = 32) -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.integers(300, 4000, (bands, rows, columns)).astype("uint16")


def write(path: Path, values: np.ndarray, **facts: Any) -> Path:
    """Write a raster; facts: driver, crs, transform, nodata, names, scales, offsets, tags, band_tags, colours, mask, options."""
    profile = {"crs": facts.get("crs", 32633), "transform": facts.get("transform", UTM), "nodata": facts.get("nodata")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        count, height, width = values.shape
        shape = {"count": count, "height": height, "width": width, "dtype": values.dtype}
        options = {"driver": facts.get("driver", "GTiff"), **facts.get("options", {})}
        with rasterio.open(path, "w", **shape, **profile, **options) as file:
            file.write(values)
            if "mask" in facts:
                file.write_mask(facts["mask"])
            for key in ("scales", "offsets"):
                if key in facts:
                    setattr(file, key, facts[key])
            if "names" in facts:
                file.descriptions = facts["names"]
            if "colours" in facts:
                file.colorinterp = facts["colours"]
            file.update_tags(**facts.get("tags", {}))
            for i, tags in enumerate(facts.get("band_tags", []), start=1):
                file.update_tags(i, **tags)
    return path


def quiet(source: Any, **options: Any) -> xr.DataArray:
    """Open where a radiometry assumption is expected and not the point."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SceneWarning)
        return open_scene(source, **options)
