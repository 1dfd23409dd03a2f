"""Areas of interest drawn on a scene.

Works on anything with dims `y` and `x` and regular pixel-centre coordinates; the CRS is rioxarray's. Without a CRS, coordinates are
pixels: x to the right, y downwards, (0, 0) the outer corner of the first pixel of the raster that was opened.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio.features
import shapely
import xarray as xr
from pyproj import CRS
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from spexlab.scene.grid import LONLAT, corner, crs_of, transform_of

FEWEST_PIXELS = 4
"""An area of interest must cover this many pixel centres."""

_Raster = TypeVar("_Raster", xr.DataArray, xr.Dataset)


def read_area(area: Any, crs: CRS | None) -> BaseGeometry:
    """Bring an area of interest, in any of its forms, into a raster's coordinates.

    Parameters
    ----------
    area : dict, shapely geometry, GeoDataFrame, GeoSeries, sequence of 4 floats, str or Path
        GeoJSON geometry, Feature or FeatureCollection; (xmin, ymin, xmax, ymax); or the path of a GeoJSON file. Coordinates are
        longitude and latitude where the raster has a CRS, else pixels. A GeoDataFrame or GeoSeries brings its own CRS.
    crs : pyproj.CRS or None
        The raster's.

    Returns
    -------
    shapely geometry
        A valid polygon or multipolygon.

    Raises
    ------
    ValueError
        If it is no area, crosses itself, or its coordinates are not in the expected range.
    OSError
        If it is a path that cannot be read.
    """
    geometry, own_crs = _geometry(area)
    geometry = shapely.force_2d(geometry)
    _check_polygon(geometry)
    if crs is None:
        if own_crs is not None:
            raise ValueError(
                f"the scene has no CRS, but the area comes in {own_crs.to_string()}; give the area in pixel coordinates"
            )
        return geometry
    own_crs = own_crs or CRS.from_user_input(LONLAT)
    if own_crs.is_geographic:
        _check_lonlat(geometry)
    if own_crs == crs:
        return geometry
    return _reproject(geometry, own_crs, crs)


def window(raster: xr.DataArray | xr.Dataset, area: Any) -> tuple[slice, slice]:
    """Return the (row, column) slices of the pixels that the area's bounding box touches.

    Raises
    ------
    ValueError
        If the area does not meet the raster, or as in `read_area`.
    """
    geometry = read_area(area, crs_of(raster))
    return _window(raster, geometry)


def area_mask(scene: xr.DataArray, area: Any) -> npt.NDArray[np.bool_]:
    """Return a bool array (H, W): True where a pixel's centre lies in the area (see `read_area` for its forms).

    Raises
    ------
    ValueError
        If the area lies outside the scene, covers fewer than `FEWEST_PIXELS` pixels, crosses itself or is no area.
    """
    geometry = read_area(area, crs_of(scene))
    _window(scene, geometry)
    inside: npt.NDArray[np.bool_] = rasterio.features.geometry_mask(
        [geometry], out_shape=(scene.sizes["y"], scene.sizes["x"]), transform=transform_of(scene), invert=True
    )
    covered = int(inside.sum())
    if covered < FEWEST_PIXELS:
        raise ValueError(
            f"an area must cover at least {FEWEST_PIXELS} pixels of the scene, but this covers {covered}; draw a larger one"
        )
    return inside


def clip(scene: _Raster, area: Any) -> _Raster:
    """Cut the scene to the area's bounding box; nothing is masked inside it, nothing is loaded.

    Raises
    ------
    ValueError
        If the area lies outside the scene, its box holds fewer than `FEWEST_PIXELS` pixels, it crosses itself or is no area.
    """
    rows, columns = window(scene, area)
    pixels = (rows.stop - rows.start) * (columns.stop - columns.start)
    if pixels < FEWEST_PIXELS:
        raise ValueError(
            f"an area must cover at least {FEWEST_PIXELS} pixels of the scene, but this covers {pixels}; draw a larger one"
        )
    cut = scene.isel(y=rows, x=columns)
    return cut.rio.write_transform(transform_of(cut)) if crs_of(scene) is not None else cut


def _window(raster: xr.DataArray | xr.Dataset, geometry: BaseGeometry) -> tuple[slice, slice]:
    transform = transform_of(raster)
    height, width = raster.sizes["y"], raster.sizes["x"]
    extent = box(*_bounds([corner(transform, 0, 0), corner(transform, width, height)]))
    if not geometry.intersects(extent) or geometry.intersection(extent).area == 0:
        raise ValueError(_outside(raster, geometry, extent))
    left, bottom, right, top = geometry.bounds
    corners = [corner(~transform, left, bottom), corner(~transform, right, top)]
    first_column, first_row, last_column, last_row = _bounds(corners)
    # A box drawn along pixel edges must not gain a row by rounding.
    rows = slice(max(0, int(np.floor(first_row + 1e-6))), min(height, int(np.ceil(last_row - 1e-6))))
    columns = slice(max(0, int(np.floor(first_column + 1e-6))), min(width, int(np.ceil(last_column - 1e-6))))
    return rows, columns


def _bounds(points: Iterable[tuple[float, float]]) -> tuple[float, float, float, float]:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _outside(raster: xr.DataArray | xr.Dataset, geometry: BaseGeometry, extent: BaseGeometry) -> str:
    crs = crs_of(raster)
    if crs is not None:
        geometry, extent = (g.iloc[0] for g in (gpd.GeoSeries([p], crs=crs).to_crs(LONLAT) for p in (geometry, extent)))
    unit = "longitude, latitude" if crs is not None else "pixels"
    spans = [", ".join(f"{value:.6g}" for value in g.bounds) for g in (geometry, extent)]
    return f"the area lies outside the scene: it spans ({spans[0]}), the scene ({spans[1]}) ({unit}); draw it over the scene"


def _geometry(area: Any) -> tuple[BaseGeometry, CRS | None]:
    """Read any form of area into one geometry, and the CRS that it brings along."""
    if isinstance(area, str | Path):
        return _from_file(Path(area))
    if isinstance(area, gpd.GeoDataFrame | gpd.GeoSeries):
        geometries = area.geometry if isinstance(area, gpd.GeoDataFrame) else area
        return shapely.union_all(_checked(geometries.dropna())), CRS.from_user_input(area.crs) if area.crs else None
    if isinstance(area, BaseGeometry):
        return area, None
    if isinstance(area, dict):
        return shapely.union_all(_checked(_from_geojson(area))), _geojson_crs(area)
    try:
        left, bottom, right, top = (float(value) for value in area)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "an area must be GeoJSON, a shapely geometry, a GeoDataFrame, (xmin, ymin, xmax, ymax) or the path of a GeoJSON file, "
            f"but {type(area).__name__} was given"
        ) from error
    if not (left < right and bottom < top):
        raise ValueError(f"a box must be (xmin, ymin, xmax, ymax) with xmin < xmax and ymin < ymax, but {tuple(area)} was given")
    return box(left, bottom, right, top), None


def _from_file(path: Path) -> tuple[BaseGeometry, CRS | None]:
    if not path.is_file():
        raise FileNotFoundError(f"no such area file: {path}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"an area file must be GeoJSON, but {path} is not; in QGIS: export the layer as GeoJSON") from error
    return _geometry(content)


def _from_geojson(content: dict[str, Any]) -> list[BaseGeometry]:
    kind = content.get("type")
    if kind == "FeatureCollection":
        return [geometry for feature in content.get("features", []) for geometry in _from_geojson(feature)]
    if kind == "Feature":
        return _from_geojson(content["geometry"]) if content.get("geometry") else []
    try:
        return [shape(content)]
    except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise ValueError(
            f"an area must be a GeoJSON geometry, Feature or FeatureCollection; this one of type {kind!r} is broken"
        ) from error


def _geojson_crs(content: dict[str, Any]) -> CRS | None:
    """Read the "crs" member of old GeoJSON; QGIS still writes it. CRS84 is longitude, latitude, which is the default anyway."""
    member = content.get("crs")
    name = member.get("properties", {}).get("name", "") if isinstance(member, dict) else ""
    return CRS.from_user_input(name) if name and "CRS84" not in name else None


def _checked(geometries: Iterable[BaseGeometry]) -> list[BaseGeometry]:
    """Check each part before they are merged: a union would repair a self-crossing polygon behind the user's back."""
    parts = list(geometries)
    for part in parts:
        _check_polygon(part)
    return parts


def _check_polygon(geometry: BaseGeometry) -> None:
    if geometry.is_empty:
        raise ValueError("the area is empty; draw a rectangle or polygon")
    if geometry.geom_type not in {"Polygon", "MultiPolygon"}:
        raise ValueError(f"an area must be a polygon, but this is a {geometry.geom_type}; draw a rectangle or polygon")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise ValueError("the area's coordinates must be finite numbers")
    if not geometry.is_valid:
        raise ValueError(
            f"the area must not cross itself, but it does: {explain_validity(geometry)}; draw it again without crossing lines"
        )


def _check_lonlat(geometry: BaseGeometry) -> None:
    left, bottom, right, top = geometry.bounds
    if left < -180.0 or right > 360.0 or bottom < -90.0 or top > 90.0:
        raise ValueError(
            "the area's coordinates must be longitude and latitude in degrees, but they span "
            f"({left:g}, {bottom:g}, {right:g}, {top:g}); for another CRS pass a GeoDataFrame, which brings its own"
        )


def _reproject(geometry: BaseGeometry, source: CRS, target: CRS) -> BaseGeometry:
    """Reproject with extra vertices, so that a long straight edge keeps its true course."""
    left, bottom, right, top = geometry.bounds
    dense = shapely.segmentize(geometry, max(right - left, top - bottom) / 32)
    result: BaseGeometry = gpd.GeoSeries([dense], crs=source).to_crs(target).iloc[0]
    if not np.isfinite(shapely.get_coordinates(result)).all():
        raise ValueError(f"the area lies outside the scene: it cannot be expressed in the scene's CRS ({target.to_string()})")
    return result
