"""How well instructions did in each scene, as HTML. Every string is escaped here."""

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spexlab.extraction.comparison import ScoreTable

_HEADS = {
    "iou": ("IoU", "Overlap of mask and truth: intersection over union"),
    "precision": ("Precision", "User's accuracy: of the mask, how much is right"),
    "recall": ("Recall", "Producer's accuracy: of the truth, how much was found"),
}


def scores_html(scores: "ScoreTable") -> str:
    """One line an instruction, three figures a scene, and their mean where there are several; the best is marked."""
    several = len(scores.scenes) > 1
    groups = [*scores.scenes, *(["mean"] if several else [])]
    above = "".join(f'<th scope="colgroup" colspan="{len(_HEADS)}">{escape(name)}</th>' for name in groups)
    below = "".join(f'<th scope="col" title="{escape(tip)}">{title}</th>' for _ in groups for title, tip in _HEADS.values())
    heads = f'<tr><th></th><th></th>{above}</tr><tr><th scope="col">#</th><th scope="col">Instruction</th>{below}</tr>'
    rows = "".join(_row(number, name, scores, groups) for number, name in enumerate(scores.instructions, 1))
    return f'<table class="spx-table spx-answers spx-scores"><thead>{heads}</thead><tbody>{rows}</tbody></table>'


def _row(number: int, instruction: str, scores: "ScoreTable", groups: list[str]) -> str:
    best = instruction == scores.best
    words = f'<div class="spx-clamped" title="{escape(instruction)}">{escape(instruction)}</div>'
    mark = '<span class="spx-badge">best</span>' if best else ""
    cells = "".join(f"<td>{_number(value)}</td>" for group in groups for value in scores.score(instruction, group).values())
    return f'<tr class="{"spx-best" if best else ""}"><th scope="row">{number}</th><td>{words}{mark}</td>{cells}</tr>'


def _number(value: float) -> str:
    return '<span title="refused, or neither found nor there">–</span>' if math.isnan(value) else f"{value:.3f}"
