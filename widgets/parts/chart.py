"""Spectra as a drawing that follows the page's colours."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_INK = "#010203"
"""Stands for the page's own text colour, dark or light, until the drawing is done."""
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "svg.fonttype": "none",  # text stays text, in the page's font
    "svg.hashsalt": "spexlab",
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "text.parse_math": False,
}


@dataclass(frozen=True)
class Line:
    """One spectrum of the drawing."""

    name: str
    """What the legend calls it."""
    spectrum: xr.Dataset
    """What `spexlab.evidence.spectra.mean_spectrum` returns."""
    colour: str | None = None
    """Hex colour; the page's text colour unless told, for what was picked by hand."""
    dashed: bool = False
    """Whether the line is dashed."""


def spectra_svg(lines: Sequence[Line]) -> str:
    """Draw spectra, wavelength to the right and reflectance upwards, as an SVG element 300 points wide.

    What was picked by hand is drawn thick; the others carry a band of one standard deviation.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.2, 2.9), layout="constrained")
        axes = figure.subplots()
        for line in lines:
            _draw(axes, line)
        _furnish(axes)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    drawing = buffer.getvalue()
    return drawing[drawing.index("<svg") :].replace(_INK, "currentColor")


def _draw(axes: Axes, line: Line) -> None:
    order = np.argsort(line.spectrum["wavelength"].values)
    nm = line.spectrum["wavelength"].values[order]
    mean, spread = line.spectrum["mean"].values[order], line.spectrum["spread"].values[order]
    colour, thick = line.colour or _INK, 2.2 if line.colour is None else 1.4
    axes.plot(nm, mean, color=colour, lw=thick, ls="--" if line.dashed else "-", marker="o", ms=3.5, label=line.name)
    if line.colour is not None:
        axes.fill_between(nm, mean - spread, mean + spread, color=colour, alpha=0.15, lw=0)


def _furnish(axes: Axes) -> None:
    axes.set_xlabel("Wavelength (nm)")
    axes.set_ylabel("Reflectance")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color=_INK, alpha=0.12, lw=0.6)
    axes.legend(frameon=False, fontsize=9)
