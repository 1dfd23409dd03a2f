"""The uncertainty of an area, by the probabilities of its pixels."""

import numpy as np
import pytest

from spexlab.evidence.uncertainty import REACH, area_deviation, chance, change_chances


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


def test_a_chance_is_one_half_where_the_mask_is_cut() -> None:
    assert chance(np.array([0.2, 0.0, 1.0, np.nan]), 0.2)[:3].tolist() == [0.5, 0.0, 1.0]
    assert chance(np.array([0.3]), 0.5)[0] == pytest.approx(0.3)
    ordered = chance(np.linspace(0, 1, 11), 0.8)
    assert (np.diff(ordered) > 0).all()


def test_what_was_and_what_is_are_kept_by_the_chances_of_a_change() -> None:
    before, after = np.array([0.9, 0.4, 0.1]), np.array([0.2, 0.4, 0.7])
    chances = change_chances(before, after)
    assert np.allclose(chances["lost"] + chances["stable"], before)
    assert np.allclose(chances["gained"] + chances["stable"], after)
    assert chances["lost"][1] == chances["gained"][1] == 0.0
