"""The spectral index and the threshold that were best on training places."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evaluation import Case, Prediction, cases_of
from spexlab.evaluation.baselines.candidates import candidates, index_values
from spexlab.places import Place
from spexlab.scene import PixelKind, pixel_kind

THRESHOLDS = np.round(np.arange(-0.6, 0.81, 0.05), 2)


@dataclass(frozen=True)
class FixedIndex:
    """An index at its best threshold."""

    index: str
    threshold: float
    iou: float
    """Place-averaged, on the places it was chosen on; one whose bands do not allow the index counts 0."""


class FixedThreshold:
    """The index and the threshold with the best place-averaged IoU, for each target and kind of pixels.

    In a scene that lacks the bands of the best index, the next best one is used, at its own best threshold. Fitted on the very
    places that it is measured on, it is an oracle: what no fixed threshold can surpass.
    """

    def __init__(self, *, name: str = "best fixed threshold") -> None:
        self.name = name
        self.choices: dict[tuple[PixelKind, str], tuple[FixedIndex, ...]] = {}
        """Best first."""

    @property
    def identity(self) -> str:
        """Hash of what was chosen."""
        chosen = [[*key, *([c.index, c.threshold] for c in self.choices[key])] for key in sorted(self.choices)]
        return hashlib.sha256(json.dumps(chosen).encode()).hexdigest()

    def fit(self, places: Iterable[Place]) -> Self:
        """Choose on labelled places."""
        cases: dict[tuple[PixelKind, str], list[Case]] = {}
        for case in cases_of(places):
            cases.setdefault((case.kind, case.target), []).append(case)
        self.choices = {key: _ranked(found) for key, found in cases.items()}
        return self

    def predict(self, scene: xr.DataArray, target: str) -> Prediction | None:
        """Threshold the best index that the bands allow; None if they allow none, or no training place had the target."""
        for choice in self.choices.get((pixel_kind(scene), target), ()):
            values = index_values(scene, choice.index)
            if values is not None:
                return Prediction(values > choice.threshold, provenance={"index": choice.index, "threshold": choice.threshold})
        return None


def _ranked(cases: Sequence[Case]) -> tuple[FixedIndex, ...]:
    """Every candidate at its best threshold, best first; without those that no place allows."""
    groups = len({case.place.group for case in cases})
    choices = []
    for index in candidates(cases[0].target):
        counts: dict[str, NDArray[np.int64]] = {}
        for case in cases:
            values = index_values(case.place.scene, index)
            if values is not None:
                counts[case.place.group] = counts.get(case.place.group, np.int64(0)) + _overlap(values, case)
        if counts:
            iou = np.sum([inter / np.maximum(union, 1) for inter, union in counts.values()], axis=0) / groups
            best = int(np.argmax(iou))
            choices.append(FixedIndex(index, float(THRESHOLDS[best]), float(iou[best])))
    return tuple(sorted(choices, key=lambda choice: choice.iou, reverse=True))


def _overlap(values: NDArray[np.float32], case: Case) -> NDArray[np.int64]:
    """Intersection and union (2, T) at every threshold, from one histogram each."""
    passed = np.searchsorted(THRESHOLDS.astype(np.float32), np.nan_to_num(values, nan=-np.inf), side="left")
    hits, found = (_above(passed[where]) for where in (case.present & case.known, case.known))
    return np.stack([hits, found + case.pixels - hits])


def _above(passed: NDArray[np.intp]) -> NDArray[np.int64]:
    """How many values lie above each threshold, given how many thresholds lie below each value."""
    counts = np.bincount(passed, minlength=len(THRESHOLDS) + 1)
    return counts[::-1].cumsum()[::-1][1:].astype(np.int64)
