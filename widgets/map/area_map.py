"""A scene on a map on which an area can be drawn: the left half of the labs."""

from html import escape
from typing import Any

import ipywidgets as W
import traitlets as T
import xarray as xr

from widgets.map.geometry import collected, polygons
from widgets.map.mapview import MapView
from widgets.map.overlay import composites, scene_overlay
from widgets.map.where import WHOLE_SCENE, where_text
from widgets.parts.style import button, styled


class AreaMap(W.VBox):
    """A map, how the scene is shown on it, and which area was drawn.

    Parameters
    ----------
    scene : xr.DataArray
        Reflectance (band, y, x).
    pane : str, optional
        One of `widgets.map.mapview.PANES`, whose opacity a slider sets.
    """

    area = T.Dict(allow_none=True, default_value=None, help="GeoJSON of the drawn area; None is the whole scene.")
    composite = T.Unicode(help="How the scene is shown: one of `widgets.map.overlay.composites(scene)`.")
    problem = T.Unicode(help="What is wrong with the area; empty if nothing is.")

    def __init__(self, scene: xr.DataArray, *, pane: str | None = None) -> None:
        self._scene, self.view = scene, MapView()
        possible = composites(scene)
        self.view.set_scene(scene, composite=possible[0])
        self._where = styled(W.HTML(escape(WHOLE_SCENE), layout=W.Layout(flex="1 1 0")), "spx-where")
        self._clear = button("Delete area", "spx-clear", tip="Look in the whole scene again", disabled=True)
        super().__init__(layout=W.Layout(flex="1.25 1 420px", min_width="300px"))
        styled(self, "spx-left")
        tools = [self._chooser(possible)] if pane is None else [self._chooser(possible), self._fader(pane)]
        bar, place = styled(W.HBox(tools), "spx-view"), styled(W.HBox([self._where, self._clear]), "spx-place")
        self.children = [self.view, bar, place]
        self._clear.on_click(lambda _: setattr(self, "area", None))
        self.view.on_areas(lambda areas: setattr(self, "area", collected(areas)))

    def _chooser(self, possible: tuple[str, ...]) -> W.Widget:
        tips = [f"Show in {name}" for name in possible]
        shown = W.ToggleButtons(options=possible, description="Scene", tooltips=tips, tooltip="How the scene is shown")
        T.link((shown, "value"), (self, "composite"))
        return styled(shown, "spx-composite")

    def _fader(self, pane: str) -> W.Widget:
        title = f"{pane.capitalize()} opacity"
        slider = W.FloatSlider(0.8, description=title, min=0.0, max=1.0, step=0.05, readout_format=".0%", tooltip=title)
        slider.layout.width = "240px"
        slider.observe(lambda change: self.view.fade(pane, change["new"]), "value")
        self.view.fade(pane, slider.value)
        return styled(slider, "spx-opacity")

    @T.validate("area")
    def _check_area(self, proposal: dict[str, Any]) -> dict[str, Any] | None:
        return collected(polygons(proposal["value"]))

    @T.observe("composite")
    def _show_composite(self, change: dict[str, Any]) -> None:
        if change["old"]:
            self.view.lay("scene", scene_overlay(self._scene, composite=change["new"]))

    @T.observe("area")
    def _show_area(self, change: dict[str, Any]) -> None:
        self.view.areas = polygons(change["new"])
        self._clear.disabled = change["new"] is None
        where, self.problem = where_text(self._scene, change["new"])
        self._where.value = escape(where)
