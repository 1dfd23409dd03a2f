"""A figure of an Extraction for a paper: the scene, its masks and probabilities, a legend, a scale bar and the words."""

import textwrap
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Patch

from spexlab.evidence.regions import share_words
from spexlab.extraction.findings import Findings
from spexlab.language.checking import agreement_words
from spexlab.scene import drawing
from spexlab.targets import COLOURS

_LINE, _MOST_LINES = 128, 12
_INCOMPLETE = "#ffe3a3"
"""Behind what an answer leaves out: an incomplete one looks different at first sight."""


def draw(extraction: Findings, colours: Mapping[str, str]) -> Figure:
    """Draw `Extraction.plot`: the scene, the same with the masks, the probability, and below them the words.

    The figure belongs to nobody's pyplot state, so that a loop over many scenes does not fill the memory; notebooks show it
    all the same.
    """
    scene, step = drawing.thinned(extraction.scene)
    picture, composite = drawing.picture(scene)
    height, width = picture.shape[:2]
    ratio, words = drawing.aspect(extraction.scene), _words(extraction)
    lost = textwrap.fill(extraction.request.incomplete, _LINE - 8)
    heights = (
        0.5 + 0.08 * len(extraction.targets) + 2.3 * min(height * ratio / width, 1.6) + 0.2 * len(lost.splitlines()),
        0.25 + 0.13 * len(words.splitlines()),
    )
    figure = Figure(figsize=(7.2, sum(heights)), dpi=200, layout="constrained")
    (above,), (below,) = figure.subfigures(2, 1, squeeze=False, height_ratios=heights)
    left, middle, right = above.subplots(1, 3)
    for axes in (left, middle):
        drawing.show(axes, picture, ratio)
    drawing.veil(middle, np.isnan(extraction.probability.values[0, ::step, ::step]), ratio)
    for target, mask in zip(extraction.targets, extraction.mask.values[:, ::step, ::step], strict=True):
        drawing.lay(middle, mask, colours.get(target, COLOURS[target]), ratio)
    _show_probability(right, extraction, step=step, ratio=ratio)
    for axes in (left, middle, right):
        axes.set_anchor("N")
    drawing.title(left, composite)
    drawing.title(middle, _headline(extraction))
    drawing.title(right, "probability" if len(extraction.targets) == 1 else "highest probability")
    _legend(middle, extraction, {**COLOURS, **colours})
    drawing.scale_bar(left, extraction.scene, step=step)
    drawing.north_arrow(left, extraction.scene, step=step)
    if lost:
        above.suptitle(lost, fontsize=8, weight="bold", parse_math=False, bbox={"facecolor": _INCOMPLETE, "edgecolor": "none"})
    below.text(0.01, 0.98, words, fontsize=7.5, ha="left", va="top", linespacing=1.35, parse_math=False)
    _caption(below, extraction)
    return figure


def _show_probability(axes: Axes, extraction: Findings, *, step: int, ratio: float) -> None:
    """The probability of the likeliest target in each pixel, blank where nobody looked."""
    layers = extraction.probability.values[:, ::step, ::step]
    image = axes.imshow(np.max(layers, axis=0), cmap="magma", vmin=0, vmax=1, interpolation="nearest", aspect=ratio)
    axes.set_axis_off()
    bar = axes.figure.colorbar(image, cax=axes.inset_axes((0.2, -0.06, 0.6, 0.03)), orientation="horizontal", ticks=[0, 0.5, 1])
    bar.ax.tick_params(labelsize=6, length=2)
    bar.outline.set_visible(False)


def _words(extraction: Findings) -> str:
    """The explanation, and what of it was checked, in lines that fit below the pictures."""
    lines = textwrap.wrap(extraction.explanation, _LINE, max_lines=_MOST_LINES, placeholder=" …")
    checked = agreement_words([claim for one in extraction.evidence for claim in one.claims])
    trust = [line for one in extraction.trust for line in textwrap.wrap(one.text, _LINE)]
    return "\n".join([*lines, *trust, *textwrap.wrap(checked, _LINE)])


def _headline(extraction: Findings) -> str:
    words = str(extraction.provenance["instruction"])
    return f"“{words if len(words) <= 48 else words[:47] + '…'}”"


def _legend(axes: Axes, extraction: Findings, colours: Mapping[str, str]) -> None:
    patches = [
        Patch(
            facecolor=to_rgba(colours[one.target], drawing.FILL),
            edgecolor=colours[one.target],
            label=f"{one.target} {share_words(one.measurement.share)}",
        )
        for one in extraction.evidence
    ]
    legend = axes.legend(handles=patches, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=2, fontsize=7.5, frameon=False)
    legend.set_in_layout(False)  # beside its column there is room; the pictures stay as large as one another


def _caption(figure: SubFigure, extraction: Findings) -> None:
    record = extraction.provenance
    title = str(record["scene"])[:80]
    untold = record["simulated"] and "simulated" not in title.lower()
    parts = [title, str(record["date"])[:10], "simulated" if untold else ""]
    words = " · ".join(part for part in parts if part)
    figure.text(0.01, 0.01, words, fontsize=6.5, color="0.35", ha="left", va="bottom", parse_math=False)
