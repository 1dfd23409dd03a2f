"""Classes, targets and the error for what cannot be asked."""

import pickle

from spexlab.targets import CLASSES, CLOUD, COLOURS, KNOWN_NEGATIVE, TARGETS, UNLABELLED, UnknownTargetError


def test_codes_are_distinct_and_cover_nine_classes() -> None:
    codes = [UNLABELLED, *CLASSES.values(), CLOUD, KNOWN_NEGATIVE]
    assert codes == list(range(12))


def test_targets_are_the_classes_and_two_unions() -> None:
    assert list(TARGETS) == [*CLASSES, "vegetation", "built-up"]
    assert all(members <= set(CLASSES) for members in TARGETS.values())
    assert TARGETS["built-up"] == {"buildings", "impervious"}


def test_every_target_has_its_own_colour() -> None:
    assert list(COLOURS) == list(TARGETS)
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_unknown_target_lists_what_can_be_asked_and_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(UnknownTargetError("bananas " * 100, ("water", "trees"))))  # noqa: S301
    assert error.targets == ("water", "trees")
    assert error.instruction.startswith("bananas")
    assert "water, trees" in str(error)
    assert len(str(error)) < 300
