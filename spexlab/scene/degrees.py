"""Longitude and latitude across the antimeridian and around a pole, where polygons that were simply reprojected would lie."""

import math

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr
from shapely.affinity import translate
from shapely.geometry import LinearRing, Polygon, box
from shapely.geometry.base import BaseGeometry

from spexlab.scene.grid import LONLAT, Bounds, bounds_of, crs_of, to_degrees

WORLD = (-180.0, -90.0, 180.0, 90.0)
"""Bounds of longitude and latitude."""
_PIECES = 64
"""A side is cut into at least so many, to keep its course on the globe."""


def bounds_in_degrees(raster: xr.DataArray | xr.Dataset) -> Bounds:
    """Return (west, south, east, north) of a raster with a CRS; east is beyond 180 where the antimeridian lies between.

    A raster that counts in degrees keeps its own.
    """
    crs, extent = crs_of(raster), bounds_of(raster)
    if crs is None or crs.is_geographic:
        return extent
    west, south, east, north = to_degrees(crs).transform_bounds(*extent, densify_pts=21)
    if not np.isfinite((west, south, east, north)).all():
        return WORLD
    return west, south, east + 360.0 * (east < west), north


def in_degrees(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Reproject polygons of any CRS to longitude and latitude as RFC 7946 asks: within -180 and 180, cut where they cross it."""
    plain = shapes.to_crs(LONLAT)
    bounds = plain.bounds
    torn = (bounds["maxx"] - bounds["minx"] > 180) | (bounds["minx"] < -180) | (bounds["maxx"] > 180)
    if not torn.any():
        return plain
    if not shapes.crs.is_geographic:
        rolled = [_unrolled(shape) for shape in _dense(shapes[torn]).to_crs(LONLAT)]
    else:
        rolled = list(plain[torn])
    cut = gpd.GeoSeries([within(shape, WORLD) for shape in rolled], index=plain.index[torn], crs=LONLAT)
    return plain.where(~torn, cut)


def within(shape: BaseGeometry, bounds: Bounds) -> BaseGeometry:
    """Return what lies in these bounds of a shape in degrees, whichever turn of the globe it counts its longitudes in."""
    west, _, east, _ = bounds
    first, last = math.floor((west - shape.bounds[2]) / 360), math.ceil((east - shape.bounds[0]) / 360)
    turns = [shapely.intersection(translate(shape, 360.0 * turn), box(*bounds)) for turn in range(first, last + 1)]
    return areal(shapely.union_all(turns))


def areal(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape made valid, without the points and lines in which parts of it only touch."""
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shape)))
    return shapely.union_all([part for part in parts if part.geom_type == "Polygon"])


def _dense(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    left, bottom, right, top = shapes.total_bounds
    return shapes.segmentize(max(right - left, top - bottom) / _PIECES)


def _unrolled(shape: BaseGeometry) -> BaseGeometry:
    """Count longitudes on beyond 180, ring by ring."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.union_all([_filled(part.exterior) - _holes(part) for part in parts])


def _holes(part: Polygon) -> BaseGeometry:
    return shapely.union_all([_filled(ring) for ring in part.interiors])


def _filled(ring: LinearRing) -> BaseGeometry:
    """What a ring encloses, within the world: where it runs around a pole, everything up to the pole."""
    lon, lat = shapely.get_coordinates(ring).T
    lon = np.unwrap(lon, period=360)
    if abs(lon[-1] - lon[0]) > 180:
        pole = math.copysign(90, lat.mean())
        lon, lat = np.r_[lon, lon[-1], lon[0]], np.r_[lat, pole, pole]
    return within(areal(Polygon(np.column_stack([lon, lat]))), WORLD)
