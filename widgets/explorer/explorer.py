"""Explorer: draw an area, type what to look for, watch the mask and its reasons appear."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets as T
import xarray as xr

import spexlab
from spexlab.language.phrasing import request_words
from spexlab.language.request import Request
from widgets.explorer.answered import Answered
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
        What `spexlab.open_scene` returns, of one date or of several; the sample scene unless given.
    model : str, Path or Spex
        Name or folder of a model, or what `spexlab.load_model` returned. A named one is loaded as the app is shown if it comes with
        spexlab, else by the first run.

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
        self._answered: Answered | None = None
        self._revisions = Revisions(self._restart, say=self._say, show=self._show_revised)
        self.show_scene(self.opened, source=SceneSource("sample" if scene is None else "given"))
        self._connect()

    def recall(self, entry: Entry) -> None:
        """Start to show an earlier answer and its scene again; where its masks are no longer kept, ask again."""
        kept = entry.answer
        started = (
            self._answer(partial(self._ask_again, entry)) if kept is None else self._start(partial(self._show_again, entry, kept))
        )
        if not started:
            self._say("warning", BUSY)

    def _connect(self) -> None:
        controls, panels = self._controls, self._panels
        T.link((self, "instruction"), (controls.instruction, "value"))
        T.link((self.layers, "composite"), (self, "composite"))
        T.link((self, "date"), (self._dates, "date"))
        self.observe(lambda change: self._turn_to(change["new"]), "date")
        self._over_time.on_turn(lambda date: setattr(self, "date", date))
        self._over_time.on_work(self._beside)
        T.link((self, "opacity"), (self.layers.rows["mask"], "opacity"))
        self.layers.observe(lambda change: self._take_colours(change["new"]), "colours")
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
        for shown in ((controls.tabs, "selected"), (panels.scene.kind, "value")):
            shown[0].observe(lambda _: self._show_search(), shown[1])
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
        # An answer and its chips are shown a moment before its run has ended: a click in that moment is not refused.
        self._answer_next(partial(self._extract, request, self.area, {}, (), previous=None))

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
        self._over_time.show(None)
        instruction, date = request_words(asked) if isinstance(asked, Request) else asked, self.date
        with self._run_of(instruction, area) as run:
            spex, events = self._loaded(), replace(run.events(stopped), moment=partial(self._pass, run))
            found = spexlab.extract(
                self.opened, asked, area=area, model=spex, threshold=thresholds, previous=previous, events=events
            )
            answer = Answered.of(found, date)
            for said in corrections:
                answer = answer.revised(said.applied(answer.shown))
            self._show_answer(answer)
            self._panels.history.add(Entry.of(answer, scene=self._shown, instruction=instruction, area=area))
            self._pace.learn(answer.shown)
            self._say_where()
        return _summary(answer) + self._loaded_in

    def _pass(self, run: Run, date: str) -> None:
        """Look at the next one of several dates: its picture lies under its masks as they come."""
        self.date = date
        run.begin_date()
        self._say("info", f"Looking at {date} …")

    def _show_answer(self, answer: Answered) -> None:
        """Show an answer whole; of several dates the one that it names."""
        self._over_time.show(answer.timeline, date=answer.date)
        self._answered, self.extraction, self._request = answer, answer.shown, answer.shown.request
        if answer.timeline is not None:
            self.date = answer.date
        if self._last_run is not None:
            self._last_run.finish(answer.shown)
        self._revisions.start(answer.shown)

    def _turn_to(self, date: str) -> None:
        """Show the answer of another date."""
        timeline = self._over_time.timeline
        if timeline is None or (found := timeline.on(date)) is self.extraction:
            return
        self._over_time.turn_to(date)
        if found is not None:
            self._show_answer(Answered(found, timeline))
            return
        self._map.clear("mask")
        self._controls.clear_results()
        self.extraction = None
        self._say("info", f"Nothing was asked of {date}; run again to ask all dates.")

    def _ask_again(self, entry: Entry, stopped: Stopped) -> str:
        self._bring(entry)
        previous = entry.previous
        return self._extract(entry.asked, entry.area, entry.thresholds, entry.corrections, stopped, previous=previous)

    def _show_again(self, entry: Entry, answer: Answered, _: Stopped) -> None:
        self._bring(entry)
        self._map.clear("mask")
        self._run_of(entry.instruction, entry.area)
        self._show_answer(answer)
        self.status = "done"
        self._say("done", f"As found before, in {entry.seconds:.1f} s; nothing was run.")

    def _bring(self, entry: Entry) -> None:
        """Show the scene, instruction and area of an earlier answer; a scene that cannot be opened leaves what is shown."""
        self._over_time.show(None)
        if not entry.scene.means(self.opened):
            self._replace_scene(entry.scene.open(), entry.scene.source)
        if entry.scene.several:
            self.date = str(entry.provenance["date"])[:10]
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
        if (past := self._answered) is not None and past.shown is before:
            self._answered = past.revised(after)
            self._panels.history.change(past, self._answered)
            self._over_time.show(self._answered.timeline, date=self.date)
        self.extraction = after

    def _take_colours(self, colours: dict[str, str]) -> None:
        self._panels.exports.colours = self._over_time.colours = colours


def _summary(answer: Answered) -> str:
    reused = ", image features reused" if answer.shown.features_reused else ""
    dates = f" for {len(answer.extractions)} dates" if answer.timeline is not None else ""
    return f"Done in {answer.seconds:.1f} s{dates}{reused}."
