"""Whether probabilities are true: of the pixels that are said to be water at 70 %, seven in ten should be."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spexlab.evaluation.cases import cases_of
from spexlab.evaluation.predictions import read_prediction
from spexlab.evaluation.scores import Estimate, mean_of_places
from spexlab.places import Place
from spexlab.scene import PixelKind
from spexlab.targets import TARGETS

_BINS = 10
Bins = NDArray[np.float64]
"""(3, bins): pixels, the sum of their probabilities, and how many are the target."""


def calibration_errors(folder: str | Path, places: Iterable[Place], kind: PixelKind) -> dict[str, Estimate]:
    """Expected calibration error (Guo et al. 2017) of kept answers, averaged over places, by target.

    The mean distance of probability from frequency over ten bins of probability, weighed by their pixels. Places that lack the
    target count: there, all that is said of it is too much. Answers without probabilities are left out.

    Parameters
    ----------
    folder
        As `predict` filled it.
    places
        As `predict` was given them.
    kind
        Kind of pixels.

    Raises
    ------
    FileNotFoundError
        If an answer is missing.
    """
    found: dict[str, dict[str, list[Bins]]] = {}
    for case in cases_of(places, absent=True):
        probability = read_prediction(folder, case.place.name, case.target).probability if case.kind == kind else None
        if probability is not None:
            known = case.known & np.isfinite(probability)
            bins = _bins(probability[known], case.present[known])
            found.setdefault(case.target, {}).setdefault(case.place.group, []).append(bins)
    means = {
        target: mean_of_places([_error(np.sum(bins, axis=0)) for bins in found[target].values()])
        for target in TARGETS
        if target in found
    }
    return {target: mean for target, mean in means.items() if mean is not None}


def _bins(probability: NDArray[np.float32], present: NDArray[np.bool_]) -> Bins:
    number = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    counted = (None, probability, present.astype(float))
    return np.stack([np.bincount(number, weights, minlength=_BINS).astype(float) for weights in counted])


def _error(bins: Bins) -> float:
    pixels, said, true = bins
    return float(np.abs(said - true).sum() / max(pixels.sum(), 1))
