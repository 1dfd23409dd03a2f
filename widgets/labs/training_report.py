"""What the TrainingMonitor says, as HTML: state, figures, curves, samples. Every string is escaped here."""

import base64
import io
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image

from spexlab.targets import CLASSES, COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spexlab.training.run import Snapshot

_PACE = 6
"""Measurements over which the pace is taken: recent, yet not one step's accident."""


def head_html(folder: str, state: str) -> str:
    """Which run it is, and what it is doing."""
    badge = f'<span class="spx-badge spx-state-{escape(state)}" role="status">{escape(state)}</span>'
    return f'<div class="spx-title">Training run{badge}</div><div class="spx-facts">{escape(folder)}</div>'


def figures_html(step: int, total: int, curves: pd.DataFrame, *, going: bool = True) -> str:
    """How far it is, how fast it goes, and how long it will take; of a run that has ended, how far it came."""
    seconds, pace = float(curves["seconds"].max()) if len(curves) else 0.0, steps_per_second(curves)
    left = time_text((total - step) / pace) if going and pace and total > step else "–"
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


def sample_html(sample: "Snapshot") -> str:
    """A picture of what the model saw after some steps, its panels named, with the classes that its colours stand for."""
    data = sample.image.read_bytes()
    with Image.open(io.BytesIO(data)) as picture:
        width, height = picture.size
        names = _classes(picture)
    after = f"after {sample.step:,} steps"
    panels = "".join(f"<span>{name}</span>" for name in ("Image", "Truth", f"Prediction {after}"))
    # With its size told, the picture's place is kept while the browser decodes the next one.
    size = f'width="{width}" height="{height}"'
    address = f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}"
    return (
        f'<div class="spx-panels" aria-hidden="true">{panels}</div>'
        f'<img class="spx-sample" src="{address}" {size} alt="Image, truth and prediction {after}">{_legend_html(names)}'
    )


def _classes(picture: Image.Image) -> list[str]:
    """Classes whose colour occurs in a picture's truth or prediction."""
    width, height = picture.size
    maps = picture.convert("RGB").crop((width // 3, 0, width, height))
    colours = {"#{:02X}{:02X}{:02X}".format(*colour) for colour in np.unique(np.asarray(maps).reshape(-1, 3), axis=0)}
    return [name for name in CLASSES if COLOURS[name] in colours]


def _legend_html(names: list[str]) -> str:
    swatch = '<span><i class="spx-swatch" style="background:{}"></i>{}</span>'
    body = "".join(swatch.format(COLOURS[name], escape(name)) for name in names)
    return f'<div class="spx-classes">{body}<span>grey: none of them</span></div>'


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
