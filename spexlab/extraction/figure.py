"""A figure of an Extraction for a paper: the scene, the masks over it, a legend and a scale bar."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from spexlab.area import crs_of, ground_cell
from spexlab.classes import COLOURS
from spexlab.scene import rgb

if TYPE_CHECKING:
    from spexlab.extraction.result import Extraction

LONGEST_SIDE = 1200
"""Pixels drawn along the longer side: more than a column of a journal prints."""
_FILL = 0.4


def draw(extraction: "Extraction") -> Figure:
    """Draw `Extraction.plot`: left the scene, right the same with the masks; both undistorted on the ground.

    The figure belongs to nobody's pyplot state, so that a loop over many scenes does not fill the memory; notebooks show it
    all the same.
    """
    step = -(-max(extraction.scene.sizes["y"], extraction.scene.sizes["x"]) // LONGEST_SIDE)
    scene = extraction.scene.isel(y=slice(None, None, step), x=slice(None, None, step)).compute()
    picture, composite = _picture(scene)
    height, width = picture.shape[:2]
    aspect = _aspect(extraction.scene)
    figure = Figure(figsize=(7.2, 0.6 + 3.55 * min(height * aspect / width, 1.6)), dpi=200, layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.imshow(picture, interpolation="nearest", aspect=aspect)
        axes.set_axis_off()
    _veil(right, np.isnan(extraction.probability.values[0, ::step, ::step]), aspect)
    for target, mask in zip(extraction.targets, extraction.mask.values[:, ::step, ::step], strict=True):
        _lay(right, mask, COLOURS[target], aspect)
    _title(left, composite)
    _title(right, _headline(extraction))
    _legend(figure, extraction)
    _scale_bar(left, extraction.scene, step=step)
    _caption(figure, extraction)
    return figure


def _picture(scene: xr.DataArray) -> tuple[NDArray[np.uint8], str]:
    """The scene in the best colours its bands allow, and what they are called; one grey band if there is no more."""
    for composite in ("true colour", "false colour"):
        try:
            return rgb(scene, composite=composite), composite
        except ValueError:
            continue
    band = scene.isel(band=0)
    low, high = np.nanpercentile(band.values, (2, 98))
    grey = np.nan_to_num(np.clip((band.values - low) / max(high - low, 1e-6), 0, 1)) * 255
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2), f"{scene['band'].values[0]} band"


def _aspect(scene: xr.DataArray) -> float:
    """Height of a pixel over its width, on the ground."""
    cell = ground_cell(scene)
    return cell[1] / cell[0] if cell else 1.0


def _lay(axes: Axes, mask: NDArray[np.bool_], colour: str, aspect: float) -> None:
    """Lay a mask over an image: a transparent fill, and an outline thinner than a pixel."""
    layer = np.zeros((*mask.shape, 4), dtype=np.float32)
    layer[mask] = to_rgba(colour, _FILL)
    axes.imshow(layer, interpolation="nearest", aspect=aspect)
    if mask.any() and not mask.all() and min(mask.shape) > 1:
        axes.contour(mask, levels=[0.5], colors=[colour], linewidths=0.6)


def _veil(axes: Axes, unknown: NDArray[np.bool_], aspect: float) -> None:
    """Pale where nobody looked: outside the area, and where there is no data."""
    layer = np.ones((*unknown.shape, 4), dtype=np.float32)
    layer[..., 3] = 0.65 * unknown
    axes.imshow(layer, interpolation="nearest", aspect=aspect)


def _headline(extraction: "Extraction") -> str:
    words = str(extraction.provenance["instruction"])
    return f"“{words if len(words) <= 48 else words[:47] + '…'}”"


def _title(axes: Axes, words: str) -> None:
    # A file's or a person's words are no mathematics: a dollar sign must not start a formula.
    axes.set_title(words[:1].upper() + words[1:], fontsize=9, parse_math=False)


def _legend(figure: Figure, extraction: "Extraction") -> None:
    patches = [
        Patch(
            facecolor=to_rgba(COLOURS[row["target"]], _FILL),
            edgecolor=COLOURS[row["target"]],
            label=f"{row['target']} {_share(row['share'])}",
        )
        for row in extraction.evidence
    ]
    figure.legend(handles=patches, loc="outside lower right", ncols=min(len(patches), 4), fontsize=8, frameon=False)


def _share(share: float) -> str:
    return "< 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


def _caption(figure: Figure, extraction: "Extraction") -> None:
    record = extraction.provenance
    title = str(record["scene"])[:80]
    untold = record["simulated"] and "simulated" not in title.lower()
    parts = [title, str(record["date"])[:10], "simulated" if untold else ""]
    words = " · ".join(part for part in parts if part)
    figure.text(0.01, 0.01, words, fontsize=6.5, color="0.35", ha="left", va="bottom", parse_math=False)


def _scale_bar(axes: Axes, scene: xr.DataArray, *, step: int) -> None:
    """A bar of a round length, about a quarter of the width; only where the ground is known."""
    cell = ground_cell(scene)
    if crs_of(scene) is None or cell is None:
        return
    columns, rows = len(range(0, scene.sizes["x"], step)), len(range(0, scene.sizes["y"], step))
    metres = _round_length(columns * cell[0] * step / 4)
    length = metres / (cell[0] * step)
    left, bottom, thick = 0.04 * columns, 0.95 * rows, 0.012 * rows
    axes.add_patch(Rectangle((left - thick, bottom - 5 * thick), length + 2 * thick, 6.5 * thick, color="black", alpha=0.45, lw=0))
    axes.add_patch(Rectangle((left, bottom - thick), length, thick, color="white", lw=0))
    label = f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"
    axes.text(left + length / 2, bottom - 1.5 * thick, label, color="white", fontsize=7, ha="center", va="bottom")


def _round_length(metres: float) -> float:
    """The largest of 1, 2, 5 x 10^n that is not longer.

    >>> _round_length(1280.0)
    1000.0
    """
    power = 10.0 ** np.floor(np.log10(metres))
    return float(max(factor for factor in (1.0, 2.0, 5.0) if factor * power <= metres) * power)
