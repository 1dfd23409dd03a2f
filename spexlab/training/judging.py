"""How good a model is on places it does not learn from: overlap by target, and a picture of one place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from spexlab.extraction.calibration import Cut
from spexlab.extraction.windows import Tile, TileReader, Window, whole_side
from spexlab.places import Place
from spexlab.scene.drawing import picture as scene_picture
from spexlab.targets import CLASSES, COLOURS, TARGETS
from spexlab.training.losses import overlap_loss

Bools = NDArray[np.bool_]
AskModel = Callable[[nn.Module, xr.DataArray, Sequence[str]], tuple[Tensor, Sequence[Cut]]]
"""(model, tile, targets) -> logits (T, H, W), and how each becomes a mask."""
LONGEST = 256
"""Side in pixels of what is looked at of a place: enough to judge by, and soon done."""
_LEAST = 20
"""Pixels of a target below which its overlap says nothing."""
_UNKNOWN, _NOTHING, _GAP = (255, 255, 255), (225, 225, 225), 6
_PANEL = 256
"""Side in pixels of a picture's panels."""


@dataclass(frozen=True, eq=False)
class _View:
    """What is looked at of a place."""

    tile: Tile
    """As the model reads it."""
    truth: dict[str, tuple[Bools, Bools]]
    """Where a target is, and where that is known, (H, W), for the targets that are there."""


class Judge:
    """Measures a model on places, as it would answer if it were asked to extract.

    Parameters
    ----------
    ask
        How the model is asked.
    places
        Places that it does not learn from. Of each, at most the first `LONGEST` rows and columns are looked at,
        in one piece.
    """

    def __init__(self, ask: AskModel, places: Sequence[Place]) -> None:
        self._ask = ask
        self._views = [view for view in map(_view, places) if view.truth]
        if not self._views:
            told = f"none of {len(places)} places has one"
            raise ValueError(f"places to judge by need a target of at least {_LEAST} labelled pixels, but {told}; give others.")

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Loss and intersection over union; ``iou`` is the mean over targets of the means over places, ``iou_<target>``."""
        losses, overlaps = [], dict[str, list[float]]()
        for view in self._views:
            logits, likely, cuts = self._answers(model, view, list(view.truth))
            present, known = (np.stack(maps) for maps in zip(*view.truth.values(), strict=True))
            losses.append(overlap_loss(logits, torch.from_numpy(present).float(), torch.from_numpy(known)).item())
            for name, iou in zip(view.truth, _overlap(_found(likely, cuts), present, known), strict=True):
                overlaps.setdefault(name, []).append(float(iou))
        means = {f"iou_{name.replace(' ', '_')}": float(np.mean(values)) for name, values in overlaps.items()}
        return {"iou": float(np.mean(list(means.values()))), "loss": float(np.mean(losses)), **means}

    def picture(self, model: nn.Module) -> Image.Image:
        """Image, truth and prediction of the first place, side by side."""
        view = self._views[0]
        # Classes; where the label knows unions alone, these.
        names = [name for name in view.truth if name in CLASSES] or list(view.truth)
        _, likely, cuts = self._answers(model, view, names)
        found = _found(likely, cuts) & (likely == likely.max(axis=0))
        truth = [view.truth[name] for name in names]
        known = np.any([known for _, known in truth], axis=0)
        image = scene_picture(view.tile.pixels[:, *view.tile.inside])[0]
        shown = _coloured(names, [present for present, _ in truth], known)
        return _side_by_side(image, shown, _coloured(names, found, np.ones_like(known)))

    @torch.no_grad()
    def _answers(self, model: nn.Module, view: _View, targets: list[str]) -> tuple[Tensor, NDArray[np.float32], Sequence[Cut]]:
        """Logits and probabilities (T, H, W) of targets, and their cuts."""
        training = model.training
        model.eval()
        logits, cuts = self._ask(model, view.tile.pixels, targets)
        model.train(training)
        logits = logits.float().cpu()[:, *view.tile.inside]
        return logits, np.stack([cut.probability(one.numpy()) for cut, one in zip(cuts, logits, strict=True)]), cuts


def _view(place: Place) -> _View:
    height, width = (min(length, LONGEST) for length in place.labels.shape)
    scene = place.scene[:, :height, :width].compute()
    truth = {}
    for target in TARGETS:
        present, known = (layer[:height, :width] for layer in place.truth(target))
        if (present & known).sum() >= _LEAST:
            truth[target] = (present, known)
    return _View(TileReader(scene, size=whole_side((height, width))).read(Window(0, 0, height, width)), truth)


def _found(likely: NDArray[np.float32], cuts: Sequence[Cut]) -> Bools:
    return np.stack([one > cut.threshold for one, cut in zip(likely, cuts, strict=True)])


def _overlap(found: Bools, present: Bools, known: Bools) -> NDArray[np.float64]:
    both = (found & present & known).sum((1, 2))
    either = ((found | present) & known).sum((1, 2))
    values: NDArray[np.float64] = both / np.maximum(either, 1)
    return values


def _coloured(names: Sequence[str], masks: Sequence[Bools] | Bools, known: Bools) -> NDArray[np.uint8]:
    """Targets (H, W) in their colours; what is none of them is grey, what nobody labelled white."""
    picture = np.full((*known.shape, 3), _NOTHING, dtype=np.uint8)
    picture[~known] = _UNKNOWN
    for name, mask in zip(names, masks, strict=True):
        picture[mask] = np.round(np.array(to_rgb(COLOURS[name])) * 255)
    return picture


def _side_by_side(*panels: NDArray[np.uint8]) -> Image.Image:
    scale = max(1, round(_PANEL / max(panels[0].shape[:2])))
    large = [np.kron(panel, np.ones((scale, scale, 1), dtype=np.uint8)) for panel in panels]
    gap = np.full((large[0].shape[0], _GAP, 3), 255, dtype=np.uint8)
    rows = [part for panel in large for part in (panel, gap)][:-1]
    return Image.fromarray(np.hstack(rows))
