"""An extraction cut anew is what an extraction at that threshold would be, but for its words."""

import numpy as np
import pytest

from spexlab.evidence.prior import spectral_index
from spexlab.extraction import Extraction, extract
from spexlab.scene import sample_scene
from tests.support.canyon import canyon_scene
from tests.support.fakes import FakeSpex


def found(instruction: str, threshold: float | dict[str, float] | None = None) -> Extraction:
    return extract(canyon_scene(size=96, pond=True), instruction, model=FakeSpex(window=96), threshold=threshold)


@pytest.mark.parametrize("instruction", ["water", "the largest water", "water in the north", "vegetation, but not trees"])
def test_mask_measures_and_trust_are_those_of_a_run_at_that_threshold(instruction: str) -> None:
    plain, (target,) = found(instruction), found(instruction).targets
    cut, run = plain.cut_at({target: 0.9}), found(instruction, {target: 0.9})
    np.testing.assert_array_equal(cut.mask, run.mask)
    assert cut.mask.sum() < plain.mask.sum()
    assert cut.evidence[0].measurement == run.evidence[0].measurement
    assert cut.trust == run.trust
    assert cut.regions.drop(columns="geometry").equals(run.regions.drop(columns="geometry"))
    assert cut.provenance["thresholds"] == run.provenance["thresholds"]
    assert cut.provenance["by_hand"] == [target]


def test_the_words_are_the_templates_and_hold() -> None:
    plain = found("water")
    cut = plain.cut_at(0.9)
    assert (plain.provenance["words"], cut.provenance["words"]) == ("model", "template")
    assert cut.explanation != plain.explanation
    assert cut.evidence[0].claims
    assert all(claim.holds for claim in cut.evidence[0].claims)


def test_the_first_answer_stays_and_a_cut_is_cut_from_the_probability() -> None:
    plain = found("water")
    before = plain.mask.copy()
    twice = plain.cut_at(0.99).cut_at(0.001)
    np.testing.assert_array_equal(plain.mask, before)
    np.testing.assert_array_equal(twice.mask, plain.cut_at(0.001).mask)
    assert twice.mask.sum() > plain.mask.sum()
    np.testing.assert_array_equal(twice.probability, plain.probability)


def test_other_targets_stay_where_they_are() -> None:
    plain = found("water and vegetation")
    cut = plain.cut_at({"water": 0.9})
    np.testing.assert_array_equal(cut.mask.sel(target="vegetation"), plain.mask.sel(target="vegetation"))
    assert cut.provenance["thresholds"] == {"water": 0.9, "vegetation": 0.5}


def test_what_is_no_threshold_is_refused() -> None:
    with pytest.raises(ValueError, match="for one of water, but one for 'trees' was given"):
        found("water").cut_at({"trees": 0.4})
    with pytest.raises(ValueError, match="between 0 and 1, but 2 was given"):
        found("water").cut_at(2)


def test_a_bound_is_kept_to_in_every_pixel_and_measured() -> None:
    scene = sample_scene().isel(y=slice(0, 64), x=slice(0, 64))
    plain, dense = (extract(scene, words, model=FakeSpex(window=64)) for words in ("vegetation", "dense vegetation"))
    ndvi = spectral_index(scene, "NDVI").values
    np.testing.assert_array_equal(dense.mask.values[0], plain.mask.values[0] & (ndvi > 0.6))
    assert 0 < dense.mask.sum() < plain.mask.sum()
    condition = dense.evidence[0].measurement.conditions[0]
    assert (condition.words, condition.holds) == ("with an NDVI above 0.6", True)
    assert condition.measured == f"lowest NDVI: {ndvi[dense.mask.values[0]].min():.2f}"
    assert dense.provenance["bounds"] == {"vegetation": [{"index": "NDVI", "op": ">", "value": 0.6, "words": "dense"}]}
    assert dense.request.left_out == ()
    np.testing.assert_array_equal(dense.cut_at(0.5).mask, dense.mask)


def test_a_bound_whose_bands_a_scene_lacks_is_left_out_and_said() -> None:
    scene = sample_scene().isel(y=slice(0, 64), x=slice(0, 64)).sel(band=["blue", "green", "red"])
    found = extract(scene, "dense vegetation", model=FakeSpex(window=64))
    assert found.request.left_out == ("dense",)
    assert found.request.bounds == {}


def test_regions_say_how_far_they_are_from_what_they_are_to_be_near_to() -> None:
    regions = found("water within 3 km of vegetation").regions
    assert len(regions)
    assert regions["metres_to_vegetation"].between(0, 3000).all()
    assert not [name for name in found("water").regions if name.startswith("metres_to")]
