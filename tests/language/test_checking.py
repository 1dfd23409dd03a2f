"""Claims: what is read from sentences, good and broken, and what holds."""

import random
from dataclasses import replace

import pytest

from spexlab.evidence.measurement import Measurement
from spexlab.language.checking import check_claims, read_claims
from tests.support.measured import LAKE as LARGE_LAKE
from tests.support.measured import LARGEST

LAKE = replace(LARGE_LAKE, largest=replace(LARGEST, location="center", size="somewhat large"))


def held(text: str, m: Measurement = LAKE) -> dict[tuple[str, float | str], bool]:
    return {(claim.kind, claim.value): claim.holds for claim in check_claims(text, m)}


def test_spans_are_the_words() -> None:
    text = "Some preface. Water covers 12.3 % of the area, in the top-left."
    claims = read_claims(text)
    assert [claim.text for claim in claims] == ["Water", "12.3 %", "top-left"]
    assert all(text[claim.start : claim.end] == claim.text for claim in claims)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12.3 % of it", "share", 12.3),
        ("12 percent of it", "share", 12.0),
        ("it has 45.2 ha", "area", 45.2),
        ("it has 0.452 km2", "area", 0.452),
        ("it has 452,000 m²", "area", 452_000.0),
        ("1000 pixels", "pixels", 1000.0),
        ("1,000 pixels", "pixels", 1000.0),
        ("in three regions", "regions", 3.0),
        ("in the centre", "largest location", "center"),
        ("a somewhat large one", "largest size", "somewhat large"),
        ("The NDWI says", "index name", "NDWI"),
        ("a threshold of 0.00", "threshold", 0.0),
        ("it is 0.45 inside", "index inside", 0.45),
        ("inside it is 0.45", "index inside", 0.45),
        ("−0.32 around it", "index around", -0.32),
        ("outside it, -0.3", "index around", -0.3),
        ("water is there", "presence", "water"),
        ("the spectra support this", "verdict", "support"),
        ("on the two sides of the threshold", "comparison", "two sides"),
    ],
)
def test_what_holds(text: str, kind: str, value: float | str) -> None:
    assert held(text) == {(kind, value): True}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12.4 % of it", "share", 12.4),
        ("under 0.01 % of it", "share", 0.01),
        ("over 99.9 % of it", "share", 99.9),
        ("45.2 km²", "area", 45.2),
        ("4 regions", "regions", 4.0),
        ("top left", "largest location", "top-left"),
        ("a large one", "largest size", "large"),
        ("NDVI says", "index name", "NDVI"),
        ("no spectral index", "index name", "none"),
        ("a threshold of 0.1", "threshold", 0.1),
        ("0.6 inside", "index inside", 0.6),
        ("0 inside", "index inside", 0.0),
        ("0.32 around it", "index around", 0.32),
        ("no water", "absence", "water"),
        ("water was not found", "absence", "water"),
        ("low vegetation", "presence", "low vegetation"),
        ("bare ground", "presence", "bare"),
        ("the spectra speak against it", "verdict", "against"),
        ("the spectra alone do not separate it", "verdict", "unclear"),
        ("both above the threshold", "comparison", "both above"),
        ("it has 17 bridges", "number", 17.0),
    ],
)
def test_what_does_not_hold(text: str, kind: str, value: float | str) -> None:
    assert held(text) == {(kind, value): False}


def test_measured_value_is_in_the_claims_unit() -> None:
    *numbers, place, there = [claim.measured for claim in check_claims("10 ha, 10 km², 10 m², 10 %, top-left, no water", LAKE)]
    assert numbers == pytest.approx([45.2, 0.452, 452_000.0, 12.3])
    assert (place, there) == ("center", "some water")


def test_what_was_not_measured_does_not_hold() -> None:
    bare = replace(LAKE, area_m2=None, index=None, threshold=None, inside=None, around=None, largest=None)
    text = "45.2 ha. In the center, large. NDWI is 0.45 inside and -0.32 around, threshold 0.00. The spectra support it."
    assert not any(held(text, bare).values())
    assert held("no spectral index", bare) == {("index name", "none"): True}


def test_what_is_said_twice_counts_once() -> None:
    text = "Water covers 12.3 % of the area, 12.3 % of the area, in 3 regions of water, which is 12 %."
    claims = check_claims(text, LAKE)
    assert [claim.text for claim in claims] == ["Water", "12.3 %", "3 regions", "12 %"]
    assert len(read_claims(text)) == 6
    assert text.index("12.3") == claims[1].start


def test_what_is_wrong_twice_counts_once_too() -> None:
    claims = check_claims("44 regions in 44 regions, and over 44 % of it, under 44 %, 44 %.", LAKE)
    assert [(claim.text, claim.holds) for claim in claims] == [
        ("44 regions", False), ("over 44 %", False), ("under 44 %", True), ("44 %", False),
    ]  # fmt: skip


def test_numbers_between_places_belong_to_the_nearest() -> None:
    for text in (
        "NDWI averages 0.45 inside the mask and -0.32 around it.",
        "Inside the mask NDWI averages 0.45, around it -0.32.",
        "Mean NDWI is 0.45 within the mask and -0.32 in the ring around it.",
        "NDWI is 0.45 on average inside the mask and -0.32 just outside it.",
    ):
        assert held(text) == {("index name", "NDWI"): True, ("index inside", 0.45): True, ("index around", -0.32): True}


def test_small_shares_may_be_bounded() -> None:
    assert held("under 0.01 %", replace(LAKE, share=5e-5)) == {("share", 0.01): True}
    assert held("over 99.9 %", replace(LAKE, share=0.9995)) == {("share", 99.9): True}


def test_nothing_that_a_model_writes_raises() -> None:
    rng = random.Random(0)
    words = [
        *"0123456789.,;:-−%()[]{}<>'\"\\ \n\t²",
        "water",
        "no",
        "inside",
        "NDWI",
        "ha",
        "threshold",
        "regions",
        "center",
        "under",
        "ⅷ",
        "٣",
        "😀",
    ]
    for _ in range(2000):
        text = "".join(rng.choice(words) + rng.choice(["", " "]) for _ in range(rng.randrange(40)))
        for claim in check_claims(text, LAKE):
            assert text[claim.start : claim.end] == claim.text
    assert read_claims("") == []


def test_long_text_is_read_in_time() -> None:
    assert len(read_claims("9" * 100_000)) <= 1
    assert len(read_claims("0.45 inside, " * 2000)) == 2000
