"""The regions of a result as a table; a click shows one on the map."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import ipywidgets as W
import pandas as pd
import rasterio.features
import shapely
import xarray as xr

from spexlab.evidence.regions import location_word
from spexlab.scene.grid import LONLAT, transform_of
from widgets.map.geometry import Corners
from widgets.map.mercator import corners_of, turned
from widgets.parts.colours import shown_colour
from widgets.parts.report import area_text
from widgets.parts.style import note, styled
from widgets.parts.table import TextTable

if TYPE_CHECKING:
    from spexlab.extraction import Extraction

SHOWN = 50
"""Rows of the table; the exports hold every region."""
_COLUMNS = ["Target", "Area", "Inside", "Around", "Place"]
_EMPTY = "The regions of the masks are listed here after a run."


class RegionsPanel(W.VBox):
    """Largest regions of the masks: area, mean index inside and around, place."""

    def __init__(self) -> None:
        self.table = TextTable(_COLUMNS, label="Regions, largest first", empty=_EMPTY)
        self._note = note()
        self._extraction: Extraction | None = None
        self._frame: gpd.GeoDataFrame | None = None
        super().__init__([self.table, self._note])
        styled(self, "spx-page")

    def show(self, extraction: "Extraction | None") -> None:
        """List the regions of a result; none for None."""
        self._extraction = extraction
        self._frame = None if extraction is None else _largest(extraction)
        if extraction is None or self._frame is None:
            self.table.show([])
            self._note.value = ""
            return
        distances = _distance_columns(extraction)
        rows = [[*_cells(row, extraction), *_distances(row, distances)] for row in self._frame.itertuples()]
        self.table.columns = [*_COLUMNS, *distances.values()]
        self.table.show(rows, colours=[shown_colour(target) for target in self._frame["target"]])
        self._note.value = _footnote(extraction, shown=len(rows))

    def on_pick(self, callback: Callable[[str, Corners, xr.DataArray], object]) -> None:
        """Call back with a name, its corners on the map and its mask (y, x) whenever a region is picked."""

        def pick(number: int) -> None:
            if self._extraction is None or self._frame is None:
                return
            row = self._frame.iloc[[number]]
            name = f"{row['target'].iloc[0]} region {number + 1}"
            callback(name, _corners(row.geometry, self._extraction.scene), _raster(row.geometry.iloc[0], self._extraction.scene))

        self.table.on_pick(pick)


def _largest(extraction: "Extraction") -> gpd.GeoDataFrame:
    return extraction.regions.sort_values("pixels", ascending=False, kind="stable").head(SHOWN)


def _cells(row: Any, extraction: "Extraction") -> list[str]:
    column, line = ~transform_of(extraction.scene) * (row.geometry.centroid.x, row.geometry.centroid.y)
    place = location_word(column / extraction.scene.sizes["x"], line / extraction.scene.sizes["y"])
    area = None if pd.isna(row.area_m2) else row.area_m2
    return [row.target, area_text(area, row.pixels), _mean(row.inside), _mean(row.around), place]


def _distance_columns(extraction: "Extraction") -> dict[str, str]:
    """Column of the regions -> its heading, for each distance that was asked for."""
    from spexlab.extraction.vectors import distance_column

    return {distance_column(near): f"To {near.target}" for want in extraction.request.wants for near in want.near}


def _distances(row: Any, columns: Iterable[str]) -> list[str]:
    found = ((name, getattr(row, name, None)) for name in columns)
    return [_distance(value, "px" if name.startswith("pixels") else "m") for name, value in found]


def _distance(value: float | None, unit: str) -> str:
    return "–" if value is None or pd.isna(value) else f"{value:,.0f} {unit}"


def _mean(value: float | None) -> str:
    return "–" if pd.isna(value) else f"{value:.2f}"


def _footnote(extraction: "Extraction", *, shown: int) -> str:
    total = len(extraction.regions)
    more = f"The largest {shown} of {total:,} regions; exports hold them all. " if total > shown else ""
    names = sorted({one.measurement.index for one in extraction.evidence if one.measurement.index})
    return f"{more}Inside, around: mean {' or '.join(names)} in the region and in a ring around it." if names else more


def _corners(geometry: gpd.GeoSeries, scene: xr.DataArray) -> Corners:
    if geometry.crs is None:
        left, top, right, bottom = geometry.total_bounds
        return (-bottom, left), (-top, right)
    lon, lat = shapely.get_coordinates(geometry.to_crs(LONLAT)).T
    east = turned(lon, corners_of(scene))
    return (lat.min(), east.min()), (lat.max(), east.max())


def _raster(geometry: Any, scene: xr.DataArray) -> xr.DataArray:
    """Pixels of a region, on the scene's grid."""
    grid = scene.isel(band=0, drop=True)
    inside = rasterio.features.geometry_mask([geometry], out_shape=grid.shape, transform=transform_of(scene), invert=True)
    return grid.copy(data=inside)
