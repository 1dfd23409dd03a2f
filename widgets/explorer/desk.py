"""The Explorer without its runs: a scene on a map beside the panel, other scenes, and sessions."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as W
import traitlets as T
import xarray as xr

from spexlab.scene import Items
from spexlab.scene.area import Area
from widgets.explorer.controls import Controls
from widgets.explorer.dates import DateBar, by_date
from widgets.explorer.over_time import OverTime
from widgets.explorer.pace import Pace
from widgets.explorer.panels import Panels
from widgets.explorer.scene_ref import SceneRef
from widgets.explorer.scene_source import SceneSource
from widgets.explorer.search_map import SearchMap
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
    date = T.Unicode(help='Day (ISO) that is shown of several; "" where the scene is of one date.')
    extraction = T.Any(None, help="The `spexlab.Extraction` that is shown; None before there is one.")

    def __init__(self, scene: xr.DataArray | None, *, model: "str | Path | Spex") -> None:
        ask = button("Run", "spx-run", tip="Look for it in the area (Enter)")
        super().__init__("spx-explorer", scene=scene if scene is None else list(by_date(scene).values())[-1], model=model, run=ask)
        self.opened = self.scene if scene is None else scene
        self._map, self._head, self._pace = MapView(), Head(self.scene), Pace()
        self._request: Request | None = None
        self.layers, self._panels = Layers(self._map), Panels(self._map, scene=lambda: self.scene)
        self._dates, self._over_time = DateBar(), OverTime(self._map)
        self._search_map = SearchMap(self._panels.scene.search)
        self._controls = Controls(
            self._panels.by_name,
            over_time=self._over_time,
            pen=self._map.pen,
            run=self._run,
            cancel=self._cancel,
            news=self._news,
        )
        shown = [self._map, self._controls, self._dates, self.layers, self._search_map.view]
        self._furnish(self._head, styled(W.Box(shown), "spx-desk"))

    def show_scene(self, scene: xr.DataArray, *, source: SceneSource | None = None) -> None:
        """Show another scene; the area and the results of the last one go, the history keeps them.

        Parameters
        ----------
        scene : xr.DataArray
            What `spexlab.open_scene` returns; of several dates the newest is shown first.
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
            scene = self.opened if session.scene.means(self.opened) else session.scene.open()
            newest = list(by_date(scene).values())[-1]
            try:
                check_settings(session.settings, newest)
                if session.area is not None:
                    Area.of(session.area).on(newest)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"area and settings of a session must fit its scene, but this one's do not ({error}).") from error
            if scene is not self.opened:
                self.show_scene(scene, source=session.scene.source)
            self._panels.history.replace(session.history)
            self.instruction, self.area, self.layers.settings = session.instruction, session.area, session.settings

    def _replace_scene(self, scene: xr.DataArray, source: SceneSource) -> None:
        dates = by_date(scene)
        date, newest = list(dates.items())[-1]
        self.layers.set_scene(newest)  # first, as its pixels may turn out unreadable
        self.opened, self.scene, self._of_date, self._shown = scene, newest, dates, SceneRef.of(scene, source)
        self._over_time.show(None)
        self.area, self.extraction, self._request = None, None, None
        self._panels.assess.forget()
        self._dates.offer(dates)
        self.date = date
        self._head.show(newest)
        self._controls.clear_results()
        self._say_where()

    @T.validate("date")
    def _check_date(self, proposal: dict[str, Any]) -> str:
        wanted = str(proposal["value"])
        if wanted not in self._of_date:
            raise T.TraitError(f"date must be one of {', '.join(self._of_date)}, but {wanted!r} was given")
        return wanted

    @T.observe("date")
    def _show_date(self, change: dict[str, Any]) -> None:
        scene = self._of_date[change["new"]]
        if scene is not self.scene:
            self.scene = scene
            self.layers.set_moment(scene)
            self._head.show(scene)

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

    def _open(self, source: SceneSource, content: bytes | Items | None) -> None:
        """Open a scene; one that cannot be opened leaves the last one."""
        picker = self._panels.scene
        picker.say("info", "Opening …")
        self.show_scene(source.open(content), source=source)
        picker.forget()
        picker.say("done", "Opened.")
        if source.kind == "search":
            self.area = self._search_map.drawn
            self._controls.tabs.selected = "Answer"  # the map of the search lies over that of the scene

    def _show_work(self, *, going: bool) -> None:
        super()._show_work(going=going)
        self._dates.busy = going

    def _show_search(self) -> None:
        """Bring up the map of the search while that is looked at."""
        if self._controls.tabs.selected == "Scene" and self._panels.scene.kind.value == "search":
            self._search_map.show(self.scene, self._map.picture, area=self.area)
        else:
            self._search_map.hide()

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
