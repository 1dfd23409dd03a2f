"""Where a scene lies: its coordinate reference system, and the affine of its pixels.

Works on anything with dims `y` and `x` and regular pixel-centre coordinates; the CRS is rioxarray's. Without a CRS, coordinates are
pixels: x to the right, y downwards, (0, 0) the outer corner of the first pixel of the raster that was opened.
"""

from functools import lru_cache

import numpy as np
import rioxarray  # noqa: F401  registers the .rio accessor
import xarray as xr
from affine import Affine
from pyproj import CRS, Transformer

LONLAT = "EPSG:4326"
Bounds = tuple[float, float, float, float]
"""(left, bottom, right, top), in degrees (west, south, east, north)."""


def crs_of(raster: xr.DataArray | xr.Dataset) -> CRS | None:
    """Return the raster's coordinate reference system, None where it has none."""
    crs = raster.rio.crs
    return CRS.from_user_input(crs) if crs is not None else None


def transform_of(raster: xr.DataArray | xr.Dataset) -> Affine:
    """Return the affine that takes (column, row) of pixel corners to (x, y), worked out from the pixel-centre coordinates."""
    stored = raster.rio.transform()
    x, y = raster["x"].values, raster["y"].values
    dx = float(x[-1] - x[0]) / (x.size - 1) if x.size > 1 else stored.a
    dy = float(y[-1] - y[0]) / (y.size - 1) if y.size > 1 else stored.e
    return Affine(dx, 0.0, float(x[0]) - dx / 2, 0.0, dy, float(y[0]) - dy / 2)


def same_grid(one: xr.DataArray, other: xr.DataArray) -> bool:
    """Tell whether the pixels (y, x) of two rasters are the same, to a thousandth of one."""
    sizes = (one.sizes["y"], one.sizes["x"]) == (other.sizes["y"], other.sizes["x"])
    near = np.allclose(transform_of(one)[:6], transform_of(other)[:6], rtol=0, atol=1e-3 * abs(transform_of(one).a))
    return sizes and crs_of(one) == crs_of(other) and bool(near)


@lru_cache(maxsize=64)
def to_degrees(crs: CRS) -> Transformer:
    """Return what takes (x, y) of a CRS to longitude and latitude; to find the way is the costly part."""
    return Transformer.from_crs(crs, LONLAT, always_xy=True)


def bounds_of(raster: xr.DataArray | xr.Dataset) -> Bounds:
    """Return the outer edges of a raster's pixels; without a CRS "bottom" is the smaller y, which lies above."""
    place, height, width = transform_of(raster), raster.sizes["y"], raster.sizes["x"]
    left, right = sorted((place.c, place.c + place.a * width))
    bottom, top = sorted((place.f, place.f + place.e * height))
    return left, bottom, right, top
