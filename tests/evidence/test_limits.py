import numpy as np
import pytest

from spexlab.evidence.limits import LIMITS, Limits, Select, Size, keep_limited, limit_words, part_of, share_of

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
    ],
)
def test_what_limits_leave(limits, pixels) -> None:
    kept = keep_limited(PONDS, Limits.named(limits))
    assert kept.sum() == pixels
    assert not (kept & ~PONDS).any()


def test_the_first_of_equals_is_kept() -> None:
    assert np.argwhere(keep_limited(PONDS, Limits(select=Select("smallest")))).tolist() == [[0, 5]]


def test_nothing_stays_nothing() -> None:
    empty = np.zeros((4, 5), bool)
    assert not keep_limited(empty, Limits.named(("largest", "north"))).any()


def test_opposite_sides_share_no_pixel_and_miss_none() -> None:
    for one, other in (("north", "south"), ("west", "east")):
        first, second = part_of((7, 9), Limits(inside=(one,))), part_of((7, 9), Limits(inside=(other,)))
        assert not (first & second).any()
        assert (first | second).all()


def test_an_area_of_one_pixel_is_its_own_centre() -> None:
    assert part_of((1, 1), Limits(inside=("centre",))).all()
    assert not part_of((1, 1), Limits(inside=("north-west",))).any()


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
    assert words in limit_words(Limits.named(limits))


def test_every_limit_has_words_and_a_part() -> None:
    for limit in LIMITS:
        assert limit in limit_words(Limits.named([limit]))
        assert keep_limited(np.ones((9, 9), bool), Limits.named([limit])).any()


@pytest.mark.parametrize(
    ("limits", "pixels"),
    [
        (Limits(outside=("north",)), 7),
        (Limits(inside=("south",), outside=("south-west",)), 6),
        (Limits(outside=("south-east", "north-west")), 6),
        (Limits(size=(Size(">", 1, "pixels"),)), 10),
        (Limits(size=(Size(">", 1, "pixels"), Size("<", 6, "pixels"))), 4),
        (Limits(size=(Size(">", 500, "m2"),)), 6),
        (Limits(size=(Size("<", 0.05, "ha"),)), 6),
        (Limits(select=Select("largest", 2)), 10),
        (Limits(size=(Size("<", 6, "pixels"),), select=Select("largest")), 4),
        (Limits(size=(Size(">", 1, "km2"),), select=Select("largest", 3)), 0),
    ],
)
def test_places_left_out_sizes_and_counts(limits: Limits, pixels: int) -> None:
    assert keep_limited(PONDS, limits, pixel_areas=np.full(PONDS.shape, 100.0)).sum() == pixels


def test_a_size_in_hectares_needs_the_area_of_a_pixel() -> None:
    with pytest.raises(ValueError, match="needs the area of a pixel"):
        keep_limited(PONDS, Limits(size=(Size(">", 1, "ha"),)))


@pytest.mark.parametrize(
    ("limits", "words", "share"),
    [
        (Limits(outside=("north",)), "As asked, only the area without the north was looked at.", "of the area without the north"),
        (
            Limits(size=(Size(">", 0.0667, "ha"),)),
            "As asked, only regions larger than 0.067 ha of each target were kept.",
            "in regions larger than 0.067 ha only",
        ),
        (
            Limits(inside=("north",), select=Select("smallest", 2)),
            "As asked, only the two smallest regions of each target in the north of the area were kept.",
            "of the north, in the two smallest regions only",
        ),
    ],
)
def test_they_are_said_in_words_too(limits: Limits, words: str, share: str) -> None:
    assert (limit_words(limits), share_of(limits)) == (words, share)
