from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spexlab.evaluation import FEW_BANDS, cases_of, places_with_bands, split_places
from spexlab.extraction.seen import SeenPlaces
from tests.support.places import striped_place


def test_what_the_label_shows_is_a_case() -> None:
    found = {case.target: case.pixels for case in cases_of([striped_place()])}
    # In 10 m pixels all three words for built-up land mean the same.
    assert found == dict.fromkeys(("water", "trees", "buildings", "impervious", "vegetation", "built-up"), 192)


def test_a_few_pixels_are_no_case() -> None:
    place = striped_place()
    place.labels[:8] = 2
    place.labels[0, :20] = 1
    assert "water" not in {case.target for case in cases_of([place])}
    assert "water" in {case.target for case in cases_of([place], absent=True)}


def test_a_label_for_some_classes_says_nothing_of_others() -> None:
    places = [striped_place(complete_for=("buildings",), pixel_size=0.5)]
    assert [case.target for case in cases_of(places, absent=True)] == ["buildings"]


def test_a_place_that_loses_no_band_tells_nothing_of_their_loss() -> None:
    four, six = striped_place("four", bands=("blue", "green", "red", "nir")), striped_place("six")
    assert [place.name for place in places_with_bands([four, six], FEW_BANDS["4 bands"])] == ["six"]
    assert [place.scene.sizes["band"] for place in places_with_bands([four, six], FEW_BANDS["RGB"])] == [3, 3]
    assert [place.name for place in places_with_bands([four, six], None)] == ["four", "six"]


def test_what_a_checkpoint_does_not_name_it_never_saw(tmp_path: Path) -> None:
    SeenPlaces.of([striped_place("x", group="a")], [striped_place("y", group="b")]).write(tmp_path)
    places = [striped_place(f"{group}{i}", group=group) for group in "abc" for i in range(2)]
    places += [replace(striped_place("poor"), quality="poor"), replace(striped_place("for looking", group="a"), trainable=False)]
    parts = split_places(places, tmp_path)
    assert {part: [place.name for place in found] for part, found in parts.items()} == {
        "training": ["a0", "a1"],
        "validation": ["b0", "b1"],
        "held-out": ["c0", "c1"],
    }
    with pytest.raises(FileNotFoundError, match=r"places\.json tells which places"):
        split_places(places, tmp_path / "none")


def test_unlabelled_pixels_are_unknown() -> None:
    place = striped_place()
    place.labels[:, :4] = 0
    case = next(iter(cases_of([place])))
    assert not case.known[:, :4].any()
    assert case.pixels == np.count_nonzero(place.labels == 1)
