"""Explorer: draw an area, type what to look for, watch the mask and its reasons appear."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets as T
import xarray as xr

from spexlab.language.phrasing import request_words
from spexlab.language.request import Request
from widgets.explorer.correcting import Said
from widgets.explorer.desk import Desk
from widgets.explorer.history import Entry
from widgets.explorer.revising import Revisions
from widgets.explorer.run import Run
from widgets.explorer.scene_source import SceneSource
from widgets.explorer.session import Session
from widgets.map.geometry import collected, polygons
from widgets.parts.asking import Task
from widgets.parts.folder import file_at
from widgets.parts.job import BUSY, Stopped

if TYPE_CHECKING:
    from spexlab.extraction import Extraction, Spex


class Explorer(Desk):
    """A scene on a map, an instruction, and what the model makes of them.

    Its state is its traits: read them, set them, observe them. `run`, `cancel` and `wait` are the buttons' twins, and
    `spexlab.extract(...).plot()` is the app's where there are no widgets.

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

    def __init__(self, scene: xr.DataArray | None = None, *, model: "str | Path | Spex" = "spex-tiny") -> None:
        super().__init__(scene, model=model)
        self._last_run: Run | None = None
        self._revisions = Revisions(self._restart, say=self._say, show=self._show_revised)
        self.show_scene(self.scene, source=SceneSource("sample" if scene is None else "given"))
        self._connect()

    def recall(self, entry: Entry) -> None:
        """Start to show an earlier answer and its scene again; where its masks are no longer kept, ask again."""
        kept = entry.extraction
        started = (
            self._answer(partial(self._ask_again, entry)) if kept is None else self._start(partial(self._show_again, entry, kept))
        )
        if not started:
            self._say("warning", BUSY)

    def _connect(self) -> None:
        controls, panels = self._controls, self._panels
        T.link((self, "instruction"), (controls.instruction, "value"))
        T.link((self.layers, "composite"), (self, "composite"))
        T.link((self, "opacity"), (self.layers.rows["mask"], "opacity"))
        self.layers.observe(lambda change: setattr(panels.exports, "colours", change["new"]), "colours")
        controls.upload.on_file(lambda _, content: self._take_area(content))
        controls.on_question(self._ask)
        controls.request.on_change(self._ask_changed)
        controls.clear.on_click(lambda _: setattr(self, "area", None))
        self._keys.on_enter(self._ask)
        for chip in controls.chips:
            chip.on_click(lambda button: setattr(self, "instruction", button.description))
        self._map.on_areas(lambda areas: setattr(self, "area", collected(areas)))
        self._map.on_click(lambda x, y: panels.click(self.scene, x, y))
        panels.follow(controls.tabs)
        panels.history.on_pick(self.recall)
        controls.thresholds.on_move(self._revisions.cut)
        controls.correcting.on_change(self._revisions.change)
        panels.scene.on_open(lambda source, content: self._beside(partial(self._open, source, content), panels.scene.say))
        panels.teaching.on_use(lambda folder: setattr(self, "_model", folder), model=lambda: self._model)
        panels.session.on_save(self._save)
        panels.session.on_restore(lambda path: self._restore(lambda: Session.load(file_at(path))))
        panels.session.upload.on_file(lambda name, content: self._restore(lambda: Session.parse(content, name=name)))

    @T.observe("area")
    def _show_area(self, change: dict[str, Any]) -> None:
        self._map.areas = polygons(change["new"])
        self._controls.clear.disabled = change["new"] is None
        problem = self._say_where()
        self._mark_stale()
        if problem or self.status != "running":
            self._say("error" if problem else "info", problem)

    def _mark_stale(self) -> None:
        """Tell masks of another area from those of the one that is drawn."""
        stale = self.extraction is not None and self._last_run is not None and not self._last_run.is_about(self.area)
        self._map.doubt(stale=stale)
        self._controls.show_stale(stale=stale)

    @T.observe("extraction")
    def _show_extraction(self, change: dict[str, Any]) -> None:
        if change["new"] is None:
            self._revisions.start(None)
        self.layers.set_result(change["new"])
        self._panels.show(change["new"])
        self._mark_stale()

    def _ask(self, instruction: str) -> None:
        self.instruction = instruction
        self._press()

    def _ask_changed(self, request: Request) -> None:
        """Ask what a person made of the request of the answer that is shown; its words stand where instructions are typed."""
        self.instruction = request_words(request)
        if not self._answer(partial(self._extract, request, self.area, {}, (), previous=None)):
            self._say("warning", BUSY)

    def _asked(self) -> Task:
        return partial(self._extract, self.instruction, self.area, {}, (), previous=self._request)

    def _extract(
        self,
        asked: str | Request,
        area: dict[str, Any] | None,
        thresholds: dict[str, float],
        corrections: Sequence[Said],
        stopped: Stopped,
        *,
        previous: Request | None,
    ) -> str:
        self.extraction = None
        instruction = request_words(asked) if isinstance(asked, Request) else asked
        with self._run_of(instruction, area) as run:
            spex, events = self._loaded(), run.events(stopped)
            extraction = spex.extract(self.scene, asked, area=area, threshold=thresholds, previous=previous, events=events)
            for said in corrections:
                extraction = said.applied(extraction)
            run.finish(extraction)
            self._panels.history.add(Entry.of(extraction, scene=self._shown, instruction=instruction, area=area))
            self.extraction, self._request = extraction, extraction.request
            self._revisions.start(extraction)
            self._pace.learn(extraction)
            self._say_where()
        return _summary(extraction) + self._loaded_in

    def _ask_again(self, entry: Entry, stopped: Stopped) -> str:
        self._bring(entry)
        previous = entry.previous
        return self._extract(entry.asked, entry.area, entry.thresholds, entry.corrections, stopped, previous=previous)

    def _show_again(self, entry: Entry, extraction: "Extraction", _: Stopped) -> None:
        self._bring(entry)
        self._map.clear("mask")
        self._run_of(entry.instruction, entry.area).finish(extraction)
        self.extraction, self.status, self._request = extraction, "done", extraction.request
        self._revisions.start(extraction)
        self._say("done", f"As found before, in {entry.seconds:.1f} s; nothing was run.")

    def _bring(self, entry: Entry) -> None:
        """Show the scene, instruction and area of an earlier answer; a scene that cannot be opened leaves what is shown."""
        if not entry.scene.means(self.scene):
            self._replace_scene(entry.scene.open(), entry.scene.source)
        self.instruction, self.area = entry.instruction, entry.area

    def _run_of(self, instruction: str, area: dict[str, Any] | None) -> Run:
        say = partial(self._say, "info")
        self._last_run = Run(self.scene, instruction, area, view=self._map, controls=self._controls, say=say)
        return self._last_run

    def _show_revised(self, before: "Extraction", after: "Extraction") -> None:
        if self._last_run is not None:
            self._last_run.show(after)
        self._controls.thresholds.tell(after)
        self._controls.correcting.show(after)
        self._panels.history.change(before, after)
        self.extraction = after


def _summary(extraction: "Extraction") -> str:
    seconds = sum(extraction.seconds.values())
    reused = ", image features reused" if extraction.features_reused else ""
    return f"Done in {seconds:.1f} s{reused}."
