"""Explorer: draw an area, type what to look for, watch the mask and its reasons appear."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as W
import traitlets as T
import xarray as xr

import spexlab
from spexlab.scene import check_scene
from spexlab.scene.area import Area
from widgets.explorer.controls import Controls
from widgets.explorer.correcting import Said
from widgets.explorer.history import Entry
from widgets.explorer.panels import Panels
from widgets.explorer.revising import Revisions
from widgets.explorer.run import Run
from widgets.explorer.scene_ref import SceneRef
from widgets.explorer.scene_source import SceneSource
from widgets.explorer.session import Session
from widgets.map.geometry import collected, polygons
from widgets.map.layers import Layers, check_settings
from widgets.map.mapview import MapView
from widgets.map.where import where_text
from widgets.parts.asking import AskingApp, Task
from widgets.parts.folder import file_at
from widgets.parts.head import Head
from widgets.parts.job import BUSY, Stopped
from widgets.parts.style import button, styled
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.extraction import Extraction, Spex
    from spexlab.language.request import Request


class Explorer(AskingApp):
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

    instruction = T.Unicode(help="What to look for, in everyday words.")
    area: T.TraitType[Any, Any] = T.Dict(
        allow_none=True,
        default_value=None,
        help="GeoJSON of the drawn area in longitude and latitude (pixels for a scene without a CRS); None is the whole scene.",
    )
    composite = T.Unicode(help="How the scene is shown: one of `widgets.map.overlay.composites(scene)`.")
    opacity = T.Float(0.8, min=0.0, max=1.0, help="Opacity of the masks, 0-1.")
    extraction = T.Any(None, help="The `spexlab.Extraction` that is shown; None before there is one.")

    def __init__(self, scene: xr.DataArray | None = None, *, model: "str | Path | Spex" = "spex-tiny") -> None:
        super().__init__(
            "spx-explorer", scene=scene, model=model, run=button("Run", "spx-run", tip="Look for it in the area (Enter)")
        )
        self._map, self._head = MapView(), Head(self.scene)
        self.layers, self._panels = Layers(self._map), Panels(self._map)
        self._controls = Controls(self._panels.by_name, pen=self._map.pen, run=self._run, cancel=self._cancel, news=self._news)
        self._last_run: Run | None = None
        self._revisions = Revisions(self._restart, say=self._say, show=self._show_revised)
        self._request: Request | None = None
        self._furnish(self._head, styled(W.Box([self._map, self._controls, self.layers]), "spx-desk"))
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

    def show_scene(self, scene: xr.DataArray, *, source: SceneSource | None = None) -> None:
        """Show another scene; the area and the results of the last one go, the history keeps them.

        Parameters
        ----------
        scene : xr.DataArray
            What `spexlab.open_scene` returns.
        source : SceneSource, optional
            How a saved session can open it again.

        Raises
        ------
        ValueError
            If it is no scene, or a run is at work; the last one stays.
        OSError
            If its pixels cannot be read; the last one stays.
        """
        with self._job.alone():
            self._replace_scene(scene, source or SceneSource("given"))
            self._say("info", "")
            self.status = "ready"

    def save_session(self, path: str | Path) -> Path:
        """Write the scene's source, the area, the settings and the history to a JSON file.

        Raises
        ------
        OSError
            If the file cannot be written; nothing is left behind.
        """
        history = tuple(self._panels.history.entries)
        return Session(self._shown, self.instruction, self.area, self.layers.settings, history).save(path)

    def restore_session(self, path: str | Path) -> None:
        """Open the scene of a saved session, and take its area, settings and history; a click on a row runs it again.

        Raises
        ------
        ValueError
            If the file holds no session, its scene cannot be opened again, or a run is at work; what is shown stays.
        OSError
            If a file is missing or cannot be read.
        """
        self._take_up(Session.load(path))

    def _take_up(self, session: Session) -> None:
        with self._job.alone():
            scene = self.scene if session.scene.means(self.scene) else session.scene.open()
            try:
                check_settings(session.settings, scene)
                if session.area is not None:
                    Area.of(session.area).on(scene)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"area and settings of a session must fit its scene, but this one's do not ({error}).") from error
            if scene is not self.scene:
                self.show_scene(scene, source=session.scene.source)
            self._panels.history.replace(session.history)
            self.instruction, self.area, self.layers.settings = session.instruction, session.area, session.settings

    def _replace_scene(self, scene: xr.DataArray, source: SceneSource) -> None:
        self.layers.set_scene(check_scene(scene))  # first, as its pixels may turn out unreadable
        self.scene, self._shown = scene, SceneRef.of(scene, source)
        self.area, self.extraction, self._request = None, None, None
        self._revisions.start(None)
        self._head.show(scene)
        self._controls.clear_results()

    def _connect(self) -> None:
        controls, panels = self._controls, self._panels
        T.link((self, "instruction"), (controls.instruction, "value"))
        T.link((self.layers, "composite"), (self, "composite"))
        T.link((self, "opacity"), (self.layers.rows["mask"], "opacity"))
        controls.upload.on_file(lambda _, content: self._take_area(content))
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
        panels.session.on_save(self._save)
        panels.session.on_restore(lambda path: self._restore(lambda: Session.load(file_at(path))))
        panels.session.upload.on_file(lambda name, content: self._restore(lambda: Session.parse(content, name=name)))

    @T.validate("composite")
    def _check_composite(self, proposal: dict[str, Any]) -> str:
        wanted, possible = str(proposal["value"]), self.layers.composites
        if wanted not in possible:
            raise T.TraitError(f"composite must be one of {list(possible)} for this scene's bands, but {wanted!r} was given")
        return wanted

    @T.validate("area")
    def _check_area(self, proposal: dict[str, Any]) -> dict[str, Any] | None:
        return collected(polygons(proposal["value"]))

    @T.observe("area")
    def _show_area(self, change: dict[str, Any]) -> None:
        self._map.areas = polygons(change["new"])
        self._controls.clear.disabled = change["new"] is None
        where, problem = where_text(self.scene, change["new"])
        self._controls.show_where(where)
        if problem or self.status != "running":
            self._say("error" if problem else "info", problem)

    @T.observe("extraction")
    def _show_extraction(self, change: dict[str, Any]) -> None:
        self.layers.set_result(change["new"])
        self._panels.show(change["new"])

    def _take_area(self, content: bytes) -> None:
        """Take a GeoJSON file as the area; one that is none leaves the last one."""
        with told(lambda kind, text: self._say(kind, f"The file holds no area: {text}")):
            area = Area.of(content)
            area.on(self.scene)
            self.area = area.to_geojson()

    def _ask(self, instruction: str) -> None:
        self.instruction = instruction
        self._press()

    def _asked(self) -> Task:
        return partial(self._extract, self.instruction, self.area, {}, (), previous=self._request)

    def _extract(
        self,
        instruction: str,
        area: dict[str, Any] | None,
        thresholds: dict[str, float],
        corrections: Sequence[Said],
        stopped: Stopped,
        *,
        previous: "Request | None",
    ) -> str:
        self.extraction = None
        self._revisions.start(None)
        with self._run_of(instruction, area) as run:
            spex, events = self._loaded(), run.events(stopped)
            extraction = spexlab.extract(
                self.scene, instruction, area=area, model=spex, threshold=thresholds, previous=previous, events=events
            )
            for said in corrections:
                extraction = said.applied(extraction)
            run.finish(extraction)
            self._panels.history.add(Entry.of(extraction, scene=self._shown, instruction=instruction, area=area))
            self.extraction, self._request = extraction, extraction.request
            self._revisions.start(extraction)
        return _summary(extraction)

    def _ask_again(self, entry: Entry, stopped: Stopped) -> str:
        self._bring(entry)
        previous = entry.previous
        return self._extract(entry.instruction, entry.area, entry.thresholds, entry.corrections, stopped, previous=previous)

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
        self._last_run = Run(self.scene, instruction, area, view=self._map, controls=self._controls)
        return self._last_run

    def _show_revised(self, before: "Extraction", after: "Extraction") -> None:
        if self._last_run is not None:
            self._last_run.show(after)
        self._controls.thresholds.tell(after)
        self._controls.correcting.show(after)
        self._panels.history.change(before, after)
        self.extraction = after

    def _open(self, source: SceneSource, content: bytes | None) -> None:
        """Open a scene; one that cannot be opened leaves the last one."""
        picker = self._panels.scene
        picker.say("info", "Opening …")
        self.show_scene(source.open(content), source=source)
        picker.forget()
        picker.say("done", "Opened.")

    def _save(self, path: str) -> None:
        with told(self._panels.session.say):
            self._panels.session.saved(self.save_session(file_at(path)))

    def _restore(self, read: Callable[[], Session]) -> None:
        say = self._panels.session.say

        def work() -> None:
            say("info", "Restoring …")
            self._take_up(read())
            say("done", "Restored. Its instructions stand under History; a click asks again.")

        self._beside(work, say)

    def _beside(self, work: Callable[[], None], say: Callable[[str, str], None]) -> None:
        """Start work that is no run, and is told of elsewhere; meanwhile none can be started."""

        def tell(_: Stopped) -> None:
            with told(say):
                work()

        if not self._start(tell):
            say("error", BUSY)


def _summary(extraction: "Extraction") -> str:
    seconds = sum(extraction.seconds.values())
    reused = ", image features reused" if extraction.features_reused else ""
    return f"Done in {seconds:.1f} s{reused}."
