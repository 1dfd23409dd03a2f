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

from spexlab.places import Place
from spexlab.scene.drawing import picture as scene_picture
from spexlab.targets import CLASSES, COLOURS, TARGETS
from spexlab.training.losses import overlap_loss

Bools = NDArray[np.bool_]
Predict = Callable[[nn.Module, xr.DataArray, Sequence[str]], Tensor]
"""(model, scene, targets) -> logits (T, H, W)."""
LONGEST = 256
"""Side in pixels of what is looked at of a place: enough to judge by, and soon done."""
_LEAST = 20
"""Pixels of a target below which its overlap says nothing."""
_NO_CLASS = 255
_UNKNOWN, _NOTHING, _GAP = (255, 255, 255), (225, 225, 225), 6
_PANEL = 256
"""Side in pixels of a picture's panels."""


@dataclass(frozen=True, eq=False)
class _View:
    """What is looked at of a place."""

    scene: xr.DataArray
    labels: NDArray[np.uint8]
    """(H, W)"""
    truth: dict[str, tuple[Bools, Bools]]
    """Where a target is, and where that is known, for the targets that are there."""


class Judge:
    """Measures a model on places.

    Parameters
    ----------
    predict
        How the model is asked.
    places
        Places that it does not learn from. Of each, at most the first `LONGEST` rows and columns are looked at.
    """

    def __init__(self, predict: Predict, places: Sequence[Place]) -> None:
        self._predict = predict
        self._views = [view for view in map(_view, places) if view.truth]
        if not self._views:
            told = f"none of {len(places)} places has one"
            raise ValueError(f"places to judge by need a target of at least {_LEAST} labelled pixels, but {told}; give others.")

    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Loss and intersection over union; ``iou`` is the mean over targets of the means over places, ``iou_<target>``."""
        losses, overlaps = [], dict[str, list[float]]()
        for view in self._views:
            logits = self._ask(model, view.scene, list(view.truth))
            present, known = (torch.from_numpy(np.stack(maps)) for maps in zip(*view.truth.values(), strict=True))
            losses.append(overlap_loss(logits, present.float(), known).item())
            for name, iou in zip(view.truth, _overlap(logits > 0, present, known), strict=True):
                overlaps.setdefault(name, []).append(iou)
        means = {f"iou_{name.replace(' ', '_')}": float(np.mean(values)) for name, values in overlaps.items()}
        return {"iou": float(np.mean(list(means.values()))), "loss": float(np.mean(losses)), **means}

    def picture(self, model: nn.Module) -> Image.Image:
        """Image, truth and prediction of the first place, side by side."""
        view = self._views[0]
        names = [name for name, code in CLASSES.items() if (view.labels == code).any()]
        logits = self._ask(model, view.scene, names)
        best = np.array([CLASSES[name] for name in names], dtype=np.uint8)[logits.argmax(0).numpy()]
        found = np.where((logits > 0).any(0).numpy(), best, _NO_CLASS).astype(np.uint8)
        return _side_by_side(scene_picture(view.scene)[0], _coloured(view.labels), _coloured(found))

    @torch.no_grad()
    def _ask(self, model: nn.Module, scene: xr.DataArray, targets: list[str]) -> Tensor:
        training = model.training
        model.eval()
        logits = self._predict(model, scene, targets).float().cpu()
        model.train(training)
        return logits


def _view(place: Place) -> _View:
    height, width = (min(side, LONGEST) - min(side, LONGEST) % 32 for side in place.labels.shape)
    labels = place.labels[:height, :width]
    truth = {}
    for target in TARGETS:
        present, known = (layer[:height, :width] for layer in place.truth(target))
        if (present & known).sum() >= _LEAST:
            truth[target] = (present, known)
    return _View(place.scene[:, :height, :width].compute(), labels, truth)


def _overlap(found: Tensor, present: Tensor, known: Tensor) -> list[float]:
    both = (found & present & known).sum((1, 2))
    either = ((found | present) & known).sum((1, 2))
    values: list[float] = (both / either.clamp(min=1)).tolist()
    return values


def _coloured(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Class codes (H, W) in the classes' colours; what is no class is grey, what nobody labelled white."""
    picture = np.full((*codes.shape, 3), _NOTHING, dtype=np.uint8)
    picture[codes == 0] = _UNKNOWN
    for name, code in CLASSES.items():
        picture[codes == code] = np.round(np.array(to_rgb(COLOURS[name])) * 255)
    return picture


def _side_by_side(*panels: NDArray[np.uint8]) -> Image.Image:
    scale = max(1, round(_PANEL / max(panels[0].shape[:2])))
    large = [np.kron(panel, np.ones((scale, scale, 1), dtype=np.uint8)) for panel in panels]
    gap = np.full((large[0].shape[0], _GAP, 3), 255, dtype=np.uint8)
    rows = [part for panel in large for part in (panel, gap)][:-1]
    return Image.fromarray(np.hstack(rows))
