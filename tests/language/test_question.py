"""Questions: the released format byte for byte, and round trips."""

import ast
from dataclasses import replace

import numpy as np
import pytest

from spexlab.evidence.regions import Region, find_regions
from spexlab.language.question import parse_regions, spie_question, target_of
from spexlab.targets import TARGETS

# Of the form of the released prompts: a region clipped at the border, a rotated one, and a one-pixel one put at the origin.
RELEASED = (
    "<image>\nBased on the provided image and the attributes of the vegetation regions, "
    "please provide a detailed description of them:"
    "[{'Size of area': 'huge', 'Centroid': [0.48, 0.422], 'Location': 'center', "
    "'Bounding box': [[0.09, 0.0], [1.0, 0.0], [1.0, 0.963], [0.09, 0.963]]}, "
    "{'Size of area': 'somewhat large', 'Centroid': [0.838, 0.348], 'Location': 'middle-right', "
    "'Bounding box': [[0.822, 0.295], [0.885, 0.322], [0.85, 0.406], [0.785, 0.381]]}, "
    "{'Size of area': 'very tiny', 'Centroid': [0.0, 0.0], 'Location': 'top-left', "
    "'Bounding box': [[0.799, 0.721], [0.799, 0.721], [0.799, 0.721], [0.799, 0.721]]}]"
)
LARGEST = Region(
    centroid=(0.2, 0.1),
    location="top-left",
    box=((0.1, 0.0), (0.3, 0.0), (0.3, 0.2), (0.1, 0.2)),
    size="medium",
    mean_inside=0.45,
    mean_around=-0.32,
    pixels=100,
)


def test_released_text_round_trips_byte_for_byte() -> None:
    assert spie_question("vegetation", parse_regions(RELEASED), statistics=False) == RELEASED


def test_whatever_surrounds_the_list_is_overlooked() -> None:
    template = "<|im_start|>user\n" + RELEASED.replace("\n", "\\n") + '"<|im_end|>\n<|im_start|>assistant\n'
    assert parse_regions(template) == parse_regions(RELEASED)


def test_statistics_follow_the_released_keys() -> None:
    words = spie_question("water", [LARGEST], index="NDWI")
    (region,) = ast.literal_eval(words[words.index("[") :])
    assert list(region) == ["Size of area", "Centroid", "Location", "Bounding box", "Index", "Mean inside", "Mean around"]
    assert (region["Index"], region["Mean inside"], region["Mean around"]) == ("NDWI", 0.45, -0.32)
    assert "Index" not in spie_question("water", [LARGEST])
    assert "Mean around" not in spie_question("water", [replace(LARGEST, mean_around=None)], index="NDWI")


@pytest.mark.parametrize("centroid", ["true", "released"])
def test_regions_survive_their_words_to_rounding(centroid: str) -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(-1, 1, (70, 50)).astype(np.float32)
    regions = find_regions(values > 0.4, values, centroid=centroid)  # type: ignore[arg-type]
    for region, read in zip(regions, parse_regions(spie_question("trees", regions, index="NDVI")), strict=True):
        assert (read.size, read.location) == (region.size, region.location)
        np.testing.assert_allclose([read.centroid, *read.box], [region.centroid, *region.box], atol=0.0005)
        assert read.mean_inside == pytest.approx(region.mean_inside, abs=0.005)
        assert read.mean_around == pytest.approx(region.mean_around, abs=0.005)


def test_no_regions_is_an_empty_list() -> None:
    assert spie_question("snow", []).endswith("them:[]")
    assert parse_regions(spie_question("snow", [])) == []


@pytest.mark.parametrize(
    "text", ["", "no list", "[1, 2]", "[{'Centroid': [0, 0]}]", "[{'Size of area'", "[__import__('os')]", "[" * 5000]
)
def test_text_without_regions_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must hold a list of regions"):
        parse_regions(text)


@pytest.mark.parametrize("target", TARGETS)
def test_the_target_of_a_question_is_read_back(target: str) -> None:
    assert target_of(spie_question(target, [], statistics=False)) == target
    assert target_of(f"<image>\nany cars?\n{spie_question(target, []).removeprefix('<image>')}") == target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("<image>\nWhere are the lakes?", "water"),
        ("Please extract all water bodies.", "water"),
        ("the attributes of the woodland regions, please", "trees"),
        ("green spaces", "vegetation"),
        ("lakes and woods", None),
        ("boats on the lake", None),
        ("the attributes of the ship regions, please find the water", None),
        ("Describe the picture.", None),
        ("", None),
    ],
)
def test_words_that_name_one_target_tell_it_and_others_tell_nothing(text: str, target: str | None) -> None:
    assert target_of(text) == target
