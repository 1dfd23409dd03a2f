"""Points and polygons as a reference, with a column that says what is there."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import rasterio.features
import xarray as xr
from shapely.geometry import box

from spexlab.places.references.kinds import MOST, UNSAID, kind_of
from spexlab.places.references.raster import Truth
from spexlab.scene.grid import LONLAT, bounds_of, crs_of, transform_of

_FARTHEST = 720.0


@dataclass(frozen=True, eq=False)
class LabelShapes:
    """Points, or polygons, with columns."""

    frame: gpd.GeoDataFrame
    own: bool = False
    """Whether coordinates without a CRS are the scene's own; else they are longitude and latitude, or pixels."""

    def __post_init__(self) -> None:
        """Refuse what is neither points nor polygons."""
        shapes = self.frame.geometry
        if not len(shapes) or (shapes.isna() | shapes.is_empty).all():
            raise ValueError("a reference must hold points or polygons, but this holds none; export the layer again")
        found = set(shapes[shapes.notna()].geom_type)
        if not (found <= {"Point", "MultiPoint"} or found <= {"Polygon", "MultiPolygon"}):
            raise ValueError(
                f"a reference must hold points, or polygons, but this holds {' and '.join(sorted(found))}; keep one kind only"
            )

    @property
    def pointlike(self) -> bool:
        """Whether it holds points."""
        return bool(self.frame.geom_type.dropna().iloc[0].endswith("Point"))

    @property
    def columns(self) -> list[str]:
        """Columns that may say what is there: not a different thing in each row of a long table."""
        names = [str(name) for name in self.frame.columns if name != self.frame.geometry.name]
        return [name for name in names if len(self.kinds(name)) <= MOST]

    def kinds(self, column: str) -> list[str]:
        """What a column tells apart, in order.

        Raises
        ------
        ValueError
            If there is no such column.
        """
        if column not in self.frame:
            names = ", ".join(map(str, self.frame.columns.drop(self.frame.geometry.name))) or "none"
            raise ValueError(f"the reference must have the column {column!r}, but its columns are: {names}")
        return sorted({kind_of(value) for value in self.frame[column]} - {UNSAID})

    def on(self, raster: xr.DataArray) -> gpd.GeoDataFrame:
        """Place them on a raster: in its CRS, or in pixels where it has none.

        Raises
        ------
        ValueError
            If none of them lies there.
        """
        placed = self._placed(raster)
        if not placed.geometry.intersects(box(*bounds_of(raster))).any():
            raise ValueError(f"the reference must lie in the area, but all of it lies elsewhere{self._where(raster)}")
        return placed

    def truth(
        self, part: xr.DataArray, column: str, *, yes: Sequence[str], unknown: Sequence[str] = (), complete: bool = True
    ) -> Truth:
        """Where a target is by these polygons, and where that is known.

        Parameters
        ----------
        part : xr.DataArray
            The part of a scene, over y and x.
        column : str
            What says what is there; "" where all of them are the target.
        yes, unknown : sequence of str
            Kinds that are the target, and that say nothing.
        complete : bool
            Whether what lies in none of them is known to be something else; else nothing is known of it.
        """
        placed = self.on(part)
        said = np.array([kind_of(value) for value in placed[column]]) if column else np.full(len(placed), UNSAID)
        present = _burnt(placed.geometry[np.isin(said, list(yes)) if column else np.ones(len(placed), bool)], part)
        known = np.ones_like(present) if complete else _burnt(placed.geometry[said != UNSAID] if column else placed.geometry, part)
        known &= ~_burnt(placed.geometry[np.isin(said, list(unknown))], part)
        return present & known, known

    def _placed(self, raster: xr.DataArray) -> gpd.GeoDataFrame:
        crs = crs_of(raster)
        if crs is None:
            if self.frame.crs is not None:
                raise ValueError(
                    f"the scene has no CRS, so a reference must be in its pixels, but this comes in {self.frame.crs.to_string()}; "
                    "open the scene with its place on Earth, or give x and y in pixels"
                )
            return self.frame
        if self.frame.crs is not None:
            return self.frame.to_crs(crs)
        if self.own:
            return self.frame.set_crs(crs)
        left, bottom, right, top = self.frame.total_bounds
        if left < -_FARTHEST or right > _FARTHEST or bottom < -90 or top > 90:
            raise ValueError(
                "coordinates must be longitude and latitude in degrees where a file names no CRS, but they span "
                f"({left:g}, {bottom:g}, {right:g}, {top:g}); save it with its CRS, as a GeoPackage say"
            )
        return self.frame.set_crs(LONLAT).to_crs(crs)

    def _where(self, raster: xr.DataArray) -> str:
        spans = [", ".join(f"{value:.6g}" for value in bounds) for bounds in (self._placed(raster).total_bounds, bounds_of(raster))]
        return f": it spans ({spans[0]}), the area ({spans[1]}); choose that of this scene"


def _burnt(shapes: gpd.GeoSeries, part: xr.DataArray) -> np.ndarray:
    """Pixels (H, W) whose centres lie in any of these."""
    there = shapes[shapes.notna() & ~shapes.is_empty]
    size = (part.sizes["y"], part.sizes["x"])
    if there.empty:
        return np.zeros(size, bool)
    burnt: np.ndarray = rasterio.features.geometry_mask(there, out_shape=size, transform=transform_of(part), invert=True)
    return burnt
