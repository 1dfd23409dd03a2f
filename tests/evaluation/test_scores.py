"""Records, places and intervals, with numbers counted by hand."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from spexlab.evaluation import Prediction, by_place, claims_that_hold, difference, estimate, false_alarms, predict, score
from spexlab.evidence.confusion import Confusion
from tests.support.places import striped_place


class Rows:
    """Finds the first rows, and can do no snow."""

    name = "rows"

    def __init__(self, rows: int) -> None:
        self.rows = rows

    @property
    def identity(self) -> str:
        return str(self.rows)

    def predict(self, scene: xr.DataArray, target: str) -> Prediction | None:
        if target == "snow":
            return None
        mask = np.zeros(scene.shape[1:], dtype=bool)
        mask[: self.rows] = True
        claims = ({"kind": "index name", "value": "none", "holds": True}, {"kind": "share", "value": 1.0, "holds": False})
        return Prediction(mask, claims=claims)


PLACES = [
    striped_place("a1", group="a"),
    striped_place("a2", group="a", names=("trees", "water", "trees")),
    striped_place("b", names=("trees", "trees", "buildings")),
]


@pytest.fixture
def records(tmp_path: Path) -> list:
    return score(predict(Rows(12), PLACES, tmp_path), PLACES)


def test_scenes_of_a_place_are_pooled(records: list) -> None:
    # a1: 8 rows of water, all found, 4 too many. a2: 8 rows, half of them found, 8 others taken for water.
    found = by_place(records, "water")
    assert list(found) == ["a"]
    assert found["a"].iou[1] == pytest.approx((8 + 4) / (12 + 16))
    assert found["a"].recall[1] == pytest.approx(12 / 16)


def test_places_are_averaged_whatever_their_size(records: list) -> None:
    # Trees in a: 8 rows in a1, of which 4 found, 8 false; 16 in a2, of which 8 found, 4 false. In b: 12 of 16, none false.
    trees = estimate(by_place(records, "trees"))
    assert trees is not None
    assert trees.places == 2
    assert trees.mean == pytest.approx((12 / (16 + 20) + 12 / 16) / 2)
    assert trees.low == pytest.approx(12 / 36)
    assert trees.high == pytest.approx(12 / 16)
    assert str(trees) == "0.542 (0.33 to 0.75)"


def test_a_place_without_a_target_is_no_place_for_its_iou(records: list) -> None:
    assert "b" not in by_place(records, "water")
    alarm = false_alarms(records, "water", "coarse")
    assert alarm is not None
    assert alarm.mean == pytest.approx(0.5)
    assert false_alarms(records, "water", "fine") is None


def test_a_method_that_never_can_has_no_score(tmp_path: Path) -> None:
    place = striped_place("s")
    place.labels[:8] = 8
    records = score(predict(Rows(12), [place], tmp_path), [place])
    assert by_place(records, "snow") == {}
    assert estimate({}) is None


def test_differences_are_paired() -> None:
    def found(*hits: int) -> dict[str, Confusion]:
        return {str(i): Confusion(np.array([[0.0, 0.0], [10.0 - hit, hit]])) for i, hit in enumerate(hits)}

    ahead = difference(found(2, 5, 9), found(1, 4, 8))
    assert ahead is not None
    assert (ahead.mean, ahead.low, ahead.high) == pytest.approx((0.1, 0.1, 0.1))
    assert difference(found(2), {}) is None


def test_claims_are_counted(records: list) -> None:
    able = [record for record in records if record.able]
    assert claims_that_hold(records) == (len(able), 2 * len(able))
    assert all(record.no_evidence for record in able)


def test_an_answer_of_another_size_is_an_error(tmp_path: Path) -> None:
    predict(Rows(12), [striped_place("a")], tmp_path)
    grown = striped_place("a", names=("water", "trees", "trees", "buildings"))
    with pytest.raises(ValueError, match="predict again in another folder"):
        score(tmp_path, [grown])
