import random

import numpy as np
import pytest

from spexlab.evidence.measurement import measure
from spexlab.evidence.prior import spectral_prior
from spexlab.language.checking import check_claims
from spexlab.language.instructions import Instruction
from spexlab.language.question import parse_regions
from spexlab.places.labelled import Place
from spexlab.spie.samples import KINDS, Known, asked_mask, kind_of, known_targets, make_samples, place_of
from tests.support.places import striped_place


@pytest.fixture(scope="module")
def place() -> Place:
    return striped_place()


def made(place: Place, *names: str, exclude: tuple[str, ...] = (), limits: tuple[str, ...] = ()):
    instruction = Instruction("show me " + " and ".join(names), names, exclude, limits)
    return make_samples(place.scene, instruction, known_targets(place), name="s", rng=random.Random(0), facts={})


def test_the_label_answers_and_the_index_asks(place) -> None:
    (sample,) = made(place, "water")
    np.testing.assert_array_equal(sample.mask, np.arange(24)[:, None].repeat(24, 1) < 8)
    (region,) = parse_regions(sample.question)
    assert region.location == "top-center"
    wrong = place.labels.copy()
    wrong[:8] = 0
    wrong[16:20] = 1
    moved = Place("moved", "moved", place.scene, wrong)
    (other,) = made(moved, "water")
    assert other.question == sample.question, "regions come from the index, whatever the label says"
    assert other.mask[16:20].all()
    assert not other.mask[:16].any()


def test_water_that_the_index_denies_is_unknown(place) -> None:
    doubtful = place.labels.copy()
    doubtful[8:10] = 1  # trees, labelled as water
    (sample,) = made(Place("doubt", "doubt", place.scene, doubtful), "water")
    assert not sample.known[8:10].any()
    assert not sample.mask[8:].any()


def test_an_answer_says_what_how_much_where_and_why(place) -> None:
    (sample,) = made(place, "water")
    assert "33.3 %" in sample.answer
    assert "top-center" in sample.answer
    assert "MNDWI" in sample.answer
    assert sample.answer.endswith("Shadows, dark roofs and wet asphalt can look like it.")
    assert "'Share': '33.3 %'" in sample.evidence


@pytest.mark.parametrize("target", ["water", "trees", "buildings", "vegetation", "built-up", "snow", "cropland", "bare"])
@pytest.mark.parametrize("limits", [(), ("north",), ("largest",), ("smallest", "south-east")])
def test_every_claim_of_an_answer_holds(place, target, limits) -> None:
    (sample,) = made(place, target, limits=limits)
    prior = spectral_prior(place.scene, target)
    looked_at = sample.known & _looked_at(limits)
    whole = known_targets(place)[target].present
    measured = measure(sample.mask, target=target, valid=looked_at, prior=prior, found=whole)
    claims = check_claims(sample.answer, measured)
    assert claims
    assert all(claim.holds for claim in claims), [claim for claim in claims if not claim.holds]


def _looked_at(limits: tuple[str, ...]) -> np.ndarray:
    rows, columns = np.indices((24, 24))
    wanted = {"north": rows < 12, "south-east": (rows >= 16) & (columns >= 16)}
    return next((wanted[name] for name in limits if name in wanted), np.ones((24, 24), bool))


def test_several_targets_give_a_sample_each(place) -> None:
    first, second = made(place, "water", "trees")
    assert (first.name, second.name) == ("s", "s-2")
    assert first.scene is second.scene
    assert not (first.mask & second.mask).any()
    assert first.kind == second.kind == "several targets"


def test_what_is_excluded_is_left_out(place) -> None:
    (sample,) = made(place, "vegetation", exclude=("trees",))
    assert not sample.mask.any()
    assert sample.kind == "absent"
    assert made(place, "built-up", exclude=("trees",))[0].kind == "exclusion"


def test_an_absent_target_has_an_empty_mask_and_says_so(place) -> None:
    (sample,) = made(place, "snow")
    assert sample.kind == "absent"
    assert not sample.mask.any()
    assert "no snow" in sample.answer.lower()


def test_a_refused_instruction_has_no_target(place) -> None:
    (sample,) = make_samples(place.scene, Instruction("any cars?"), {}, name="s", rng=random.Random(0), facts={})
    assert (sample.target, sample.kind, sample.evidence) == (None, "refused", "")
    assert not sample.mask.any()
    assert sample.answer.startswith("Nothing that can be extracted was named")


def test_limits_cut_the_mask() -> None:
    labels = {"water": Known(np.eye(4, dtype=bool), np.ones((4, 4), bool))}
    cut = asked_mask(Instruction("", ("water",), limits=("north",)), "water", labels)
    assert cut.present.sum() == 2


def test_the_strongest_kind_counts() -> None:
    asked = Instruction("", ("water", "trees"), ("wetland",), ("largest",))
    assert kind_of(asked, present=True) == "limit"
    assert kind_of(asked, present=False) == "absent"
    assert {kind_of(Instruction(""), present=True), kind_of(Instruction("", ("water",)), present=True)} <= set(KINDS)


@pytest.mark.parametrize(("target", "metres"), [("water", 10.0), ("vegetation", 10.0), ("buildings", 10.0), ("buildings", 0.5)])
def test_a_sample_as_a_place_tells_of_its_target_alone(target, metres) -> None:
    (sample,) = made(striped_place(pixel_size=metres), target)
    place = place_of(sample)
    found = known_targets(place)
    assert set(found) == ({"buildings", "impervious", "built-up"} if (target, metres) == ("buildings", 10.0) else {target})
    np.testing.assert_array_equal(found[target].present, sample.mask)
    np.testing.assert_array_equal(found[target].known, sample.known)


def test_a_mask_that_was_cut_is_no_place_to_measure_on(place) -> None:
    (sample,) = made(place, "water", limits=("north",))
    with pytest.raises(ValueError, match="without limits or exclusions"):
        place_of(sample)


def test_a_label_of_buildings_alone_knows_nothing_of_water() -> None:
    assert set(known_targets(striped_place(complete_for=("buildings",), pixel_size=0.5))) == {"buildings"}
