"""The map on which imagery is searched: it lies over that of the scene, which may have no longitude and latitude."""

from typing import Any

import xarray as xr
from shapely.geometry import box, mapping, shape

from spexlab.scene.grid import crs_of
from widgets.explorer.found import Found
from widgets.explorer.search_panel import SearchPanel
from widgets.map.geometry import Corners, collected, polygons, widened
from widgets.map.mapview import MapView
from widgets.map.overlay import TRANSPARENT, Overlay

CHOSEN, POINTED = "#0b6e78", "#d55e00"
"""Outlines of the ground that chosen images show, and of that which is pointed at."""
_EARTH: Corners = ((-56.0, -170.0), (72.0, 170.0))
_AROUND = 1.5
"""How much wider than the scene the map begins."""


class SearchMap:
    """Shows on a map of its own where is searched and what was found.

    Parameters
    ----------
    panel : SearchPanel
        Where a person says what to search for.
    """

    def __init__(self, panel: SearchPanel) -> None:
        self.view = MapView()
        self.view.add_class("spx-world")
        self._panel = panel
        panel.on_search(self.area)
        panel.on_mark(self._mark)
        panel.basemap.observe(lambda _: self._show_basemap(), "value")

    def show(self, scene: xr.DataArray, picture: Overlay, *, area: dict[str, Any] | None) -> None:
        """Come up, with the picture of a scene, and at first with the area that is drawn on it."""
        placed = crs_of(scene) is not None
        if not self.view.started:
            self.view.set_place(widened(picture.bounds, _AROUND) if placed else _EARTH)
            self.view.areas = polygons(area) if placed else []
            self._show_basemap()
            self._mark()
        self.view.lay("scene", picture if placed else Overlay(TRANSPARENT, _EARTH), key="shown")
        self.view.add_class("spx-shown")

    def hide(self) -> None:
        """Give the map of the scene its place again."""
        self.view.remove_class("spx-shown")

    def area(self) -> dict[str, Any]:
        """GeoJSON of where to search: what is drawn, else what is in view."""
        drawn = collected(self.view.areas)
        if drawn is not None:
            return drawn
        (south, west), (north, east) = self.view.seen
        seen: dict[str, Any] = mapping(box(west, south, east, north))
        return seen

    @property
    def drawn(self) -> dict[str, Any] | None:
        """GeoJSON of what is drawn, unless that is one rectangle: of that a scene around it is all."""
        shapes = [shape(one) for one in self.view.areas]
        plain = len(shapes) < 2 and all(one.equals(one.envelope) for one in shapes)
        return None if plain else collected(self.view.areas)

    def _show_basemap(self) -> None:
        if self.view.started:
            self.view.set_basemap(self._panel.basemap.value or None)

    def _mark(self) -> None:
        """Outline the ground of what is chosen, and over it that of what is pointed at."""
        if not self.view.started:
            return
        rows: list[tuple[Found, str]] = [(row, CHOSEN) for row in self._panel.chosen]
        if self._panel.pointed is not None:
            rows.append((self._panel.pointed, POINTED))
        self.view.outline([(ground, colour) for row, colour in rows for ground in row.footprints])
