"""The records: which side of the threshold, what the spectra make of it, and that all that is written can be read and quoted."""

import random
from dataclasses import replace

import pytest
import torch
from transformers import AutoTokenizer

from spexlab.evidence.measurement import Measurement
from spexlab.evidence.verdict import MARGIN, sides, verdict
from spexlab.extraction.loading import CHECKPOINTS
from spexlab.language.checking import check_claims
from spexlab.language.claims import CLAIM_KINDS
from spexlab.language.quoting import Quoted
from spexlab.language.writing import evidence_words, explanation
from tests.support.measured import LAKE, NOTHING, random_measurement


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
        ({"around": None}, "above the threshold 0.00; too little is left around it to compare, so the spectra alone do not tell"),
        ({"around": None, "inside": -0.1}, "so the spectra speak against the mask; too little is left around it to compare."),
        (
            {"inside": 0.05, "around": -0.02},
            "the threshold 0.00, but too close together, so the spectra alone do not tell.",
        ),
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


@pytest.mark.parametrize(
    ("inside", "around", "pixels", "side", "judgement"),
    [
        (0.3, 0.1, 9, "two sides", "support"),
        (0.1, 0.3, 9, "wrong sides", "against"),
        (0.4, 0.3, 9, "both above", "unclear"),
        (0.1, 0.0, 9, "both below", "unclear"),
        (0.204, 0.0, 9, "both below", "unclear"),
        (0.25, 0.15, 9, "two sides", "support"),
        (0.24, 0.15, 9, "two sides", "unclear"),
        (0.3, None, 9, "above", "unclear"),
        (0.1, None, 9, "below", "against"),
        (None, 0.1, 0, "below", "support"),
        (None, 0.11, 0, "below", "unclear"),
        (None, 0.3, 0, "above", "against"),
    ],
)
def test_sides_and_verdict(inside: float | None, around: float | None, pixels: int, side: str, judgement: str) -> None:
    m = replace(LAKE, inside=inside, around=around, pixels=pixels, threshold=0.2)
    assert (sides(m), verdict(m)) == (side, judgement)


def test_the_evidence_words_keep_the_verdict_that_checkpoints_learnt() -> None:
    close, full = replace(LAKE, inside=0.05, around=-0.02), replace(LAKE, around=None)
    assert "'Spectra': 'two sides, support'" in evidence_words(close)
    assert "'Spectra': 'above, support'" in evidence_words(full)


@pytest.mark.parametrize("seed", range(300))
def test_support_is_said_only_where_the_index_differs_clearly(seed: int) -> None:
    m = random_measurement(seed)
    if "spectra support" in explanation(m, random.Random(seed)):
        high = m.inside if m.pixels else m.threshold
        assert high is not None
        assert m.around is not None
        assert high - m.around > MARGIN - 0.011  # rounded to two decimals, as it is written


def test_without_index_or_threshold_there_is_no_verdict() -> None:
    for m in (replace(LAKE, index=None), replace(LAKE, threshold=None)):
        assert sides(m) is None
        assert verdict(m) is None


def test_every_kind_is_written_and_read_back() -> None:
    told = [(m, explanation(m, random.Random(seed))) for seed in range(300) for m in [random_measurement(seed)]]
    read = {claim.kind for m, text in told for claim in check_claims(text, m) if claim.holds}
    # A condition is an instruction's, and these measurements are of none: test_answering.py reads it back.
    assert read == {kind.name for kind in CLAIM_KINDS} - {"number", "condition"}


def test_every_explanation_may_be_written_by_a_model_that_quotes() -> None:
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINTS / "spex-tiny")
    for seed in range(40):
        m = random_measurement(seed)
        ids = tokenizer(explanation(m, random.Random(seed)), add_special_tokens=False).input_ids
        guard = Quoted(tokenizer, evidence_words(m), start=0)
        for count, chosen in enumerate(ids):
            scores = guard(torch.tensor([ids[:count]], dtype=torch.long), torch.zeros(1, len(tokenizer)))
            assert scores[0, chosen] == 0, (tokenizer.decode(ids[:count]), tokenizer.decode([chosen]))


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
