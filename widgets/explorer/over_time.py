"""An answer on several dates: areas as a line and a table, and the change between two of the dates."""

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import ipywidgets as W

from spexlab.evidence.regions import share_words
from spexlab.targets import COLOURS
from widgets.map.mapview import MapView
from widgets.parts.chart import areas_svg
from widgets.parts.news import News
from widgets.parts.report import area_text
from widgets.parts.style import note, styled
from widgets.parts.table import TextTable

if TYPE_CHECKING:
    from spexlab.extraction import Change, Timeline

_COLUMNS = ("Date", "Target", "Share", "Area")
_LITTLE = 0.95
"""Of the pixels of the clearest date; where fewer are seen, areas cannot be compared."""


class OverTime(W.VBox):
    """What the answers of several dates tell together; away while there is one date.

    Parameters
    ----------
    view : MapView
        Where a change is laid.
    """

    def __init__(self, view: MapView) -> None:
        self._view = view
        self.timeline: Timeline | None = None
        self.shown: Change | None = None
        self.colours: Mapping[str, str] = {}
        self._date = ""
        self._turn: Callable[[str], object] = lambda _: None
        self._work: Callable[[Callable[[], None], Callable[[str, str], None]], None] = lambda work, _: work()
        self.chart, self.clouds = styled(W.HTML(), "spx-chart"), note()
        self.table = TextTable(_COLUMNS, label="Areas by date", empty="")
        self.first, self.last = (_chooser(name, tip) for name, tip in (("From", "The earlier date"), ("to", "The later date")))
        self.compare = W.ToggleButton(description="Show the change", tooltip="What was lost, gained and stayed between two dates")
        self.message, self.words = News("spx-change-status"), W.HTML()
        chooser = styled(W.HBox([self.first, self.last, styled(self.compare, "spx-plain")]), "spx-compare")
        super().__init__([self.chart, self.table, self.clouds, chooser, self.message, self.words])
        styled(self, "spx-over-time")
        self.layout.display = "none"
        self.table.on_pick(lambda number: self._turn(self.table.rows[number][0]))
        self.compare.observe(lambda _: self._compare(), "value")
        for chosen in (self.first, self.last):
            chosen.observe(lambda _: self._compare(), "value")

    def on_turn(self, callback: Callable[[str], object]) -> None:
        """Call back with a day (ISO) when it is to be shown."""
        self._turn = callback

    def on_work(self, start: Callable[[Callable[[], None], Callable[[str, str], None]], None]) -> None:
        """Have work done by `start`, which takes it and what tells how it goes."""
        self._work = start

    def show(self, timeline: "Timeline | None", *, date: str = "") -> None:
        """Show the answers of several dates, of which one is on the map; None takes them away."""
        before, self.timeline = self.timeline, None  # choosers that move meanwhile compare nothing
        self.layout.display = "none" if timeline is None else ""
        if before is not timeline:
            asked = None if timeline is None else timeline.change
            self.compare.value = asked is not None
            self._show_change(asked)
        if timeline is None:
            return
        if before is None or before.dates != timeline.dates:
            for chosen, number in ((self.first, 0), (self.last, -1)):
                chosen.options, chosen.value = timeline.dates, timeline.dates[number]
        self.timeline, self._date = timeline, date
        table = timeline.table
        cells = [[row.date, row.target, share_words(row.share), area_text(row.area_m2, row.pixels)] for row in table.itertuples()]
        self.table.show(cells, colours=[self._colour(target) for target in table["target"]])
        self.clouds.value = escape(_clouds(timeline))
        self.turn_to(date)

    def turn_to(self, date: str) -> None:
        """Mark the day that is on the map."""
        if self.timeline is None:
            return
        table = self.timeline.table
        self.chart.value = areas_svg(table, colours={name: self._colour(name) for name in set(table["target"])}, date=date)
        self.table.selected = next((number for number, row in enumerate(self.table.rows) if row[0] == date), -1)

    def _compare(self) -> None:
        timeline = self.timeline
        if timeline is None:
            return
        if not self.compare.value:
            self._show_change(None)
            return
        self._work(partial(self._find_change, timeline, self.first.value, self.last.value), self.message.say)

    def _find_change(self, timeline: "Timeline", first: str, last: str) -> None:
        from spexlab.extraction import change

        if first >= last:
            self._show_change(None)
            raise ValueError(f"a change needs two dates, the earlier first, but {first} and {last} were chosen; choose others.")
        before, after = timeline.on(first), timeline.on(last)
        if before is None or after is None:
            return
        found = change(before, after)
        if self.timeline is timeline and self.compare.value:
            self._show_change(found)

    def _show_change(self, found: "Change | None") -> None:
        self.shown = found
        self.message.say("info", "")
        if found is None:
            self._view.show_change(None)
            self.words.value = ""
            return
        from spexlab.extraction.changed import KINDS
        from spexlab.extraction.changefigure import KIND_COLOURS

        masks = {kind: (getattr(found, kind).any("target"), KIND_COLOURS[kind]) for kind in KINDS}
        self._view.show_change(masks)
        self.words.value = _change_html(found, KIND_COLOURS)

    def _colour(self, target: str) -> str:
        return self.colours.get(target, COLOURS[target])


def _chooser(name: str, tip: str) -> W.Dropdown:
    return styled(W.Dropdown(description=name, tooltip=tip), "spx-of-date")


def _change_html(found: "Change", colours: Mapping[str, str]) -> str:
    """Kinds of change with their colours, areas and how sure these are; then the same in words."""
    lines = "".join(
        f'<tr><td><span class="spx-swatch" style="background:{colours[one.kind]}"></span>{one.kind}</td>'
        f"<td>{escape(one.target)}</td><td>{_sure(one.measurement.area_m2, one.measurement.pixels, one.deviation)}</td></tr>"
        for one in found.amounts
    )
    return f'<table class="spx-table"><tbody>{lines}</tbody></table><div class="spx-words"><p>{escape(found.explanation)}</p></div>'


def _sure(area: float | None, pixels: int, deviation: float | None) -> str:
    said = area_text(area, pixels)
    return said if deviation is None else f"{said} ± {area_text(deviation, 0)}"


def _clouds(timeline: "Timeline") -> str:
    """On which dates less is seen than on the clearest, as areas there cannot be compared; "" where that is none."""
    seen = {date: int(one.looked_at.sum()) for date, one in zip(timeline.dates, timeline, strict=True)}
    most = max(seen.values())
    less = [f"{date} ({100 * pixels / most:.0f} %)" for date, pixels in seen.items() if pixels < _LITTLE * most]
    if not less:
        return ""
    return f"Less was seen than on the clearest date, by cloud or gaps: {', '.join(less)}. Compare shares there, not areas."
