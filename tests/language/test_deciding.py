"""What an instruction wants, given its words and what a model hears; here a model that hears what the words name."""

from typing import Any

import pytest

from spexlab.language.deciding import decide, suggestion
from spexlab.language.reading import Interpretation, Reading
from spexlab.language.request import Request
from spexlab.targets import TARGETS

WATER, TREES = {"target": "water"}, {"target": "trees"}


def understood(text: str, include: str | None = None, exclude: str = "", limits: str = "") -> Request:
    """`include` is what is heard in the whole, of which each clause is heard to name what its words do."""
    reading = Reading.of(text)
    left_out = tuple(exclude.split(",")) if exclude else ()
    named = [tuple(name for name in TARGETS if name in names and name not in left_out) for names in reading.named]
    heard = (
        tuple(dict.fromkeys(name for names in named for name in names))
        if include is None
        else tuple(filter(None, include.split(",")))
    )
    whole = Interpretation(heard, left_out, {}, tuple(filter(None, limits.split(","))))
    return decide(reading, whole, [Interpretation(names, (), {}) for names in named] if reading.parts else [])


def wants(request: Request) -> list[dict[str, Any]]:
    """The wants without what is empty in them."""
    return [{key: value for key, value in want.items() if value} for want in request.to_dict()["wants"]]


def largest(count: int = 1) -> dict[str, Any]:
    return {"order": "largest", "count": count}


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("water in the south and the largest forest", [WATER | {"inside": ["south"]}, TREES | {"select": largest()}]),
        ("water in the south and forest in the north", [WATER | {"inside": ["south"]}, TREES | {"inside": ["north"]}]),
        (
            "water and the largest forest in the north",
            [WATER | {"inside": ["north"]}, TREES | {"inside": ["north"], "select": largest()}],
        ),
        ("water and trees in the north", [WATER | {"inside": ["north"]}, TREES | {"inside": ["north"]}]),
        ("in the north, water and the trees", [WATER | {"inside": ["north"]}, TREES | {"inside": ["north"]}]),
        ("northern lakes and forests", [WATER | {"inside": ["north"]}, TREES | {"inside": ["north"]}]),
        ("northern lakes and the forests", [WATER | {"inside": ["north"]}, TREES]),
        ("Water. Trees in the north.", [WATER, TREES | {"inside": ["north"]}]),
        ("Water and trees. Only in the north.", [WATER | {"inside": ["north"]}, TREES | {"inside": ["north"]}]),
        ("water, trees not in the north", [WATER | {"outside": ["north"]}, TREES | {"outside": ["north"]}]),
        ("the three largest lakes and trees", [WATER | {"select": largest(3)}, TREES]),
        ("南部的水体和最大的森林", [WATER | {"inside": ["south"]}, TREES | {"select": largest()}]),
        ("水体和树，不在北部", [WATER | {"outside": ["north"]}, TREES | {"outside": ["north"]}]),
        ("trees and shrubs", [TREES, {"target": "low vegetation"}]),
        ("rivers and lakes in the west", [WATER | {"inside": ["west"]}]),
        ("lakes and forests, the lakes in the north", [WATER | {"inside": ["north"]}, TREES]),
    ],
)
def test_conditions_belong_to_their_targets(instruction: str, expected: list[dict[str, Any]]) -> None:
    request = understood(instruction)
    assert wants(request) == expected
    assert request.left_out == ()


def test_sizes_belong_to_their_targets() -> None:
    water, trees = understood("lakes between 1 and 5 ha, then the forest over half a hectare").to_dict()["wants"]
    assert water["size"] == [{"op": ">", "value": 1.0, "unit": "ha"}, {"op": "<", "value": 5.0, "unit": "ha"}]
    assert trees["size"] == [{"op": ">", "value": 0.5, "unit": "ha"}]
    assert [size.op for size in understood("lakes larger than 1 ha, smaller than 5 ha").wants[0].size] == [">", "<"]


def test_distances_belong_to_their_targets() -> None:
    request = understood("lakes larger than 1 ha within 200 m of a field, houses next to the river and at least 50 m from trees")
    water, buildings = request.to_dict()["wants"]
    assert water["near"] == [{"target": "cropland", "metres": 200.0, "negate": False}]
    assert buildings["near"] == [
        {"target": "water", "metres": None, "negate": False},
        {"target": "trees", "metres": 50.0, "negate": True},
    ]
    assert request.neighbours == ("cropland", "water", "trees")
    assert request.left_out == ()


def test_a_clause_adds_what_the_whole_did_not_say() -> None:
    assert understood("water in the south and the largest forest", include="water").targets == ("water", "trees")
    assert understood("vegetation but no trees, and no water", include="vegetation", exclude="trees").targets == ("vegetation",)
    assert understood("ignore the snow and the fields", include="").targets == ()
    assert understood("no water, only trees", include="").targets == ("trees",)


def test_what_no_word_stands_for_was_misheard() -> None:
    assert understood("the creeks and streams for my class", include="water,wetland").targets == ("water",)
    assert understood("the flubs and streams", include="water,wetland").targets == ("water", "wetland")


def test_where_nothing_is_heard_only_plain_words_are_believed() -> None:
    assert understood("Marsh? Lake? Both of them", include="").targets == ("water", "wetland")
    assert understood("What is this cabbage, lake or marsh?", include="").targets == ()


def test_the_largest_needs_a_word_and_an_ambiguous_word_a_hearing() -> None:
    long = "Could you please look at this image, which my colleague sent, and show where the water is and where the forest is?"
    assert wants(understood(long, limits="largest,east")) == [WATER, TREES]
    assert wants(understood("right, the water")) == [WATER]
    assert wants(understood("right, the water", limits="east")) == [WATER | {"inside": ["east"]}]


def test_what_is_left_out_is_left_out_of_its_own_target() -> None:
    vegetation, built = understood(
        "water-free vegetation but no crops, and buildings", include="vegetation,buildings", exclude="cropland"
    ).wants[::-1]
    assert (vegetation.target, vegetation.exclude) == ("vegetation", ("cropland",))
    assert built.exclude == ()
    assert understood("water but not wetland", include="water", exclude="wetland").wants[0].exclude == ("wetland",)


@pytest.mark.parametrize(
    ("instruction", "left_out"),
    [
        ("water smaller than 1 ha near Berlin", ("near Berlin",)),
        ("cars and water", ("cars",)),
        ("healthy trees in Bavaria in 2019", ("healthy", "in Bavaria", "in 2019")),
        ("the big lakes", ("big",)),
        ("polluted lakes around Berlin", ("polluted", "around Berlin")),
        ("lakes near the water", ("near the water",)),
        ("woods near my home, and near my home", ("near my home",)),
        ("the largest lake, only the smallest", ("smallest",)),
        ("ponds under 1 ha and lakes over 5 ha", ("over 5 ha",)),
        ("urban areas but not industrial zones", ("industrial zones",)),
        ("fields that are irrigated", ("irrigated",)),
        ("water deeper than 2 m", ("deeper than 2 m",)),
        ("树和汽车", ("汽车",)),
    ],
)
def test_what_carries_meaning_and_is_not_used_is_named(instruction: str, left_out: tuple[str, ...]) -> None:
    assert understood(instruction).left_out == left_out


@pytest.mark.parametrize(
    "instruction",
    [
        "Would you kindly show me all the lakes in this image?",
        "I am a hydrologist working on floods in Kenya. Where is the water?",
        "lakes for my thesis, please, as GeoJSON",
        "Kindly furnish the lakes, urgently",
        "请帮我标出湖泊，谢谢",
        "how large is the lake?",
        "lakes, big or small",
        "the lakes in blue",
        "no water, only trees",
        "不透水面",
    ],
)
def test_words_without_meaning_are_not_named(instruction: str) -> None:
    assert understood(instruction).left_out == ()


def test_what_was_widened_is_told() -> None:
    assert understood("mangroves").taken == (("mangroves", "trees"),)
    assert (understood("the irrigated fields").taken, understood("the irrigated fields").left_out) == ((), ("irrigated",))
    assert understood("mangroves and other trees").taken == ()
    assert understood("the xerophytes", include="low vegetation").taken == (("xerophytes", "low vegetation"),)
    assert understood("the buildings of the village", include="built-up").taken == (("buildings", "built-up"),)


def heard_nothing(text: str, **scores: float) -> Request:
    reading = Reading.of(text)
    nothing = Interpretation((), (), scores)
    return decide(reading, nothing, [nothing for _ in reading.parts])


def test_words_count_where_a_model_hears_nothing_and_none_is_strange() -> None:
    assert heard_nothing("is there a quarry?", bare=0.01).targets == ("bare",)
    assert heard_nothing("no quarry", bare=0.01).targets == ()


def test_beside_strange_words_a_model_must_think_the_target_likely() -> None:
    likely = heard_nothing("abandoned warehouses", buildings=0.26)
    assert (likely.targets, likely.left_out) == (("buildings",), ("abandoned",))
    assert heard_nothing("the zorbness of the lake", water=0.01).targets == ()


@pytest.mark.parametrize(
    ("instruction", "left_out"),
    [
        ("oak woods", ("oak",)),
        ("red roofs", ("red",)),
        ("expensive houses", ("expensive",)),
        ("an expensive report on houses", ()),
        ("stands of trees", ()),
        ("agricultural land", ()),
        ("fields in Finland", ("in Finland",)),
    ],
)
def test_what_narrows_a_noun_is_named(instruction: str, left_out: tuple[str, ...]) -> None:
    assert understood(instruction).left_out == left_out


def test_parts_that_words_say_no_to_are_taken_out() -> None:
    for text in ("vegetation, crops excluded", "take the vegetation and remove the crops from it"):
        assert wants(understood(text)) == [{"target": "vegetation", "exclude": ["cropland"]}]


@pytest.mark.parametrize(
    ("instruction", "meant"),
    [
        ("vegitation", "vegetation"),
        ("wehre are teh tress", "trees"),
        ("everything except forest", "vegetation but not trees"),
        ("anything but water", ""),
        ("cars", ""),
    ],
)
def test_what_may_have_been_meant(instruction: str, meant: str) -> None:
    assert suggestion(Reading.of(instruction)) == meant


@pytest.mark.parametrize(
    ("instruction", "ask"),
    [
        ("lakes", "mask"),
        ("how many lakes are there?", "count"),
        ("how large is the forest?", "area"),
        ("how many hectares of forest?", "area"),
        ("which share is covered by trees?", "share"),
        ("is there any water?", "presence"),
        ("有没有水体", "presence"),
        ("湖泊面积有多大", "area"),
        ("面积大于5公顷的湖泊", "mask"),
    ],
)
def test_what_is_asked(instruction: str, ask: str) -> None:
    assert understood(instruction).ask == ask
