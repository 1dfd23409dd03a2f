"""Conditions that cannot be kept are found in an instruction's own words."""

import pytest

from spexlab.language.conditions import left_out, left_out_words, without_negated


@pytest.mark.parametrize(
    ("instruction", "conditions"),
    [
        ("water smaller than 1 ha in the north", ("smaller than 1 ha",)),
        ("Vegetation larger than half a hectare, please", ("larger than half a hectare",)),
        ("lakes between 2 and 5 ha", ("between 2 and 5 ha",)),
        ("where is NDVI > 0.3?", ("NDVI > 0.3",)),
        ("water but not in the north", ("not in the north",)),
        ("trees near the river", ("near the river",)),
        ("forest within 100 m of the road", ("within 100 m of the road",)),
        ("water in 2019 and small lakes", ("in 2019", "small")),
        ("trees everywhere but the north", ("everywhere but the north",)),
        ("the three largest lakes", ("three largest",)),
        ("lakes over two hectares", ("over two hectares",)),
        ("rivers 20 m wide, NDVI<0.3.", ("20 m wide", "NDVI<0.3")),
        ("trees by the river, forest within the city", ("by the river", "within the city")),
        ("trees between the river and the road", ("between the river and the road",)),
        ("larger lakes", ("larger",)),
        ("小于1公顷的湖泊", ("小于1公顷",)),
        ("河边附近的树", ("河边附近",)),
        ("woods near my home, and near my home", ("near my home",)),
    ],
)
def test_conditions_are_found(instruction: str, conditions: tuple[str, ...]) -> None:
    assert left_out(instruction, ["north"]) == conditions


@pytest.mark.parametrize(
    "instruction",
    [
        "vegetation but no crops",
        "everything except water",
        "water in the north-west",
        "built-up land around here, along with water",
        "anything as long as it is not forest",
        "roads and other areas under asphalt",
        "植被",
        "look around for water, near or far",
        "long grass that is not left bare",
        "water within the area",
        "water not only in the north",
    ],
)
def test_what_the_model_was_taught_is_no_condition(instruction: str) -> None:
    assert left_out(instruction) == ()


def test_a_size_that_became_a_limit_is_not_left_out() -> None:
    assert left_out("the largest of the big lakes", ["largest"]) == ()
    assert left_out("the big lakes") == ("big",)


def test_the_sentence_quotes_them() -> None:
    assert left_out_words(()) == ""
    assert left_out_words(["near the river"]) == "“near the river” could not be kept to and was left out."
    assert left_out_words(["small", "in 2019"]) == "“small” and “in 2019” could not be kept to and were left out."


@pytest.mark.parametrize(
    ("instruction", "heard", "kept"),
    [
        ("vegetation without the southern part", ("south",), ()),
        ("trees everywhere but the north-east", ("north-east",), ()),
        ("water, not at all on the left", ("west", "largest"), ("west", "largest")),
        ("water except the left side", ("west", "largest"), ("largest",)),
        ("water in the north", ("north",), ("north",)),
        ("water in the east but not in the southeast", ("east", "south-east"), ("east",)),
        ("trees in the North West, except in the south western part", ("north-west", "west"), ("north-west",)),
        ("water not in the northeast", ("east", "north", "north-east", "smallest"), ("smallest",)),
        ("water in the south-east but not in the east", ("south-east", "east"), ("south-east",)),
        ("lakes at the top, not on the right", ("north", "east"), ("north",)),
    ],
)
def test_a_place_that_is_left_out_is_no_limit(instruction: str, heard: tuple[str, ...], kept: tuple[str, ...]) -> None:
    assert without_negated(instruction, heard) == kept
