"""Instructions that go on from a request, and those that start anew; here with a model that hears what the words name."""

from typing import Any

import pytest

from spexlab.evidence.limits import Near, Select, Size
from spexlab.language.deciding import decide
from spexlab.language.following import about_more, follow, goes_on
from spexlab.language.reading import Interpretation, Reading
from spexlab.language.request import Request, Want
from spexlab.targets import TARGETS

LAKES = Want(target="water", size=(Size(">", 5.0, "ha"),), inside=("north",))
BEFORE = Request("mask", (LAKES,))
TWO = Request("count", (Want(target="water"), Want(target="trees", size=(Size(">", 1.0, "ha"),))))


def followed(text: str, previous: Request = BEFORE) -> Request | None:
    reading = Reading.of(about_more(text))
    heard = [Interpretation(tuple(name for name in TARGETS if name in names), (), {}) for names in reading.named]
    whole = Interpretation(tuple(name for one in heard for name in one.include), (), {})
    return follow(reading, decide(reading, whole, heard if reading.parts else []), previous)


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


def test_the_last_choice_is_taken_back() -> None:
    largest = Request("mask", (Want(target="water", select=Select("largest", 3)),))
    assert wants(followed("all of them", largest)) == [{"target": "water"}]


def test_a_distance_from_the_same_takes_the_place_of_the_old() -> None:
    near = Request("mask", (Want(target="water", near=(Near("cropland", 200.0),)),))
    assert wants(followed("within 50 m of a field", near)) == [
        {"target": "water", "near": [{"target": "cropland", "metres": 50.0, "negate": False}]}
    ]


@pytest.mark.parametrize(
    "instruction",
    ["lakes in the south", "forest larger than 5 ha", "show me the buildings", "cars in the north", "lsdkfj qwe", "hello"],
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
