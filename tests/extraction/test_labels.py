"""Masks that were accepted or corrected are labels that training reads."""

from pathlib import Path

import numpy as np
import pytest

from spexlab.extraction import extract
from spexlab.places import open_places
from spexlab.targets import CLASSES, KNOWN_NEGATIVE, UNLABELLED
from tests.support.canyon import canyon_scene
from tests.support.fakes import FakeSpex


def found(instruction: str, **more: object):
    return extract(canyon_scene(size=96, pond=True), instruction, model=FakeSpex(window=96), **more)


def test_a_corrected_mask_is_read_back_as_the_truth_of_its_target(tmp_path: Path) -> None:
    better = found("water").cut_at(0.9)
    assert better.to_labels(tmp_path / "mine") == tmp_path / "mine"
    (place,) = open_places(tmp_path / "mine")
    present, known = place.truth("water")
    np.testing.assert_array_equal(present, better.mask.values[0])
    assert known.all()
    assert not place.truth("trees")[1].any(), "nothing is said of what was not asked"
    assert place.trainable
    np.testing.assert_allclose(place.scene.values, better.scene.values, atol=1e-4)
    assert place.scene.rio.crs == better.scene.rio.crs
    assert place.extra["instruction"] == "water"


def test_samples_are_added_one_by_one_and_one_of_the_same_name_is_replaced(tmp_path: Path) -> None:
    plain = found("water")
    for name in ("one", "two", "one"):
        plain.to_labels(tmp_path, name=name, group="canyon")
    assert [(place.name, place.group) for place in open_places(tmp_path)] == [("two", "canyon"), ("one", "canyon")]


def test_several_targets_are_complete_together_and_contradictions_are_unknown(tmp_path: Path) -> None:
    both = found("trees and vegetation and water").cut_at({"trees": 0.9})
    both.to_labels(tmp_path)
    (place,) = open_places(tmp_path)
    masks = {target: both.mask.sel(target=target).values for target in both.targets}
    clash = (masks["water"] & masks["vegetation"]) | (masks["trees"] & ~masks["vegetation"])
    for target in ("water", "trees", "vegetation"):
        present, known = place.truth(target)
        np.testing.assert_array_equal(known, ~clash)
        np.testing.assert_array_equal(present[known], masks[target][known])


def test_conditions_leave_no_false_negatives(tmp_path: Path) -> None:
    found("the largest water").to_labels(tmp_path / "largest")
    found("water in the north").to_labels(tmp_path / "north")
    found("water", area=None).to_labels(tmp_path / "plain")
    (largest,), (north,), (plain,) = (open_places(tmp_path / name) for name in ("largest", "north", "plain"))
    np.testing.assert_array_equal(largest.labels, plain.labels)
    assert (north.labels[48:] == UNLABELLED).all()
    np.testing.assert_array_equal(north.labels[:48], plain.labels[:48])


def test_buildings_in_wide_pixels_are_built_up_land(tmp_path: Path) -> None:
    found("buildings").to_labels(tmp_path)
    (place,) = open_places(tmp_path)
    assert place.complete_for == ("built-up",)
    assert set(np.unique(place.labels)) <= {UNLABELLED, CLASSES["impervious"], KNOWN_NEGATIVE}


def test_what_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="named by letters, digits"):
        found("water").to_labels(tmp_path, name="a/b")
    (tmp_path / "manifest.json").write_text("[1")
    with pytest.raises(ValueError, match="a manifest lists scenes"):
        found("water").to_labels(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]
