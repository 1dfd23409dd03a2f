"""Whole instructions through the bundled checkpoint: what a user gets."""

from typing import Any

import pytest

import spexlab
from spexlab.extraction import Spex, load_model

LARGEST = {"order": "largest", "count": 1}


@pytest.fixture(scope="module")
def spex() -> Spex:
    return load_model("spex-tiny")


def wants(request: spexlab.Request) -> list[dict[str, Any]]:
    return [{key: value for key, value in want.items() if value} for want in request.to_dict()["wants"]]


def test_each_target_has_its_own_conditions(spex: Spex) -> None:
    request = spexlab.understand("water in the south and the largest forest", model=spex)
    assert wants(request) == [{"target": "water", "inside": ["south"]}, {"target": "trees", "select": LARGEST}]
    assert request.notes == [
        "As asked, for water only the south of the area was looked at.",
        "As asked, of trees only the largest region was kept.",
    ]


def test_instructions_that_are_asked_at_once_keep_to_themselves(spex: Spex) -> None:
    request = spexlab.understand(["the largest forest", "water in the south"], model=spex)
    assert wants(request) == [{"target": "water", "inside": ["south"]}, {"target": "trees", "select": LARGEST}]
    assert spexlab.understand(["water"], model=spex) == spexlab.understand("water", model=spex)
    with pytest.raises(ValueError, match=r"'water in the south' and 'the largest lake' are both about water"):
        spexlab.understand(["water in the south", "trees", "the largest lake"], model=spex)
    for nothing in ([], ["water", " "]):
        with pytest.raises(ValueError, match="it is empty"):
            spexlab.understand(nothing, model=spex)


def test_a_condition_behind_the_last_target_is_told_to_hold_for_both(spex: Spex) -> None:
    request = spexlab.understand("water and the largest forest in the north", model=spex)
    assert wants(request) == [{"target": "water", "inside": ["north"]}, {"target": "trees", "inside": ["north"], "select": LARGEST}]
    assert request.notes[0] == "As asked, for water only the north of the area was looked at."


def test_a_long_sentence_sets_no_limit_that_it_does_not_name(spex: Spex) -> None:
    long = (
        "Could you please look at this image that I got from my colleague last week and show me where the water is, where the "
        "forest is, and also the buildings of the village near the river?"
    )
    request = spexlab.understand(long, model=spex)
    assert {"water", "trees"} < set(request.targets)
    near = {want.target: [near.target for near in want.near] for want in request.wants if want.limited}
    assert set(near) <= {"buildings", "built-up"}
    assert all(names == ["water"] for names in near.values())
    assert request.left_out == ()


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("不在北部的湖泊", [{"target": "water", "outside": ["north"]}]),
        ("water not in the north", [{"target": "water", "outside": ["north"]}]),
        ("Lakes over two acres", [{"target": "water", "size": [{"op": ">", "value": 0.809371, "unit": "ha"}]}]),
        ("vegetation but no crops", [{"target": "vegetation", "exclude": ["cropland"]}]),
        ("the three largest lakes", [{"target": "water", "select": {"order": "largest", "count": 3}}]),
    ],
)
def test_conditions(spex: Spex, instruction: str, expected: list[dict[str, Any]]) -> None:
    request = spexlab.understand(instruction, model=spex)
    assert wants(request) == expected
    assert request.left_out == ()


def test_a_condition_that_is_near_to_a_target_does_not_ask_for_it(spex: Spex) -> None:
    request = spexlab.understand("lakes larger than 5 ha within 200 m of a field", model=spex)
    assert request.targets == ("water",)
    assert request.neighbours == ("cropland",)
    assert request.notes[1] == "To tell how near that is, the area was searched for cropland as well."


def test_an_instruction_may_go_on_from_another(spex: Spex) -> None:
    lakes = spexlab.understand("lakes larger than 5 ha in the north", model=spex)
    largest = spexlab.understand("only the largest", previous=lakes, model=spex)
    assert wants(largest) == [wants(lakes)[0] | {"select": LARGEST}]
    assert [want["target"] for want in wants(spexlab.understand("and the buildings too", previous=largest, model=spex))] == [
        "water",
        "buildings",
    ]
    assert wants(spexlab.understand("trees in the south", previous=lakes, model=spex)) == [{"target": "trees", "inside": ["south"]}]
    with pytest.raises(spexlab.UnknownTargetError, match="goes on from an answer that is not there"):
        spexlab.understand("only the largest", model=spex)


def test_mangroves_are_told_to_be_taken_for_trees(spex: Spex) -> None:
    assert spexlab.understand("mangroves", model=spex).notes == ["“mangroves” was taken for trees."]


@pytest.mark.parametrize(
    ("instruction", "meant"),
    [("qegetation", "vegetation"), ("everything except forest", "vegetation but not trees")],
)
def test_a_refusal_says_what_may_have_been_meant(spex: Spex, instruction: str, meant: str) -> None:
    with pytest.raises(spexlab.UnknownTargetError, match=f"did you mean '{meant}'\\?") as refusal:
        spexlab.understand(instruction, model=spex)
    assert refusal.value.suggestion == meant


def test_cars_are_like_nothing_that_can_be_asked(spex: Spex) -> None:
    with pytest.raises(spexlab.UnknownTargetError, match="; what can be asked: water, trees"):
        spexlab.understand("cars", model=spex)


def test_clauses_and_the_whole_are_heard_in_one_batch(spex: Spex, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[list[str]] = []
    interpret = spex.interpret
    monkeypatch.setattr(spex, "interpret", lambda texts: heard.append(list(texts)) or interpret(texts))
    spexlab.understand("water in the south, and the largest forest", model=spex)
    spexlab.understand("lakes and rivers", model=spex)
    assert heard == [
        ["water in the south, and the largest forest", "water in the south", "the largest forest"],
        ["lakes and rivers"],
    ]


def test_a_request_is_answered_as_it_stands(spex: Spex) -> None:
    lakes = spexlab.understand("the largest lake in the north", model=spex)
    assert spexlab.understand(lakes, model=spex) is lakes
    with pytest.raises(ValueError, match="leave out `previous`"):
        spexlab.understand(lakes, previous=lakes, model=spex)
    with pytest.raises(ValueError, match="at least one target"):
        spexlab.understand(spexlab.Request("mask", ()), model=spex)


def test_slips_are_mended_and_told(spex: Spex) -> None:
    request = spexlab.understand("wehre are teh tress", model=spex)
    assert request.targets == ("trees",)
    assert request.notes == ["“wehre” was read as “where”, “teh” as “the”, “tress” as “trees”."]
    left_out = spexlab.understand("the lragest laek with a swiming pool", model=spex)
    assert wants(left_out) == [{"target": "water", "select": LARGEST}]


def test_what_hides_a_target_is_left_out_and_named(spex: Spex) -> None:
    houses = spexlab.understand("houses with solar panels", model=spex)
    assert (houses.targets, houses.left_out) == (("buildings",), ("with solar panels",))
    with pytest.raises(spexlab.UnknownTargetError):
        spexlab.understand("a poem about the lake", model=spex)


def test_what_an_index_can_tell_is_a_bound(spex: Spex) -> None:
    request = spexlab.understand("dense forest in the north and green grassland", model=spex)
    assert request.bounds == {
        "trees": [{"index": "NDVI", "op": ">", "value": 0.6, "words": "dense"}],
        "low vegetation": [{"index": "NDVI", "op": ">", "value": 0.5, "words": "green"}],
    }
    assert request.left_out == ()
    assert "only pixels with an NDVI above 0.6 (what “dense” was taken for; USGS" in " ".join(request.notes)
    assert set(request.to_dict()["wants"][0]) == {"target", "exclude", "inside", "outside", "size", "near", "select"}
    assert spexlab.understand("green areas", model=spex).bounds == {}
    assert spexlab.understand("bright water", model=spex).left_out == ("bright",)
