"""The uncertainty of an area, by the probabilities of its pixels."""

import numpy as np
import pytest

from spexlab.evidence.uncertainty import REACH, area_deviation


def test_a_pixel_alone_is_a_coin() -> None:
    assert area_deviation(np.array([[0.5]]), 100.0) == pytest.approx(50.0)
    assert area_deviation(np.array([[0.9]]), np.array([[100.0]])) == pytest.approx(30.0)


def test_two_pixels_err_together_the_nearer_the_more() -> None:
    line = np.full((1, 12), np.nan)
    line[0, [0, 3]] = 0.5
    expected = np.sqrt(2 * 0.25 + 2 * 0.25 * np.exp(-3 / REACH))
    assert area_deviation(line, 1.0) == pytest.approx(expected)
    far = np.full((1, 60), 0.0)
    far[0, [0, 50]] = 0.5
    assert area_deviation(far, 1.0) == pytest.approx(np.sqrt(0.5))


def test_what_is_sure_or_unknown_adds_nothing() -> None:
    assert area_deviation(np.array([[1.0, 0.0, np.nan]]), 100.0) == 0.0
