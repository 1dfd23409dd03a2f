"""Conditions are read from an instruction's own words, and so is what cannot be kept to."""

import pytest

from spexlab.evidence.limits import Limits, Near, Select, Size
from spexlab.language.condition import Condition
from spexlab.language.conditions import read_conditions
from spexlab.language.vocabulary import mentions


def conditions(text: str) -> list[Condition]:
    return read_conditions(text, mentions(text))


def said(text: str) -> list[tuple[str, Limits | None]]:
    return [(text[one.start : one.end], one.limits) for one in conditions(text)]


@pytest.mark.parametrize(
    ("instruction", "words", "inside", "outside"),
    [
        ("water in the south and forest", "in the south", ("south",), ()),
        ("northern lakes", "northern", ("north",), ()),
        ("trees in the North West of this image", "in the North West of this image", ("north-west",), ()),
        ("the upper left corner: lakes", "the upper left corner", ("north-west",), ()),
        ("lakes on the left", "on the left", ("west",), ()),
        ("water in the north and the east", "in the north and the east", ("north", "east"), ()),
        ("nothing outside the eastern part", "nothing outside the eastern part", ("east",), ()),
        ("leftmost lakes", "leftmost", ("west",), ()),
        ("forest in the NE", "in the NE", ("north-east",), ()),
        ("北部的湖泊", "北部", ("north",), ()),
        ("water but not in the north", "not in the north", (), ("north",)),
        ("vegetation without the southern part", "without the southern part", (), ("south",)),
        ("trees everywhere but the north-east", "everywhere but the north-east", (), ("north-east",)),
        ("water, not at all on the left", "not at all on the left", (), ("west",)),
        ("trees except in the south western part", "except in the south western part", (), ("south-west",)),
        ("lakes outside the north or the east", "outside the north or the east", (), ("north", "east")),
        ("crops in neither the north nor the south", "neither the north nor the south", (), ("north", "south")),
        ("roofs not in the north and not in the west", "not in the north and not in the west", (), ("north", "west")),
        ("wetlands anywhere save the south-west", "anywhere save the south-west", (), ("south-west",)),
        ("snow other than in the middle", "other than in the middle", (), ("centre",)),
        ("lawns; exclude the west", "exclude the west", (), ("west",)),
        ("HOUSES NW", "NW", ("north-west",), ()),
        ("不在北部的湖泊", "不在北部", (), ("north",)),
        ("除了左上角以外的树", "除了左上角以外", (), ("north-west",)),
    ],
)
def test_places(instruction: str, words: str, inside: tuple[str, ...], outside: tuple[str, ...]) -> None:
    assert said(instruction) == [(words, Limits(inside=inside, outside=outside))]
    assert conditions(instruction)[0].unsure == ()


def test_a_place_asked_for_stays_where_its_neighbour_is_left_out() -> None:
    assert [limits for _, limits in said("water in the east but not in the southeast")] == [
        Limits(inside=("east",)),
        Limits(outside=("south-east",)),
    ]


@pytest.mark.parametrize(
    ("instruction", "words", "sizes"),
    [
        ("lakes larger than 5 ha", "larger than 5 ha", [Size(">", 5, "ha")]),
        ("water smaller than half a hectare", "smaller than half a hectare", [Size("<", 0.5, "ha")]),
        ("lakes over two and a half hectares", "over two and a half hectares", [Size(">", 2.5, "ha")]),
        ("forests of at least 1,000 m2", "of at least 1,000 m2", [Size(">", 1000, "m2")]),
        ("lakes under 50 pixels", "under 50 pixels", [Size("<", 50, "pixels")]),
        ("lakes > 1.5 km²", "> 1.5 km²", [Size(">", 1.5, "km2")]),
        ("lakes between 1 and 5 ha", "between 1 and 5 ha", [Size(">", 1, "ha"), Size("<", 5, "ha")]),
        ("fields of 2 acres or more", "of 2 acres or more", [Size(">", 0.809371, "ha")]),
        ("面积大于5公顷的湖泊", "面积大于5公顷", [Size(">", 5, "ha")]),
        ("lakes that exceed 12 hectares", "that exceed 12 hectares", [Size(">", 12, "ha")]),
        ("houses whose footprint is above 350 m2", "whose footprint is above 350 m2", [Size(">", 350, "m2")]),
        ("lakes of three quarters of a hectare or less", "of three quarters of a hectare or less", [Size("<", 0.75, "ha")]),
        ("snow, each 1 ha minimum", "each 1 ha minimum", [Size(">", 1, "ha")]),
        ("roofs > 10,000 sq ft", "> 10,000 sq ft", [Size(">", 929.0304, "m2")]),
        ("water, ignore anything below 50 pixels", "ignore anything below 50 pixels", [Size(">", 50, "pixels")]),
        (
            "lakes larger than 3 ha but smaller than 30",
            "larger than 3 ha but smaller than 30",
            [Size(">", 3, "ha"), Size("<", 30, "ha")],
        ),
        ("湖泊，去掉小于1公顷的", "去掉小于1公顷", [Size(">", 1, "ha")]),
        ("像元数大于500的水体", "像元数大于500", [Size(">", 500, "pixels")]),
        ("三亩以下的水塘", "三亩以下", [Size("<", 0.2, "ha")]),
        ("二十到三十公顷的森林", "二十到三十公顷", [Size(">", 20, "ha"), Size("<", 30, "ha")]),
    ],
)
def test_sizes(instruction: str, words: str, sizes: list[Size]) -> None:
    ((found, limits),) = said(instruction)
    assert (found, limits) == (words, Limits(size=tuple(sizes)))


@pytest.mark.parametrize(
    ("instruction", "words", "select"),
    [
        ("the largest lake", "largest", Select("largest")),
        ("the smallest one of the ponds", "smallest", Select("smallest")),
        ("the three largest lakes", "three largest", Select("largest", 3)),
        ("the top 5 biggest forests", "top 5 biggest", Select("largest", 5)),
        ("top five forests by area", "top five", Select("largest", 5)),
        ("top three in size of the lakes", "top three in size", Select("largest", 3)),
        ("lakes, only the largest", "largest", Select("largest")),
        ("最大的湖", "最大", Select("largest")),
        ("最大的三个湖泊", "最大的三个", Select("largest", 3)),
    ],
)
def test_choices_among_regions(instruction: str, words: str, select: Select) -> None:
    assert said(instruction) == [(words, Limits(select=select))]


@pytest.mark.parametrize(
    ("instruction", "words", "near"),
    [
        ("lakes within 200 m of a field", "within 200 m of a field", [("cropland", 200, False)]),
        ("Houses less than half a mile from the river", "less than half a mile from the river", [("water", 804.672, False)]),
        ("in a 100 m buffer around the lakes: trees", "in a 100 m buffer around the lakes", [("water", 100, False)]),
        ("lakes that have a forest within 50 m", "that have a forest within 50 m", [("trees", 50, False)]),
        ("trees next to the river", "next to the river", [("water", None, False)]),
        ("fields touching the edge of the forest", "touching the edge of the forest", [("trees", None, False)]),
        ("trees by the river", "by the river", [("water", None, False)]),
        ("lakes and the houses near them", "near them", [("water", None, False)]),
        ("forest at least 500 m away from houses", "at least 500 m away from houses", [("buildings", 500, True)]),
        ("fields not within 50 yards of water", "not within 50 yards of water", [("water", 45.72, True)]),
        ("fields not touching the forest", "not touching the forest", [("trees", None, True)]),
        (
            "trees between 100 and 400 m from water",
            "between 100 and 400 m from water",
            [("water", 400, False), ("water", 100, True)],
        ),
        ("houses up to 250 m away from the coast", "up to 250 m away from the coast", [("water", 250, False)]),
        ("houses less than 75 m from a river or lake", "less than 75 m from a river or lake", [("water", 75, False)]),
        (
            "fields close to both water and houses",
            "close to both water and houses",
            [("water", None, False), ("buildings", None, False)],
        ),
        ("canals bordered by pasture", "bordered by pasture", [("low vegetation", None, False)]),
        ("shrubs hugging the canal", "hugging the canal", [("water", None, False)]),
        ("houses away from any road", "away from any road", [("impervious", None, True)]),
        ("orchards with no houses within 200 m", "with no houses within 200 m", [("buildings", 200, True)]),
        ("houses round the lake", "round the lake", [("water", None, False)]),
        ("houses, skip the parts near the road", "skip the parts near the road", [("impervious", None, True)]),
        ("水边两公里内的房子", "水边两公里内", [("water", 2000, False)]),
        ("2公里内有河流的村庄", "2公里内有河流的", [("water", 2000, False)]),
        ("河岸50米内的建筑", "河岸50米内", [("water", 50, False)]),
        ("离村庄500米开外的裸地", "离村庄500米开外", [("built-up", 500, True)]),
        ("远离水体的建筑", "远离水体", [("water", None, True)]),
        ("离河一里地以内的庄稼", "离河一里地以内", [("water", 500, False)]),
        ("离农田两百米以内的湖泊", "离农田两百米以内", [("cropland", 200, False)]),
        ("距离建筑物至少500米的树林", "距离建筑物至少500米", [("buildings", 500, True)]),
        ("河流附近的农田", "河流附近", [("water", None, False)]),
        ("不靠近道路的湿地", "不靠近道路", [("impervious", None, True)]),
        ("与森林相邻的草地", "与森林相邻", [("trees", None, False)]),
    ],
)
def test_neighbours(instruction: str, words: str, near: list[tuple[str, float | None, bool]]) -> None:
    assert said(instruction) == [(words, Limits(near=tuple(Near(*one) for one in near)))]


@pytest.mark.parametrize(
    ("instruction", "words"),
    [
        ("trees near Berlin", "near Berlin"),
        ("forest within 100 m of the old road", "within 100 m of the old"),
        ("forest surrounded by water", "surrounded by water"),
        ("where is NDVI > 0.3?", "NDVI > 0.3"),
        ("rivers 20 m wide", "20 m wide"),
        ("forest within the city", "within the city"),
        ("trees between the river and the road", "between the river and the road"),
        ("the second largest lake", "second largest"),
        ("lakes larger than a football pitch", "larger than a football pitch"),
        ("trees north of the river", "north of the river"),
        ("forests in northern India", "in northern India"),
        ("water in 2019", "in 2019"),
        ("fields, not between 1 and 3 ha", "not between 1 and 3 ha"),
        ("fields burnt in July 2022", "in July 2022"),
        ("roofs from last summer", "from last summer"),
        ("forests older than 100 years", "older than 100 years"),
        ("roofs facing south", "facing south"),
        ("rivers flowing to the north", "flowing to the north"),
        ("长度超过5公里的河流", "长度超过5公里"),
        ("红色的屋顶", "红色的"),
        ("河边附近的树", "河边附近"),
    ],
)
def test_what_nothing_here_keeps(instruction: str, words: str) -> None:
    assert said(instruction) == [(words, None)]


@pytest.mark.parametrize(
    "instruction",
    [
        "vegetation but no crops",
        "everything except water",
        "built-up land around here, along with water",
        "roads and other areas under asphalt",
        "植被",
        "look around for water, near or far",
        "water within the area",
        "what is left of the forest",
        "my largest worry is the forest",
    ],
)
def test_what_sounds_like_a_condition_and_is_none(instruction: str) -> None:
    assert said(instruction) == []


def test_a_second_size_needs_a_unit_where_something_else_may_follow() -> None:
    assert said("lakes over 2 ha, at most 5 of them")[0] == ("over 2 ha", Limits(size=(Size(">", 2, "ha"),)))


def test_or_another_neighbour_is_lost() -> None:
    assert said("trees near a lake or a field") == [("near a lake", Limits(near=(Near("water"),))), ("or a field", None)]


def test_words_that_may_be_a_place_wait_for_the_model() -> None:
    (right,) = conditions("right, show the water")
    assert right.unsure == ("east",)
