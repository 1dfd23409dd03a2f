"""A request in parts that a person takes out or changes."""

import pytest

from spexlab.evidence.limits import Near, Select, Size
from spexlab.language.parts import Part, changed, parts_of, without
from spexlab.language.request import Request, Want, check_request
from spexlab.targets import UnknownTargetError

LAKES = Want(
    target="water",
    exclude=("snow",),
    inside=("north", "east"),
    outside=("centre",),
    size=(Size(">", 1.0, "ha"), Size("<", 5.0, "ha")),
    near=(Near("cropland", 200.0), Near("trees", None, negate=True)),
    select=Select("largest", 3),
    called=("lake", "lakes"),
)
REQUEST = Request("count", (LAKES, Want(target="trees")), ("in 2019",), (("mangroves", "trees"),))


def part(words: str, request: Request = REQUEST) -> Part:
    return next(one for one in parts_of(request) if one.words == words)


def test_every_part_is_listed_in_words() -> None:
    assert [one.words for one in parts_of(REQUEST)] == [
        *("how many", "water", "the 3 largest", "larger than 1 ha", "smaller than 5 ha"),
        *("within 200 m of cropland", "not next to trees", "in the north", "in the east", "not in the centre", "without snow"),
        *("trees", "in 2019"),
    ]
    assert [one.words for one in parts_of(Request("mask", (Want(target="bare"),)))] == ["bare"]


@pytest.mark.parametrize("words", [one.words for one in parts_of(REQUEST)])
def test_a_part_that_is_taken_out_is_all_that_changes(words: str) -> None:
    left = [one.words for one in parts_of(without(REQUEST, part(words)))]
    rest = [one.words for one in parts_of(REQUEST) if one.words != words]
    if words == "water":  # its conditions go with it
        rest = ["how many", "trees", "in 2019"]
    assert left == rest


def test_a_part_is_changed_in_its_place() -> None:
    larger = changed(REQUEST, part("larger than 1 ha"), Size(">", 2.0, "ha")).wants[0]
    assert larger.size == (Size(">", 2.0, "ha"), Size("<", 5.0, "ha"))
    assert larger.called == ("lake", "lakes")
    assert changed(REQUEST, part("in the east"), "west").wants[0].inside == ("north", "west")
    assert changed(REQUEST, part("how many"), "area").ask == "area"
    assert without(REQUEST, part("how many")).ask == "mask"


def test_another_target_keeps_the_conditions_and_no_name_of_the_one_before() -> None:
    snow = changed(without(REQUEST, part("without snow")), part("water"), "snow")
    assert snow.targets == ("trees", "snow")
    assert snow.wants[1].select == Select("largest", 3)
    assert snow.wants[1].called == ()
    assert without(REQUEST, part("trees")).taken == ()


def test_what_somebody_edited_stands_on_its_own() -> None:
    following = Request("mask", (LAKES,), previous=Request("mask", (LAKES,)))
    assert "This goes on from the request before." in following.notes
    assert without(following, part("in the north", following)).previous is None


@pytest.mark.parametrize(
    ("words", "value", "problem"),
    [
        ("water", "trees", "trees is wanted twice"),
        ("water", "cropland", "cropland is, or is part of, cropland"),
        ("without snow", "water", "nothing of water is left without water"),
        ("within 200 m of cropland", Near("water"), "water is, or is part of, water"),
    ],
)
def test_nonsense_is_refused(words: str, value: object, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        changed(REQUEST, part(words), value)


def test_one_target_has_to_stay_and_has_to_be_known() -> None:
    one = Request("mask", (Want(target="bare"),))
    with pytest.raises(ValueError, match="none is left"):
        without(one, part("bare", one))
    with pytest.raises(UnknownTargetError):
        check_request(one, ["water"])
