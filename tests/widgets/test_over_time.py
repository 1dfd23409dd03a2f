"""Several dates in the app: which is shown, areas over time, and the change between two."""

import numpy as np
import pytest
import traitlets as T
import xarray as xr

import spexlab
from spexlab import Explorer
from tests.support.apps import asked, finished, forest_explorer, shown_masks
from tests.support.fakes import FakeSpex
from widgets.map.overlay import TRANSPARENT

DATES = ["2024-06-10", "2024-07-20", "2024-09-15"]


@pytest.fixture(scope="module")
def series() -> xr.DataArray:
    """A lake that is full, then a third under cloud, then dry."""
    scene, labels = spexlab.simulate_scene(3, size=96)
    bare = scene.where(labels == 7).mean(["y", "x"])
    cloudy = scene.where(scene["x"] > scene["x"][32])
    return spexlab.open_scene(dict(zip(DATES, (scene, cloudy, scene.where(labels != 1, bare)), strict=True)))


@pytest.fixture
def explorer(series: xr.DataArray) -> Explorer:
    return Explorer(series, model=FakeSpex(window=96))


def shown_change(explorer: Explorer) -> list[str]:
    return [layer.name for layer in explorer._map._map.layers if layer.pane == "change" and layer.url != TRANSPARENT]


def test_the_newest_date_is_shown_first_and_the_slider_changes_the_picture(explorer: Explorer, series: xr.DataArray) -> None:
    assert explorer._dates.slider.options == tuple(DATES)
    assert explorer.date == explorer._dates.slider.value == DATES[-1]
    before, area = explorer._map.picture, explorer._map._map
    explorer._dates.slider.value = DATES[0]
    assert explorer.scene.attrs["date"] == DATES[0]
    assert np.array_equal(explorer.scene.values, series.isel(time=0).values)
    assert explorer._map.picture.url != before.url
    assert explorer._map._map is area, "the view stays where a person moved it"
    assert DATES[0] in explorer._head.value
    with pytest.raises(T.TraitError, match="one of 2024-06-10, "):
        explorer.date = "2023-01-01"


def test_a_scene_of_one_date_has_neither_slider_nor_areas_over_time() -> None:
    explorer = asked(forest_explorer(), "vegetation")
    assert explorer._dates.layout.display == explorer._over_time.layout.display == "none"
    assert explorer._dates.date == explorer.date == ""


def test_an_instruction_is_answered_on_all_dates(explorer: Explorer) -> None:
    asked(explorer, "water")
    over_time = explorer._over_time
    assert "for 3 dates" in explorer.message
    assert [row[:2] for row in over_time.table.rows] == [[date, "water"] for date in DATES]
    assert over_time.chart.value.count("<svg") == 1
    assert "Area (ha)" in over_time.chart.value
    assert "2024-07-20 (6" in over_time.clouds.value, "a third of that date is under cloud"
    assert explorer.date == DATES[-1]
    assert explorer.extraction is over_time.timeline[-1]


def test_turning_to_a_date_shows_its_masks_and_numbers(explorer: Explorer) -> None:
    asked(explorer, "water")
    timeline = explorer._over_time.timeline
    explorer._over_time.table.pick(0)
    assert explorer.date == DATES[0]
    assert explorer.extraction is timeline[0]
    assert shown_masks(explorer) == ["water"]
    assert f"{100 * timeline[0].evidence[0].measurement.share:.1f} %" in explorer._controls.legend.value
    assert explorer._over_time.table.selected == 0
    explorer.instruction = "trees"
    explorer.run()
    assert finished(explorer) == "done"
    assert explorer.date == DATES[0], "a run comes back to the date that was shown"


def test_two_dates_are_compared_on_the_map_and_in_words(explorer: Explorer) -> None:
    asked(explorer, "water")
    over_time = explorer._over_time
    over_time.compare.value = True
    assert explorer.wait(20)
    assert sorted(shown_change(explorer)) == ["gained", "lost", "stable"]
    assert "spx-comparing" in explorer._map._dom_classes
    assert over_time.words.value.count("±") == 3
    assert "Between 2024-06-10 and 2024-09-15 water was lost" in over_time.words.value
    assert "standard deviation" in over_time.words.value
    over_time.first.value = DATES[-1]
    assert explorer.wait(20)
    assert "the earlier first" in over_time.message.value
    assert shown_change(explorer) == []
    over_time.compare.value = False
    assert over_time.words.value == ""
    assert "spx-comparing" not in explorer._map._dom_classes


def test_an_instruction_about_a_change_shows_it(explorer: Explorer) -> None:
    asked(explorer, "where did water disappear between June and September?")
    assert explorer.wait(20)
    assert explorer._over_time.timeline.dates == [DATES[0], DATES[-1]]
    assert "lost" in shown_change(explorer)
    explorer.date = DATES[1]
    assert explorer.extraction is None
    assert shown_masks(explorer) == []
    assert "Nothing was asked of 2024-07-20" in explorer.message
    explorer.date = DATES[0]
    assert shown_masks(explorer) == ["water"]


def test_a_threshold_is_taken_on_all_dates(explorer: Explorer) -> None:
    asked(explorer, "water")
    before = explorer._over_time.timeline
    explorer._revisions.cut({"water": 0.9})
    assert explorer.wait(20)
    after = explorer._over_time.timeline
    assert [one.cuts["water"].threshold for one in after] == [0.9] * 3
    assert after[-1] is explorer.extraction
    assert after.table["pixels"].sum() < before.table["pixels"].sum()
    assert explorer._panels.history.entries[-1].answer.timeline is after


def test_the_history_brings_all_dates_back(explorer: Explorer) -> None:
    asked(explorer, "water")
    explorer.date = DATES[0]
    water, timeline = explorer._panels.history.entries[-1], explorer._over_time.timeline
    asked(explorer, "trees")
    explorer.recall(water)
    assert finished(explorer) == "done"
    assert explorer._over_time.timeline is timeline
    assert (explorer.date, explorer.extraction) == (DATES[-1], timeline[-1])
    assert "on 2024-09-15" in explorer._panels.history.table.rows[-1][2]
    explorer.show_scene(spexlab.sample_scene())
    assert explorer._over_time.timeline is None
    explorer.recall(water)
    assert finished(explorer) == "done"
    assert explorer._over_time.timeline is timeline
