"""The panels beside the answer: regions, spectra, assessment, history, files, scene."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import ipywidgets as W
import xarray as xr

from widgets.explorer.assess.panel import AssessPanel
from widgets.explorer.exports import ExportsPanel
from widgets.explorer.history import HistoryPanel
from widgets.explorer.keeping import KeepingPanel
from widgets.explorer.regions import RegionsPanel
from widgets.explorer.scene_picker import ScenePicker
from widgets.explorer.session_panel import SessionPanel
from widgets.explorer.spectra import SpectraPanel
from widgets.explorer.teaching import TeachingPanel
from widgets.map.geometry import Corners
from widgets.map.mapview import HIGHLIGHT, MapView
from widgets.map.overlay import outline_overlay, pixel_at
from widgets.parts.style import styled
from widgets.parts.tabs import Tabs

if TYPE_CHECKING:
    from spexlab.extraction import Extraction


class Panels:
    """What the panels share: the result that is shown, and what was picked of it.

    Parameters
    ----------
    view : MapView
        Where what is picked is marked.
    scene : callable
        The scene that is shown, all of it.
    """

    def __init__(self, view: MapView, *, scene: Callable[[], xr.DataArray]) -> None:
        self._view = view
        self._extraction: Extraction | None = None
        self._stale: set[str] = set()
        self.regions, self.spectra, self.history = RegionsPanel(), SpectraPanel(), HistoryPanel()
        self.exports, self.keeping, self.session, self.scene = ExportsPanel(), KeepingPanel(), SessionPanel(), ScenePicker()
        self.teaching = TeachingPanel(lambda: self.keeping.folder.value)
        self.assess = AssessPanel(view, scene=scene)
        self._tabs: Tabs | None = None
        self.regions.on_pick(self._pick_region)

    @property
    def by_name(self) -> dict[str, W.Widget]:
        """The panels under the names of their tabs."""
        files = styled(W.VBox([self.exports, self.keeping, self.teaching, self.session]), "spx-page")
        names = ("Regions", "Spectra", "Assess", "History", "Files", "Scene")
        return dict(zip(names, (self.regions, self.spectra, self.assess, self.history, files, self.scene), strict=True))

    def follow(self, tabs: Tabs) -> None:
        """Fill a panel when its tab is opened: what nobody looks at is not computed."""
        self._tabs = tabs
        tabs.observe(lambda _: self._refresh(), "selected")

    def show(self, extraction: "Extraction | None") -> None:
        """Show a result; None while there is none."""
        self._extraction = extraction
        self._view.clear("highlight")
        self._view.unpin()
        self.exports.show(extraction)
        self.keeping.show(extraction)
        self.assess.show(extraction)
        self._stale = {"Regions", "Spectra"}
        self._refresh()

    def click(self, scene: xr.DataArray, x: float, y: float) -> None:
        """Show the spectrum of the pixel at a point of the map, or ask what is there, where that is being looked at."""
        if self._tabs is not None and self._tabs.selected == "Assess":
            self.assess.click(x, y)
        place = pixel_at(scene, x, y)
        if place is None or self._tabs is None or self._tabs.selected != "Spectra":
            return
        row, column = place
        around = scene.isel(y=slice(max(0, row - 1), row + 2), x=slice(max(0, column - 1), column + 2))
        inside = around.isel(band=0, drop=True).copy(data=(around["y"] == scene["y"][row]) & (around["x"] == scene["x"][column]))
        self._mark(inside)
        self._view.pin(x, y)
        self.spectra.pick(f"pixel {column}, {row}", around, inside.values)

    def _refresh(self) -> None:
        opened = self._tabs.selected if self._tabs else ""
        self.assess.look(opened=opened == "Assess")
        if opened in self._stale:
            self._stale.remove(opened)
            panel = self.regions if opened == "Regions" else self.spectra
            panel.show(self._extraction)

    def _pick_region(self, name: str, corners: Corners, inside: xr.DataArray) -> None:
        self._mark(inside)
        self._view.unpin()
        self._view.zoom_to(corners)
        if self._extraction is not None:
            if "Spectra" in self._stale:
                self._stale.remove("Spectra")
                self.spectra.show(self._extraction)
            self.spectra.pick(name, self._extraction.scene, inside.values)

    def _mark(self, inside: xr.DataArray) -> None:
        self._view.lay("highlight", outline_overlay(inside, colour=HIGHLIGHT))
