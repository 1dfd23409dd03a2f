"""Imagery searched in the app: a catalogue on loopback, what is found, and what is opened of it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import spexlab
from spexlab import Explorer
from spexlab.scene import access, catalog
from tests.support.apps import asked, forest_explorer, open_tab, shown_masks
from tests.support.catalogue import Faults, Server, served, simulated_place
from tests.support.fakes import FakeSpex
from widgets.explorer.search_map import CHOSEN, POINTED
from widgets.explorer.search_panel import SearchPanel

TWO_HALVES = ["2024-06-20", "12 %", "90 %", "2"]


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Three days; on the second of them two images, of which one is partly under cloud, and a gap between them."""
    monkeypatch.setattr(access, "PAUSE", 0.01)
    monkeypatch.setattr(catalog, "_PAUSE", 0.01)
    place = simulated_place(tmp_path_factory.mktemp("catalogue"))
    place.add("june", "2024-06-10")
    place.add("west", "2024-06-20", columns=slice(0, 64), cloud=slice(0, 16))
    place.add("east", "2024-06-20", columns=slice(76, 128))
    place.add("autumn", "2024-09-15", drained=True)
    with served(place) as serving:
        yield serving


@pytest.fixture
def explorer(server: Server) -> Explorer:
    """An app of the place as it was simulated, with a search typed in: the place, and all of the year."""
    made = Explorer(spexlab.simulate_scene(4, size=128)[0], model=FakeSpex(window=128))
    open_search(made, server.url)
    made._search_map.view.areas = [server.place.area]
    return made


def open_search(explorer: Explorer, url: str) -> SearchPanel:
    open_tab(explorer, "Scene")
    picker = explorer._panels.scene
    picker.kind.value = "search"
    panel = picker.search
    panel.known.value, panel.address.value, panel.cloud.value = "", url, 100
    panel.first.value, panel.last.value = date(2024, 1, 1), date(2024, 12, 31)
    return panel


def searched(explorer: Explorer) -> SearchPanel:
    panel = explorer._panels.scene.search
    panel.search.click()
    assert panel.wait(60)
    return panel


def opened(explorer: Explorer, *rows: int) -> None:
    panel = explorer._panels.scene.search
    panel.table.chosen = list(rows)
    panel.opener.click()
    assert explorer.wait(60)
    assert "spx-error" not in panel.message.value


def outlines(explorer: Explorer) -> list[str]:
    return [feature["properties"]["style"]["color"] for feature in explorer._search_map.view._outlines.data["features"]]


def test_what_is_found_is_listed_by_day_newest_first_with_pictures_and_footprints(explorer: Explorer) -> None:
    panel = searched(explorer)
    assert panel.table.rows == [["2024-09-15", "0 %", "100 %", "1"], TWO_HALVES, ["2024-06-10", "0 %", "100 %", "1"]]
    assert "3 dates, newest first" in panel.message.value
    assert sorted(panel.table.pictures) == ["0", "1", "2"]
    assert all(url.startswith("data:image/jpeg;base64,") for url in panel.table.pictures.values())
    assert panel.bands.value == "blue, green, red, nir"
    panel.table.pointed = 1
    assert outlines(explorer) == [POINTED, POINTED]
    panel.table.chosen = [0]
    assert outlines(explorer) == [CHOSEN, POINTED, POINTED]
    panel.table.pointed = -1
    assert outlines(explorer) == [CHOSEN]


def test_cloud_and_days_limit_what_is_found(explorer: Explorer) -> None:
    panel = explorer._panels.scene.search
    panel.cloud.value, panel.last.value = 20, date(2024, 8, 1)
    assert [row[:2] for row in searched(explorer).table.rows] == [["2024-06-20", "0 %"], ["2024-06-10", "0 %"]]
    panel.first.value = panel.last.value
    assert searched(explorer).table.rows == []
    assert "Nothing was found" in panel.message.value


def test_a_day_is_opened_around_the_area_and_asked(explorer: Explorer) -> None:
    searched(explorer)
    opened(explorer, 2)
    assert explorer.scene.attrs["title"] == "june"
    assert explorer.scene.shape[0] == 4
    assert max(explorer.scene.shape[1:]) <= 130
    assert explorer._controls.tabs.selected == "Answer"
    assert "spx-shown" not in explorer._search_map.view._dom_classes
    assert shown_masks(asked(explorer, "water")) == ["water"]


def test_what_is_drawn_with_corners_stays_the_area(explorer: Explorer, server: Server) -> None:
    (west, south), _, (east, north) = server.place.area["coordinates"][0][:3]
    ring = [[west, south], [east, south], [east, north], [west, south]]
    explorer._search_map.view.areas = [{"type": "Polygon", "coordinates": [ring]}]
    searched(explorer)
    opened(explorer, 0)
    assert explorer.area["coordinates"][0] == ring


def test_several_days_are_opened_with_a_time(explorer: Explorer) -> None:
    searched(explorer)
    panel = explorer._panels.scene.search
    panel.table.chosen = [0, 2]
    assert panel.opener.description == "Open all 2 chosen"
    opened(explorer, 0, 2)
    assert explorer.opened.dims == ("time", "band", "y", "x")
    assert explorer.date == "2024-09-15"
    assert explorer._dates.layout.display != "none"


def test_a_session_finds_the_images_again(explorer: Explorer, server: Server, tmp_path: Path) -> None:
    searched(explorer)
    opened(explorer, 0, 2)
    asked(explorer, "water")
    session = explorer.save_session(tmp_path / "session.json")
    another = forest_explorer()
    another.restore_session(session)
    assert another.opened.identical(explorer.opened)
    server.place.items[:] = [item for item in server.place.items if item["id"] != "autumn"]
    with pytest.raises(ValueError, match="but autumn is gone"):
        forest_explorer().restore_session(session)


def test_a_catalogue_that_does_not_answer_is_told_in_plain_words(explorer: Explorer) -> None:
    panel = explorer._panels.scene.search
    panel.address.value = "http://127.0.0.1:9/"
    searched(explorer)
    assert "spx-error" in panel.message.value
    assert "nothing answers there; is this machine on the internet" in panel.message.value
    assert "Pool" not in panel.message.value
    assert not panel.search.disabled
    assert panel.cancel.disabled


def test_a_cancelled_search_keeps_nobody_waiting(explorer: Explorer, server: Server) -> None:
    server.faults = Faults(path="/search", seconds=1.0)
    panel = explorer._panels.scene.search
    slow = panel._job
    panel.search.click()
    slow = panel._job
    assert not panel.cancel.disabled
    panel.cancel.click()
    assert "Cancelled" in panel.message.value
    assert not panel.search.disabled
    server.faults.seconds = 0.0
    panel.last.value = date(2024, 6, 12)
    assert [row[0] for row in searched(explorer).table.rows] == ["2024-06-10"]
    assert slow.wait(30)
    assert [row[0] for row in panel.table.rows] == ["2024-06-10"]


def test_pictures_that_fail_are_left_out(explorer: Explorer, server: Server) -> None:
    server.faults = Faults(path="autumn/thumbnail", failures=9)
    (server.place.folder / "june" / "thumbnail.png").write_text("no picture")
    panel = searched(explorer)
    assert sorted(panel.table.pictures) == ["1"]
    assert "spx-error" not in panel.message.value


def test_without_a_drawn_area_what_the_map_shows_is_searched(explorer: Explorer) -> None:
    explorer._search_map.view.areas = []
    panel = searched(explorer)
    assert len(panel.found) == 3
    assert 0.3 < panel.found[0].coverage < 0.6, "the map shows half as much again as the scene, each way"


def test_a_search_that_cannot_be_is_refused_before_anybody_is_asked(server: Server) -> None:
    explorer = forest_explorer()  # has no coordinates, so the map begins with the whole Earth
    panel = open_search(explorer, server.url)
    searched(explorer)
    assert "at most 1° a side" in panel.message.value
    panel.first.value = None
    searched(explorer)
    assert "needs a first and a last day" in panel.message.value
    assert server.asked == []
