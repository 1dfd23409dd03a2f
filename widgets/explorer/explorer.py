"""Explorer: draw an area, type what to look for, watch the mask and its reasons appear."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as W
import traitlets as T
import xarray as xr

import spexlab
from spexlab.scene import check_scene
from spexlab.scene.area import crs_of, read_area
from widgets.explorer.controls import Controls
from widgets.explorer.history import Entry
from widgets.explorer.panels import Panels
from widgets.explorer.run import Run
from widgets.explorer.scene_ref import SceneRef
from widgets.explorer.scene_source import SceneSource
from widgets.explorer.session import Session
from widgets.map.geometry import collected, polygons
from widgets.map.layers import Layers, check_settings
from widgets.map.mapview import MapView
from widgets.map.where import where_text
from widgets.parts.job import Job
from widgets.parts.keys import Keys
from widgets.parts.report import scene_html
from widgets.parts.style import style, styled
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.extraction import Extraction, Spex
_BUSY = "A run is at work; wait for its end, or cancel it first."


class Explorer(W.VBox):
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
    area = T.Dict(
        allow_none=True,
        default_value=None,
        help="GeoJSON of the drawn area in longitude and latitude (pixels for a scene without a CRS); None is the whole scene.",
    )
    composite = T.Unicode(help="How the scene is shown: one of `widgets.map.overlay.composites(scene)`.")
    opacity = T.Float(0.8, min=0.0, max=1.0, help="Opacity of the masks, 0-1.")
    status = T.Enum(("ready", "running", "done", "cancelled", "failed"), default_value="ready", help="Where the last run stands.")
    message = T.Unicode(help="The last news or error, as plain text.")
    extraction = T.Any(None, help="The `spexlab.Extraction` that is shown; None before there is one.")

    def __init__(self, scene: xr.DataArray | None = None, *, model: "str | Path | Spex" = "spex-tiny") -> None:
        self.scene = check_scene(spexlab.sample_scene() if scene is None else scene)
        self._model = model
        self._job = Job()
        self._map, self._keys = MapView(), Keys()
        self.layers, self._panels = Layers(self._map), Panels(self._map)
        self._controls = Controls(self._panels.by_name)
        self._head = styled(W.HTML(), "spx-head")
        super().__init__([style(), self._keys, self._head, self._body()])
        self.add_class("spx-app")
        self.show_scene(self.scene, source=SceneSource("sample" if scene is None else "given"))
        self._connect()

    def run(self) -> bool:
        """Start to look for `instruction` in `area`; False, and nothing happens, if a run is at work."""
        # What is asked is fixed now: the first run loads the model, and meanwhile the next question may be typed.
        return self._job.start(partial(self._work, self.instruction, self.area))

    def _ask(self, instruction: str) -> None:
        self.instruction = instruction
        if not self.run():
            self._say("warning", _BUSY)

    def cancel(self) -> None:
        """Ask the run to stop."""
        if self.status == "running":
            self._say("info", "Stopping …")
            self._job.cancel()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the run is over, at most `timeout` seconds; whether it is."""
        return self._job.wait(timeout)

    def recall(self, entry: Entry) -> None:
        """Start to show an earlier answer and its scene again; where its masks are no longer kept, ask again."""
        if not self._job.start(partial(self._recall, entry)):
            self._say("warning", _BUSY)

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
        if self.status == "running":
            raise ValueError(_BUSY)
        self.layers.set_scene(check_scene(scene))  # first, as its pixels may turn out unreadable
        self.scene = scene
        self._shown = SceneRef.of(scene, source or SceneSource("given"))
        self.area, self.extraction = None, None
        height, width = self.scene.shape[-2:]
        self._head.value = scene_html(self.scene.attrs, height=height, width=width)
        self._controls.clear_results()
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
        if self.status == "running":
            raise ValueError(_BUSY)
        scene = self.scene if session.scene.means(self.scene) else session.scene.open()
        try:
            check_settings(session.settings, scene)
            if session.area is not None:
                read_area(session.area, crs_of(scene))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"area and settings of a session must fit its scene, but this one's do not ({error}).") from error
        if scene is not self.scene:
            self.show_scene(scene, source=session.scene.source)
        self._panels.history.replace(session.history)
        self.instruction, self.area, self.layers.settings = session.instruction, session.area, session.settings

    def _bring(self, wanted: SceneRef) -> None:
        """Show the scene unless it is there already."""
        if not wanted.means(self.scene):
            self.show_scene(wanted.open(), source=wanted.source)

    def _body(self) -> W.Box:
        return styled(W.Box([self._map, self._controls, self.layers]), "spx-desk")

    def _connect(self) -> None:
        controls, panels = self._controls, self._panels
        T.link((self, "instruction"), (controls.instruction, "value"))
        T.link((self.layers, "composite"), (self, "composite"))
        T.link((self, "opacity"), (self.layers.rows["mask"], "opacity"))
        controls.on_submit(lambda: self._ask(self.instruction))
        controls.upload.on_file(lambda _, content: self._take_area(content))
        controls.cancel.on_click(lambda _: self.cancel())
        controls.clear.on_click(lambda _: setattr(self, "area", None))
        self._keys.on_escape(self.cancel)
        self._keys.on_enter(self._ask)
        for chip in controls.chips:
            chip.on_click(lambda button: setattr(self, "instruction", button.description))
        self._map.on_areas(lambda areas: setattr(self, "area", collected(areas)))
        self._map.on_click(lambda x, y: panels.click(self.scene, x, y))
        panels.follow(controls.tabs)
        panels.history.on_pick(self.recall)
        panels.scene.on_open(lambda source, content: self._start(partial(self._open, source, content), panels.scene.say))
        panels.session.on_save(self._save)
        panels.session.on_restore(lambda path: self._restore(lambda: Session.load(path)))
        panels.session.upload.on_file(lambda name, content: self._restore(lambda: Session.parse(content, name=name)))

    @T.validate("composite")
    def _check_composite(self, proposal: dict[str, Any]) -> str:
        wanted, possible = proposal["value"], self.layers.composites
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
            area = json.loads(content)
            read_area(area, crs_of(self.scene))
            self.area = area

    def _work(self, instruction: str, area: dict[str, Any] | None, stopped: Callable[[], bool]) -> None:
        """Run in the job's thread; whatever goes wrong ends up in the panel."""
        self.status, self.extraction = "running", None
        self._say("info", f"Loading {self._model} …" if isinstance(self._model, str | Path) else "")
        scene, shown = self.scene, self._shown
        run = self._new_run(instruction, area)
        run.begin()
        # Imported here: torch takes seconds, in which the map can be looked at already.
        from spexlab.extraction import Cancelled

        with told(lambda kind, text: self._fail(run, kind, text)):
            try:
                spex, events = self._loaded(), run.events(stopped)
                extraction = spexlab.extract(scene, instruction, area=area, model=spex, events=events)
            except Cancelled:
                self._end(run, "cancelled", "info", "Cancelled. What is shown may be incomplete.")
                return
            run.finish(extraction)
            self._panels.history.add(Entry.of(extraction, scene=shown, instruction=instruction, area=area))
            self.extraction = extraction
            self._end(run, "done", "done", _summary(extraction))

    def _recall(self, entry: Entry, stopped: Callable[[], bool]) -> None:
        """Show an earlier answer in the job's thread; a scene that cannot be opened leaves what is shown."""
        with told(self._say):
            self._bring(entry.scene)
            self.instruction, self.area = entry.instruction, entry.area
            if entry.extraction is None:
                self._work(entry.instruction, entry.area, stopped)
                return
            self._map.clear("mask")
            self._new_run(entry.instruction, entry.area).finish(entry.extraction)
            self.extraction, self.status = entry.extraction, "done"
            self._say("done", f"As found before, in {entry.seconds:.1f} s; nothing was run.")

    def _new_run(self, instruction: str, area: dict[str, Any] | None) -> Run:
        return Run(self.scene, instruction, area, view=self._map, controls=self._controls)

    def _fail(self, run: Run, kind: str, text: str) -> None:
        run.fail()
        self._end(run, "failed", kind, text)

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

    def _open(self, source: SceneSource, content: bytes | None, _: Callable[[], bool]) -> None:
        """Open a scene in the job's thread; one that cannot be opened leaves the last one."""
        say = self._panels.scene.say
        say("info", "Opening …")
        with told(say):
            self.show_scene(source.open(content), source=source)
            say("done", "Opened.")

    def _save(self, path: str) -> None:
        with told(self._panels.session.say):
            self._panels.session.saved(self.save_session(path))

    def _restore(self, read: Callable[[], Session]) -> None:
        say = self._panels.session.say

        def work(_: Callable[[], bool]) -> None:
            say("info", "Restoring …")
            with told(say):
                self._take_up(read())
                say("done", "Restored. Its instructions stand under History; a click asks again.")

        self._start(work, say)

    def _start(self, work: Callable[[Callable[[], bool]], None], say: Callable[[str, str], None]) -> None:
        """Start work that is no run; meanwhile none can be started."""

        def alone(stopped: Callable[[], bool]) -> None:
            self._controls.run.disabled = True
            try:
                work(stopped)
            finally:
                self._controls.run.disabled = False

        if not self._job.start(alone):
            say("error", _BUSY)

    def _say(self, kind: str, text: str) -> None:
        self.message = text
        self._controls.show_message(kind, text)


def _summary(extraction: "Extraction") -> str:
    seconds = sum(extraction.seconds.values())
    reused = ", image features reused" if extraction.features_reused else ""
    return f"Done in {seconds:.1f} s{reused}."
