"""A figure of a tuned index: the mask with its numbered regions, and the histogram with the threshold."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from spexlab.evidence.measurement import Measurement
from spexlab.evidence.prior import Prior
from spexlab.evidence.regions import Region, share_words
from spexlab.scene import drawing
from spexlab.targets import COLOURS

OTHER_SIDE = "#b8c0c8"


def draw(
    scene: xr.DataArray,
    prior: Prior,
    *,
    measurement: Measurement,
    regions: Sequence[Region],
    histogram: tuple[NDArray[np.intp], NDArray[np.float64]],
) -> Figure:
    """Draw `TunedIndex.plot`."""
    thinned, step = drawing.thinned(scene)
    ratio = drawing.aspect(scene)
    picture, _ = drawing.picture(thinned)
    height, width = picture.shape[:2]
    figure = Figure(figsize=(7.2, 0.5 + 3.55 * min(height * ratio / width, 1.6)), dpi=200, layout="constrained")
    left, right = figure.subplots(1, 2)
    drawing.show(left, picture, ratio)
    drawing.lay(left, prior.mask[::step, ::step], COLOURS[prior.target], ratio)
    drawing.scale_bar(left, scene, step=step)
    _number_regions(left, regions, (width, height))
    drawing.title(left, f"{prior.target}: {share_words(measurement.share)} in {measurement.n_regions} regions")
    _draw_histogram(right, prior, *histogram)
    return figure


def _number_regions(axes: Axes, regions: Sequence[Region], shape: tuple[int, int]) -> None:
    for number, region in enumerate(regions, 1):
        corners = np.array(region.box) * shape - 0.5
        axes.add_patch(Polygon(corners, closed=True, fill=False, edgecolor="white", linewidth=0.8))
        x, y = np.array(region.centroid) * shape - 0.5
        outline = [withStroke(linewidth=1.6, foreground="black")]
        axes.text(x, y, str(number), color="white", fontsize=7, ha="center", va="center", path_effects=outline)


def _draw_histogram(axes: Axes, prior: Prior, counts: NDArray[np.intp], edges: NDArray[np.float64]) -> None:
    middles = (edges[:-1] + edges[1:]) / 2
    found = prior.sign * (middles - prior.threshold) > 0
    colours = np.where(found, COLOURS[prior.target], OTHER_SIDE)
    axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=colours)
    axes.axvline(prior.threshold, color="black", linewidth=1)
    side = ">" if prior.sign > 0 else "<"
    drawing.title(axes, f"{prior.index} {side} {prior.threshold:.2f}")
    axes.set_xlabel(prior.index, fontsize=8)
    axes.set_ylabel("pixels", fontsize=8)
    axes.set_xlim(edges[0], edges[-1])
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
