"""A figure of a Comparison: each instruction's mask over the scene, and where the instructions agree."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from spexlab.evidence.regions import share_words
from spexlab.extraction.comparison.answer import Answer
from spexlab.scene import drawing
from spexlab.targets import COLOURS

AGREEMENT_COLOURS = "cividis"
_COLUMNS = 3
_LONGEST = 600


def draw(answers: Sequence[Answer], scene: xr.DataArray, *, agreement: xr.DataArray | None) -> Figure:
    """Draw `Comparison.plot`."""
    thinned, step = drawing.thinned(scene, longest=_LONGEST)
    picture, ratio = drawing.picture(thinned)[0], drawing.aspect(scene)
    panels = len(answers) + (agreement is not None)
    rows, columns = -(-panels // _COLUMNS), min(panels, _COLUMNS)
    height, width = picture.shape[:2]
    side = 7.2 / columns
    size = (7.2, rows * (side * min(height * ratio / width, 1.6) + 0.45))
    figure = Figure(figsize=size, dpi=200, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for place, answer in zip(axes, answers, strict=False):
        drawing.show(place, picture, ratio)
        _answer(place, answer, step, ratio)
    for place in axes[len(answers) :]:
        place.set_axis_off()
    if agreement is not None:
        _agreement(figure, axes[len(answers)], agreement.values[::step, ::step], ratio)
    return figure


def _answer(axes: Axes, answer: Answer, step: int, ratio: float) -> None:
    found = answer.extraction
    words = answer.instruction if len(answer.instruction) <= 40 else answer.instruction[:39] + "…"
    if found is None:
        drawing.title(axes, f"“{words}”\nnot answered", size=8)
        axes.images[0].set_alpha(0.3)
        return
    for target, mask in zip(found.targets, found.mask.values[:, ::step, ::step], strict=True):
        drawing.lay(axes, mask, COLOURS[target], ratio)
    drawing.veil(axes, ~found.looked_at.values[::step, ::step], ratio)
    share = f"{share_words(found.summary['share'])} {answer.limited_to}".strip()
    drawing.title(axes, f"“{words}”\n{', '.join(found.targets)} {share}", size=8)


def _agreement(figure: Figure, axes: Axes, values: NDArray[np.float32], ratio: float) -> None:
    shown = axes.imshow(values, vmin=0, vmax=1, cmap=AGREEMENT_COLOURS, interpolation="nearest", aspect=ratio)
    axes.set_axis_off()
    drawing.title(axes, "agreement\nshare of instructions", size=8)
    bar = figure.colorbar(shown, ax=axes, shrink=0.8, ticks=[0, 0.5, 1])
    bar.ax.tick_params(labelsize=7)
