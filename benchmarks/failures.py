"""Where the checkpoint is right and wrong, in pictures: image, label, its mask and the spectral index's.

    python benchmarks/failures.py --data ../shared/data --out docs/images/failures.png

Made from the answers that ``benchmarks/accuracy.py`` keeps. For each target two places are shown: the one whose IoU is nearest to
the median of all, and the worst one. Only places whose licence is clear and allows any use are shown, unless told otherwise; the
ranks below the pictures are among all places. Of a large scene the window with most of the target is shown, with the IoU of the
whole scene.
"""

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from accuracy import CACHE, folder_of
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import uniform_filter

import spexlab
from spexlab.evaluation import AskedSpex, Case, Confusion, cases_of, read_prediction, split_places
from spexlab.evidence.prior import spectral_prior
from spexlab.places import Place, open_places
from spexlab.scene import PixelKind, drawing
from spexlab.scene.outputs import replacing

CHOSEN: tuple[tuple[str, PixelKind], ...] = (
    ("water", "coarse"),
    ("trees", "coarse"),
    ("cropland", "coarse"),
    ("bare", "coarse"),
    ("built-up", "coarse"),
    ("buildings", "fine"),
)
SIDE = 256
"""Pixels of the longest side shown."""
# Okabe & Ito (2008): told apart under the common colour-vision deficiencies.
LEGEND = {"unlabelled": "#DDDDDD", "rightly left out": "#FFFFFF", "found": "#009E73", "false alarm": "#D55E00", "missed": "#0072B2"}


class Shown(NamedTuple):
    """A case beside its answer."""

    case: Case
    mask: NDArray[np.bool_]
    iou: float
    rank: str
    """Among all places: "3 of 9", the best being the first."""


def main() -> None:
    """Draw and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled places (manifest.json, scenes/, labels/)")
    parser.add_argument("--model", default="spex-tiny", help="name or folder of the checkpoint")
    parser.add_argument("--predictions", type=Path, default=CACHE, help="where accuracy.py kept its answers (default: %(default)s)")
    parser.add_argument("--any-licence", action="store_true", help="show every place: for your own eyes, not for publishing")
    parser.add_argument("--out", type=Path, required=True, help="PNG to write")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    folder = folder_of(options.predictions, AskedSpex(spexlab.load_model(options.model)), "all")
    places = split_places(open_places(options.data), options.model)["held-out"]
    shown = [s for target, kind in CHOSEN for s in choose(folder, places, target, kind, any_licence=options.any_licence)]
    save(draw(shown), options.out)


def may_be_published(place: Place) -> bool:
    """Whether a picture of a place may be shown to all."""
    return bool(place.extra.get("licence_clear")) and not place.extra.get("non_commercial")


def choose(folder: Path, places: Sequence[Place], target: str, kind: PixelKind, *, any_licence: bool) -> list[Shown]:
    """Pick the worst scene and, before it, that of the others which is nearest to the median IoU, of those that may be shown.

    Each place counts by its worst scene.
    """
    worst: dict[str, tuple[float, Case, NDArray[np.bool_]]] = {}
    for case in cases_of(places):
        if (case.target, case.kind) == (target, kind):
            mask = read_prediction(folder, case.place.name, target).mask
            found = _iou(case, mask), case, mask
            worst[case.place.group] = min(worst.get(case.place.group, found), found, key=lambda entry: entry[0])
    ranked = sorted(worst.values(), key=lambda entry: entry[0], reverse=True)
    shown = [Shown(case, mask, iou, f"{rank} of {len(ranked)}") for rank, (iou, case, mask) in enumerate(ranked, 1)]
    allowed = [s for s in shown if any_licence or may_be_published(s.case.place)]
    if len(allowed) < 2:
        return allowed
    middle = float(np.median([s.iou for s in shown]))
    return [min(allowed[:-1], key=lambda s: abs(s.iou - middle)), allowed[-1]]


def _iou(case: Case, mask: NDArray[np.bool_]) -> float:
    return float(Confusion.binary(mask, case.present, case.known).iou[1])


def draw(shown: Sequence[Shown]) -> Figure:
    """Lay out two cases a row, four pictures each."""
    rows = -(-len(shown) // 2)
    figure = Figure(figsize=(10.0, 1.45 * rows + 0.5), layout="constrained")
    for column, half in enumerate(figure.subfigures(1, 2, wspace=0.03)):
        grid = half.subplots(rows, 4, squeeze=False)
        for axes, title in zip(grid[0], ("image", "label", "prediction", "index alone"), strict=True):
            axes.set_title(title, fontsize=8)
        for i, row in enumerate(grid):
            if 2 * i + column < len(shown):
                _row(row, shown[2 * i + column])
            else:
                for axes in row:
                    axes.set_axis_off()
    patches = [Patch(facecolor=colour, edgecolor="#666666", linewidth=0.5, label=name) for name, colour in LEGEND.items()]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(patches), fontsize=8, frameon=False)
    return figure


def _row(row: Sequence[Axes], shown: Shown) -> None:
    case, scene = shown.case, shown.case.place.scene
    window = _window(case)
    image, _ = drawing.picture(scene[:, window[0], window[1]])
    row[0].imshow(image, interpolation="nearest")
    row[0].set_ylabel(case.target, fontsize=8)
    _show(row[1], case, case.present, window, case.place.name.replace("_", " "))
    _show(row[2], case, shown.mask, window, f"IoU {shown.iou:.2f}, {shown.rank}")
    prior = spectral_prior(scene, case.target)
    if prior is None:
        row[3].text(0.5, 0.5, "no index\nfor these bands", ha="center", va="center", fontsize=7, transform=row[3].transAxes)
        row[3].set_box_aspect(1.0)
    else:
        _show(row[3], case, prior.mask, window, f"IoU {_iou(case, prior.mask):.2f}")
    for axes in row:
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(linewidth=0.4, color="#666666")


def _show(axes: Axes, case: Case, mask: NDArray[np.bool_], window: tuple[slice, slice], words: str) -> None:
    codes = np.select([~case.known, case.present & mask, mask, case.present], [0, 2, 3, 4], default=1)
    axes.imshow(codes[window], cmap=ListedColormap(list(LEGEND.values())), vmin=0, vmax=len(LEGEND) - 1, interpolation="nearest")
    axes.set_xlabel(words, fontsize=7, labelpad=2)


def _window(case: Case) -> tuple[slice, slice]:
    """Rows and columns of the square, of `SIDE` pixels at most, that holds most of the target."""
    side = min(SIDE, *case.known.shape)
    share = uniform_filter((case.present & case.known).astype(np.float32), side, mode="constant")
    half = side // 2
    inner = share[half : half + case.known.shape[0] - side + 1, half : half + case.known.shape[1] - side + 1]
    top, start = np.unravel_index(int(np.argmax(inner)), inner.shape)
    return slice(int(top), int(top) + side), slice(int(start), int(start) + side)


def save(figure: Figure, path: Path) -> None:
    """Write a PNG of 256 colours, which are enough here and a third of the bytes."""
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=130)
        with Image.open(temporary) as image:
            small = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        small.save(temporary, format="png", optimize=True)


if __name__ == "__main__":
    main()
