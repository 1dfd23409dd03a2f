import numpy as np
import pytest
import xarray as xr

import spexlab
from spexlab.evidence.prior import recipes_for, spectral_prior
from spexlab.evidence.regions import find_regions
from spexlab.extraction.tuning import BINS, tune_index
from spexlab.language.question import parse_regions, spie_question
from spexlab.scene import new_scene
from spexlab.scene.naming import resolve_bands


@pytest.fixture(scope="module")
def scene() -> xr.DataArray:
    return spexlab.sample_scene().isel(y=slice(0, 120), x=slice(0, 150))


def meadow(**ndvi: slice) -> xr.DataArray:
    """40 x 40 pixels of soil (NDVI 0.2) with rows of meadow (NDVI 0.8)."""
    red, nir = np.full((40, 40), 0.2), np.full((40, 40), 0.3)
    red[ndvi["rows"]], nir[ndvi["rows"]] = 0.05, 0.45
    return new_scene(np.stack([red, nir]).astype("float32"), resolve_bands(["red", "nir"], None))


def test_the_words_are_those_that_the_model_is_asked_with(scene: xr.DataArray) -> None:
    tuned, prior = tune_index(scene, "vegetation"), spectral_prior(scene, "vegetation")
    assert prior is not None
    assert tuned.question == spie_question("vegetation", find_regions(prior.mask, prior.values), index=prior.index)


def test_the_table_holds_the_numbers_of_the_words(scene: xr.DataArray) -> None:
    tuned = tune_index(scene, "trees", threshold=0.5)
    said = parse_regions(tuned.question)
    assert 0 < len(said) <= 10
    assert list(tuned.table["inside"]) == [region.mean_inside for region in said]
    assert list(zip(tuned.table["x"], tuned.table["y"], strict=True)) == [region.centroid for region in said]
    assert list(tuned.table["location"]) == [region.location for region in said]
    assert list(tuned.table["pixels"]) == sorted(tuned.table["pixels"], reverse=True)


def test_threshold_side_and_otsu_move_the_mask() -> None:
    scene = meadow(rows=slice(0, 10))
    assert tune_index(scene, "vegetation", threshold=0.5).mask.values.sum() == 400
    below = tune_index(scene, "vegetation", threshold=0.5, sign=-1)
    assert below.mask.values.sum() == 1200
    assert "Mean inside': 0.2" in below.question
    assert 0.2 <= tune_index(scene, "vegetation", threshold="otsu").prior.threshold < 0.8


def test_an_area_limits_pixels_histogram_and_otsu() -> None:
    scene = meadow(rows=slice(0, 10))
    triangle = {"type": "Polygon", "coordinates": [[[0, 0], [40, 0], [0, 40], [0, 0]]]}
    tuned = tune_index(scene, "vegetation", threshold=0.5, area=triangle)
    assert 300 < tuned.mask.values.sum() < 400
    assert tuned.histogram()[0].sum() == tuned.measurement.valid_pixels < 1000
    with pytest.raises(ValueError, match="two different values"):
        tune_index(scene, "vegetation", threshold="otsu", area=(0, 20, 40, 40))


def test_no_bar_of_the_histogram_has_two_sides(scene: xr.DataArray) -> None:
    for threshold in (-0.9, 0.123, 2.0):
        tuned = tune_index(scene, "vegetation", threshold=threshold)
        counts, edges = tuned.histogram()
        assert len(counts) == BINS
        assert np.isclose(edges, threshold).any()
        assert tuned.span[0] < threshold < tuned.span[1]


def test_an_empty_mask_has_words_too(scene: xr.DataArray) -> None:
    tuned = tune_index(scene, "vegetation", threshold=1.5)
    assert tuned.question.endswith("[]")
    assert tuned.table.empty
    assert tuned.plot() is not None


def test_only_recipes_that_the_bands_allow_are_offered(scene: xr.DataArray) -> None:
    assert [recipe.name for recipe in recipes_for(scene, "water")] == ["NDWI"]
    colour = scene.sel(band=["blue", "green", "red"])
    assert recipes_for(colour, "water") == []
    with pytest.raises(ValueError, match="allow no recipe for water"):
        tune_index(colour, "water")


def test_pixels_without_data_are_refused(scene: xr.DataArray) -> None:
    hole = scene.copy()
    hole[:, :50] = np.nan
    with pytest.raises(ValueError, match="no pixel"):
        tune_index(hole, "vegetation", area=(0, 0, 40, 40))


def test_the_figure_shows_mask_numbers_and_threshold() -> None:
    scene, _ = spexlab.simulate_scene(3, size=96)
    tuned = tune_index(scene, "water", threshold=0.05)
    picture, histogram = tuned.plot().axes
    numbers = [text.get_text() for text in picture.texts if text.get_text().isdigit()]
    assert numbers == [str(number) for number in range(1, len(tuned.regions) + 1)]
    assert histogram.get_title() == "MNDWI > 0.05"
