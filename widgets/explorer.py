"""Explorer: draw an area, type what to look for, watch the mask and its reasons appear."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as W
import traitlets as T
import xarray as xr

import spexlab
from spexlab.area import area_mask, pixel_area
from spexlab.scene import check_scene
from widgets.controls import WHOLE_SCENE, Controls, style, view_controls
from widgets.job import Job
from widgets.mapview import MapView, collected, polygons
from widgets.overlay import composites
from widgets.report import area_text, scene_html
from widgets.run import Run

if TYPE_CHECKING:
    from spexlab.extraction import Extraction, Spex

_log = logging.getLogger(__name__)


class Explorer(W.VBox):
    """A scene on a map, an instruction, and what the model makes of them.

    Its state is its traits: read them, set them, observe them. `run`, `cancel` and `wait` are the buttons' twins.

    Parameters
    ----------
    scene : xr.DataArray, optional
        What `spexlab.open_scene` returns; the sample scene unless given.
    model : str, Path or Spex
        Name or folder of a model, which the first run loads, or what `spexlab.load_model` returned.

    Raises
    ------
    ValueError
        If `scene` is no scene.

    Examples
    --------
    >>> explorer = Explorer()
    >>> explorer.instruction = "where are the trees?"
    >>> explorer.run(), explorer.wait()
    (True, True)
    """

    instruction = T.Unicode(help="What to look for, in everyday words.")
    area = T.Dict(
        allow_none=True,
        default_value=None,
        help="GeoJSON of the drawn area in longitude and latitude (pixels for a scene without a CRS); None is the whole scene.",
    )
    composite = T.Unicode("true colour", help="How the scene is shown: one of `widgets.overlay.composites(scene)`.")
    opacity = T.Float(0.8, min=0.0, max=1.0, help="Opacity of the masks, 0-1.")
    status = T.Enum(("ready", "running", "done", "cancelled", "failed"), default_value="ready", help="Where the last run stands.")
    message = T.Unicode(help="The last news or error, as plain text.")
    extraction = T.Any(None, help="The last `spexlab.Extraction`; None before there is one.")

    def __init__(self, scene: xr.DataArray | None = None, *, model: "str | Path | Spex" = "spex-tiny") -> None:
        self.scene = check_scene(spexlab.sample_scene() if scene is None else scene)
        self._model = model
        self._job = Job()
        self._map, self._controls = MapView(), Controls()
        possible = composites(self.scene)
        self._map.set_scene(self.scene, composite=possible[0])
        self._composite, self._opacity = view_controls(possible)
        super().__init__([style(), _head(self.scene), self._body()])
        self.add_class("spx-app")
        self._connect()

    def run(self) -> bool:
        """Start to look for `instruction` in `area`; False, and nothing happens, if a run is at work."""
        # What is asked is fixed now: the first run loads the model, and meanwhile the next question may be typed.
        return self._job.start(partial(self._work, self.instruction, self.area))

    def cancel(self) -> None:
        """Ask the run to stop."""
        if self._job.running:
            self._say("info", "Stopping …")
            self._job.cancel()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the run is over, at most `timeout` seconds; whether it is."""
        return self._job.wait(timeout)

    def _body(self) -> W.Box:
        bar = W.HBox([self._composite, self._opacity])
        bar.add_class("spx-view")
        left = W.VBox([self._map, bar], layout=W.Layout(flex="1.6 1 480px", min_width="300px"))
        left.add_class("spx-left")
        body = W.Box([left, self._controls], layout=W.Layout(flex_flow="row wrap", align_items="stretch", width="100%"))
        body.add_class("spx-body")
        return body

    def _connect(self) -> None:
        controls = self._controls
        T.link((self, "instruction"), (controls.instruction, "value"))
        T.link((self._composite, "value"), (self, "composite"))
        T.link((self, "opacity"), (self._opacity, "value"))
        T.dlink((self, "opacity"), (self._map, "opacity"))
        controls.on_submit(self.run)
        controls.cancel.on_click(lambda _: self.cancel())
        controls.clear.on_click(lambda _: setattr(self, "area", None))
        for chip in controls.chips:
            chip.on_click(lambda button: setattr(self, "instruction", button.description))
        self._map.on_areas(lambda areas: setattr(self, "area", collected(areas)))

    @T.validate("composite")
    def _check_composite(self, proposal: dict[str, Any]) -> str:
        wanted, possible = proposal["value"], composites(self.scene)
        if wanted not in possible:
            raise T.TraitError(f"composite must be one of {list(possible)} for this scene's bands, but {wanted!r} was given")
        return wanted

    @T.validate("area")
    def _check_area(self, proposal: dict[str, Any]) -> dict[str, Any] | None:
        return collected(polygons(proposal["value"]))

    @T.observe("composite")
    def _show_composite(self, change: dict[str, Any]) -> None:
        self._map.set_composite(self.scene, change["new"])

    @T.observe("area")
    def _show_area(self, change: dict[str, Any]) -> None:
        area = change["new"]
        self._map.areas = polygons(area)
        self._controls.clear.disabled = area is None
        if area is None:
            self._controls.show_where(WHOLE_SCENE)
            return
        try:
            pixels = int(area_mask(self.scene, area).sum())
        except ValueError as error:
            self._controls.show_where("In the drawn area")
            self._say("error", str(error))
            return
        size = pixel_area(self.scene)
        self._controls.show_where(f"In the drawn area, {area_text(None if size is None else pixels * size, pixels)}")
        if self.status != "running":
            self._say("info", "")

    def _work(self, instruction: str, area: dict[str, Any] | None, stopped: Callable[[], bool]) -> None:
        """Run in the job's thread. Whatever goes wrong ends up in the panel: nobody else would see it."""
        self._begin()
        run = Run(self.scene, area, view=self._map, controls=self._controls)
        # Imported here: torch takes seconds, in which the map can be looked at already.
        from spexlab.extraction import Cancelled

        try:
            spex, events = self._loaded(), run.events(stopped)
            extraction = spexlab.extract(self.scene, instruction, area=area, model=spex, events=events)
            run.finish(extraction)
        except Cancelled:
            self._end(run, "cancelled", "info", "Cancelled. What is shown may be incomplete.")
        except (ValueError, OSError) as error:
            self._end(run, "failed", "error", str(error))
        except Exception as error:  # noqa: BLE001  in a thread it would be lost
            _log.exception("the run failed")
            self._end(run, "failed", "error", f"{type(error).__name__}: {error}")
        else:
            self.extraction = extraction
            self._end(run, "done", "done", _summary(extraction))

    def _begin(self) -> None:
        self.status = "running"
        self._say("info", f"Loading {self._model} …" if isinstance(self._model, str | Path) else "")
        self._map.clear_masks()
        self._controls.begin()

    def _end(self, run: Run, status: str, kind: str, text: str) -> None:
        run.stop()
        self._controls.end()
        self._say(kind, text)
        self.status = status

    def _loaded(self) -> "Spex":
        if isinstance(self._model, str | Path):
            self._model = spexlab.load_model(self._model)
            self._say("info", "")
        return self._model

    def _say(self, kind: str, text: str) -> None:
        self.message = text
        self._controls.show_message(kind, text)


def _summary(extraction: "Extraction") -> str:
    seconds = sum(extraction.seconds.values())
    reused = ", image features reused" if extraction.features_reused else ""
    return f"Done in {seconds:.1f} s{reused}."


def _head(scene: xr.DataArray) -> W.HTML:
    height, width = scene.shape[-2:]
    head = W.HTML(scene_html(scene.attrs, height=height, width=width))
    head.add_class("spx-head")
    return head
