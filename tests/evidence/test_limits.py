import numpy as np
import pytest

from spexlab.evidence.limits import LIMITS, keep_limited, limit_words, part_of

PONDS = np.array(
    [
        [1, 1, 0, 0, 0, 1],
        [1, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 0, 0, 1, 1, 0],
        [1, 0, 0, 1, 1, 0],
    ],
    bool,
)
"""Four pixels in the north-west, one in the north-east, six in the south, one in the south-west."""


@pytest.mark.parametrize(
    ("limits", "pixels"),
    [
        ((), 12),
        (("north",), 5),
        (("south",), 7),
        (("west",), 5),
        (("east",), 7),
        (("north-west",), 4),
        (("north-east",), 1),
        (("south-west",), 1),
        (("south-east",), 2),
        (("centre",), 1),
        (("north-west", "south-west"), 5),
        (("largest",), 6),
        (("smallest",), 1),
        (("largest", "north"), 4),
        (("largest", "smallest"), 7),
    ],
)
def test_what_limits_leave(limits, pixels) -> None:
    kept = keep_limited(PONDS, limits)
    assert kept.sum() == pixels
    assert not (kept & ~PONDS).any()


def test_the_first_of_equals_is_kept() -> None:
    assert np.argwhere(keep_limited(PONDS, ("smallest",))).tolist() == [[0, 5]]


def test_nothing_stays_nothing() -> None:
    empty = np.zeros((4, 5), bool)
    assert not keep_limited(empty, ("largest", "north")).any()


def test_opposite_sides_share_no_pixel_and_miss_none() -> None:
    for one, other in (("north", "south"), ("west", "east")):
        first, second = part_of((7, 9), [one]), part_of((7, 9), [other])
        assert not (first & second).any()
        assert (first | second).all()


def test_an_area_of_one_pixel_is_its_own_centre() -> None:
    assert part_of((1, 1), ["centre"]).all()
    assert not part_of((1, 1), ["north-west"]).any()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ((), ""),
        (("north",), "As asked, only the north of the area was looked at."),
        (("largest",), "As asked, only the largest region of each target was kept."),
        (("smallest", "south-west", "west"), "only the smallest region of each target in the south-west and the west of the area"),
    ],
)
def test_limits_are_said_in_words(limits, words) -> None:
    assert words in limit_words(limits)


def test_every_limit_has_words_and_a_part() -> None:
    for limit in LIMITS:
        assert limit in limit_words([limit])
        assert keep_limited(np.ones((9, 9), bool), [limit]).any()
