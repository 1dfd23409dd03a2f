"""One hash decides for what a spot on earth is."""

import dataclasses
import json

import pytest

from spexlab.extraction.loading import CHECKPOINTS
from spexlab.places import split_by_group, split_of
from tests.support.places import striped_place

GROUPS = [str(number) for number in range(1000)]


def test_the_split_of_the_bundled_checkpoint_comes_from_the_hash() -> None:
    listed = json.loads((CHECKPOINTS / "spex-tiny" / "places.json").read_text())
    parts = {place["group"]: part for part in ("training", "validation", "held-out") for place in listed.get(part, ())}
    assert parts
    # Its cuts were chosen on all that it learnt from: no place was kept for validation alone.
    assert {group: split_of(group, validation=0.0) for group in parts} == parts


def test_places_of_a_group_stay_on_one_side() -> None:
    place = striped_place()
    parts = split_by_group([dataclasses.replace(place, group=group) for group in GROUPS for _ in range(3)], validation=0.2)
    groups = [{place.group for place in found} for found in parts.values()]
    assert sum(map(len, groups)) == len(set.union(*groups)) == len(GROUPS)
    assert [len(found) / 3000 for found in parts.values()] == pytest.approx([0.55, 0.2, 0.25], abs=0.05)


@pytest.mark.parametrize(("less", "more"), [((0.1, 0.0), (0.1, 0.1)), ((0.0, 0.2), (0.2, 0.0)), ((0.25, 0.08), (0.3, 0.3))])
def test_larger_shares_give_nothing_back_to_training(less: tuple[float, float], more: tuple[float, float]) -> None:
    before, after = (
        {group for group in GROUPS if split_of(group, held_out=held_out, validation=validation) != "training"}
        for held_out, validation in (less, more)
    )
    assert before <= after
    assert len(before) / len(GROUPS) == pytest.approx(sum(less), abs=0.04)


def test_without_shares_all_is_for_training() -> None:
    assert {split_of(group, held_out=0.0, validation=0.0) for group in GROUPS} == {"training"}
