"""Areas in the Explorer: drawn, set, edited, broken, and changed after an answer."""

from typing import Any

import pytest

import spexlab
from spexlab import Explorer
from tests.support.apps import asked, finished, forest_explorer, shown_masks
from tests.support.fakes import FakeSpex
from widgets.map.geometry import collected

SQUARE = {"type": "Polygon", "coordinates": [[[10, 20], [60, 20], [60, 70], [10, 70], [10, 20]]]}
BOW_TIE = {"type": "Polygon", "coordinates": [[[10, 10], [60, 60], [60, 10], [10, 60], [10, 10]]]}


@pytest.fixture
def explorer() -> Explorer:
    return forest_explorer()


def draw(explorer: Explorer, *polygons: dict[str, Any]) -> None:
    """As the browser does: the draw control's synced list of features, in the map's coordinates."""
    features = [{"type": "Feature", "properties": {"style": {}}, "geometry": polygon} for polygon in polygons]
    explorer._map._pencil.data = features


def test_a_drawn_area_is_in_pixels_with_y_downwards_without_a_crs(explorer: Explorer) -> None:
    draw(explorer, {"type": "Polygon", "coordinates": [[[x, -y] for x, y in SQUARE["coordinates"][0]]]})
    assert explorer.area == SQUARE
    assert "2,500 px" in explorer._controls.where.value
    explorer.instruction = "vegetation"
    explorer.run()
    assert finished(explorer) == "done"
    assert explorer.extraction.mask.shape == (1, 50, 50)


def test_a_drawn_area_is_longitude_and_latitude_with_a_crs() -> None:
    scene, _ = spexlab.simulate_scene(1, size=64)
    explorer = Explorer(scene, model=FakeSpex(window=64))
    (south, west), (north, east) = explorer._map._pictures["scene", ""].bounds
    x, y, dx, dy = (west + east) / 2, (south + north) / 2, (east - west) / 4, (north - south) / 4
    ring = [[x - dx, y - dy], [x + dx, y - dy], [x + dx, y + dy], [x - dx, y + dy], [x - dx, y - dy]]
    draw(explorer, {"type": "Polygon", "coordinates": [ring]})
    assert explorer.area == {"type": "Polygon", "coordinates": [ring]}
    assert "ha" in explorer._controls.where.value


def test_several_areas_edits_and_deletion_reach_the_trait(explorer: Explorer) -> None:
    other = {"type": "Polygon", "coordinates": [[[70, -5], [90, -5], [90, -25], [70, -25], [70, -5]]]}
    draw(explorer, {"type": "Polygon", "coordinates": [[[x, -y] for x, y in SQUARE["coordinates"][0]]]}, other)
    assert [feature["geometry"]["type"] for feature in explorer.area["features"]] == ["Polygon", "Polygon"]
    assert "2,900 px" in explorer._controls.where.value
    draw(explorer, other)
    assert "400 px" in explorer._controls.where.value
    explorer._controls.clear.click()
    assert explorer.area is None
    assert explorer._map._pencil.data == []
    assert "whole scene" in explorer._controls.where.value


def test_an_area_that_is_set_is_drawn(explorer: Explorer) -> None:
    explorer.area = {"type": "Feature", "properties": {}, "geometry": SQUARE}
    (feature,) = explorer._map._pencil.data
    assert feature["geometry"]["coordinates"][0][0] == [10, -20]
    assert explorer.area == SQUARE
    explorer.area = None
    assert explorer._map._pencil.data == []


def test_a_broken_area_is_told_when_it_is_drawn_and_when_it_is_used(explorer: Explorer) -> None:
    explorer.area = BOW_TIE
    assert "spx-error" in explorer._controls.message.value
    explorer.instruction = "vegetation"
    explorer.run()
    assert finished(explorer) == "failed"
    assert shown_masks(explorer) == []
    with pytest.raises(ValueError, match="polygon"):
        explorer.area = {"type": "Point", "coordinates": [1, 2]}


def test_masks_of_another_area_than_the_one_that_is_drawn_are_marked(explorer: Explorer) -> None:
    asked(explorer, "water")
    assert "spx-stale" not in explorer._map._dom_classes
    explorer.area = {"type": "Polygon", "coordinates": [[[10, 10], [60, 10], [60, 60], [10, 60], [10, 10]]]}
    assert "spx-stale" in explorer._map._dom_classes
    assert "Run again" in explorer._controls.stale.value
    explorer.area = None
    assert "spx-stale" not in explorer._map._dom_classes
    assert explorer._controls.stale.value == ""


def test_an_area_that_changes_while_a_run_is_at_work_leaves_a_stale_answer(explorer: Explorer) -> None:
    explorer.instruction = "water"
    explorer.run()
    explorer.area = {"type": "Polygon", "coordinates": [[[10, 10], [60, 10], [60, 60], [10, 60], [10, 10]]]}
    assert finished(explorer) == "done"
    assert "spx-stale" in explorer._map._dom_classes


def test_several_drawn_areas_are_counted(explorer: Explorer) -> None:
    box = {"type": "Polygon", "coordinates": [[[5, 5], [20, 5], [20, 20], [5, 20], [5, 5]]]}
    other = {"type": "Polygon", "coordinates": [[[30, 30], [50, 30], [50, 50], [30, 50], [30, 30]]]}
    explorer.area = collected([box, other])
    assert "2 drawn areas" in explorer._controls.where.value
