"""Baselines on stripes of water, trees and buildings."""

import sys
from collections.abc import Callable

import numpy as np
import pytest

from spexlab.evaluation.baselines import FixedThreshold, OtsuThreshold, RandomForest, SpectralPrior, TextbookThreshold
from spexlab.evaluation.baselines.forest import pixel_features
from tests.support.places import striped_place

RGB = ("blue", "green", "red")
FOUR = (*RGB, "nir")
PLACES = [striped_place(name) for name in ("a", "bb", "ccc")]
UNSEEN = striped_place("unseen")
WET, GREEN = UNSEEN.labels == 1, UNSEEN.labels == 2


@pytest.mark.parametrize("make", [SpectralPrior, TextbookThreshold, OtsuThreshold, FixedThreshold, lambda: RandomForest(trees=10)])
def test_all_find_water_and_trees_where_these_are_plain(make: Callable) -> None:
    method = make().fit(PLACES)
    water, trees = (method.predict(UNSEEN.scene, target) for target in ("water", "trees"))
    assert np.array_equal(water.mask, WET)
    assert np.array_equal(trees.mask, GREEN)
    assert method.name
    assert method.identity


def test_a_forest_without_its_library_says_so_when_it_gets_its_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(ImportError, match=r"needs scikit-learn: pip install 'spexlab\[train\]'"):
        RandomForest().fit(PLACES)


@pytest.mark.parametrize("make", [SpectralPrior, TextbookThreshold, OtsuThreshold])
def test_colour_alone_is_no_evidence_for_water(make: Callable) -> None:
    assert make().fit([]).predict(striped_place(bands=RGB).scene, "water") is None


def test_otsu_parts_each_scene_anew() -> None:
    values = OtsuThreshold().predict(striped_place(names=("trees", "buildings")).scene, "trees")
    other = OtsuThreshold().predict(striped_place(names=("buildings", "water")).scene, "trees")
    assert values is not None
    assert other is not None
    assert values.provenance["threshold"] > other.provenance["threshold"] + 0.2


def test_otsu_finds_nothing_in_a_scene_of_one_value() -> None:
    flat = UNSEEN.scene.copy(data=np.full(UNSEEN.scene.shape, 0.2, np.float32))
    found = OtsuThreshold().predict(flat, "water")
    assert found is not None
    assert not found.mask.any()


def test_the_fixed_threshold_is_the_best_one() -> None:
    method = FixedThreshold().fit(PLACES)
    best = method.choices["coarse", "water"][0]
    assert best.iou == 1.0
    for place in PLACES:
        index = (place.scene.sel(band="green") - place.scene.sel(band="swir16")) / (
            place.scene.sel(band="green") + place.scene.sel(band="swir16")
        )
        assert np.array_equal(index.values > best.threshold, place.labels == 1)


def test_counting_by_histogram_is_counting() -> None:
    method = FixedThreshold().fit(PLACES[:1])
    scene, built = PLACES[0].scene, PLACES[0].labels == 5
    for choice in method.choices["coarse", "built-up"]:
        if choice.index == "brightness":
            mask = scene.sel(band=list(RGB)).mean("band").values > np.float32(choice.threshold)
            assert choice.iou == pytest.approx((mask & built).sum() / (mask | built).sum())


def test_without_the_best_index_the_next_one_serves() -> None:
    method = FixedThreshold().fit(PLACES)
    assert {choice.index for choice in method.choices["coarse", "water"]} == {"MNDWI", "NDWI"}
    four = method.predict(striped_place(bands=FOUR).scene, "water")
    assert four is not None
    assert four.provenance["index"] == "NDWI"
    assert np.array_equal(four.mask, WET)
    assert method.predict(striped_place(bands=RGB).scene, "water") is None
    # Nothing was learnt about narrow pixels.
    assert method.predict(striped_place(pixel_size=0.5).scene, "water") is None


def test_what_was_chosen_tells_one_fit_from_another() -> None:
    first, again = FixedThreshold().fit(PLACES), FixedThreshold().fit(PLACES)
    other = FixedThreshold().fit([striped_place(names=("trees", "buildings"))])
    assert first.identity == again.identity != other.identity


def test_a_forest_sees_the_bands_that_it_was_grown_on() -> None:
    method = RandomForest(trees=5).fit([*PLACES, striped_place("few", bands=FOUR)])
    for bands in (tuple(UNSEEN.scene["band"].values), FOUR, RGB):
        found = method.predict(striped_place(bands=bands).scene, "trees")
        assert found is not None
        assert found.provenance["bands"] == list(bands)
        assert (found.mask & GREEN).sum() / (found.mask | GREEN).sum() > 0.9


def test_a_forest_has_the_next_smaller_set_where_it_knows_no_place_with_more() -> None:
    method = RandomForest(trees=5).fit([striped_place("plain", bands=RGB)])
    found = method.predict(UNSEEN.scene, "trees")
    assert found is not None
    assert found.provenance["bands"] == list(RGB)
    assert method.predict(UNSEEN.scene, "snow") is None


def test_a_forest_is_made_by_its_seed_and_knows_its_places() -> None:
    first, again = (RandomForest(trees=5).fit(PLACES) for _ in range(2))
    votes = [method.predict(UNSEEN.scene, "built-up") for method in (first, again)]
    assert np.array_equal(votes[0].probability, votes[1].probability)  # type: ignore[union-attr]
    assert first.identity == again.identity != RandomForest(trees=5).fit(PLACES[:2]).identity


def test_a_forest_leaves_out_pixels_without_data() -> None:
    scene = UNSEEN.scene.copy()
    scene.values[0, :, :3] = np.nan
    found = RandomForest(trees=5).fit(PLACES).predict(scene, "water")
    assert found is not None
    assert found.probability is not None
    assert not found.mask[:, :3].any()
    assert np.isnan(found.probability[:, :3]).all()


def test_the_narrow_infrared_stands_in() -> None:
    names = [band.replace("nir", "nir08") for band in FOUR]
    landsat = striped_place(bands=FOUR).scene.assign_coords(band=names)
    features = pixel_features(landsat, FOUR)
    assert features is not None
    assert pixel_features(landsat, (*FOUR, "swir16")) is None
