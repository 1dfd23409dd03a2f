from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from spexlab.evaluation import Prediction, calibration_errors, predict
from spexlab.evaluation.tables import calibration_table
from tests.support.places import striped_place


class Said:
    """Says a probability in some rows of a target, and one in ten elsewhere."""

    name, identity = "said", "1"

    def __init__(self, *, masks_only: bool = False) -> None:
        self.masks_only = masks_only

    def predict(self, scene: xr.DataArray, target: str) -> Prediction:
        probability = np.full(scene.shape[1:], 0.1, np.float32)
        where, value = {"water": (slice(0, 8), 0.9), "trees": (slice(4, 12), 0.6)}.get(target, (slice(0, 0), 0.0))
        probability[where] = value
        return Prediction(probability > 0.5, None if self.masks_only else probability)


def test_probability_is_compared_with_frequency_bin_by_bin(tmp_path: Path) -> None:
    place = striped_place()  # rows 0-8 water, 8-16 trees, 16-24 buildings
    errors = calibration_errors(predict(Said(), [place], tmp_path), [place], "coarse")
    assert errors["water"].mean == pytest.approx((8 * 0.1 + 16 * 0.1) / 24, abs=2e-3)
    assert errors["trees"].mean == pytest.approx((8 * abs(0.6 - 0.5) + 16 * abs(0.1 - 0.25)) / 24, abs=2e-3)
    assert errors["snow"].mean == pytest.approx(0.1, abs=2e-3), "all that is said of what is not there is too much"
    assert calibration_errors(tmp_path, [place], "fine") == {}
    rows = {row[0]: row[1] for row in calibration_table({"coarse": errors}).rows}
    assert rows["water"] == errors["water"]


def test_places_count_alike_and_scenes_of_one_place_together(tmp_path: Path) -> None:
    places = [striped_place("a", group="one"), striped_place("b", group="one"), striped_place("c", group="two")]
    errors = calibration_errors(predict(Said(), places, tmp_path), places, "coarse")
    assert errors["water"].places == 2


def test_masks_alone_have_no_probability(tmp_path: Path) -> None:
    place = striped_place()
    assert calibration_errors(predict(Said(masks_only=True), [place], tmp_path), [place], "coarse") == {}
