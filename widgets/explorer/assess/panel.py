"""The panel "Assess", which tells how right the answer is that is shown."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import ipywidgets as W
import numpy as np
import shapely
import xarray as xr

from spexlab.evidence.outcomes import OUTCOME_COLOURS, OUTCOMES
from spexlab.scene.degrees import in_degrees
from widgets.explorer.assess.asking import AskedPoints
from widgets.explorer.assess.files import AssessFiles
from widgets.explorer.assess.report import judged_html, legend_html
from widgets.explorer.assess.source import Read, ReferenceFile
from widgets.explorer.assess.walk import Spot
from widgets.map.mapview import MapView
from widgets.map.mercator import corners_of
from widgets.map.overlay import classes_overlay, outline_overlay, pixel_at
from widgets.parts.job import Job, Stopped
from widgets.parts.news import News
from widgets.parts.style import dismiss, styled
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.evaluation.assessment import Judged
    from spexlab.extraction import Extraction

FILE, POINTS = "By a file", "By points on the map"
_MARKED = 2000
"""Samples that are marked on the map at most; all are counted."""
_AROUND = 24
"""Pixels that are shown to either side of a point that is asked about."""
_PAINTED = {number: OUTCOME_COLOURS[name] + ("90" if name == "hit" else "") for number, name in enumerate(OUTCOMES) if number}
"""Colours of pixels; through hits, of which there may be many, the scene is seen."""
_ASK_FIRST = "Ask for something first; then its mask can be judged here."


class AssessPanel(W.VBox):
    """Judges the mask of one target by a reference, and shows on the map where it errs.

    Parameters
    ----------
    view : MapView
        Where errors and points are shown.
    scene : callable
        The scene that is shown, all of it.
    """

    def __init__(self, view: MapView, *, scene: Callable[[], xr.DataArray]) -> None:
        self._view, self._scene, self._job = view, scene, Job()
        self._extraction: Extraction | None = None
        self._judged: Judged | None = None
        self._open = False
        self.message = News("spx-assess-status")
        self.say = self.message.say
        self.way = styled(
            W.ToggleButtons(options=[FILE, POINTS], description="Judge", tooltip="By what the mask is judged"), "spx-tool"
        )
        self.target = styled(W.Dropdown(description="Target", tooltip="Whose mask is judged"), "spx-field")
        self.file, self.points = ReferenceFile(self.say), AskedPoints()
        self.errors = _check("Errors on the map", "Colour what was hit, missed and falsely found")
        self.truth = _check("Outline of the truth", "Draw where the reference has the target")
        self._form, self.figures, self.files = W.VBox(), styled(W.HTML(), "spx-assessed"), AssessFiles()
        self._shown = styled(W.HBox([self.errors, self.truth]), "spx-draw")
        super().__init__(
            [styled(W.HBox([self.way]), "spx-tools"), self.target, self._form, self.message, self.figures, self._shown, self.files]
        )
        styled(self, "spx-page")
        self._connect()
        self.show(None)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is being judged, at most `timeout` seconds; whether that is so."""
        return self._job.wait(timeout)

    def show(self, extraction: "Extraction | None") -> None:
        """Judge another answer by the same reference; None: there is none."""
        self._extraction = extraction
        targets = () if extraction is None else tuple(extraction.targets)
        if tuple(self.target.options) != targets:
            self.target.options = targets
            self.target.value = targets[0] if targets else None
        self.target.layout.display = None if len(targets) > 1 else "none"
        self.way.layout.display = None if targets else "none"
        self._arrange()
        self._pin()
        self._judge()

    def forget(self) -> None:
        """Let go of points of another scene; a file is kept, and is judged by again."""
        self.points.forget()

    def look(self, *, opened: bool) -> None:
        """Know whether the panel is looked at: elsewhere nothing is hidden from the map."""
        self._open = opened
        self._blind()

    def click(self, x: float, y: float) -> None:
        """Ask about a point of the map, if points are asked about."""
        if self._extraction is not None and self.way.value == POINTS and pixel_at(self._extraction.scene, x, y) is not None:
            self.points.pick(x, y)

    def close(self) -> None:
        """Take the panel off the page, with the forms that are not shown."""
        self._job.cancel()
        super().close()
        dismiss(self.file, self.points)

    def _connect(self) -> None:
        self.file.on_file(self._read)
        self.file.on_change(self._judge)
        self.points.on_draw(self._draw)
        self.points.on_move(self._moved)
        self.way.observe(lambda _: self._turn(), "value")
        self.target.observe(lambda change: self._turn() if change["new"] else None, "value")
        for box in (self.errors, self.truth):
            box.observe(lambda _: self._paint(), "value")

    def _arrange(self) -> None:
        by_file = self.way.value == FILE
        forms = [self.file if by_file else self.points]
        self._form.children = forms if self._extraction is not None else []
        self.truth.layout.display = None if by_file else "none"

    def _turn(self) -> None:
        self._arrange()
        self.points.ask_for(str(self.target.value))
        self._visit()
        self._judge()

    def _read(self, read: Read) -> None:
        def work(stopped: Stopped) -> None:
            with told(self.say):
                self.say("info", "Reading …")
                read()
                self._work(self._extraction, str(self.target.value), stopped)

        self._job.restart(work)

    def _draw(self) -> None:
        """Draw a sample of the mask that is shown."""
        extraction, target = self._extraction, str(self.target.value)
        if extraction is None:
            return

        def work(_: Stopped) -> None:
            with told(self.say):
                self.points.walk.draw(extraction, target, number=self.points.number.value, seed=self.points.seed.value)
                self.points.show()
                self._moved()

        self._job.restart(work)

    def _moved(self) -> None:
        """Show the point that is asked about, and judge by what was said so far."""
        self._visit()
        self._judge()

    def _visit(self) -> None:
        """Bring the point that is asked about into view; one that a person picked is there already."""
        spot = self._pin()
        place = None if spot is None or self._extraction is None else pixel_at(self._extraction.scene, spot.x, spot.y)
        if place is not None and self._extraction is not None and self.points.walk.drawn:
            rows, columns = (slice(max(0, at - _AROUND), at + _AROUND + 1) for at in place)
            self._view.zoom_to(corners_of(self._extraction.scene.isel(y=rows, x=columns)), room=1.0)

    def _pin(self) -> Spot | None:
        """Mark the point that is asked about, and return it; None where there is none."""
        spot = self.points.walk.current if self.way.value == POINTS and self._extraction is not None else None
        if spot is None:
            self._view.unpin()
        else:
            self._view.pin(spot.x, spot.y)
        return spot

    def _judge(self) -> None:
        """Start to judge what is shown; of several wishes, the newest."""
        if self._extraction is None:
            self._show(None)
            self.say("info", _ASK_FIRST)
            return
        self._job.restart(partial(self._work, self._extraction, str(self.target.value)))

    def _work(self, extraction: "Extraction | None", target: str, stopped: Stopped) -> None:
        if extraction is None:
            return
        judged = None
        self.say("info", "")
        with told(self.say):
            self.file.ask_for(target)
            by_file = self.way.value == FILE
            judged = self.file.judge(extraction, self._scene()) if by_file else self.points.walk.judge(extraction, target)
        if not stopped():
            self._show(judged)

    def _show(self, judged: "Judged | None") -> None:
        self._judged = judged
        self.figures.value = "" if judged is None else judged_html(judged)
        for part in (self._shown, self.files):
            part.layout.display = "none" if judged is None else None
        self.files.show(judged)
        self._paint()

    def _paint(self) -> None:
        """Bring the map to what was found and what is to be seen of it."""
        judged = self._judged if self.errors.value else None
        pixels = judged.outcomes if judged is not None and isinstance(judged.outcomes, xr.DataArray) else None
        self._view.clear("errors")
        self._view.replace_mask(replaced=pixels is not None)
        if pixels is not None:
            self._view.lay("errors", classes_overlay(pixels, _PAINTED))
        self._outline()
        self._blind()
        self._view.marks.show(_marks(judged) if judged is not None and pixels is None and not self.points.blind else [])
        self._view.explain(legend_html(judged) if judged is not None and not self.points.blind else "")

    def _outline(self) -> None:
        self._view.clear("truth")
        if self.truth.value and self._judged is not None and isinstance(self._judged.outcomes, xr.DataArray):
            outcomes = self._judged.outcomes
            there = np.isin(outcomes.values, [OUTCOMES.index("missed"), OUTCOMES.index("hit")])
            self._view.lay("truth", outline_overlay(outcomes.copy(data=there)))

    def _blind(self) -> None:
        self._view.blind(hidden=self._open and self._extraction is not None and self.way.value == POINTS and self.points.blind)


def _marks(judged: "Judged") -> list[tuple[dict[str, Any], str]]:
    """Samples in area coordinates, each in the colour of its outcome."""
    frame = judged.outcomes.head(_MARKED)
    placed = frame.geometry if frame.crs is None else in_degrees(gpd.GeoSeries(frame.geometry))
    geometries = [shapely.geometry.mapping(shape) for shape in placed]
    return [(geometry, OUTCOME_COLOURS[name]) for geometry, name in zip(geometries, frame["outcome"], strict=True)]


def _check(words: str, tip: str) -> W.Checkbox:
    return styled(W.Checkbox(True, description=words, indent=False, tooltip=tip), "spx-check")
