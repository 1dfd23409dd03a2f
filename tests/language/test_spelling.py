"""Slips of the finger are mended; words are left alone."""

import random

import pytest

from spexlab.language.instructions.noise import slip
from spexlab.language.spelling import respelt


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("fileds touching watre", "fields touching water"),
        ("the lragest pond in the nroth", "the largest pond in the north"),
        ("Laeks lagrer than 5 hectars", "Lakes larger than 5 hectares"),
        ("FORREST WITHN 200 m OF A RIVR", "FOREST WITHIN 200 m OF A RIVER"),
        ("grasslnad in the eastren part", "grassland in the eastern part"),
        ("biuldings nxt to teh road", "buildings next to the road"),
        ("howmany parkinglots atleast 2 ha", "how many parking lots at least 2 ha"),
        ("forrest bigger then 7 ha", "forest bigger than 7 ha"),
        ("lakes bigger as 30 ha", "lakes bigger than 30 ha"),
        ("is their any medow in the est", "is there any meadow in the east"),
        ("quarrys", "quarries"),
        ("vegitation exept crops", "vegetation except crops"),
    ],
)
def test_slips_are_mended(typed: str, read: str) -> None:
    assert respelt(typed).text == read


@pytest.mark.parametrize(
    "text",
    [
        "later rover lane cost house treat food filed horse waiter fiend sale",  # words, however near to lake, river, coast
        "the Rheine near Laeken",  # names
        "what is their area?",
        "NDVI of s2_l2a.tif in EPSG:32633",
        "qwrtzp xkcd aaaaaaa",
        "不在北部的湖泊",
    ],
)
def test_words_names_and_what_is_like_no_word_stay(text: str) -> None:
    assert respelt(text).text == text
    assert respelt(text).slips == ()


def test_what_was_mended_is_known_and_can_be_told_as_it_was_typed() -> None:
    found = respelt("the lragest pond in Nroth")
    assert found.slips[0] == ("lragest", "largest")
    assert found.as_typed("the largest pond") == "the lragest pond"


def test_one_slip_in_a_long_word_is_nearly_always_found() -> None:
    rng = random.Random(0)
    words = [
        "vegetation",
        "buildings",
        "grassland",
        "cropland",
        "wetlands",
        "northern",
        "hectares",
        "smallest",
        "impervious",
        "reservoir",
    ]
    slips = [(word, slip(word, rng)) for word in words for _ in range(30)]
    mended = sum(respelt(typed).text == word for word, typed in slips)
    assert mended / len(slips) > 0.95
