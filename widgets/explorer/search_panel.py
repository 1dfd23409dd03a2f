"""Search a catalogue for imagery, and choose what to open of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import ipywidgets as W

import spexlab
from spexlab.scene import Area, Items
from spexlab.scene.catalog import CATALOGS
from widgets.explorer.found import COLUMNS, Found, rows_of, seen_of, source_of, usual_bands
from widgets.explorer.preview import preview
from widgets.explorer.scene_source import SceneSource
from widgets.map.layers import BASEMAPS
from widgets.parts.choices import ChoiceTable
from widgets.parts.job import Job, Stopped
from widgets.parts.news import News
from widgets.parts.style import button, styled
from widgets.parts.trouble import told

_COLLECTIONS = ("sentinel-2-l2a", "sentinel-2-c1-l2a", "landsat-c2-l2", "naip")
"""Names that the known catalogues have for what is asked most; any other can be typed."""
_HINT = "Draw an area on the map, or move the map to the place. A basemap, from the internet, shows where that is."
_RECENT = timedelta(days=90)
_WIDEST = 1.0
"""Degrees a side of an area that is searched: what is opened of it is read pixel by pixel, and a degree has 10,000 of 10 m."""
GeoJson = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One search, fixed when it begins."""

    area: GeoJson
    dates: tuple[str, str]
    max_cloud: float | None
    catalog: str
    collection: str

    def found(self) -> list[Found]:
        """Ask the catalogue.

        Raises
        ------
        ImportError, OSError, ValueError
            As `spexlab.search`.
        """
        items = spexlab.search(
            self.area, dates=self.dates, collection=self.collection, catalog=self.catalog, max_cloud=self.max_cloud
        )
        return rows_of(items, self.area)


class SearchPanel(W.VBox):
    """What to search for, what was found by date, and what to open of it; a search runs beside everything else."""

    def __init__(self) -> None:
        today = datetime.now(UTC).date()
        self.first = _above(W.DatePicker(value=today - _RECENT, description="From"), "First day of the images")
        self.last = _above(W.DatePicker(value=today, description="To"), "Last day of the images")
        known = W.Dropdown(options=[*((name, name) for name in CATALOGS), ("another …", "")], description="Catalogue")
        self.known = _above(known, "Whom to ask")
        self.address = _above(W.Text(description="Address", placeholder="https://…"), "URL of a STAC API")
        combo = W.Combobox(value=_COLLECTIONS[0], options=_COLLECTIONS, ensure_option=False, description="Collection")
        self.collection = _above(combo, "The catalogue's name of a collection")
        cloud = W.BoundedIntText(30, min=0, max=100, description="Cloud, % max.")
        self.cloud = _above(cloud, "Of a whole image; 100 also finds images that do not state their cloud")
        self.basemap = _above(W.Dropdown(options=BASEMAPS, description="Basemap"), "Under what was found; from the internet")
        self.search = button("Search", "spx-open", tip="Ask the catalogue for images of the drawn area, or of the visible map")
        self.cancel = button("Cancel", "spx-export", tip="Stop the search", disabled=True)
        self.message = News("spx-search-status")
        self.message.say("info", _HINT)
        self.table = ChoiceTable(COLUMNS, label="Dates that were found, newest first")
        self.bands = _above(W.Text(description="Bands"), "Only these are fetched; empty: all that the images have")
        self.opener = button("Open", "spx-open", tip="Open the chosen dates around the area", disabled=True)
        self._opening = styled(W.HBox([self.bands, self.opener], layout=W.Layout(display="none")), "spx-opening")
        fields = [self.first, self.last, self.cloud, self.known, self.collection, self.basemap, self.address]
        super().__init__(
            [
                styled(W.GridBox(fields), "spx-pairs"),
                styled(W.HBox([self.search, self.cancel]), "spx-chips"),
                self.message,
                self.table,
                self._opening,
            ]
        )
        styled(self, "spx-search-panel")
        self.found: list[Found] = []
        self._job = Job()
        self._asked: Asked | None = None
        self._where: Callable[[], GeoJson] = dict
        self._open: Callable[[SceneSource, Items], object] = lambda *_: None
        self.known.observe(lambda _: self._show_address(), "value")
        self._show_address()
        self.search.on_click(lambda _: self._start())
        self.cancel.on_click(lambda _: self._give_up())
        self.opener.on_click(lambda _: self._open_chosen())
        self.table.observe(lambda _: self._offer(), "chosen")

    @property
    def chosen(self) -> list[Found]:
        """The rows that are chosen."""
        return [self.found[number] for number in self.table.chosen]

    @property
    def pointed(self) -> Found | None:
        """The row that is pointed at."""
        return self.found[self.table.pointed] if 0 <= self.table.pointed < len(self.found) else None

    @property
    def catalog(self) -> str:
        """Name or address of the catalogue."""
        return str(self.known.value or self.address.value.strip())

    def on_search(self, where: Callable[[], GeoJson]) -> None:
        """Ask `where` for the area (GeoJSON) of each search."""
        self._where = where

    def on_mark(self, callback: Callable[[], object]) -> None:
        """Call back whenever other rows are chosen or pointed at."""
        self.table.observe(lambda _: callback(), ["chosen", "pointed", "rows"])

    def on_open(self, callback: Callable[[SceneSource, Items], object]) -> None:
        """Call back with what was chosen when it is to be opened: how it is found again, and itself."""
        self._open = callback

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no search is at work, at most `timeout` seconds; whether that is so."""
        return self._job.wait(timeout)

    def close(self) -> None:
        """Give up what is searched, and take the panel off the page."""
        self._job.cancel()
        super().close()

    def _start(self) -> None:
        with told(self.message.say):
            asked = self._ask()
            self._job.cancel()  # it may still be fetching pictures of what was found before
            self._job = Job()
            self._job.start(partial(self._work, asked), before=partial(self._begin, asked))

    def _ask(self) -> Asked:
        if self.first.value is None or self.last.value is None:
            raise ValueError("a search needs a first and a last day, but one is empty; choose it.")
        area = self._where()
        west, south, east, north = Area.of(area).geometry.bounds
        if max(east - west, north - south) > _WIDEST:
            raise ValueError(
                f"an area to search must be at most {_WIDEST:g}° a side, but this is {east - west:.1f}° by {north - south:.1f}°; "
                "zoom in, or draw a smaller one."
            )
        return Asked(
            area,
            (self.first.value.isoformat(), self.last.value.isoformat()),
            None if self.cloud.value == 100 else self.cloud.value,
            self.catalog,
            self.collection.value.strip(),
        )

    def _begin(self, asked: Asked) -> None:
        self._show([])
        self._asked, self.search.disabled, self.cancel.disabled = asked, True, False
        self.message.say("info", f"Asking {asked.catalog} …")

    def _give_up(self) -> None:
        """Stop waiting: a server that is silent would keep the thread for minutes, so its answer will find nobody."""
        self._job.cancel()
        self._job = Job()
        self.message.say("info", "Cancelled.")
        self._rest()

    def _work(self, asked: Asked, stopped: Stopped) -> None:
        def say(kind: str, text: str) -> None:
            if not stopped():
                self.message.say(kind, text)

        with told(say):
            found = asked.found()
            if stopped():
                return
            self._show(found)
            say("done" if found else "warning", _summary(found))
        if stopped():
            return
        self._rest()
        for number, row in enumerate(list(self.found)):
            small = "" if stopped() else preview(row.thumbnail)
            if small and not stopped():
                self.table.picture(number, small)

    def _show_address(self) -> None:
        self.address.layout.display = "none" if self.known.value else ""

    def _rest(self) -> None:
        self.search.disabled, self.cancel.disabled = False, True

    def _show(self, found: list[Found]) -> None:
        self.found = found
        self.table.show([row.cells for row in found])
        self.bands.value = ", ".join(usual_bands(Items(item for row in found for item in row.items)))
        self._opening.layout.display = "" if found else "none"
        self._offer()

    def _offer(self) -> None:
        count = len(self.table.chosen)
        self.opener.disabled = not count
        self.opener.description = f"Open all {count} chosen" if count > 1 else "Open"

    def _open_chosen(self) -> None:
        asked, rows = self._asked, self.chosen
        if asked is None or not rows:
            return
        where, bands = json.dumps(seen_of(asked.area, rows)), self.bands.value
        source = source_of(rows, where, catalog=asked.catalog, collection=asked.collection, bands=bands)
        self._open(source, Items(item for row in rows for item in row.items))


def _summary(found: Sequence[Found]) -> str:
    if not found:
        return "Nothing was found: choose other dates, allow more cloud, or another collection."
    count = len(found)
    return f"{count} date{'s' * (count > 1)}, newest first. Click one, or tick several to open them together."


def _above(widget: W.Widget, tip: str) -> W.Widget:
    """A field below its own label."""
    widget.tooltip = tip
    return styled(widget, "spx-above")
