"""Correct the Explorer's answer by pointing at its map: clicks, strokes, outlines, undo and redo, and where they are kept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spexlab import Explorer
from spexlab.places import open_places
from tests.support.apps import asked, finished
from tests.support.canyon import canyon_scene
from tests.support.fakes import FakeSpex
from widgets.explorer.history import Entry
from widgets.map.pen import Pen


@pytest.fixture
def explorer() -> Explorer:
    scene = canyon_scene(size=96, pond=True)
    plain = scene.drop_vars("spatial_ref").assign_coords(x=np.arange(96) + 0.5, y=np.arange(96) + 0.5)
    return asked(Explorer(plain, model=FakeSpex(window=96)), "water")


def press(explorer: Explorer, *places: tuple[float, float]) -> None:
    """Press the button at the first place (x, y) in pixels, move to the others, and let go."""
    moves = [("mousemove", place) for place in places[1:]]
    for kind, at in (("mousedown", places[0]), *moves, ("mouseup", places[-1]), ("click", places[-1])):
        explorer._map._map._handle_leaflet_event(None, {"event": "interaction", "type": kind, "coordinates": [-at[1], at[0]]}, [])
    assert explorer.wait(30)


def tools(explorer: Explorer):
    return explorer._controls.correcting


def inside(explorer: Explorer, row: int, column: int) -> bool:
    return bool(explorer.extraction.mask.values[0, row, column])


def test_a_click_with_a_tool_corrects_the_answer_and_its_numbers_and_runs_no_model(explorer: Explorer) -> None:
    first, run_before, legend = explorer.extraction, explorer._model.asked, explorer._controls.legend.value
    assert inside(explorer, 40, 50)
    tools(explorer).tool.value = "outside"
    assert not explorer._map._map.dragging
    press(explorer, (50.5, 40.5))
    assert not inside(explorer, 40, 50)
    assert explorer._model.asked == run_before
    assert explorer._controls.legend.value != legend
    assert "corrected once by pointing" in explorer._controls.asked.value
    assert explorer.extraction.mask.sum() < first.mask.sum()


def test_strokes_and_outlines_are_obeyed_whole(explorer: Explorer) -> None:
    tools(explorer).tool.value = "inside"
    press(explorer, (70.5, 80.5), (80.5, 80.5))
    assert explorer.extraction.mask.values[0, 80, 70:81].all()
    tools(explorer).drawn.value = "outline"
    press(explorer, (10, 80), (20, 80), (20, 90), (10, 90))
    assert explorer.extraction.mask.values[0, 80:90, 10:20].all()
    assert [one.geometry["type"] for one in explorer.extraction.corrections] == ["LineString", "Polygon"]


def test_undo_and_redo_go_one_by_one(explorer: Explorer) -> None:
    first, panel = explorer.extraction, tools(explorer)
    assert panel.undo.disabled
    panel.tool.value = "outside"
    press(explorer, (50.5, 40.5))
    once = explorer.extraction
    panel.tool.value = "inside"
    press(explorer, (80.5, 80.5))
    twice = explorer.extraction
    panel.undo.click()
    assert explorer.wait(30)
    np.testing.assert_array_equal(explorer.extraction.mask, once.mask)
    panel.undo.click()
    assert explorer.wait(30)
    assert explorer.extraction is first
    assert panel.undo.disabled
    for _ in range(2):
        panel.redo.click()
        assert explorer.wait(30)
    np.testing.assert_array_equal(explorer.extraction.mask, twice.mask)
    assert panel.redo.disabled


def test_without_a_tool_the_map_moves_and_nothing_is_corrected(explorer: Explorer) -> None:
    tools(explorer).tool.value = "inside"
    tools(explorer).tool.value = ""
    assert explorer._map._map.dragging
    press(explorer, (80.5, 80.5))
    assert not explorer.extraction.corrections


def test_what_cannot_be_corrected_is_told_and_the_answer_stays(explorer: Explorer) -> None:
    tools(explorer).tool.value = "inside"
    press(explorer, (300.5, 40.5))
    assert "must lie in the area" in explorer.message
    assert not explorer.extraction.corrections


def test_corrections_are_kept_in_history_and_made_again_where_the_masks_are_gone(explorer: Explorer) -> None:
    tools(explorer).tool.value = "outside"
    press(explorer, (50.5, 40.5))
    corrected = explorer.extraction
    (entry,) = explorer._panels.history.entries
    assert entry.answer.shown is corrected
    assert "corrected (1)" in entry.cells(scenes=1)[2]
    read = Entry.from_json(entry.to_json())
    assert [(one.side, one.geometry["type"]) for one in read.corrections] == [("outside", "Point")]
    explorer.recall(replace(read, scene=entry.scene))
    assert finished(explorer) == "done"
    np.testing.assert_array_equal(explorer.extraction.mask, corrected.mask)
    assert len(explorer.extraction.corrections) == 1


def test_a_new_answer_starts_without_corrections_and_a_threshold_keeps_them(explorer: Explorer) -> None:
    tools(explorer).tool.value = "outside"
    press(explorer, (50.5, 40.5))
    explorer._controls.thresholds.rows["water"].slider.value = 0.3
    assert explorer.wait(30)
    assert len(explorer.extraction.corrections) == 1
    assert not inside(explorer, 40, 50)
    asked(explorer, "water and vegetation")
    assert not explorer.extraction.corrections
    assert tools(explorer).redo.disabled
    assert list(tools(explorer).target.options) == ["water", "vegetation"]


def test_a_corrected_answer_is_kept_as_a_training_sample(explorer: Explorer, tmp_path: Path) -> None:
    panel = explorer._panels.keeping
    tools(explorer).tool.value = "outside"
    press(explorer, (50.5, 40.5))
    panel.folder.value = str(tmp_path / "samples")
    panel.keep.click()
    assert "Kept in" in panel.message.value
    (place,) = open_places(tmp_path / "samples")
    np.testing.assert_array_equal(place.truth("water")[0], explorer.extraction.mask.values[0])
    panel.folder.value = ""
    panel.keep.click()
    assert "samples need a folder" in panel.message.value


def test_a_pen_without_a_map_hears_nothing() -> None:
    pen = Pen()
    assert not pen.attached
    assert not pen.held
