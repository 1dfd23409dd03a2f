"""Mended texts: what is right stays to the letter, what is wrong is said from the measurement, and nothing that is left fails."""

import random
import re
from dataclasses import replace

import pytest

from spexlab.language.checking import check_claims
from spexlab.language.mending import is_degenerate, mend
from spexlab.language.writing import explanation, sentences
from tests.support.measured import LAKE, NOTHING, random_measurement

EXTENT, LARGEST, SPECTRA = (sentences(LAKE)[name] for name in ("extent", "largest region", "spectra"))
SAID, WHOLE = f"{EXTENT} {LARGEST} {SPECTRA}", explanation(LAKE)


def test_what_is_right_stays_to_the_letter() -> None:
    for seed in range(200):
        m = random_measurement(seed)
        text = explanation(m, random.Random(seed))
        mended = mend(text, m)
        assert mended.text == text
        assert not any(claim.replaced for claim in mended.claims)
    assert mend("Lovely view.", LAKE).text == "Lovely view."


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("Water covers 12.4 % of the area. The largest one, medium in size, is in the top-left. NDWI is 0.45 on average inside.",
         f"{EXTENT} The largest one, medium in size, is in the top-left. NDWI is 0.45 on average inside."),
        (f"{EXTENT} It is large. {SPECTRA}", SAID),
        (f"{EXTENT} {LARGEST} NDWI averages 0.45 inside. These are both above the threshold 0.00.", SAID),
        (f"{EXTENT} {LARGEST} NDWI averages 0.45 inside and . These are in the ring. The spectra support the mask.", WHOLE),
        (f"{EXTENT} It has 17 bridges. {LARGEST} {SPECTRA}", SAID),
        (f"Trees cover 12.3 % of the area. {LARGEST} {SPECTRA}", SAID),
        (f"{EXTENT} {LARGEST} {LARGEST} {SPECTRA}", SAID),
        (f"{SPECTRA} The largest is huge. {EXTENT}", SAID),
        ("", WHOLE),
        ("There is no water here.", WHOLE),
        ("und" + "ern" * 300, WHOLE),
        (f"{EXTENT} und{'ern' * 300}", WHOLE),
        (f"{EXTENT} {LARGEST} {SPECTRA} The the the the.", WHOLE),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_from_the_measurement(text: str, mended: str) -> None:
    assert mend(text, LAKE).text == mended


def test_support_without_a_margin_is_taken_back() -> None:
    close = replace(LAKE, inside=0.05, around=-0.02)
    text = "NDWI is 0.05 inside and -0.02 around it, on the two sides of the threshold 0.00, so the spectra support the mask."
    mended = mend(f"{EXTENT} {LARGEST} {text}", close)
    assert mended.text.startswith(f"{EXTENT} {LARGEST} NDWI averages 0.05 inside the mask")
    assert mended.text.endswith("but too close together, so the spectra alone do not tell.")
    assert [claim.text for claim in mended.claims if not claim.replaced][-1] == "top-left"


def test_an_absent_target_has_no_largest_region() -> None:
    assert mend(WHOLE, NOTHING).text == explanation(NOTHING)


def test_whatever_a_model_writes_all_that_is_left_holds() -> None:
    rng = random.Random(0)
    for seed in range(300):
        m, other = random_measurement(seed), random_measurement(seed + 1)
        text = explanation(m, rng) if seed % 2 else explanation(other, rng)
        text = re.sub(r"\d", lambda match: match[0] if rng.random() < 0.9 else rng.choice("0123456789 ."), text)
        text = " ".join(word for word in text.split(" ") if rng.random() < 0.97)
        mended = mend(text, m)
        assert mended.text
        assert not [claim for claim in mended.claims if not claim.holds], (text, mended.text)
        assert [replace(claim, replaced=False) for claim in mended.claims] == check_claims(mended.text, m)
        assert all(mended.text[claim.start : claim.end] == claim.text for claim in mended.claims)
        assert mend(mended.text, m).text == mended.text


@pytest.mark.parametrize(
    "text",
    [
        "undernderndernder",
        "Water covers the area, the area, the area, the area, the area.",
        "Water lies in the lake in the area and lies in the area in the lake and lies in the lake and in the area in the lake.",
        "NDWI averages 0.19 inside the mask and .",
        "It is in the.",
        "Wtrbngsh covers it.",
        "W" + "aterlandscape" * 3,
        "Trees cover 37.1 % of the area, or 10422 pixels, is covered by trees in the area.",
    ],
)
def test_text_without_a_thread_is_known(text: str) -> None:
    assert is_degenerate(text)


@pytest.mark.parametrize(
    "text",
    [
        "It has 1,000,000,000,000 pixels, or 100000000 ha.",
        "Flooded meadows, rice and reeds along ditches can look like it.",
        "Trees cover 9.1 % of the area. NDVI is above the threshold.",
        "kNDVI and MNDWI are 0.45 (strengths of both).",
        "The lake, the long lake, lies in the north.",
    ],
)
def test_plain_sentences_are_no_gibberish(text: str) -> None:
    assert not is_degenerate(text)


def test_runs_of_blanks_become_one() -> None:
    spaced = WHOLE.replace(" ", "   ", 4)
    assert mend(spaced, LAKE).text == WHOLE


def test_long_text_is_mended_in_time() -> None:
    assert mend("water " * 3000, LAKE).text == WHOLE
    assert mend("9" * 20_000, LAKE).text == WHOLE
