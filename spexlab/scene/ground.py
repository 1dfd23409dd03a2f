"""The size of a scene's pixels on the ground, and from it the area of masks: geodesic, on the WGS 84 ellipsoid."""

import math

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pyproj import CRS, Geod, Proj

from spexlab.scene.grid import crs_of, to_degrees, transform_of

_WGS84 = Geod(ellps="WGS84")
_BLOCKS = 128
"""Rows, and columns, of blocks in which the ground is measured; between their centres the size of a pixel is interpolated."""
_LEVEL = 1e-3
"""Areas that differ by less along a row are one: the mean is true to half of it, and a whole scene takes no memory."""
_STRIP = 1024
"""Rows whose pixels are added up at a time."""
_POLAR = 60.0
"""Degrees of latitude from which a projected scene is measured on an equal-area map of its pole, where a cylinder would tear it."""


def ground_cell(raster: xr.DataArray | xr.Dataset) -> tuple[float, float] | None:
    """Return (width, height) of the central pixel in metres on the ground, None without a CRS.

    Measured along the WGS 84 ellipsoid, so that degrees and stretched projections such as Web Mercator come out right; where a
    projection is true to 1 % the nominal size is given, as everybody writes 10 m and not 9.996 m.
    """
    crs = crs_of(raster)
    if crs is None:
        return None
    place = transform_of(raster)
    x, y = place.c + place.a * raster.sizes["x"] / 2, place.f + place.e * raster.sizes["y"] / 2
    (lon, lon_right, lon_down), (lat, lat_right, lat_down) = to_degrees(crs).transform([x, x + place.a, x], [y, y, y + place.e])
    measured = (
        _WGS84.inv(lon, lat, lon_right, lat_right)[2],
        _WGS84.inv(lon, lat, lon_down, lat_down)[2],
    )
    if crs.is_geographic:
        return measured
    metres = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
    nominal = (abs(place.a) * metres, abs(place.e) * metres)
    true_to_size = all(abs(m / n - 1) < 0.01 for m, n in zip(measured, nominal, strict=True))
    return nominal if true_to_size else measured


def pixel_areas(raster: xr.DataArray) -> NDArray[np.float32] | None:
    """Return the area of each pixel (H, W) in m2, None without a CRS: nothing is invented, not from a known pixel size either.

    Measured on equal-area maps of the ellipsoid, so that degrees, stretched projections and the edge of a UTM zone come out right;
    pixels of a projection that has no place on the globe there have no area. Where one number a row says it all, as in degrees and
    within a UTM zone, the array only repeats it: it is not to be written to.
    """
    crs = crs_of(raster)
    if crs is None:
        return None
    rows, columns = (np.linspace(0, raster.sizes[axis], min(raster.sizes[axis], _BLOCKS) + 1) for axis in ("y", "x"))
    place = transform_of(raster)
    x, y = np.meshgrid(place.c + place.a * columns, place.f + place.e * rows)
    sizes = (_block_areas(x, y, crs) / np.outer(np.diff(rows), np.diff(columns))).astype(np.float32)
    everywhere = bool(np.isfinite(sizes).all())
    # A cubic would ring where the globe ends within the picture.
    down, across = (_weights(edges, 3 if everywhere else 1) for edges in (rows, columns))
    if everywhere and (np.ptp(sizes, axis=1) < _LEVEL * sizes.mean(axis=1)).all():
        level: NDArray[np.float32] = np.broadcast_to(down @ sizes.mean(axis=1, keepdims=True), (len(down), len(across)))
        return level
    areas: NDArray[np.float32] = np.maximum(down @ np.nan_to_num(sizes) @ across.T, 0.0)
    return areas


def mask_area(mask: NDArray[np.bool_], areas: NDArray[np.floating] | float | None) -> float | None:
    """Return the area of a mask (H, W) in m2: the sum of its pixels' areas, of which there may be one for all; None of None."""
    return None if areas is None else float(np.sum(np.broadcast_to(areas, mask.shape), where=mask, dtype=np.float64))


def region_areas(labels: NDArray[np.integer], areas: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the areas (n,) in m2 of the regions that are labelled 1 to n (H, W), by those of the pixels (H, W)."""
    sums = np.zeros(int(labels.max(initial=0)) + 1)
    for top in range(0, len(labels), _STRIP):
        part = slice(top, top + _STRIP)
        sums += np.bincount(labels[part].ravel(), weights=areas[part].ravel(), minlength=sums.size)
    return sums[1:]


def _block_areas(x: NDArray[np.float64], y: NDArray[np.float64], crs: CRS) -> NDArray[np.float64]:
    """Areas (n, m) of the blocks between corners x and y (n + 1, m + 1): on an equal-area map every figure has its true size."""
    x, y = (np.where(np.isfinite(values), values, np.nan) for values in _equal_area(x, y, crs))
    right, down = x[1:, 1:] - x[:-1, :-1], y[1:, 1:] - y[:-1, :-1]
    left, up = x[1:, :-1] - x[:-1, 1:], y[1:, :-1] - y[:-1, 1:]
    areas: NDArray[np.float64] = np.abs(right * up - down * left) / 2
    return areas


def _equal_area(x: NDArray[np.float64], y: NDArray[np.float64], crs: CRS) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if crs.is_geographic and not crs.is_derived:
        # Parallels are straight on a cylinder; longitudes beyond 180 go on counting.
        return Proj("+proj=cea +ellps=WGS84 +over")(x, y)
    lon, lat = to_degrees(crs).transform(x, y)
    middle = lon.shape[0] // 2, lon.shape[1] // 2
    if abs(lat[middle]) >= _POLAR:
        return Proj(f"+proj=laea +lat_0={math.copysign(90, lat[middle])} +ellps=WGS84")(lon, lat)
    return Proj(f"+proj=cea +lon_0={lon[middle]} +ellps=WGS84")(lon, lat)


def _weights(edges: NDArray[np.float64], degree: int) -> NDArray[np.float32]:
    """Weights (pixels, blocks) that interpolate from the centres of blocks to pixels, by splines of a degree."""
    from scipy.interpolate import make_interp_spline

    centres = (edges[1:] + edges[:-1]) / 2
    spline = make_interp_spline(centres, np.eye(centres.size), k=min(degree, centres.size - 1))
    weights: NDArray[np.float32] = spline(np.arange(edges[-1]) + 0.5).astype(np.float32)
    return weights
