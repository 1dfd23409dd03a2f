"""What the PromptLab says, as HTML: one card an instruction, the overlap, the table. Every string is escaped here."""

import math
from html import escape
from typing import TYPE_CHECKING

from spexlab.evidence.regions import share_words
from spexlab.targets import COLOURS
from widgets.labs.thumbnails import AGREEMENT_COLOURS, Thumbnails
from widgets.parts.report import advice_html, area_text, scale_html, swatches_html, taken_html
from widgets.parts.trust import trusts_html

if TYPE_CHECKING:
    from spexlab.extraction.comparison import Answer, Comparison


_BESIDE = 4
"""The column of what another method sees, after the model's share."""
_ALT = 120
"""Letters of an instruction that a picture is called by."""


def card_html(number: int, instruction: str, *, picture: str, ratio: float, state: str) -> str:
    """An instruction that waits for its answer, or is at work; `state` says which."""
    return _card(f"{number}", instruction, picture, ratio, f'<span class="spx-empty">{escape(state)}</span>', "spx-dim")


def answer_html(number: int, answer: "Answer", pictures: Thumbnails) -> str:
    """An instruction with its mask over the scene, or with the reason why there is none; pale where it did not look."""
    title, found = answer.instruction, answer.extraction
    if found is None:
        reason = f'<span class="spx-refused" role="alert"><b>Not answered.</b> {escape(answer.error)}</span>'
        return _card(f"{number}", title, pictures.plain(), pictures.ratio, reason, "spx-dim")
    masks = {COLOURS[target]: found.mask.sel(target=target).values for target in found.targets}
    record = answer.record
    share = f"{share_words(record['share'])} {answer.limited_to}".strip()
    facts = f"{share} · {record['claims']} claims checked · {record['seconds']:.1f} s"
    below = f"{swatches_html(found.targets)}<br>{escape(facts)}"
    more = f"{taken_html(found)}{trusts_html(found.trust)}{advice_html(found.advice)}"
    return _card(f"{number}", title, pictures.masked(masks, seen=found.looked_at.values), pictures.ratio, below, more=more)


def agreement_html(comparison: "Comparison", pictures: Thumbnails) -> str:
    """How many of the instructions mark each pixel."""
    picture = pictures.shared(comparison.agreement.values)
    bar = f'<span class="spx-scale">{scale_html(0.0, 1.0, colours=AGREEMENT_COLOURS)}</span>'
    below = f"{bar}<br>Share of the instructions that mark a pixel"
    return _card("", "Agreement", picture, pictures.ratio, below)


def overlap_html(comparison: "Comparison") -> str:
    """Matrix of the intersection over union of each two masks; rows and columns carry the numbers of the cards."""
    numbers = [number for number, answer in enumerate(comparison.answers, 1) if answer.extraction is not None]
    if len(numbers) < 2:
        return '<div class="spx-empty">Two answers are needed to compare.</div>'
    heads = "".join(f'<th scope="col">{number}</th>' for number in numbers)
    rows = "".join(
        f'<tr><th scope="row">{_clamped(name, f"<b>{number}</b> ")}</th>{"".join(map(_overlap, values))}</tr>'
        for number, name, values in zip(numbers, comparison.iou.index, comparison.iou.values, strict=True)
    )
    return f'<table class="spx-table spx-iou"><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def table_html(comparison: "Comparison") -> str:
    """One line an instruction, in figures."""
    titles = ["#", "Instruction", "Targets", "Share", "Area", "Regions", "Trust", "Claims checked", "Seconds", "Image features"]
    if comparison.baseline:
        titles.insert(_BESIDE, comparison.baseline.capitalize())
    heads = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    rows = "".join(_row(number, answer, beside=bool(comparison.baseline)) for number, answer in enumerate(comparison.answers, 1))
    return f'<table class="spx-table spx-answers"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _card(number: str, title: str, picture: str, ratio: float, below: str, name: str = "", *, more: str = "") -> str:
    """A picture and what is said about it; with a number, the title is an instruction."""
    head = _clamped(f"“{title}”", f"<b>{number}</b>") if number else f"<div>{escape(title)}</div>"
    called = title if len(title) <= _ALT else f"{title[: _ALT - 1]}…"
    image = f'<img src="{picture}" alt="{escape(called)}" style="aspect-ratio:{ratio:.4f}">'
    return f'<figure class="spx-answer-card {name}">{image}<figcaption>{head}<p>{below}</p>{more}</figcaption></figure>'


def _clamped(text: str, before: str = "") -> str:
    """A person's words, of which the style sheet shows two lines, and the pointer all."""
    return f'<div class="spx-clamped" title="{escape(text)}">{before}{escape(text)}</div>'


def _overlap(value: float) -> str:
    if math.isnan(value):
        return '<td title="both are empty">–</td>'
    ink = "#fff" if value > 0.6 else "inherit"
    return (
        f'<td style="background:color-mix(in srgb, var(--spx-accent) {100 * value:.0f}%, transparent);color:{ink}">{value:.2f}</td>'
    )


def _row(number: int, answer: "Answer", *, beside: bool) -> str:
    start, row = f'<th scope="row">{number}</th><td>{_clamped(answer.instruction)}</td>', answer.record
    if answer.extraction is None:
        return f'<tr>{start}<td colspan="{8 + beside}" class="spx-refused">{_clamped(answer.error)}</td></tr>'
    limited = f"<small>{escape(answer.limited_to)}</small>" if answer.limited_to else ""
    cells = [
        escape(row["targets"]),
        f"{escape(share_words(row['share']))}{limited}",
        area_text(row["area_m2"], row["pixels"]),
        f"{row['regions']:,}",
        escape(", ".join(dict.fromkeys(one.level for one in answer.extraction.trust))),
        f"{row['claims']}, {row['claims_replaced']} replaced" if row["claims_replaced"] else f"{row['claims']}",
        f"{row['seconds']:.2f}",
        "reused" if row["features_reused"] else "encoded",
    ]
    if beside:
        cells.insert(_BESIDE - 2, _beside(row["baseline_share"], row["baseline_iou"]))
    return f"<tr>{start}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _beside(share: float, iou: float) -> str:
    if math.isnan(share):
        return '<span title="it has no answer for these bands or targets">–</span>'
    agrees = "both empty" if math.isnan(iou) else f"IoU {iou:.2f} with the mask"
    return f"{escape(share_words(share))}<small>{agrees}</small>"
