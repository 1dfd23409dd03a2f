"""The Explorer without its runs: a scene on a map beside the panel, other scenes, and sessions."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as W
import traitlets as T
import xarray as xr

from spexlab.scene import check_scene
from spexlab.scene.area import Area
from widgets.explorer.controls import Controls
from widgets.explorer.pace import Pace
from widgets.explorer.panels import Panels
from widgets.explorer.scene_ref import SceneRef
from widgets.explorer.scene_source import SceneSource
from widgets.explorer.session import Session
from widgets.map.geometry import collected, polygons
from widgets.map.layers import Layers
from widgets.map.mapview import MapView
from widgets.map.overlay import composites
from widgets.map.settings import check_settings
from widgets.map.where import where_text
from widgets.parts.asking import AskingApp
from widgets.parts.folder import file_at
from widgets.parts.head import Head
from widgets.parts.job import BUSY, Stopped
from widgets.parts.style import button, styled
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.extraction import Spex
    from spexlab.language.request import Request


class Desk(AskingApp):
    """What is shown and can be kept: scene, area, settings, history.

    Parameters
    ----------
    scene : xr.DataArray or None
        What `spexlab.open_scene` returns; the sample scene for None.
    model : str, Path or Spex
        What answers.
    """

    instruction = T.Unicode(help="What to look for, in everyday words.")
    area: T.TraitType[Any, Any] = T.Dict(
        allow_none=True,
        default_value=None,
        help="GeoJSON of the drawn area in longitude and latitude (pixels for a scene without a CRS); None is the whole scene.",
    )
    composite = T.Unicode(help="How the scene is shown: a name among `widgets.map.overlay.composites(scene)`, or three bands.")
    opacity = T.Float(0.8, min=0.0, max=1.0, help="Opacity of the masks, 0-1.")
    extraction = T.Any(None, help="The `spexlab.Extraction` that is shown; None before there is one.")

    def __init__(self, scene: xr.DataArray | None, *, model: "str | Path | Spex") -> None:
        ask = button("Run", "spx-run", tip="Look for it in the area (Enter)")
        super().__init__("spx-explorer", scene=scene, model=model, run=ask)
        self._map, self._head, self._pace = MapView(), Head(self.scene), Pace()
        self._request: Request | None = None
        self.layers, self._panels = Layers(self._map), Panels(self._map, scene=lambda: self.scene)
        self._controls = Controls(self._panels.by_name, pen=self._map.pen, run=self._run, cancel=self._cancel, news=self._news)
        self._furnish(self._head, styled(W.Box([self._map, self._controls, self.layers]), "spx-desk"))

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
        self._head.show(scene)
        self._panels.assess.forget()
        self._controls.clear_results()
        self._say_where()

    @T.validate("composite")
    def _check_composite(self, proposal: dict[str, Any]) -> str:
        wanted = str(proposal["value"])
        if not self.layers.allows(wanted):
            possible = [*composites(self.scene), "three bands such as 'nir, red, green'"]
            raise T.TraitError(f"composite must be one of {possible} for this scene's bands, but {wanted!r} was given")
        return wanted

    @T.validate("area")
    def _check_area(self, proposal: dict[str, Any]) -> dict[str, Any] | None:
        return collected(polygons(proposal["value"]))

    def _say_where(self) -> str:
        """Say where the next run looks, and how long that takes if it is long; what is wrong with the area."""
        where, problem = where_text(self.scene, self.area)
        pixels = self.scene[0].size if self.area is None or problem else Area.of(self.area).clip(self.scene)[0].size
        self._controls.show_where("; ".join(filter(None, [where, self._pace.before(pixels)])))
        return problem

    def _take_area(self, content: bytes) -> None:
        """Take a GeoJSON file as the area; one that is none leaves the last one."""
        with told(lambda kind, text: self._say(kind, f"The file holds no area: {text}")):
            area = Area.of(content)
            area.on(self.scene)
            self.area = area.to_geojson()

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
