"""Areas of interest: read once, an `Area` from then on, and placed on whatever scene is looked at."""

import json
from dataclasses import dataclass
from typing import Any, Self, TypeAlias, TypeVar

import geopandas as gpd
import numpy as np
import rasterio.features
import shapely
import xarray as xr
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from spexlab.scene.areaforms import AreaForm, read_form
from spexlab.scene.degrees import areal, bounds_in_degrees, in_degrees, within
from spexlab.scene.grid import LONLAT, Bounds, bounds_of, crs_of, transform_of

FEWEST_PIXELS = 4
"""An area of interest must cover this many pixel centres."""

_PIECES = 128
_TURNS = 720.0
"""Degrees of longitude either way: on a map one may draw on a further copy of the world."""
_Raster = TypeVar("_Raster", xr.DataArray, xr.Dataset)


@dataclass(frozen=True)
class Area:
    """An area of interest in its own coordinates."""

    geometry: BaseGeometry
    """Valid polygon or multipolygon."""
    crs: CRS | None = None
    """Of the geometry; None: longitude and latitude on a scene with a CRS, pixels on one without."""

    @classmethod
    def of(cls, form: "AreaForm | Area") -> Self:
        """Read an area in any of its forms; what is one already stays as it is.

        Raises
        ------
        ValueError
            If it is no area: not GeoJSON, broken, empty, no polygon, not finite, or crossing itself.
        OSError
            If it is a path that cannot be read.
        """
        return form if isinstance(form, cls) else cls(*read_form(form))

    def on(self, raster: xr.DataArray | xr.Dataset) -> BaseGeometry:
        """Return the area in a raster's coordinates; what lies far beyond the raster is left out.

        Raises
        ------
        ValueError
            If the area lies outside the raster, or its coordinates are not in the expected range.
        """
        crs = crs_of(raster)
        if crs is None:
            self._check_pixels()
            return _meeting(self.geometry, bounds_of(raster), "pixels")
        if crs == self.crs and not crs.is_geographic:
            return _meeting(self.geometry, bounds_of(raster), crs.to_string())
        return _on_globe(self._in_degrees(crs), raster, crs)

    def window(self, raster: xr.DataArray | xr.Dataset) -> tuple[slice, slice]:
        """Return the (row, column) slices of the pixels that the area's bounding box touches; raises as `on`."""
        left, bottom, right, top = self.on(raster).bounds
        place = transform_of(raster)
        columns = sorted((x - place.c) / place.a for x in (left, right))
        rows = sorted((y - place.f) / place.e for y in (bottom, top))
        return _covered(rows, raster.sizes["y"]), _covered(columns, raster.sizes["x"])

    def mask(self, raster: xr.DataArray | xr.Dataset) -> NDArray[np.bool_]:
        """Return a bool array (H, W): True where a pixel's centre lies in the area.

        Raises
        ------
        ValueError
            As `on`, or if the area covers fewer than `FEWEST_PIXELS` pixels.
        """
        inside: NDArray[np.bool_] = rasterio.features.geometry_mask(
            [self.on(raster)], out_shape=(raster.sizes["y"], raster.sizes["x"]), transform=transform_of(raster), invert=True
        )
        _check_size(int(inside.sum()))
        return inside

    def clip(self, raster: _Raster) -> _Raster:
        """Cut a raster to the area's bounding box; nothing is masked inside it, nothing is loaded.

        Raises
        ------
        ValueError
            As `on`, or if the box holds fewer than `FEWEST_PIXELS` pixels.
        """
        rows, columns = self.window(raster)
        _check_size((rows.stop - rows.start) * (columns.stop - columns.start))
        cut = raster.isel(y=rows, x=columns)
        return cut.rio.write_transform(transform_of(cut)) if crs_of(raster) is not None else cut

    def to_geojson(self) -> dict[str, Any]:
        """Return a GeoJSON geometry as areas are drawn on a map: longitude and latitude, or pixels on a scene without a CRS."""
        shape = self.geometry if self.crs is None else in_degrees(gpd.GeoSeries([self.geometry], crs=self.crs)).iloc[0]
        plain: dict[str, Any] = json.loads(shapely.to_geojson(shape))
        return plain

    def _check_pixels(self) -> None:
        if self.crs is not None:
            raise ValueError(
                f"the scene has no CRS, but the area comes in {self.crs.to_string()}; give the area in pixel coordinates"
            )

    def _in_degrees(self, crs: CRS) -> gpd.GeoSeries:
        """In longitude and latitude; where a scene counts in the area's own degrees, in those."""
        given = gpd.GeoSeries([self.geometry], crs=self.crs or LONLAT)
        if not given.crs.is_geographic:
            return in_degrees(given)
        _check_lonlat(self.geometry)
        return given if given.crs == crs else given.to_crs(LONLAT)


AreaLike: TypeAlias = AreaForm | Area
"""Every form in which an area is taken: see `AreaForm`, or one that was read already."""


def _on_globe(area: gpd.GeoSeries, raster: xr.DataArray | xr.Dataset, crs: CRS) -> BaseGeometry:
    """Bring an area in degrees into a raster's coordinates, without what a projection may know no place for."""
    bounds = bounds_in_degrees(raster)
    near = within(area.iloc[0], _widened(bounds))
    if near.is_empty:
        raise ValueError(_outside(area.iloc[0].bounds, bounds, "longitude, latitude"))
    if area.crs == crs:
        return _meeting(near, bounds, "longitude, latitude")
    left, bottom, right, top = near.bounds
    # With more vertices, so that a long straight edge keeps its true course.
    dense = shapely.segmentize(near, max(right - left, top - bottom) / _PIECES)
    return _meeting(areal(gpd.GeoSeries([dense], crs=area.crs).to_crs(crs).iloc[0]), bounds_of(raster), crs.to_string())


def _widened(bounds: Bounds) -> Bounds:
    """With some room on every side, but never twice around the globe."""
    west, south, east, north = bounds
    room = 0.1 * max(east - west, north - south)
    aside = room if east - west + 2 * room < 360 else 0.0
    return west - aside, max(south - room, -90.0), east + aside, min(north + room, 90.0)


def _meeting(shape: BaseGeometry, bounds: Bounds, unit: str) -> BaseGeometry:
    """Return the shape if it shares ground with a raster of these bounds."""
    if not shape.intersection(box(*bounds)).area:
        raise ValueError(_outside(shape.bounds, bounds, unit))
    return shape


def _outside(area: Bounds, scene: Bounds, unit: str) -> str:
    spans = [", ".join(f"{value:.6g}" for value in bounds) for bounds in (area, scene)]
    return f"the area lies outside the scene: it spans ({spans[0]}), the scene ({spans[1]}) ({unit}); draw it over the scene"


def _covered(span: list[float], size: int) -> slice:
    """The whole pixels from a first to a last position; a box drawn along pixel edges must not gain one by rounding."""
    first, last = span
    return slice(max(0, int(np.floor(first + 1e-6))), min(size, int(np.ceil(last - 1e-6))))


def _check_size(pixels: int) -> None:
    if pixels < FEWEST_PIXELS:
        raise ValueError(
            f"an area must cover at least {FEWEST_PIXELS} pixels of the scene, but this covers {pixels}; draw a larger one"
        )


def _check_lonlat(geometry: BaseGeometry) -> None:
    left, bottom, right, top = geometry.bounds
    if left < -_TURNS or right > _TURNS or bottom < -90.0 or top > 90.0:
        raise ValueError(
            "the area's coordinates must be longitude and latitude in degrees, but they span "
            f"({left:g}, {bottom:g}, {right:g}, {top:g}); for another CRS pass a GeoDataFrame, which brings its own"
        )
