"""What the Explorer says, as HTML: pure functions of plain values.

Scene titles, instructions and model text come from strangers: every string is escaped here, at the one place
where text becomes HTML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.colors import to_hex

from spexlab.evidence.regions import share_words
from spexlab.language.checking import CheckedClaim, agreement_words
from widgets.parts.colours import shown_colour

if TYPE_CHECKING:
    from spexlab.extraction.advice import Advice
    from spexlab.extraction.evidence import TargetEvidence
    from spexlab.extraction.findings import Findings

STAGES = {"prior": "Index", "encode": "Image", "mask": "Mask", "words": "Words"}
"""Stages of an extraction, as people read them."""

_SIGNS = {"info": "i", "warning": "!", "error": "×", "done": "✓"}


@dataclass(frozen=True)
class Row:
    """One line of the area statistics."""

    target: str
    """What was looked for."""
    share: float | None
    """Part of the area's valid pixels, 0-1; None while they have not all been looked at."""
    pixels: int
    """Pixels inside the mask."""
    area_m2: float | None
    """Square metres, None where the size of a pixel is unknown."""
    part: str = ""
    """To what the share belongs where it is not the whole area: "of the north"."""


def scene_html(attrs: Mapping[str, Any], *, height: int, width: int) -> str:
    """Head of the app: title, facts, and the radiometry sentence."""
    sensor = str(attrs.get("sensor") or "unknown")
    facts = ["unknown sensor" if sensor == "unknown" else sensor, str(attrs.get("date") or ""), f"{width} × {height} px"]
    if attrs.get("pixel_size_m"):
        facts.append(f"{attrs['pixel_size_m']:.3g} m")
    badge = '<span class="spx-badge">simulated</span>' if attrs.get("simulated") else ""
    sentence = escape(str(attrs.get("radiometry") or "unknown"))
    assumed = " spx-assumed" if attrs.get("radiometry_assumed") else ""
    notes = f'<div class="spx-radiometry spx-assumed">{escape(str(attrs["notes"]))}</div>' if attrs.get("notes") else ""
    flag = "<b>Radiometry assumed:</b> " if assumed else "Radiometry: "
    return (
        f'<div class="spx-headline"><span class="spx-title">{escape(str(attrs.get("title") or "Untitled scene"))}{badge}</span> '
        f'<span class="spx-facts">{escape(" · ".join(fact for fact in facts if fact))}</span></div>'
        f'<div class="spx-radiometry{assumed}">{flag}{sentence}</div>'
        f"{notes}"
    )


def message_html(kind: str, text: str) -> str:
    """One line of news, a warning or an error; empty text keeps its place."""
    if not text:
        return '<div class="spx-message" role="status"></div>'
    role = "alert" if kind == "error" else "status"
    return (
        f'<div class="spx-message spx-{escape(kind)}" role="{role}">'
        f'<span class="spx-sign" aria-hidden="true">{_SIGNS[kind]}</span><span>{escape(text)}</span></div>'
    )


def progress_html(seconds: Mapping[str, float], fractions: Mapping[str, float], *, active: str | None) -> str:
    """Four stages with their seconds; the active one moves even while no news arrives."""
    steps = []
    for stage, label in STAGES.items():
        state = "active" if stage == active else "done" if stage in seconds else "waiting"
        percent = round(100 * fractions.get(stage, 0.0))
        spent = f"{seconds[stage]:.1f} s" if stage in seconds else "–"
        steps.append(
            f'<div class="spx-step spx-step-{state}"><div class="spx-bar"><i style="width:{percent}%"></i></div>'
            f"<span>{label}</span><em>{spent}</em></div>"
        )
    return f'<div class="spx-steps" role="group" aria-label="Progress">{"".join(steps)}</div>'


def asked_html(instruction: str, where: str, answer: "Findings | None" = None) -> str:
    """What an answer answers: the instruction, where it was asked, how it was taken, and apart from that what it leaves out."""
    words = escape(instruction)
    head = f'<div class="spx-asked"><b title="{words}">“{words}”</b><span>{escape(where)}</span></div>'
    return head if answer is None else head + taken_html(answer)


def taken_html(answer: "Findings") -> str:
    """How an instruction was taken; what its answer leaves out stands in a band that a complete answer has not."""
    lost = answer.request.incomplete
    band = f'<div class="spx-left-out" role="note">{escape(lost)}</div>' if lost else ""
    return band + "".join(f'<div class="spx-taken">{escape(note)}</div>' for note in answer.kept_to)


def advice_html(advice: "Sequence[Advice]") -> str:
    """What masks of extremes do not tell."""
    return "".join(f'<div class="spx-advice">{escape(one.text)}</div>' for one in advice)


def legend_html(rows: Sequence[Row]) -> str:
    """Area statistics, which are the legend too: colour, target, share, area; one row a target."""
    if not rows:
        return '<div class="spx-empty">Masks, areas and reasons appear here.</div>'
    lines = "".join(_line(row) for row in rows)
    return (
        f'<table class="spx-table"><thead><tr><th scope="col">Target</th><th scope="col">Share</th>'
        f'<th scope="col">Area</th></tr></thead><tbody>{lines}</tbody></table>'
    )


def swatches_html(targets: Sequence[str], *, named: bool = True) -> str:
    """The colour of each target, in one line."""
    swatch = '<span class="spx-swatch" style="background:{}"></span>{} '
    return "".join(swatch.format(shown_colour(target), escape(target) if named else "") for target in targets)


def scale_html(low: float, high: float, *, colours: str) -> str:
    """A continuous colour bar between its limits.

    Parameters
    ----------
    low, high : float
        Values of the first and the last colour.
    colours : str
        One of matplotlib's colour maps.
    """
    stops = ", ".join(to_hex(mpl.colormaps[colours](step / 8)) for step in range(9))
    bar = f'<i class="spx-ramp" style="background:linear-gradient(to right, {stops})"></i>'
    return f"<span>{low:.2g}</span>{bar}<span>{high:.2g}</span>"


def streaming_html(texts: Mapping[str, str]) -> str:
    """The words of each target while they are written."""
    blocks = (_words(target, escape(text), titled=len(texts) > 1) for target, text in texts.items())
    caret = '<span class="spx-caret"></span></p></div>'
    return "".join(blocks).removesuffix("</p></div>") + caret if texts else ""


def explanations_html(evidence: "Sequence[TargetEvidence]") -> str:
    """The explanation of each target; every claim carries what it was checked with, as neutral as the check is."""
    return "".join(
        _words(one.target, _marked(one.explanation, one.claims), titled=len(evidence) > 1) + _agreement(one.claims)
        for one in evidence
    )


def area_text(square_metres: float | None, pixels: int) -> str:
    """An area in the unit that reads best: m², ha or km², or pixels where there are no metres.

    >>> area_text(123_456, 10), area_text(None, 1234)
    ('12.3 ha', '1,234 px')
    """
    if square_metres is None:
        return f"{pixels:,} px"
    if square_metres < 10_000:
        return f"{square_metres:,.0f} m²"
    if square_metres < 10_000_000:
        return f"{square_metres / 10_000:,.1f} ha"
    return f"{square_metres / 1_000_000:,.1f} km²"


def _line(row: Row) -> str:
    share, colour = 100 * (row.share or 0.0), shown_colour(row.target)
    said = "so far" if row.share is None else f"{share_words(row.share)} {escape(row.part)}".strip()
    return (
        f'<tr><td><span class="spx-swatch" style="background:{colour}"></span>{escape(row.target)}</td>'
        f'<td><span class="spx-share"><i style="width:{share:.1f}%;background:{colour}"></i></span>'
        f"{said}</td><td>{area_text(row.area_m2, row.pixels)}</td></tr>"
    )


def _words(target: str, body: str, *, titled: bool) -> str:
    title = f"<h4>{escape(target)}</h4>" if titled else ""
    return f'<div class="spx-words">{title}<p>{body}</p></div>'


def _marked(text: str, claims: Sequence[CheckedClaim]) -> str:
    """Escaped text in which every claim is marked where it stands."""
    parts, at = [], 0
    for claim in sorted(claims, key=lambda claim: claim.start):
        start, end = max(at, claim.start), claim.end
        if start >= end:
            continue
        parts += [escape(text[at:start]), _claim(text[start:end], claim)]
        at = end
    return "".join(parts) + escape(text[at:])


def _claim(words: str, claim: CheckedClaim) -> str:
    style, said = ("spx-replaced", "written from the measurement") if claim.replaced else ("spx-own", "agrees with the mask")
    title = escape(f"{said}; measured: {_value(claim.measured)}")
    return f'<mark class="spx-claim {style}" title="{title}">{escape(words)}<sup aria-label="{said}">✓</sup></mark>'


def _agreement(claims: Sequence[CheckedClaim]) -> str:
    return f'<div class="spx-verdict">{escape(agreement_words(claims))}</div>'


def _value(measured: float | str | None) -> str:
    if measured is None:
        return "nothing of the kind"
    return measured if isinstance(measured, str) else f"{measured:.4g}"
