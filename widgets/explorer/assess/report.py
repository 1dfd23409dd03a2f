"""What a reference says of a mask, as HTML: figures, the error matrix, areas; and what the map's colours mean."""

import math
from html import escape
from typing import TYPE_CHECKING

from spexlab.evidence.outcomes import OUTCOME_COLOURS, OUTCOMES

if TYPE_CHECKING:
    from spexlab.evaluation.assessment import Judged

_MEANING = {
    "hit": "found, and there",
    "missed": "there, but not found",
    "false alarm": "found, but not there",
    "neither": "neither found nor there",
}


def judged_html(judged: "Judged") -> str:
    """Figures, matrix, areas, and how far to trust them."""
    parts = (_figures(judged), _matrix(judged), _areas(judged), f'<div class="spx-taken">{escape(judged.note)}</div>')
    return f'<div class="spx-judged">{"".join(parts)}</div>'


def legend_html(judged: "Judged") -> str:
    """The colours that the map shows, in one line each."""
    shown = [name for name in reversed(OUTCOMES) if judged.counted == "samples" or name != OUTCOMES[0]]
    rows = "".join(f"<div>{_swatch(name)}<b>{escape(name)}</b> {escape(_MEANING[name])}</div>" for name in shown)
    return f'<div class="spx-legend-box">{rows}</div>'


def _figures(judged: "Judged") -> str:
    halves = judged.table.set_index("measure")["plus_minus"]
    figures = {
        "IoU": (judged.iou, math.nan, "overlap of mask and truth"),
        "Precision": (judged.precision, halves.iloc[1], "user's accuracy: of the mask, how much is right"),
        "Recall": (judged.recall, halves.iloc[2], "producer's accuracy: of the truth, how much was found"),
        "Overall": (judged.overall, halves.iloc[3], "share on which mask and truth agree"),
    }
    return f'<div class="spx-figures">{"".join(_figure(name, *values) for name, values in figures.items())}</div>'


def _figure(name: str, value: float, half: float, tip: str) -> str:
    interval = "" if math.isnan(half) else f" <small>± {half:.2f}</small>"
    number = "–" if math.isnan(value) else f"{value:.2f}"
    return f'<div title="{escape(tip)}"><b>{number}{interval}</b><span>{name}</span></div>'


def _matrix(judged: "Judged") -> str:
    """The error matrix, whose cells are the legend of the map, too."""
    target = escape(judged.target)
    rows = ((f"Mask: {target}", ("hit", "false alarm")), ("Mask: other", ("missed", "neither")))
    lines = "".join(
        f'<tr><th scope="row">{title}</th>{"".join(_cell(judged, name) for name in names)}</tr>' for title, names in rows
    )
    heads = f'<td>{judged.counted}</td><th scope="col">Truth: {target}</th><th scope="col">Truth: other</th>'
    return f'<table class="spx-table spx-matrix"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'


def _cell(judged: "Judged", outcome: str) -> str:
    return f'<td title="{_MEANING[outcome]}">{_swatch(outcome)}<b>{judged.count(outcome):,}</b> {outcome}</td>'


def _areas(judged: "Judged") -> str:
    found, target = judged.table.set_index("measure"), escape(judged.target)
    if "estimated area" in found.index:
        row, mapped = found.loc["estimated area"], found.loc["area of the mask", "value"]
        unit = escape(str(row["unit"]))
        words = f"<b>{row['value']:,.1f} ± {row['plus_minus']:,.1f} {unit}</b> of {target} are estimated (95 % interval)"
        return f'<div class="spx-area">{words}; the mask holds {mapped:,.1f} {unit}.</div>'
    if judged.areas is None:
        return ""
    names = ("area in the reference", "area of the mask, where judged")
    truth, mask = (found.loc[name, "value"] for name in names)
    return f'<div class="spx-area"><b>{truth:,.1f} ha</b> of {target} in the reference; the mask holds {mask:,.1f} ha there.</div>'


def _swatch(outcome: str) -> str:
    return f'<span class="spx-swatch" style="background:{OUTCOME_COLOURS[outcome]}"></span>'
