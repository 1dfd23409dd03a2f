"""Words: the released format byte for byte, round trips, and explanations that say what was measured."""

import ast
import random
from dataclasses import replace

import numpy as np
import pytest

from spexlab.evidence.regions import Measurement, Region, find_regions, measure
from spexlab.language.prompt import check_claims, evidence_words, explanation, read_claims
from spexlab.language.question import parse_regions, spie_question
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
LAKE = Measurement(
    target="water",
    pixels=1000,
    valid_pixels=8130,
    share=0.123,
    area_m2=452_000.0,
    n_regions=3,
    largest=LARGEST,
    index="NDWI",
    threshold=0.0,
    inside=0.45,
    around=-0.32,
)
NOTHING = replace(LAKE, pixels=0, share=0.0, area_m2=0.0, n_regions=0, largest=None, inside=None, around=-0.32)


def random_measurement(seed: int) -> Measurement:
    """A measurement of anything: empty or full, with or without CRS, index, threshold and nodata."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(4, 40, 2)
    smooth = rng.random((height, width)).cumsum(axis=0).cumsum(axis=1)
    values = (smooth / smooth.max() - rng.random() + rng.normal(0, 0.05, smooth.shape)).astype(np.float32)
    mask = values * rng.choice([-1, 1]) > np.quantile(values, rng.choice([0.0, 0.05, 0.5, 0.95, 1.0]))
    mask = np.ones_like(mask) if seed % 17 == 0 else np.zeros_like(mask) if seed % 13 == 0 else mask
    has_index = rng.random() < 0.8
    return measure(
        mask,
        target=str(rng.choice(list(TARGETS))),
        valid=rng.random(mask.shape) < 0.9 if seed % 3 == 0 else None,
        index=str(rng.choice(["NDVI", "MNDWI", "VrNIRBI"])) if has_index else None,
        values=values if has_index else None,
        threshold=float(rng.choice([0.0, 0.2, -0.1])) if rng.random() < 0.9 else None,
        pixel_area=[None, 0.01, 1.0, 100.0, 900.0, 3e5][seed % 6],
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


def test_evidence_by_hand() -> None:
    assert evidence_words(LAKE) == (
        "Measured: {'Target': 'water', 'Share': '12.3 %', 'Area': '45.2 ha', 'Regions': 3, 'Largest': 'top-left', "
        "'Size of largest': 'medium', 'Index': 'NDWI', 'Threshold': 0.00, 'Inside': 0.45, 'Around': -0.32, "
        "'Spectra': 'two sides, support'}"
    )
    assert evidence_words(NOTHING) == (
        "Measured: {'Target': 'water', 'Share': '0 %', 'Regions': 0, 'Index': 'NDWI', 'Threshold': 0.00, 'Over the area': -0.32, "
        "'Spectra': 'below, support'}"
    )
    plain = replace(LAKE, area_m2=None, index=None, threshold=None, inside=None, around=None)
    assert evidence_words(plain).endswith("'Pixels': 1000, 'Regions': 3, 'Largest': 'top-left', 'Size of largest': 'medium'}")


def test_evidence_is_python() -> None:
    for seed in range(200):
        assert isinstance(ast.literal_eval(evidence_words(random_measurement(seed)).removeprefix("Measured: ")), dict)


@pytest.mark.parametrize(
    ("square_metres", "words"),
    [(0.4, "0.4 m²"), (1632, "1632 m²"), (10_000, "1.0 ha"), (9_999_000, "999.9 ha"), (80_700_000, "80.7 km²")],
)
def test_areas_are_readable(square_metres: float, words: str) -> None:
    assert f"'Area': '{words}'" in evidence_words(replace(LAKE, area_m2=square_metres))


@pytest.mark.parametrize(
    ("share", "words"),
    [(1e-6, "under 0.01 %"), (0.0004, "0.04 %"), (0.0099, "0.99 %"), (0.5, "50.0 %"), (0.9999, "over 99.9 %"), (0.9994, "99.9 %")],
)
def test_shares_are_readable(share: float, words: str) -> None:
    assert f"'Share': '{words}'" in evidence_words(replace(LAKE, share=share))


def test_explanation_by_hand() -> None:
    assert explanation(LAKE) == (
        "Water covers 12.3 % of the area, 45.2 ha, in 3 regions. The largest is medium and lies in the top-left. "
        "NDWI averages 0.45 inside the mask and -0.32 around it, on the two sides of the threshold 0.00, "
        "so the spectra support the mask."
    )
    assert explanation(NOTHING) == (
        "No water was found in the area. NDWI averages -0.32 over the area, below the threshold 0.00, "
        "so the spectra support the empty mask."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"around": 0.1}, "both above the threshold 0.00, so the spectra alone do not separate it"),
        ({"inside": -0.4}, "both below the threshold 0.00, so the spectra alone do not separate it"),
        ({"inside": -0.4, "around": 0.1}, "on the wrong sides of the threshold 0.00, so the spectra speak against the mask"),
        ({"around": None}, "above the threshold 0.00, so the spectra support the mask; too little is left around it to compare"),
        ({"threshold": None}, "NDWI averages 0.45 inside the mask and -0.32 around it."),
        ({"index": None, "inside": None, "around": None}, "no suitable spectral index, so the mask rests on the image alone"),
        ({"area_m2": None}, "Water covers 12.3 % of the area, 1000 pixels, in 3 regions."),
        ({"n_regions": 1}, "in 1 region. It is medium and lies in the top-left."),
        ({"target": "trees"}, "Trees cover 12.3 %"),
        ({"target": "trees", "index": "NDVI"}, "so the spectra support the mask, though other plants have a high NDVI too."),
        ({"target": "built-up"}, "Built-up land covers 12.3 %"),
    ],
)
def test_explanation_knows_the_case(change: dict[str, object], words: str) -> None:
    assert words in explanation(replace(LAKE, **change))  # type: ignore[arg-type]


def test_wordings_vary_with_the_generator_and_repeat_with_its_seed() -> None:
    texts = {explanation(LAKE, random.Random(seed)) for seed in range(300)}
    assert len({text.split(". ")[0] for text in texts}) >= 6
    assert len(texts) > 200
    assert explanation(LAKE, random.Random(5)) == explanation(LAKE, random.Random(5))


def test_explanations_are_two_to_four_whole_sentences() -> None:
    for seed in range(300):
        text = explanation(random_measurement(seed), random.Random(seed))
        sentences = text.rstrip(".").split(". ")
        assert 2 <= len(sentences) <= 4
        assert all(s[0].isupper() or s[0].isdigit() for s in sentences)
        assert "{" not in text
        assert "None" not in text


def test_numbers_of_an_explanation_are_those_of_its_evidence() -> None:
    for seed in range(1000):
        m = random_measurement(seed)
        words = evidence_words(m)
        for claim in read_claims(explanation(m, random.Random(seed))):
            if isinstance(claim.value, float):
                assert claim.text.removesuffix(" pixels").removesuffix(" pixel").split(" region")[0] in words


def test_every_claim_of_an_explanation_holds() -> None:
    for seed in range(3000):
        m = random_measurement(seed)
        text = explanation(m, random.Random(seed))
        claims = check_claims(text, m)
        assert not [(text, claim) for claim in claims if not claim.holds or claim.kind == "number"]
        assert expected_kinds(m) <= {claim.kind for claim in claims}


def expected_kinds(m: Measurement) -> set[str]:
    if m.pixels == 0:
        return {"absence", "index name"} | ({"index around"} if m.index else set())
    kinds = {
        "presence",
        "share",
        "regions",
        "largest location",
        "largest size",
        "index name",
        "pixels" if m.area_m2 is None else "area",
    }
    kinds |= {"index inside"} if m.index else set()
    kinds |= {"index around"} if m.around is not None else set()
    return kinds | ({"threshold", "comparison", "verdict"} if m.threshold is not None else set())


def test_a_changed_number_no_longer_holds() -> None:
    rng = random.Random(0)
    for seed in range(1000):
        m = random_measurement(seed)
        text = explanation(m, rng)
        numbers = [claim for claim in read_claims(text) if isinstance(claim.value, float) and claim.relation == "="]
        if not numbers:
            continue
        claim = rng.choice(numbers)
        other = f"{claim.value + rng.choice([2, 7, 30]) * 10.0**-claim.decimals:.{claim.decimals}f}"
        told = f"{claim.value:.{claim.decimals}f}"
        at = text.index(told, claim.start)
        changed = check_claims(text[:at] + other + text[at + len(told) :], m)
        assert [c.kind for c in changed if not c.holds and isinstance(c.value, float)] == [claim.kind]
