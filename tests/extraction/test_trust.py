"""How far to trust a mask: the rule of its level, and what it is made from."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from spexlab.evidence.prior import Prior
from spexlab.extraction import Extraction, extract, load_model
from spexlab.extraction.calibration import Calibration, Cut
from spexlab.extraction.domain import Domain
from spexlab.extraction.scorecard import HeldOut, Scorecard
from spexlab.extraction.trust import Background, Trust, assess
from tests.support.canyon import canyon_scene
from tests.support.fakes import FakeSpex
from tests.support.measured import LAKE

GOOD = HeldOut("water", "coarse", "swir", 9, 0.88, 0.80, 0.94)
KNOWN = Background(GOOD, calibrated=True, outside=())
NOTHING = np.zeros((8, 8), bool)
TWO_ROWS = np.arange(8)[:, None].repeat(8, 1) < 2


def judged(
    mask: np.ndarray = TWO_ROWS, *, likely: float = 0.9, found: np.ndarray | None = TWO_ROWS, background: Background = KNOWN
) -> Trust:
    prior = None if found is None else Prior("water", "MNDWI", 0.0, 1, np.where(found, 0.5, -0.5).astype(np.float32), found)
    probability = np.where(mask, likely, 0.1).astype(np.float32)
    return assess(
        mask,
        probability,
        measurement=LAKE,
        cut=Cut(threshold=0.5),
        looked_at=~NOTHING,
        prior=prior,
        background=background,
    )


def test_probability_and_agreement_are_what_was_counted_by_hand() -> None:
    mask = TWO_ROWS.copy()
    mask[1, 4:] = False  # 12 of the 16 pixels that the index finds
    mask[7, :4] = True  # and 4 that it does not
    probability = np.full((8, 8), 0.1, np.float32)
    probability[mask] = 0.9
    probability[7, :4] = 0.55
    trust = judged(mask)
    assert trust.agreement is not None
    assert (trust.agreement.iou, trust.agreement.of_mask, trust.agreement.of_area) == (12 / 20, 12 / 16, 0.25)
    prior = Prior("water", "MNDWI", 0.0, 1, np.where(TWO_ROWS, 0.5, -0.5).astype(np.float32), TWO_ROWS)
    trust = assess(mask, probability, measurement=LAKE, cut=Cut(threshold=0.5), looked_at=~NOTHING, prior=prior, background=KNOWN)
    assert trust.mean == pytest.approx((12 * 0.9 + 4 * 0.55) / 16)
    assert trust.spread == pytest.approx(0.35 * np.sqrt(3) / 4, rel=1e-5)
    assert trust.near == 4 / 16


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (GOOD, "good"),
        (replace(GOOD, low=0.45), "fair"),
        (replace(GOOD, iou=0.5), "fair"),
        (replace(GOOD, iou=0.39), "poor"),
        (replace(GOOD, places=2), "unknown"),
        (None, "unknown"),
    ],
)
def test_the_level_starts_from_the_held_out_iou(score: HeldOut | None, level: str) -> None:
    assert judged(background=replace(KNOWN, held_out=score)).level == level


def test_each_doubt_takes_it_down_a_step() -> None:
    assert judged().level == "good"
    assert judged().reasons == ()
    assert judged(likely=0.55).level == "fair"
    assert judged(background=replace(KNOWN, calibrated=False)).level == "fair"
    assert judged(background=replace(KNOWN, outside=("has pixels of 1 m",))).level == "fair"
    assert judged(found=~TWO_ROWS).level == "fair"
    assert judged(found=None).level == "good"
    assert judged(likely=0.55, found=~TWO_ROWS, background=replace(KNOWN, calibrated=False)).level == "poor"
    assert len(judged(likely=0.55, found=~TWO_ROWS).reasons) == 2


def test_an_empty_mask_is_doubted_where_the_index_finds_something() -> None:
    assert judged(NOTHING, found=NOTHING).level == "good"
    doubted = judged(NOTHING, found=TWO_ROWS)
    assert doubted.level == "fair"
    assert doubted.reasons == ("MNDWI finds 25% of the area, the mask nothing",)
    assert (doubted.mean, doubted.near) == (None, None)


def test_what_was_not_measured_is_said_and_a_strange_scene_is_not_guessed_at() -> None:
    unmeasured = judged(background=Background(None, calibrated=True, outside=None))
    assert unmeasured.level == "unknown"
    assert "was not measured" in unmeasured.text
    assert unmeasured.details["Trained on such scenes"] == "not known"
    assert judged(background=Background(None, calibrated=True, outside=("is saturated in 30% of its pixels",))).level == "poor"


def test_plain_values_are_all_that_json_needs() -> None:
    for trust in (judged(), judged(NOTHING, found=None), judged(background=Background(None, calibrated=False, outside=("has",)))):
        record = trust.to_dict()
        assert json.loads(json.dumps(record, allow_nan=False)) == record
        assert record["level"] == trust.level


@pytest.fixture(scope="module")
def canyon() -> Extraction:
    return extract(canyon_scene(), "water", model=well_known())


def pond_in_the_sun() -> xr.DataArray:
    return canyon_scene(pond=True).isel(y=slice(15, 66), x=slice(15, 86))


def well_known() -> FakeSpex:
    """A model that is good at water, calibrated, and trained on such scenes."""
    spex = FakeSpex(window=240, text=lambda _: "Water covers part of the area.")
    spex.calibration = Calibration({"coarse": {"swir": {"water": (1.0, 0.0, 0.5)}}})
    spex.scorecard = Scorecard((GOOD,), Domain.of([*(canyon_scene(seed=seed) for seed in range(4)), pond_in_the_sun()]))
    return spex


def test_canyon_shadow_is_no_water_to_be_trusted(canyon: Extraction) -> None:
    (trust,) = canyon.trust
    assert all(claim.holds for claim in canyon.evidence[0].claims), "the words agree with the mask; that is another question"
    assert canyon.evidence[0].measurement.n_regions > 20
    assert trust.agreement is not None
    assert trust.agreement.iou > 0.9, "the index takes it for water as well"
    assert trust.level == "poor"
    assert trust.reasons[0].startswith("many of these pixels may be shadow, or water as dark as shadow (")
    assert "may be shadow" in trust.text


def test_spectra_support_no_mask_that_may_be_shadow(canyon: Extraction) -> None:
    words = canyon.cut_at(0.6).explanation
    assert "on the two sides of the threshold" in words
    assert "but as dark and flat as shade is, so the spectra alone do not tell" in words
    assert "support" not in words
    assert "so the spectra support the mask" in extract(pond_in_the_sun(), "water", model=well_known()).cut_at(0.6).explanation


def test_a_pond_in_the_sun_may_be_trusted() -> None:
    (trust,) = extract(pond_in_the_sun(), "water", model=well_known()).trust
    assert trust.shadow is not None
    assert not trust.shadow.likely
    assert trust.level == "good"


def test_a_whole_dark_lake_is_not_called_shadow() -> None:
    scene = canyon_scene().copy()
    scene[:, 40:200, 40:200] = 0.02
    (trust,) = extract(scene.isel(y=slice(30, 210), x=slice(30, 210)), "water", model=well_known(), threshold=0.1).trust
    assert trust.shadow is not None
    assert not trust.shadow.likely


def test_it_is_shown_wherever_an_answer_is(canyon: Extraction) -> None:
    text = canyon.trust[0].text
    assert text in str(canyon)
    assert "may be shadow" in canyon._repr_html_()
    assert canyon.summary["trust"][0]["level"] == "poor"
    assert str(canyon.trust[0]) == text


def test_a_threshold_of_ones_own_is_told_and_is_no_doubt() -> None:
    found = extract(canyon_scene(), "water", model=well_known(), threshold=0.6)
    assert found.trust[0].by_hand
    assert found.provenance["by_hand"] == ["water"]
    assert found.trust[0].details["Threshold"] == "0.60, set by hand"


def test_the_bundled_checkpoint_knows_its_scores_and_its_domain() -> None:
    card = load_model("spex-tiny").scorecard
    assert {row.target for row in card.held_out} >= {"water", "trees", "buildings"}
    assert all(0 <= row.low <= row.iou <= row.high <= 1 for row in card.held_out)
    assert card.domain is not None
    assert card.domain.pixel_size_m is not None
