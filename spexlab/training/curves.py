"""A run's curves in a figure: losses on the left, validation scores on the right."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spexlab.training.run import TrainingRun

# Okabe and Ito's hues, told apart under the common colour-vision deficiencies.
_HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_SMOOTH = 25
"""Values from which on a curve is drawn smoothed as well, over a tenth of its length."""


def plot_curves(run: TrainingRun) -> Figure:
    """Draw what a run has measured so far.

    Left all losses: what is measured at every few steps pale and, once there is much of it, smoothed on top; right the other
    validation scores. Learning rate and gradient norm stay in `TrainingRun.curves`.

    Parameters
    ----------
    run : TrainingRun
        At work or done, here or in another process; or a run that has not begun, whose figure says so.
    """
    curves = run.curves()
    names = list(dict.fromkeys(curves["name"]))
    losses = [name for name in names if name.endswith("loss")]
    scores = [name for name in names if name.startswith("validation_") and name not in losses]
    figure = Figure(figsize=(7.2, 2.6), dpi=200, layout="constrained")
    left, right = figure.subplots(1, 2)
    _panel(left, curves, losses, title="Loss")
    _panel(right, curves, scores, title="Validation score")
    return figure


def _panel(axes: Axes, curves: pd.DataFrame, names: list[str], *, title: str) -> None:
    axes.set_title(title, fontsize=9, loc="left")
    axes.set_xlabel("step", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if not names:
        axes.text(0.5, 0.5, "nothing measured yet", transform=axes.transAxes, ha="center", va="center", fontsize=8, color="0.5")
        return
    for number, name in enumerate(names):
        _curve(axes, curves[curves["name"] == name], name, _HUES[number % len(_HUES)])
    # Names are a program's, but a dollar sign in one must not start a formula.
    for label in axes.legend(fontsize=7, frameon=False, loc="best").get_texts():
        label.set_parse_math(False)


def _curve(axes: Axes, values: pd.DataFrame, name: str, colour: str) -> None:
    label = name.replace("_", " ")
    if len(values) < _SMOOTH:
        axes.plot(values["step"], values["value"], color=colour, linewidth=1.3, marker=".", markersize=4, label=label)
        return
    axes.plot(values["step"], values["value"], color=colour, linewidth=0.6, alpha=0.35)
    smooth = values["value"].ewm(span=len(values) / 10).mean()
    axes.plot(values["step"], smooth, color=colour, linewidth=1.5, label=label)
