from dataclasses import replace
from types import SimpleNamespace

import pytest

from spexlab.extraction.evidence import TargetEvidence
from spexlab.language.checking import CheckedClaim
from spexlab.language.request import Request, Want
from tests.support.measured import LAKE
from widgets.parts.report import (
    Row,
    area_text,
    asked_html,
    explanations_html,
    legend_html,
    message_html,
    progress_html,
    scene_html,
    streaming_html,
)

EVIL = "<img src=x onerror=alert(1)>"


def evidence(text: str, *claims: tuple[str, bool], measured: float | str | None = EVIL) -> TargetEvidence:
    listed = [
        CheckedClaim("share", 0.0, "", words, at, at + len(words), holds=True, measured=measured, replaced=replaced)
        for words, replaced in claims
        for at in [text.index(words)]
    ]
    return TargetEvidence(LAKE, text, text, tuple(listed), ())


@pytest.mark.parametrize(
    ("square_metres", "pixels", "text"),
    [
        (None, 1234, "1,234 px"),
        (0.0, 0, "0 m²"),
        (900.0, 9, "900 m²"),
        (123_456.0, 1, "12.3 ha"),
        (9_999_999.0, 1, "1,000.0 ha"),
        (12_345_678.0, 1, "12.3 km²"),
    ],
)
def test_an_area_reads_in_the_unit_that_fits(square_metres: float | None, pixels: int, text: str) -> None:
    assert area_text(square_metres, pixels) == text


@pytest.mark.parametrize(
    "html",
    [
        scene_html({"title": EVIL, "sensor": EVIL, "date": EVIL, "radiometry": EVIL, "notes": EVIL}, height=1, width=1),
        message_html("error", EVIL),
        streaming_html({"water": EVIL}),
        explanations_html([evidence(f"{EVIL} covers 12 %", ("12 %", True))]),
        explanations_html([evidence(f"covers {EVIL}", (EVIL, False))]),
    ],
)
def test_strangers_text_is_escaped(html: str) -> None:
    assert "<img" not in html
    assert "&lt;img" in html


def test_an_assumed_radiometry_is_marked() -> None:
    attrs = {"title": "Lake", "radiometry": "scale 1/10000", "radiometry_assumed": True}
    assert "assumed" in scene_html(attrs, height=10, width=20)
    assert "assumed" not in scene_html({**attrs, "radiometry_assumed": False}, height=10, width=20)


def test_what_was_left_out_is_said() -> None:
    assert "cloud" in scene_html({"title": "Lake", "notes": f"3 % of the pixels are left out: cloud {EVIL}"}, height=10, width=20)
    assert "assumed" not in scene_html({"title": "Lake", "notes": ""}, height=10, width=20)


def test_each_claim_is_marked_where_it_stands() -> None:
    html = explanations_html([evidence("Water, 5 % & more, lies top-left.", ("5 %", False), ("top-left", True))])
    assert html.count("spx-own") == 1
    assert html.count("spx-replaced") == 1
    assert "5 %<sup" in html
    assert "top-left<sup" in html
    assert " &amp; more, lies " in html
    assert "agree with the mask (2 claims checked, 1 of them in sentences written from the measurement" in html
    assert "✗" not in html


@pytest.mark.parametrize(
    ("measured", "words"), [(0.6100000143, "0.61"), (3, "3"), (None, "nothing of the kind"), ("top-left", "top-left")]
)
def test_a_claim_tells_what_was_measured(measured: float | str | None, words: str) -> None:
    item = evidence("about 5 %", ("5 %", False), measured=measured)
    assert f'title="agrees with the mask; measured: {words}"' in explanations_html([item])


def test_overlapping_claims_lose_no_text() -> None:
    text = "covers 12 % here"
    item = evidence(text, ("12 %", True), ("2 % h", True))
    assert text in _plain(explanations_html([item]))


def test_targets_are_named_only_if_there_are_several() -> None:
    assert "<h4>" not in streaming_html({"water": "a"})
    assert "<h4>trees</h4>" in streaming_html({"water": "a", "trees": "b"})


def test_the_legend_shows_share_and_area() -> None:
    html = legend_html([Row("water", share=0.125, pixels=80, area_m2=8000.0)])
    assert "12.5 %" in html
    assert "8,000 m²" in html
    assert "#0072B2" in html


def test_progress_shows_every_stage_from_the_start() -> None:
    html = progress_html({"prior": 0.25}, {"prior": 1.0, "encode": 0.5}, active="encode")
    assert [html.index(label) for label in ("Index", "Image", "Mask", "Words")] == sorted(
        html.index(label) for label in ("Index", "Image", "Mask", "Words")
    )
    assert "0.2 s" in html
    assert "width:50%" in html


def _plain(html: str) -> str:
    import re

    return re.sub(r"<sup[^>]*>.</sup>|<[^>]+>", "", html)


def test_an_answer_with_left_out_parts_looks_different_from_a_complete_one() -> None:
    request = Request("mask", (Want(target="water", inside=("north",)),))
    whole = SimpleNamespace(request=request, kept_to=request.kept_to)
    part = SimpleNamespace(request=replace(request, left_out=("near the river", EVIL)), kept_to=request.kept_to)
    assert "spx-left-out" not in asked_html("water", "whole scene", whole)
    shown = asked_html("water", "whole scene", part)
    assert '<div class="spx-left-out" role="note">Left out: “near the river”' in shown
    assert "north" in shown
    assert EVIL not in shown
    assert "could not be kept" not in shown, "said once"
