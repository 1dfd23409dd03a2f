"""Classes, targets and the error for what cannot be asked."""

import pickle
import re

import numpy as np
import pytest

from spexlab.targets import (
    CLASSES,
    CLOUD,
    COLOURS,
    KNOWN_NEGATIVE,
    TARGETS,
    UNLABELLED,
    IndexRecipe,
    UnknownTargetError,
    label_codes,
)


def test_codes_are_distinct() -> None:
    codes = [UNLABELLED, *CLASSES.values(), CLOUD, KNOWN_NEGATIVE]
    assert len(set(codes)) == len(codes)
    assert label_codes("water") == [1]
    assert sorted(label_codes("vegetation")) == [2, 3, 4, 9]


def test_a_target_is_a_class_or_a_union_of_classes() -> None:
    for name, target in TARGETS.items():
        assert target.members <= set(CLASSES)
        assert target.members == {name} if name in CLASSES else len(target.members) > 1
    assert TARGETS["built-up"].members == {"buildings", "impervious"}


def test_a_row_names_targets_that_there_are() -> None:
    for target in TARGETS.values():
        disputed_by = target.sure.disputed_by if target.sure else ()
        assert {target.at_coarse, *disputed_by} <= set(TARGETS)
        assert target.members <= TARGETS[target.at_coarse].members


def test_every_target_has_its_own_colour_and_noun() -> None:
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in COLOURS.values())
    assert len(set(COLOURS.values())) == len({target.noun for target in TARGETS.values()}) == len(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_what_passes_for_a_target_names_none(target: str) -> None:
    """A text that names a target claims that it is there."""
    words = f" {TARGETS[target].lookalikes} {TARGETS[target].alike} "
    assert not [other for other in TARGETS.values() for name in (other.name, other.noun) if f" {name} " in words.replace(",", " ")]


def test_unknown_target_lists_what_can_be_asked_and_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(UnknownTargetError("bananas " * 100, ("water", "trees"))))  # noqa: S301
    assert error.targets == ("water", "trees")
    assert error.instruction.startswith("bananas")
    assert "water, trees" in str(error)
    assert len(str(error)) < 300


def test_a_recipe_holds_beyond_its_threshold_on_its_side() -> None:
    values = np.array([0.2, 0.1, 0.0, np.nan], dtype=np.float32)
    assert IndexRecipe("NBR", 0.1, -1).holds(values).tolist() == [False, False, True, False]
    assert IndexRecipe("NDVI", 0.1).holds(values).tolist() == [True, False, False, False]
