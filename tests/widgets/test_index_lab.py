import re

import numpy as np
import pytest
import xarray as xr

import spexlab
from spexlab.extraction.tuning import tune_index
from widgets.labs.index_lab import IndexLab
from widgets.map.overlay import TRANSPARENT

TRIANGLE = {"type": "Polygon", "coordinates": [[[0, 0], [90, 0], [0, 90], [0, 0]]]}


@pytest.fixture(scope="module")
def scene() -> xr.DataArray:
    return spexlab.sample_scene().isel(y=slice(0, 100), x=slice(0, 120))


@pytest.fixture
def lab(scene: xr.DataArray) -> IndexLab:
    return settled(IndexLab(scene, target="trees"))


def settled(lab: IndexLab) -> IndexLab:
    assert lab.wait(30)
    return lab


def test_it_starts_with_the_recipe(lab: IndexLab) -> None:
    assert (lab.index, lab.threshold, lab.side, lab.message) == ("NDVI", 0.4, "above", "")
    assert lab._panel.slider.value == 0.4
    assert lab._panel.recipe.description == "Recipe 0.4"


def test_the_widget_and_its_twin_find_the_same(lab: IndexLab, scene: xr.DataArray) -> None:
    twin = tune_index(scene, "trees")
    assert lab.tuned.question == twin.question
    assert "NDVI" in lab._words.value
    assert lab._regions.value.count("<tr class=") == len(twin.regions)


def test_the_slider_moves_the_threshold_and_the_mask(lab: IndexLab) -> None:
    before = lab.tuned.measurement.pixels
    lab._panel.slider.value = 0.6
    assert settled(lab).threshold == lab.tuned.prior.threshold == 0.6
    assert lab.tuned.measurement.pixels < before
    assert lab._panel.threshold.value == 0.6


def test_a_late_answer_does_not_pull_the_slider_back(lab: IndexLab) -> None:
    for step in range(1, 30):
        lab._panel.slider.value = 0.4 + 0.004 * step
    assert settled(lab).threshold == lab._panel.slider.value == pytest.approx(0.516)
    assert lab.tuned.prior.threshold == lab.threshold


def test_a_typed_threshold_beyond_all_values_widens_the_slider(lab: IndexLab) -> None:
    lab._panel.threshold.value = 1.4
    settled(lab)
    assert lab.tuned.measurement.pixels == 0
    assert lab._panel.slider.max > lab._panel.slider.value == 1.4
    lab._panel.recipe.click()
    assert settled(lab).threshold == lab._panel.slider.value == 0.4


def test_otsu_is_cut_to_the_digits_that_are_shown(lab: IndexLab) -> None:
    lab._panel.otsu.click()
    assert settled(lab).threshold == lab.tuned.prior.threshold == round(lab.threshold, 4)
    assert 0.3 < lab.threshold < 0.7


def test_another_target_starts_over_and_another_index_finds_its_threshold(lab: IndexLab) -> None:
    lab.target = "water"
    assert (settled(lab).index, lab.threshold) == ("NDWI", -0.1)
    lab.index = "NDVI"
    assert settled(lab)._panel.recipe.disabled
    assert lab.threshold == lab.tuned.prior.threshold
    lab.side = "below"
    settled(lab)
    assert lab.tuned.prior.sign == -1
    assert lab.tuned.measurement.inside < lab.threshold


def test_recipes_are_offered_first(lab: IndexLab) -> None:
    labels = [label for label, _ in lab._panel.index.options]
    assert [label[:6] for label in labels[:3]] == ["★ NDVI", "★ EVI ", "SAVI –"]
    names = [name for _, name in lab._panel.index.options]
    assert len(names) == len(set(names)) > 50
    assert "MNDWI" not in names


def test_an_area_limits_what_is_seen_and_a_broken_one_is_told(lab: IndexLab) -> None:
    lab.area = TRIANGLE
    assert settled(lab).tuned.measurement.valid_pixels < 90 * 90
    lab.area = {"type": "Polygon", "coordinates": [[[10, 10], [60, 60], [60, 10], [10, 60], [10, 10]]]}
    settled(lab)
    assert "cross itself" in lab.message
    assert "spx-error" in lab._news.value
    lab.area = None
    assert settled(lab).message == ""


@pytest.fixture
def holed(scene: xr.DataArray) -> xr.DataArray:
    hole = scene.copy()
    hole[:, :50, :50] = np.nan
    return hole


@pytest.mark.parametrize("corner", [0, 5000], ids=["without data", "outside"])
def test_where_nothing_can_be_known_nothing_is_shown(holed: xr.DataArray, corner: int) -> None:
    lab = settled(IndexLab(holed, target="trees"))
    pictures = lab._map.view._pictures
    found = pictures["mask", ""].url
    lab.area = {
        "type": "Polygon",
        "coordinates": [[[corner, corner], [corner + 40, corner], [corner, corner + 40], [corner, corner]]],
    }
    assert settled(lab).message
    assert lab.tuned is None
    assert [pictures[pane, ""].url for pane in ("mask", "highlight")] == [TRANSPARENT, TRANSPARENT]
    shown = [lab._panel.figures.value, lab._panel.histogram.value, lab._regions.value, lab._words.value]
    assert not any(character.isdigit() for html in shown for character in re.sub(r"<[^>]+>", "", html))
    assert lab._panel.slider.disabled
    lab.target = "water"
    settled(lab)
    lab.area = None
    assert (settled(lab).message, lab.threshold, lab.tuned.prior.index) == ("", -0.1, "NDWI")
    lab.target = "trees"
    settled(lab)
    assert pictures["mask", ""].url == found
    assert not lab._panel.slider.disabled


def test_an_otsu_that_finds_nothing_leaves_what_is_shown(scene: xr.DataArray) -> None:
    flat = scene.copy(data=scene.values[:, :1, :1].repeat(100, axis=1).repeat(120, axis=2))
    lab = settled(IndexLab(flat, target="trees"))
    shown = lab.tuned
    lab._panel.otsu.click()
    assert "two different values" in settled(lab).message
    assert lab.tuned is shown is not None


def test_the_browser_hears_of_the_threshold_after_the_step(lab: IndexLab) -> None:
    assert list(lab._panel.slider.get_state({"value", "min", "max", "step"}))[-1] == "value"


def test_without_a_recipe_any_index_may_be_tried(scene: xr.DataArray) -> None:
    lab = settled(IndexLab(scene.sel(band=["blue", "green", "red"]), target="water"))
    assert lab.message == ""
    assert lab.index in dict(map(reversed, lab._panel.index.options))
    assert lab._panel.recipe.disabled
    assert "its recipe (MNDWI or NDWI) cannot be computed" in lab.warning
    assert "spx-warning" in lab._panel.warning.value
    assert ">marked<" in lab._panel.figures.value
    assert "SPEX is not given this text" in lab._lesson.value


def test_with_a_recipe_nothing_is_warned_of(lab: IndexLab) -> None:
    assert lab.warning == ""
    assert lab._panel.warning.layout.display == "none"
    assert ">trees<" in lab._panel.figures.value


def test_every_control_has_a_label(lab: IndexLab) -> None:
    panel = lab._panel
    controls = [panel.target, panel.index, panel.side, panel.slider, panel.threshold, panel.recipe, panel.otsu]
    assert all(control.description and control.tooltip for control in controls)
