"""The plane of a web map, and where a raster lies on it, also across the antimeridian: there longitudes count on beyond 180."""

import math

import numpy as np
import rasterio.warp
import xarray as xr
from numpy.typing import NDArray
from pyproj import CRS

from spexlab.scene.degrees import bounds_in_degrees
from spexlab.scene.grid import LONLAT, Bounds, bounds_of, crs_of
from widgets.map.geometry import Corners

_RADIUS = 6378137.0
_NORTHMOST = 85.0511
"""Degrees of latitude where a web map ends."""


def corners_of(raster: xr.DataArray) -> Corners:
    """Where a raster lies on the map: in degrees, or without a CRS (-y, x) in pixels, as a map's latitudes grow upwards."""
    if crs_of(raster) is None:
        left, top, right, bottom = bounds_of(raster)
        return (-bottom, left), (-top, right)
    west, south, east, north = bounds_in_degrees(raster)
    return (max(south, -_NORTHMOST), west), (min(north, _NORTHMOST), east)


def plane_of(corners: Corners) -> str:
    """The map's plane with its middle meridian in the middle of a place, so that nothing there is torn apart."""
    (_, west), (_, east) = corners
    return f"+proj=merc +a={_RADIUS} +b={_RADIUS} +lon_0={(west + east) / 2} +units=m +nadgrids=@null +no_defs"


def extent_of(corners: Corners) -> Bounds:
    """Edges of a place (left, bottom, right, top) on its plane, in metres at the equator."""
    (south, west), (north, east) = corners
    half = math.radians(east - west) / 2 * _RADIUS
    bottom, top = (_RADIUS * math.asinh(math.tan(math.radians(latitude))) for latitude in (south, north))
    return -half, bottom, half, top


def on_plane(
    x: NDArray[np.floating], y: NDArray[np.floating], crs: CRS, *, corners: Corners
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Project points of a CRS onto the plane of a place."""
    east, north = rasterio.warp.transform(crs, plane_of(corners), x, y)
    return np.array(east), np.array(north)


def turned(longitude: NDArray[np.floating] | float, corners: Corners) -> NDArray[np.floating]:
    """Count longitudes as a place does: in the turn of the globe that is nearest to its middle."""
    middle = (corners[0][1] + corners[1][1]) / 2
    shifted: NDArray[np.floating] = np.asarray(longitude + 360.0 * np.round((middle - longitude) / 360.0))
    return shifted


def pixel_under(raster: xr.DataArray, longitude: float, latitude: float) -> tuple[float, float]:
    """Coordinates in a raster's CRS of a point in degrees."""
    crs = crs_of(raster)
    at = float(turned(longitude, corners_of(raster))) if crs is not None and crs.is_geographic else longitude
    (x,), (y,) = rasterio.warp.transform(LONLAT, crs, [at], [latitude])
    return x, y
