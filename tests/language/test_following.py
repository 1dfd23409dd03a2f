"""Instructions that go on from a request, and those that start anew; here with a model that hears what the words name."""

from typing import Any

import pytest

from spexlab.evidence.limits import Near, Select, Size
from spexlab.language.continuation import Continuation, goes_on
from spexlab.language.deciding import decide
from spexlab.language.following import follow
from spexlab.language.reading import Interpretation, Reading
from spexlab.language.request import Request, Want
from spexlab.targets import TARGETS

LAKES = Want(target="water", size=(Size(">", 5.0, "ha"),), inside=("north",))
BEFORE = Request("mask", (LAKES,))
TWO = Request("count", (Want(target="water"), Want(target="trees", size=(Size(">", 1.0, "ha"),))))


def followed(text: str, previous: Request = BEFORE) -> Request | None:
    more = Continuation.of(text)
    reading = Reading.of(more.text)
    heard = [Interpretation(tuple(name for name in TARGETS if name in names), (), {}) for names in reading.named]
    whole = Interpretation(tuple(name for one in heard for name in one.include), (), {})
    return follow(reading, decide(reading, whole, heard if reading.parts else []), previous, back=more.back)


def wants(request: Request | None) -> list[dict[str, Any]] | None:
    return request and [{key: value for key, value in want.items() if value} for want in request.to_dict()["wants"]]


WATER = {"target": "water", "size": [{"op": ">", "value": 5.0, "unit": "ha"}], "inside": ["north"]}
SMALL = [{"op": "<", "value": 1.0, "unit": "ha"}]


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("only the largest", [WATER | {"select": {"order": "largest", "count": 1}}]),
        ("just the three smallest, please", [WATER | {"select": {"order": "smallest", "count": 3}}]),
        ("in the south instead", [WATER | {"inside": ["south"]}]),
        ("in the east instead of the north", [WATER | {"inside": ["east"]}]),
        ("and in the south", [WATER | {"inside": ["north", "south"]}]),
        ("smaller than 1 ha instead", [WATER | {"size": SMALL}]),
        ("smaller than 1 ha", [WATER | {"size": SMALL}]),
        ("smaller than 9 ha", [WATER | {"size": [*WATER["size"], {"op": "<", "value": 9.0, "unit": "ha"}]}]),
        ("larger than 9 ha", [WATER | {"size": [{"op": ">", "value": 9.0, "unit": "ha"}]}]),
        ("within 200 m of a field", [WATER | {"near": [{"target": "cropland", "metres": 200.0, "negate": False}]}]),
        ("without the snow", [WATER | {"exclude": ["snow"]}]),
        ("and the buildings too", [WATER, {"target": "buildings"}]),
        ("also the largest forest", [WATER, {"target": "trees", "select": {"order": "largest", "count": 1}}]),
        ("the same for trees", [WATER | {"target": "trees"}]),
        ("what about the fields?", [WATER | {"target": "cropland"}]),
        ("trees instead", [WATER | {"target": "trees"}]),
        ("只要最大的三个", [WATER | {"select": {"order": "largest", "count": 3}}]),
        ("还有建筑物", [WATER, {"target": "buildings"}]),
        ("森林也一样", [WATER | {"target": "trees"}]),
        ("any size", [{"target": "water", "inside": ["north"]}]),
        ("forget the size and use the whole image", [{"target": "water"}]),
        ("anywhere, not just in the north", [{"target": "water", "size": WATER["size"]}]),
        ("drop all conditions", [{"target": "water"}]),
        ("make it 2 ha", [WATER | {"size": [{"op": ">", "value": 2.0, "unit": "ha"}]}]),
        ("south-west, not the north", [WATER | {"inside": ["south-west"]}]),
        ("swap the north for the centre", [WATER | {"inside": ["centre"]}]),
        ("swap the lakes for fields", [WATER | {"target": "cropland"}]),
        ("drop the areas under 1 ha", [WATER | {"size": [{"op": ">", "value": 1.0, "unit": "ha"}]}]),
        ("get rid of the parts in the south", [WATER | {"outside": ["south"]}]),
        (
            "in the east, but not in the north",
            [{"target": "water", "size": WATER["size"], "inside": ["east"], "outside": ["north"]}],
        ),
        ("top 5", [WATER | {"select": {"order": "largest", "count": 5}}]),
        ("不限面积", [{"target": "water", "inside": ["north"]}]),
        ("把湖泊换成农田", [WATER | {"target": "cropland"}]),
        ("森林也要，条件一样", [WATER, WATER | {"target": "trees"}]),
    ],
)
def test_what_goes_on_changes_what_was(instruction: str, expected: list[dict[str, Any]]) -> None:
    request = followed(instruction)
    assert wants(request) == expected
    assert request is not None
    assert request.previous is BEFORE
    assert request.left_out == ()
    assert request.notes[0] == "This goes on from the request before."


def test_a_place_that_is_left_out_is_no_longer_looked_at() -> None:
    request = followed("now without the north")
    assert request is not None
    assert (request.wants[0].inside, request.wants[0].outside) == ((), ("north",))


def test_a_target_is_taken_out_again() -> None:
    assert wants(followed("without the trees", TWO)) == [{"target": "water"}]
    assert followed("without the water", BEFORE) is None  # nothing would be left


def test_the_question_stays_unless_another_is_asked() -> None:
    asks = {text: followed(text, TWO) for text in ("only in the north", "how large are they?", "show them in the south")}
    assert [request and request.ask for request in asks.values()] == ["count", "area", "mask"]


def test_nothing_can_be_near_to_itself() -> None:
    request = followed("only those near a lake")
    assert request is not None
    assert (request.wants, request.left_out) == (BEFORE.wants, ("only those near a lake",))


def test_a_part_comes_back() -> None:
    without_trees = Request("mask", (Want(target="vegetation", exclude=("trees",)),))
    assert wants(followed("the trees can stay in after all", without_trees)) == [{"target": "vegetation"}]


def test_only_some_of_those_before_are_kept_or_changed() -> None:
    trees = {"target": "trees", "size": [{"op": ">", "value": 1.0, "unit": "ha"}]}
    assert wants(followed("just the forest", TWO)) == [trees]
    assert wants(followed("the lakes only if they are in the north", TWO)) == [{"target": "water", "inside": ["north"]}, trees]


@pytest.mark.parametrize(
    ("instruction", "words"),
    [
        ("only the clean ones", "clean"),
        ("only in 2018", "in 2018"),
        ("and the boats too", "boats"),
        ("taller than 20 m", "taller than 20 m"),
    ],
)
def test_what_cannot_be_kept_to_leaves_the_request_as_it_was_and_is_named(instruction: str, words: str) -> None:
    request = followed(instruction)
    assert request is not None
    assert (request.wants, request.left_out) == (BEFORE.wants, (words,))


def test_a_question_after_a_question_and_the_mask_after_it() -> None:
    assert [
        (found := followed(text, TWO)) and found.ask for text in ("ok now show them", "what's the total area in hectares?")
    ] == [
        "mask",
        "area",
    ]


def test_the_last_choice_is_taken_back() -> None:
    largest = Request("mask", (Want(target="water", select=Select("largest", 3)),))
    assert wants(followed("all of them", largest)) == [{"target": "water"}]


@pytest.mark.parametrize(
    ("instruction", "metres"),
    [("make it 500 m", 500.0), ("same but within 200 feet", 60.96), ("widen it to 1 km", 1000.0), ("距离改成一公里", 1000.0)],
)
def test_a_distance_is_changed_by_its_figure_alone(instruction: str, metres: float) -> None:
    near = Request("mask", (Want(target="water", near=(Near("cropland", 200.0),)),))
    request = followed(instruction, near)
    assert wants(request) == [{"target": "water", "near": [{"target": "cropland", "metres": metres, "negate": False}]}]
    assert request is not None
    assert request.left_out == ()


def test_a_figure_may_turn_the_distance_round_and_one_of_something_else_does_not_change_it() -> None:
    near = Request("mask", (Want(target="trees", near=(Near("water", 200.0),)),))
    farther = {"target": "trees", "near": [{"target": "water", "metres": 500.0, "negate": True}]}
    assert wants(followed("at least 500 m", near)) == [farther]
    tall = followed("only those with 50 m height", near)
    assert tall is None or tall.wants == near.wants


def test_a_distance_is_taken_back() -> None:
    near = Request("mask", (Want(target="water", near=(Near("cropland", 200.0),)),))
    for text in ("drop the distance", "they don't have to be near the fields", "不限距离"):
        assert wants(followed(text, near)) == [{"target": "water"}]


def test_a_distance_from_the_same_takes_the_place_of_the_old() -> None:
    near = Request("mask", (Want(target="water", near=(Near("cropland", 200.0),)),))
    assert wants(followed("within 50 m of a field", near)) == [
        {"target": "water", "near": [{"target": "cropland", "metres": 50.0, "negate": False}]}
    ]


@pytest.mark.parametrize(
    "instruction",
    [
        "lakes in the south",
        "forest larger than 5 ha",
        "show me the buildings",
        "cars in the north",
        "just cars",
        "lsdkfj qwe",
        "hello",
    ],
)
def test_what_names_all_that_it_wants_starts_anew(instruction: str) -> None:
    assert followed(instruction) is None


def test_what_only_makes_sense_after_another_is_known() -> None:
    assert goes_on(Reading.of("only the largest"))
    assert goes_on(Reading.of("without the north"))
    assert not goes_on(Reading.of("cars"))
    assert not goes_on(Reading.of("the largest lake"))


def test_words_that_nothing_takes_up_are_named() -> None:
    request = followed("only the cleanest ones in the west")
    assert request is not None
    assert request.left_out == ("cleanest",)
