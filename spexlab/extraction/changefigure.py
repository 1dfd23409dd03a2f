"""Figures over time: two dates and the change between them, and areas as lines."""

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from spexlab.extraction.findings import Findings
from spexlab.scene import drawing
from spexlab.targets import COLOURS

KIND_COLOURS = {"lost": "#d95f02", "gained": "#1b9e77", "stable": "#7570b3"}
"""Told apart by people of any colour vision (ColorBrewer, Dark2)."""
_LINE = 128


def draw_change(
    before: Findings, after: Findings, masks: Mapping[str, NDArray[np.bool_]], *, known: NDArray[np.bool_], words: str
) -> Figure:
    """Draw both scenes with their masks, the change between them, and the words.

    Parameters
    ----------
    masks : mapping
        By kind of change, (H, W) on the grid of the earlier scene.
    known : (H, W) bool array
        Where both dates were looked at.
    """
    lines = textwrap.wrap(words, _LINE)
    height = before.scene.sizes["y"] / before.scene.sizes["x"] * drawing.aspect(before.scene)
    heights = 0.7 + 2.3 * min(height, 1.6), 0.3 + 0.15 * len(lines)
    figure = Figure(figsize=(7.2, sum(heights)), dpi=200, layout="constrained")
    (above,), (below,) = figure.subfigures(2, 1, squeeze=False, height_ratios=heights)
    left, middle, right = above.subplots(1, 3)
    for axes, one in ((left, before), (middle, after)):
        _show_scene(axes, one)
    _show_kinds(right, before, masks, known)
    for axes in (left, middle, right):
        axes.set_anchor("N")
    below.text(0.01, 0.98, "\n".join(lines), fontsize=7.5, ha="left", va="top", linespacing=1.35, parse_math=False)
    return figure


def _show_scene(axes: Axes, found: Findings) -> None:
    scene, step = drawing.thinned(found.scene)
    picture, _ = drawing.picture(scene)
    ratio = drawing.aspect(found.scene)
    drawing.show(axes, picture, ratio)
    drawing.veil(axes, np.isnan(found.probability.values[0, ::step, ::step]), ratio)
    for target, mask in zip(found.targets, found.mask.values[:, ::step, ::step], strict=True):
        drawing.lay(axes, mask, COLOURS[target], ratio)
    drawing.title(axes, str(found.provenance["date"])[:10] or str(found.provenance["scene"])[:40])
    drawing.scale_bar(axes, found.scene, step=step)


def _show_kinds(axes: Axes, before: Findings, masks: Mapping[str, NDArray[np.bool_]], known: NDArray[np.bool_]) -> None:
    scene, step = drawing.thinned(before.scene)
    ratio = drawing.aspect(before.scene)
    grey = np.nan_to_num(drawing.picture(scene)[0].mean(axis=2, keepdims=True)).astype(np.uint8)
    drawing.show(axes, np.repeat(grey // 3 + 160, 3, axis=2), ratio)
    drawing.veil(axes, ~known[::step, ::step], ratio)
    for kind, mask in masks.items():
        drawing.lay(axes, mask[::step, ::step], KIND_COLOURS[kind], ratio, fill=0.9)
    patches = [Patch(facecolor=KIND_COLOURS[kind], label=kind) for kind in masks]
    legend = axes.legend(handles=patches, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=3, fontsize=7.5, frameon=False)
    legend.set_in_layout(False)
    drawing.title(axes, "change")


def draw_areas(table: pd.DataFrame, instruction: str) -> Figure:
    """Draw areas over time, a line a target; shares where areas are not known."""
    in_hectares = table["area_m2"].notna().all()
    figure = Figure(figsize=(6.0, 3.2), dpi=200, layout="constrained")
    axes = figure.subplots()
    for target, rows in table.groupby("target", sort=False):
        values = rows["area_m2"].astype(float) / 1e4 if in_hectares else rows["share"] * 100
        axes.plot(pd.DatetimeIndex(rows["date"]), values, marker="o", color=COLOURS[str(target)], label=str(target))
    axes.set_ylabel("area (ha)" if in_hectares else "share (%)")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
    if table["target"].nunique() > 1:
        axes.legend(frameon=False)
    drawing.title(axes, f"“{instruction}”")
    return figure
