import re
from html import unescape

import pytest
import xarray as xr

import spexlab
from spexlab.extraction.tuning import TunedIndex, tune_index
from widgets.labs.index_report import (
    formula_html,
    histogram_html,
    measurement_html,
    regions_html,
    unmeasured_html,
    unsure_text,
    words_html,
)


@pytest.fixture(scope="module")
def scene() -> xr.DataArray:
    return spexlab.sample_scene().isel(y=slice(0, 120), x=slice(0, 150))


@pytest.fixture(scope="module")
def tuned(scene: xr.DataArray) -> TunedIndex:
    return tune_index(scene, "trees", threshold=0.5)


def stripped(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def marked(html: str, style: str) -> list[str]:
    return [unescape(value) for value in re.findall(rf'<mark class="spx-of spx-of-{style}">(.*?)</mark>', html)]


def test_the_words_are_the_question_to_the_letter(tuned: TunedIndex) -> None:
    assert stripped(words_html(tuned.question)) == tuned.question


def test_the_words_may_be_an_empty_list(scene: xr.DataArray) -> None:
    empty = tune_index(scene, "trees", threshold=1.5)
    assert stripped(words_html(empty.question)) == empty.question
    assert "empty" in regions_html(empty)


@pytest.mark.parametrize("style", ["size", "centroid", "location", "box", "inside", "around"])
def test_every_cell_of_the_table_stands_in_the_words(tuned: TunedIndex, style: str) -> None:
    cells = marked(regions_html(tuned), style)
    assert len(cells) >= 5
    assert cells == marked(words_html(tuned.question), style)


def test_a_region_without_surroundings_has_a_dash(scene: xr.DataArray) -> None:
    everything = tune_index(scene, "trees", threshold=-1.0)
    assert "Mean around" not in everything.question
    assert "–</td>" in regions_html(everything)


def test_the_histogram_has_two_sides_and_a_line(tuned: TunedIndex) -> None:
    html = histogram_html(tuned)
    assert html.count("<path") == 2
    assert "trees lies above 0.50" in html
    line = float(re.search(r'<line x1="([\d.]+)"', html)[1]) / 720
    low, high = tuned.span
    assert line == pytest.approx((0.5 - low) / (high - low), abs=1e-3)


def test_the_formula_names_the_bands(scene: xr.DataArray) -> None:
    assert "N = nir (833 nm), R = red (665 nm)" in formula_html(scene, "NDVI")


def test_the_figures_are_those_of_the_measurement(tuned: TunedIndex) -> None:
    text = stripped(measurement_html(tuned.measurement, name="trees"))
    assert f"{tuned.measurement.pixels:,} px" in text
    assert f"{tuned.measurement.inside:.2f}" in text
    blank = stripped(unmeasured_html("NDVI", name="trees"))
    assert [name for name in ("of the area", "trees", "regions", "NDVI inside", "around") if name not in blank] == []


def test_without_a_recipe_the_index_claims_nothing(scene: xr.DataArray) -> None:
    colour = scene.sel(band=["blue", "green", "red"])
    assert unsure_text(scene, "vegetation", "BCC") == ""
    assert "its recipe (NDVI or EVI) cannot be computed" in unsure_text(colour, "vegetation", "BCC")
    assert "BCC is just the index that is chosen" in unsure_text(colour, "vegetation", "BCC")
