"""A request in plain values, and in sentences."""

import pytest

from spexlab.evidence.limits import Select, Size
from spexlab.language.request import Request, Want, left_out_words

LAKES = Want(
    target="water",
    exclude=("snow",),
    inside=("north",),
    outside=("north-east",),
    size=(Size(">", 5.0, "ha", "over 5 ha"),),
    select=Select("largest", 3),
)


def test_plain_values_have_every_key() -> None:
    assert Request("count", (LAKES,), ("in 2019",)).to_dict() == {
        "ask": "count",
        "wants": [
            {
                "target": "water",
                "exclude": ["snow"],
                "inside": ["north"],
                "outside": ["north-east"],
                "size": [{"op": ">", "value": 5.0, "unit": "ha"}],
                "near": [],
                "select": {"order": "largest", "count": 3},
            }
        ],
        "left_out": ["in 2019"],
    }
    assert set(Want(target="trees").to_dict()) == set(LAKES.to_dict())


def test_plain_values_make_the_same_request() -> None:
    request = Request("mask", (LAKES, Want(target="trees")), ("near the river",))
    assert Request.from_dict(request.to_dict()) == request
    with pytest.raises(ValueError, match="a part of an area is one of"):
        Want.from_dict(LAKES.to_dict() | {"inside": ["uppermost"]})


def test_notes_are_for_all_targets_or_for_each() -> None:
    one = Want(target="water", inside=("south",), exclude=("snow",))
    assert Request("mask", (one,)).notes == ["As asked, without snow.", "As asked, only the south of the area was looked at."]
    first, second = Request("mask", (one, LAKES)).notes[1:]
    assert first == "As asked, for water only the south of the area was looked at."
    assert second.startswith("As asked, of water only the three largest regions larger than 5 ha in the north of the area without")
    assert Request("mask", (Want(target="water"),)).notes == []
    widened = Request("mask", (Want(target="trees"),), ("in 2019",), (("mangroves", "trees"),))
    assert widened.notes == ["“mangroves” was taken for trees.", "“in 2019” could not be kept to and was left out."]


def test_shares_belong_to_parts() -> None:
    south, trees = Want(target="water", inside=("south",)), Want(target="trees", select=Select("largest"))
    assert Request("mask", (south,)).limited_to == "of the south"
    assert Request("mask", (south, trees)).limited_to == "water of the south; trees in the largest region only"


def test_a_size_that_cannot_be_measured_is_left_out() -> None:
    lakes = Want(target="water", size=(Size(">", 5.0, "ha", "over 5 ha"), Size("<", 90, "pixels", "under 90 pixels")))
    request = Request("mask", (lakes,), ("in 2019",))
    assert request.measurable(metres=True) == request
    unknown = request.measurable(metres=False)
    assert unknown.left_out == ("in 2019", "over 5 ha")
    assert [size.unit for size in unknown.wants[0].size] == ["pixels"]


def test_the_sentence_quotes_what_is_left_out() -> None:
    assert left_out_words(()) == ""
    assert left_out_words(["small", "in 2019"]) == "“small” and “in 2019” could not be kept to and were left out."
