"""Reflectance in a file that `spexlab.open_scene` reads back."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import xarray as xr

from spexlab.scene.grid import crs_of, transform_of

_SCALE = 1e-4
_EMPTY = 65535


def write_image(scene: xr.DataArray, path: Path) -> None:
    """Write reflectance as 16-bit GeoTIFF that `spexlab.open_scene` reads back to within 0.00005; 65535 is no data."""
    numbers = np.clip(np.round(np.nan_to_num(scene.values, nan=0.0) / _SCALE), 0, _EMPTY - 1).astype(np.uint16)
    numbers[~np.isfinite(scene.values)] = _EMPTY
    profile: dict[str, Any] = {"driver": "GTiff", "compress": "deflate", "predictor": 2, "dtype": "uint16", "nodata": _EMPTY}
    bands, height, width = numbers.shape
    if crs_of(scene) is not None:
        profile |= {"crs": crs_of(scene), "transform": transform_of(scene)}
    with rasterio.open(path, "w", count=bands, height=height, width=width, **profile) as file:
        file.write(numbers)
        file.scales = (_SCALE,) * bands
        file.update_tags(SENSOR=scene.attrs.get("sensor", "unknown"), DATE=scene.attrs.get("date", ""))
        for number, (name, wavelength) in enumerate(zip(scene["band"].values, scene["wavelength"].values, strict=True), start=1):
            file.set_band_description(number, str(name))
            file.update_tags(number, WAVELENGTH_NM=float(wavelength))
