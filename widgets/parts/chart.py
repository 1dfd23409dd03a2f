"""Spectra, and areas over time, as drawings that follow the page's colours."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter
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
        return _svg(figure)


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
    _clear(axes)
    axes.legend(frameon=False, fontsize=9)


def areas_svg(table: pd.DataFrame, *, colours: Mapping[str, str], date: str) -> str:
    """Draw areas over time as an SVG element, a line a target; shares where areas are not known.

    Parameters
    ----------
    table : pandas.DataFrame
        What `spexlab.Timeline.table` gives.
    colours : mapping
        Hex colour of each target.
    date : str
        The day (ISO) that is shown now, which a thin line marks.
    """
    areas = table["area_m2"].astype(float)
    in_metres = areas.notna().all()
    size, unit = _unit(areas.max()) if in_metres else (0.01, "%")
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.2, 1.9), layout="constrained")
        axes = figure.subplots()
        for target, rows in table.groupby("target", sort=False):
            values = (rows["area_m2"] if in_metres else rows["share"]).astype(float) / size
            axes.plot(pd.DatetimeIndex(rows["date"]), values, color=colours[str(target)], marker="o", ms=4, label=str(target))
        axes.axvline(pd.Timestamp(date), color=_INK, lw=0.8, ls=":")
        axes.set_ylabel(f"Area ({unit})" if in_metres else "Share (%)")
        axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
        _clear(axes)
        if table["target"].nunique() > 1:
            axes.legend(frameon=False, fontsize=9)
        return _svg(figure)


def _unit(largest: float) -> tuple[float, str]:
    """Square metres of a unit in which an area reads well, and its name."""
    return next((size, unit) for size, unit, limit in ((1.0, "m²", 1e4), (1e4, "ha", 1e7), (1e6, "km²", np.inf)) if largest < limit)


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    drawing = buffer.getvalue()
    return drawing[drawing.index("<svg") :].replace(_INK, "currentColor")


def _clear(axes: Axes) -> None:
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color=_INK, alpha=0.12, lw=0.6)
