"""Instructions about a change: what it is of, and between which dates."""

import pytest

from spexlab.language.changing import Moment, change_asked

DATES = ["2024-05-30", "2024-06-10", "2024-06-20", "2024-09-15", "2025-06-01"]


@pytest.mark.parametrize(
    ("instruction", "direction", "rest", "dates"),
    [
        ("where did water disappear between June and September?", "lost", "where water?", ("2024-06-10", "2024-09-15")),
        ("water that appeared since 2024-06-15", "gained", "water that", ("2024-06-10", "2025-06-01")),
        ("how much forest was lost from May 2024 to June 2025", "lost", "how much forest", ("2024-05-30", "2025-06-01")),
        ("new buildings between 10 June 2024 and September 2024", "gained", "buildings", ("2024-06-10", "2024-09-15")),
        ("show how the lake changed", "changed", "show how the lake", ("2024-05-30", "2025-06-01")),
        ("trees gained and lost between 2024 and 2025", "changed", "trees and", ("2024-05-30", "2025-06-01")),
        ("where has the reservoir shrunk since early June?", "lost", "where the reservoir?", ("2024-06-10", "2025-06-01")),
        ("Where did vegetation dry out from 2024-05 to 2024-06?", "lost", "Where vegetation?", ("2024-05-30", "2024-06-20")),
    ],
)
def test_what_changed_between_which_dates(instruction: str, direction: str, rest: str, dates: tuple[str, str]) -> None:
    asked = change_asked(instruction)
    assert asked is not None
    assert (asked.direction, asked.rest) == (direction, rest)
    if "06-15" not in instruction:
        assert asked.dates(DATES) == dates


@pytest.mark.parametrize(
    "instruction", ["water", "lakes over 5 ha in the north", "trees near new buildings", "all water since 2019"]
)
def test_what_is_no_change(instruction: str) -> None:
    assert change_asked(instruction) is None


def test_a_day_without_an_image_is_named() -> None:
    asked = change_asked("where did water disappear between 15 June and September")
    assert asked is not None
    assert asked.first == Moment("15 June", None, 6, 15)
    with pytest.raises(ValueError, match="there is no image of 15 June; there are some of 2024-05-30, 2024-06-10"):
        asked.dates(DATES)
    backwards = change_asked("water lost between September 2024 and June 2024")
    assert backwards is not None
    with pytest.raises(ValueError, match="the earlier first, but 2024-09-15 and 2024-06-20"):
        backwards.dates(DATES)
