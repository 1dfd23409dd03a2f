from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from spexlab.evaluation import Prediction, land_cover, predict
from tests.support.places import striped_place


class Sure:
    """Finds each class in some rows with some probability."""

    name, identity = "sure", "1"

    def __init__(self, rows: dict[str, tuple[slice, float]], *, masks_only: bool = False) -> None:
        self.rows, self.masks_only = rows, masks_only

    def predict(self, scene: xr.DataArray, target: str) -> Prediction:
        probability = np.full(scene.shape[1:], 0.1, np.float32)
        where, value = self.rows.get(target, (slice(0, 0), 0.0))
        probability[where] = value
        return Prediction(probability > 0.5, None if self.masks_only else probability)


ROWS = {"water": (slice(0, 8), 0.9), "trees": (slice(4, 12), 0.6), "built-up": (slice(20, 24), 0.8)}


def test_the_surest_class_wins_and_the_unsure_rest_is_none(tmp_path: Path) -> None:
    place = striped_place()
    cover = land_cover(predict(Sure(ROWS), [place], tmp_path), [place], "coarse")
    assert cover is not None
    matrix = 24 * cover.confusion.matrix
    row = {name: dict(zip((*cover.names, "none"), counts, strict=True)) for name, counts in zip(cover.names, matrix, strict=True)}
    # Rows 4-8 are called water, which is surer than trees; rows 12-20 nothing.
    assert row["water"]["water"] == pytest.approx(8)
    assert (row["trees"]["trees"], row["trees"]["none"]) == pytest.approx((4, 4))
    assert (row["built-up"]["built-up"], row["built-up"]["none"]) == pytest.approx((4, 4))
    assert cover.confusion.overall_accuracy == pytest.approx(16 / 24)


def test_labels_of_some_classes_make_no_map(tmp_path: Path) -> None:
    place = striped_place(complete_for=("water",))
    assert land_cover(predict(Sure(ROWS), [place], tmp_path), [place], "coarse") is None


def test_masks_alone_make_no_map(tmp_path: Path) -> None:
    place = striped_place()
    with pytest.raises(ValueError, match="masks only"):
        land_cover(predict(Sure(ROWS, masks_only=True), [place], tmp_path), [place], "coarse")
