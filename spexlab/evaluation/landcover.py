"""Which class is taken for which: the answers to single targets put together to a map, beside the label."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spexlab.evaluation.cases import cases_of
from spexlab.evaluation.predictions import read_prediction
from spexlab.evidence.confusion import Confusion, pooled
from spexlab.places import Place
from spexlab.scene import PixelKind, pixel_kind
from spexlab.targets import CLASSES, TARGETS, label_codes

NONE = "none"
"""The answer for a pixel that no class claims."""


@dataclass(frozen=True)
class LandCover:
    """A confusion matrix with the names of its rows; its columns are these and `NONE`."""

    names: tuple[str, ...]
    confusion: Confusion
    places: int


def land_cover(folder: str | Path, places: Iterable[Place], kind: PixelKind) -> LandCover | None:
    """Confuse classes over the places of which the label knows all; each place weighs the same.

    A pixel belongs to the class of the highest probability, or to none if that is not above one half. Methods without
    probabilities cannot be compared like this. None if there is no such place.

    Raises
    ------
    FileNotFoundError
        If no answers are kept for a place.
    ValueError
        If a kept answer has no probability.
    """
    names = _names(kind)
    groups: dict[str, list[Confusion]] = {}
    for place in places:
        if place.complete_for is None and pixel_kind(place.scene) == kind:
            groups.setdefault(place.group, []).append(_confusion(Path(folder), place, names))
    together = [pooled(found).of_equal_weight() for found in groups.values()]
    return LandCover(names, pooled(together), len(together)) if together else None


def _names(kind: PixelKind) -> tuple[str, ...]:
    """Classes without those that such pixels cannot tell apart."""
    if kind == "fine":
        return tuple(CLASSES)
    seen = {TARGETS[name].at_coarse for name in CLASSES}
    return tuple(name for name in TARGETS if name in seen)


def _confusion(folder: Path, place: Place, names: Sequence[str]) -> Confusion:
    truth = np.full(place.labels.shape, -1, dtype=np.int64)
    for row, name in enumerate(names):
        truth[np.isin(place.labels, label_codes(name))] = row
    asked = {case.target for case in cases_of([place], absent=True)}
    layers = [_probability(folder, place, name) if name in asked else np.zeros(truth.shape, np.float32) for name in names]
    stack = np.stack(layers)
    answer = np.where(stack.max(axis=0) > 0.5, stack.argmax(axis=0), len(names))
    known = truth >= 0
    return Confusion.of(truth[known], answer[known], classes=len(names), answers=len(names) + 1)


def _probability(folder: Path, place: Place, target: str) -> NDArray[np.float32]:
    answer = read_prediction(folder, place.name, target)
    if answer.probability is None and answer.mask.any():
        raise ValueError(f"a map of classes needs probabilities; the answers in {str(folder)!r} are masks only.")
    return answer.mask.astype(np.float32) if answer.probability is None else np.nan_to_num(answer.probability)
