"""The curves of a run, or of several, in a figure: losses on the left, validation scores on the right."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spexlab.targets import COLOURS
from spexlab.training.run import GOING, TrainingRun

# Okabe and Ito's hues, told apart under the common colour-vision deficiencies.
_HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_INK, _GRID = "#222222", "#E6E6E6"
_LOSS = "loss"
"""The loss that is learnt by."""
_SCORE = "validation_iou"
"""The mean over all targets; a target's own score has its name behind it."""
_SMOOTH = 25
"""Values from which on a curve is drawn smoothed as well, over a tenth of its length."""
# Written down, not computed from what is drawn: a frame must not move while its curves grow.
_PLACES = {"left": 0.04, "right": 0.86, "bottom": 0.135, "top": 0.93, "wspace": 0.15}


def plot_curves(run: TrainingRun) -> Figure:
    """Draw what a run has measured so far.

    Left all losses: what is measured at every few steps pale and, once there is much of it, smoothed on top; right the other
    validation scores, a target's in the colour that it has on maps. Learning rate and gradient norm stay in `TrainingRun.curves`.

    Parameters
    ----------
    run : TrainingRun
        At work or done, here or in another process; or a run that has not begun, whose figure says so.
    """
    curves = run.curves()
    names = list(dict.fromkeys(curves["name"]))
    losses = [name for name in names if name.endswith("loss")]
    scores = [name for name in names if name.startswith("validation_") and name not in losses]
    figure = Figure(figsize=(9, 2.8), dpi=200)
    left, right = figure.subplots(1, 2, gridspec_kw=_PLACES)
    _panel(left, curves, losses, title="Loss")
    _panel(right, curves, scores, title="Validation score")
    _legend(left, loc="upper right")
    _legend(right, loc="upper left", bbox_to_anchor=(1.01, 1.04))
    for axes in (left, right):
        axes.set_xlim(0, _last_step(run, curves))
    if all(name.startswith(_SCORE) for name in scores):
        right.set_ylim(0, 1)
    return figure


def plot_runs(runs: Mapping[str, TrainingRun]) -> Figure:
    """Draw several runs side by side: the loss that each learns by, and its validation score over all targets.

    Losses compare where runs learn by the same ones; scores where they are validated on the same places.

    Parameters
    ----------
    runs : mapping of str to TrainingRun
        By the name that the legend gives them, one at least.

    Raises
    ------
    ValueError
        If there is none.
    """
    if not runs:
        raise ValueError("there must be a run to draw, but `runs` is empty; give a name and a TrainingRun for each.")
    curves = {name: run.curves() for name, run in runs.items()}
    last = max(_last_step(run, curves[name]) for name, run in runs.items())
    figure = Figure(figsize=(9, 2.8), dpi=200)
    left, right = figure.subplots(1, 2, gridspec_kw=_PLACES)
    for axes, measure, title in ((left, _LOSS, "Loss"), (right, _SCORE, "Validation score")):
        found = {name: values[values["name"] == measure] for name, values in curves.items()}
        measured = {name: values for name, values in found.items() if len(values)}
        _frame(axes, title=title, empty=not measured)
        for number, (name, values) in enumerate(measured.items()):
            _curve(axes, values, label=name, colour=_HUES[number % len(_HUES)], width=1.4)
        axes.set_xlim(0, last)
    right.set_ylim(0, 1)
    _legend(left, loc="upper right")
    _legend(right, loc="upper left", bbox_to_anchor=(1.01, 1.04))
    return figure


def _last_step(run: TrainingRun, curves: pd.DataFrame) -> int:
    """Where the axis of steps ends: where the run will, as long as it goes on, so that the curves grow into a frame that stays."""
    measured = int(curves["step"].max()) if len(curves) else 0
    going = run.state in GOING
    return max(measured, run.total_steps if going else 0, 1)


def _panel(axes: Axes, curves: pd.DataFrame, names: list[str], *, title: str) -> None:
    _frame(axes, title=title, empty=not names)
    for number, name in enumerate(names):
        target = _target(name)
        colour = _INK if name == _SCORE else COLOURS.get(target, _HUES[number % len(_HUES)])
        label = target or re.sub(r"\biou\b", "IoU", name.replace("_", " "))
        _curve(axes, curves[curves["name"] == name], label=label, colour=colour, width=1.0 if target else 1.7)


def _frame(axes: Axes, *, title: str, empty: bool) -> None:
    axes.set_title(title, fontsize=8.5, loc="left", color=_INK)
    axes.set_xlabel("step", fontsize=7.5, color=_INK)
    axes.tick_params(labelsize=7, colors=_INK, length=2.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("0.5")
    axes.grid(axis="y", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if empty:
        axes.text(0.5, 0.5, "nothing measured yet", transform=axes.transAxes, ha="center", va="center", fontsize=8, color="0.5")


def _legend(axes: Axes, **place: Any) -> None:
    if not axes.lines:
        return
    # Names are a program's, but a dollar sign in one must not start a formula.
    for label in axes.legend(fontsize=7, frameon=False, handlelength=1.4, labelcolor=_INK, **place).get_texts():
        label.set_parse_math(False)


def _curve(axes: Axes, values: pd.DataFrame, *, label: str, colour: str, width: float) -> None:
    if len(values) < _SMOOTH:
        style: Any = {"linewidth": width, "marker": ".", "markersize": 2.5 + width, "zorder": 2 + width, "clip_on": False}
        axes.plot(values["step"], values["value"], color=colour, label=label, **style)
        return
    axes.plot(values["step"], values["value"], color=colour, linewidth=0.5, alpha=0.25)
    smooth = values["value"].ewm(span=len(values) / 10).mean()
    axes.plot(values["step"], smooth, color=colour, linewidth=width, label=label, zorder=2 + width)


def _target(name: str) -> str:
    """The target whose score a curve is; empty for all others."""
    return name.removeprefix(f"{_SCORE}_").replace("_", " ") if name.startswith(f"{_SCORE}_") else ""
