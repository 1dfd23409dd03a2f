"""What somebody points at in a scene: points, lines and polygons, and the pixels that they mean."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import geopandas as gpd
import numpy as np
import rasterio.features
import shapely
import xarray as xr
from numpy.typing import NDArray
from pyproj import CRS
from shapely.affinity import translate
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from spexlab.scene.areaforms import AreaForm, read_shapes
from spexlab.scene.degrees import bounds_in_degrees
from spexlab.scene.grid import LONLAT, crs_of, transform_of

_FARTHEST = 720.0
"""Degrees of longitude either way: on a map one may point at a further copy of the world."""


@dataclass(frozen=True)
class Pointed:
    """Points, lines and polygons in their own coordinates."""

    shapes: tuple[BaseGeometry, ...]
    """Single geometries, valid and finite."""
    crs: CRS | None = None
    """Of the shapes; None: longitude and latitude on a scene with a CRS, pixels on one without."""

    @classmethod
    def of(cls, form: "PointedForm | Pointed") -> Self:
        """Read what is pointed at in any of its forms; what was read already stays as it is.

        Raises
        ------
        ValueError
            If it is nothing that can be pointed at: broken, empty, not finite, or a polygon that crosses itself.
        OSError
            If it is a path that cannot be read.
        """
        if isinstance(form, cls):
            return form
        points = _points(form)
        shapes, crs = read_shapes(form) if points is None else (points, None)
        parts = tuple(_parts(shapes))
        _check(parts)
        return cls(parts, crs)

    def pixels(self, raster: xr.DataArray) -> list[NDArray[np.intp]]:
        """Return the numbers (row * W + column) of the pixels of each shape.

        A point means the pixel in which it lies, a line those that it touches, and a polygon those whose centres it holds, or, if
        it holds none, those that it touches.

        Raises
        ------
        ValueError
            If any of it lies outside the raster, or its coordinates are not in the expected range.
        """
        shapes = self._on(raster)
        found = [_pixel(shape, raster) if isinstance(shape, Point) else np.flatnonzero(_burnt(shape, raster)) for shape in shapes]
        for shape, numbers in zip(shapes, found, strict=True):
            if not numbers.size:
                raise ValueError(_outside(shape, raster))
        return found

    def to_geojson(self) -> dict[str, Any]:
        """Return a GeoJSON geometry: longitude and latitude, or pixels on a scene without a CRS."""
        series = gpd.GeoSeries(list(self.shapes), crs=self.crs)
        placed = list(series if self.crs is None else series.to_crs(LONLAT))
        whole = placed[0] if len(placed) == 1 else shapely.GeometryCollection(placed)
        plain: dict[str, Any] = json.loads(shapely.to_geojson(whole))
        return plain

    def _on(self, raster: xr.DataArray) -> list[BaseGeometry]:
        """The shapes in a raster's coordinates."""
        crs = crs_of(raster)
        if crs is None:
            if self.crs is not None:
                raise ValueError(
                    f"the scene has no CRS, but what is pointed at comes in {self.crs.to_string()}; give it in pixel coordinates"
                )
            return list(self.shapes)
        if self.crs is not None and not self.crs.is_geographic:
            return list(gpd.GeoSeries(list(self.shapes), crs=self.crs).to_crs(crs))
        west, _, east, _ = bounds_in_degrees(raster)
        turned = [_turned(shape, (west + east) / 2) for shape in self.shapes]
        given = gpd.GeoSeries(turned, crs=self.crs or LONLAT)
        return list(given if crs == given.crs else given.to_crs(crs))


PointedForm: TypeAlias = AreaForm | Sequence[Sequence[float]]
"""Every form in which an area is taken (see `AreaForm`), with points and lines in it; a point as (x, y), or a list of them."""
PointedLike: TypeAlias = PointedForm | Pointed


def _points(form: Any) -> list[BaseGeometry] | None:
    """Points that are given as numbers; None if it is something else."""
    if isinstance(form, str | bytes | dict | BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries):
        return None
    try:
        numbers = np.asarray(form, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if numbers.shape != (2,) and not (numbers.ndim == 2 and numbers.shape[1] == 2):
        return None
    return [Point(x, y) for x, y in np.atleast_2d(numbers)]


def _parts(shapes: Iterable[BaseGeometry]) -> Iterable[BaseGeometry]:
    for shape in shapes:
        single = not hasattr(shape, "geoms")
        yield from [shape] if single else _parts(shapely.get_parts(shape))


def _check(shapes: Sequence[BaseGeometry]) -> None:
    if not shapes or any(shape.is_empty for shape in shapes):
        raise ValueError("a correction must point at something, but it is empty; give a point, a line or a polygon")
    for shape in shapes:
        if not np.isfinite(shapely.get_coordinates(shape)).all():
            raise ValueError("the coordinates of a correction must be finite numbers")
        if shape.geom_type == "Polygon" and not shape.is_valid:
            raise ValueError(
                f"a polygon must not cross itself, but this one does: {explain_validity(shape)}; draw it again without crossings"
            )


def _turned(shape: BaseGeometry, longitude: float) -> BaseGeometry:
    """A shape in degrees, counted in the turn of the globe that comes nearest to a longitude."""
    left, bottom, right, top = shape.bounds
    if left < -_FARTHEST or right > _FARTHEST or bottom < -90 or top > 90:
        raise ValueError(
            "a correction's coordinates must be longitude and latitude in degrees, but they span "
            f"({left:g}, {bottom:g}, {right:g}, {top:g}); for another CRS pass a GeoDataFrame, which brings its own"
        )
    return translate(shape, 360.0 * round((longitude - (left + right) / 2) / 360.0))


def _burnt(shape: BaseGeometry, raster: xr.DataArray) -> NDArray[np.bool_]:
    size, place = (raster.sizes["y"], raster.sizes["x"]), transform_of(raster)
    for touching in (False, True) if shape.geom_type == "Polygon" else (True,):
        burnt: NDArray[np.bool_] = (
            rasterio.features.rasterize([shape], out_shape=size, transform=place, all_touched=touching, dtype="uint8") > 0
        )
        if burnt.any():
            return burnt
    return burnt


def _pixel(point: Point, raster: xr.DataArray) -> NDArray[np.intp]:
    column, row = (int(np.floor(value)) for value in ~transform_of(raster) * (point.x, point.y))
    inside = 0 <= row < raster.sizes["y"] and 0 <= column < raster.sizes["x"]
    return np.array([row * raster.sizes["x"] + column] if inside else [], dtype=np.intp)


def _outside(shape: BaseGeometry, raster: xr.DataArray) -> str:
    left, top = transform_of(raster) * (0, 0)
    right, bottom = transform_of(raster) * (raster.sizes["x"], raster.sizes["y"])
    given = ", ".join(f"{value:.6g}" for value in (shape.bounds[:2] if shape.geom_type == "Point" else shape.bounds))
    span = ", ".join(f"{value:.6g}" for value in (min(left, right), min(top, bottom), max(left, right), max(top, bottom)))
    unit = "pixels" if crs_of(raster) is None else "in the scene's CRS"
    return f"a correction must lie in the area that was looked at, ({span}) {unit}, but one at ({given}) was given; point inside it"
