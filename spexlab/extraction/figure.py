"""A figure of an Extraction for a paper: the scene, the masks over it, a legend and a scale bar."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from spexlab import drawing
from spexlab.classes import COLOURS

if TYPE_CHECKING:
    from spexlab.extraction.result import Extraction


def draw(extraction: "Extraction") -> Figure:
    """Draw `Extraction.plot`: left the scene, right the same with the masks; both undistorted on the ground.

    The figure belongs to nobody's pyplot state, so that a loop over many scenes does not fill the memory; notebooks show it
    all the same.
    """
    scene, step = drawing.thinned(extraction.scene)
    picture, composite = drawing.picture(scene)
    height, width = picture.shape[:2]
    ratio = drawing.aspect(extraction.scene)
    figure = Figure(figsize=(7.2, 0.6 + 3.55 * min(height * ratio / width, 1.6)), dpi=200, layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        drawing.show(axes, picture, ratio)
    drawing.veil(right, np.isnan(extraction.probability.values[0, ::step, ::step]), ratio)
    for target, mask in zip(extraction.targets, extraction.mask.values[:, ::step, ::step], strict=True):
        drawing.lay(right, mask, COLOURS[target], ratio)
    drawing.title(left, composite)
    drawing.title(right, _headline(extraction))
    _legend(figure, extraction)
    drawing.scale_bar(left, extraction.scene, step=step)
    _caption(figure, extraction)
    return figure


def _headline(extraction: "Extraction") -> str:
    words = str(extraction.provenance["instruction"])
    return f"“{words if len(words) <= 48 else words[:47] + '…'}”"


def _legend(figure: Figure, extraction: "Extraction") -> None:
    patches = [
        Patch(
            facecolor=to_rgba(COLOURS[row["target"]], drawing.FILL),
            edgecolor=COLOURS[row["target"]],
            label=f"{row['target']} {drawing.share_text(row['share'])}",
        )
        for row in extraction.evidence
    ]
    figure.legend(handles=patches, loc="outside lower right", ncols=min(len(patches), 4), fontsize=8, frameon=False)


def _caption(figure: Figure, extraction: "Extraction") -> None:
    record = extraction.provenance
    title = str(record["scene"])[:80]
    untold = record["simulated"] and "simulated" not in title.lower()
    parts = [title, str(record["date"])[:10], "simulated" if untold else ""]
    words = " · ".join(part for part in parts if part)
    figure.text(0.01, 0.01, words, fontsize=6.5, color="0.35", ha="left", va="bottom", parse_math=False)
