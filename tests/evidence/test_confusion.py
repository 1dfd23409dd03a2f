"""Scores against numbers counted by hand."""

import numpy as np
import pytest

from spexlab.evaluation import Confusion, pooled


@pytest.fixture
def two() -> Confusion:
    # 100 pixels: 40 hits, 10 false alarms, 20 misses, 30 rightly left out.
    return Confusion(np.array([[30.0, 10.0], [20.0, 40.0]]))


def test_scores_of_two_classes(two: Confusion) -> None:
    assert two.iou[1] == pytest.approx(40 / 70)
    assert two.iou[0] == pytest.approx(30 / 60)
    assert two.f1[1] == pytest.approx(80 / 110)
    assert two.precision[1] == pytest.approx(0.8)
    assert two.recall[1] == pytest.approx(40 / 60)
    assert two.overall_accuracy == pytest.approx(0.7)
    # By chance 0.4 * 0.5 + 0.6 * 0.5 = 0.5 would agree.
    assert two.kappa == pytest.approx(0.4)


def test_they_are_those_of_scikit_learn(two: Confusion) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    truth = np.repeat([0, 0, 1, 1], [30, 10, 20, 40])
    answer = np.repeat([0, 1, 0, 1], [30, 10, 20, 40])
    assert two.kappa == pytest.approx(metrics.cohen_kappa_score(truth, answer))
    assert two.iou == pytest.approx(metrics.jaccard_score(truth, answer, average=None))
    assert two.f1 == pytest.approx(metrics.f1_score(truth, answer, average=None))


def test_pixels_are_counted_where_the_label_is_known_only() -> None:
    mask = np.array([[True, True], [False, True]])
    present = np.array([[True, False], [True, True]])
    known = np.array([[True, True], [True, False]])
    assert Confusion.binary(mask, present, known).matrix.tolist() == [[0, 1], [1, 1]]


def test_an_answer_that_is_no_class_is_a_miss_for_each() -> None:
    found = Confusion.of(np.array([0, 0, 1, 1]), np.array([0, 2, 1, 2]), classes=2, answers=3)
    assert found.matrix.tolist() == [[1, 0, 1], [0, 1, 1]]
    assert found.recall.tolist() == [0.5, 0.5]
    assert found.precision.tolist() == [1.0, 1.0]
    assert found.overall_accuracy == 0.5


def test_nothing_to_divide_by_is_not_a_number() -> None:
    nothing = Confusion(np.array([[5.0, 0.0], [0.0, 0.0]]))
    assert np.isnan([nothing.iou[1], nothing.precision[1], nothing.recall[1], nothing.kappa]).all()


def test_places_may_weigh_the_same(two: Confusion) -> None:
    large = Confusion(1000 * np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert pooled([two, large]).total == 2100
    assert pooled([two.of_equal_weight(), large.of_equal_weight()]).overall_accuracy == pytest.approx((0.7 + 1.0) / 2)
    assert (two + two).matrix.tolist() == (2 * two.matrix).tolist()
    with pytest.raises(ValueError, match="none was"):
        pooled([])
