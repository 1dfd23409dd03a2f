"""What the TrainingMonitor says, as HTML: state, figures, curves, samples. Every string is escaped here."""

import base64
import io
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spexlab.training.run import Sample

_PACE = 6
"""Measurements over which the pace is taken: recent, yet not one step's accident."""


def head_html(folder: str, state: str) -> str:
    """Which run it is, and what it is doing."""
    badge = f'<span class="spx-badge spx-state-{escape(state)}" role="status">{escape(state)}</span>'
    return f'<div class="spx-title">Training run{badge}</div><div class="spx-facts">{escape(folder)}</div>'


def figures_html(step: int, total: int, curves: pd.DataFrame) -> str:
    """How far it is, how fast it goes, and how long it will take."""
    seconds, pace = float(curves["seconds"].max()) if len(curves) else 0.0, steps_per_second(curves)
    left = time_text((total - step) / pace) if pace and total > step else "–"
    cells = {
        "step": f"{step:,} of {total:,}" if total else "–",
        "time": time_text(seconds) if seconds else "–",
        "steps a second": f"{pace:.2g}" if pace else "–",
        "left": left,
    }
    percent = 100 * step / total if total else 0
    bar = f'<div class="spx-bar" role="progressbar" aria-valuenow="{percent:.0f}"><i style="width:{percent:.1f}%"></i></div>'
    body = "".join(f"<div><b>{escape(value)}</b><span>{name}</span></div>" for name, value in cells.items())
    return f'{bar}<div class="spx-figures">{body}</div>'


def curves_html(figure: "Figure") -> str:
    """A figure as a drawing that fills the width."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    text = buffer.getvalue()
    return f'<div class="spx-curves" role="img" aria-label="Curves of the run">{text[text.index("<svg") :]}</div>'


def sample_html(sample: "Sample") -> str:
    """A picture of what the model saw after some steps."""
    address = base64.b64encode(sample.image.read_bytes()).decode("ascii")
    label = f"Image, truth and prediction after {sample.step:,} steps"
    return f'<img class="spx-sample" src="data:image/png;base64,{address}" alt="{label}"><div class="spx-facts">{label}</div>'


def steps_per_second(curves: pd.DataFrame) -> float | None:
    """Recent pace of a run, from its curves; None while there is too little to tell."""
    marks = curves.groupby("step")["seconds"].max().sort_index().tail(_PACE)
    if len(marks) < 2 or marks.iloc[-1] <= marks.iloc[0]:
        return None
    return float((marks.index[-1] - marks.index[0]) / (marks.iloc[-1] - marks.iloc[0]))


def time_text(seconds: float) -> str:
    """A span of time in the units that read best.

    >>> time_text(8.2), time_text(75), time_text(7384)
    ('8 s', '1 min 15 s', '2 h 3 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
