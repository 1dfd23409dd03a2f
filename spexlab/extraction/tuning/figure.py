"""A figure of a tuned index: the mask with its numbered regions, and the histogram with the threshold."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from spexlab.evidence.regions import share_words
from spexlab.scene import drawing
from spexlab.targets import COLOURS

if TYPE_CHECKING:
    from spexlab.extraction.tuning.tuned import TunedIndex

OTHER_SIDE = "#b8c0c8"


def draw(tuned: "TunedIndex") -> Figure:
    """Draw `TunedIndex.plot`."""
    scene, step = drawing.thinned(tuned.scene)
    ratio = drawing.aspect(tuned.scene)
    picture, _ = drawing.picture(scene)
    height, width = picture.shape[:2]
    figure = Figure(figsize=(7.2, 0.5 + 3.55 * min(height * ratio / width, 1.6)), dpi=200, layout="constrained")
    left, right = figure.subplots(1, 2)
    drawing.show(left, picture, ratio)
    drawing.lay(left, tuned.prior.mask[::step, ::step], COLOURS[tuned.prior.target], ratio)
    drawing.scale_bar(left, tuned.scene, step=step)
    _number_regions(left, tuned, (width, height))
    m = tuned.measurement
    drawing.title(left, f"{tuned.prior.target}: {share_words(m.share)} in {m.n_regions} regions")
    _draw_histogram(right, tuned)
    return figure


def _number_regions(axes: Axes, tuned: "TunedIndex", shape: tuple[int, int]) -> None:
    for number, region in enumerate(tuned.regions, 1):
        corners = np.array(region.box) * shape - 0.5
        axes.add_patch(Polygon(corners, closed=True, fill=False, edgecolor="white", linewidth=0.8))
        x, y = np.array(region.centroid) * shape - 0.5
        outline = [withStroke(linewidth=1.6, foreground="black")]
        axes.text(x, y, str(number), color="white", fontsize=7, ha="center", va="center", path_effects=outline)


def _draw_histogram(axes: Axes, tuned: "TunedIndex") -> None:
    prior, (counts, edges) = tuned.prior, tuned.histogram()
    middles = (edges[:-1] + edges[1:]) / 2
    found = prior.sign * (middles - prior.threshold) > 0
    colours = np.where(found, COLOURS[prior.target], OTHER_SIDE)
    axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=colours)
    axes.axvline(prior.threshold, color="black", linewidth=1)
    side = ">" if prior.sign > 0 else "<"
    drawing.title(axes, f"{prior.index} {side} {prior.threshold:.2f}")
    axes.set_xlabel(prior.index, fontsize=8)
    axes.set_ylabel("pixels", fontsize=8)
    axes.set_xlim(*tuned.span)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
