"""Scores from a confusion matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Confusion:
    """How many pixels of each class were taken for which; a class with nothing to divide by scores NaN."""

    matrix: Floats
    """(N, M), M >= N: rows are the truth, columns the prediction. Columns beyond N are answers that are no class ("none")."""

    @classmethod
    def of(
        cls, truth: NDArray[np.integer], predicted: NDArray[np.integer], *, classes: int, answers: int | None = None
    ) -> "Confusion":
        """Count pixels.

        Parameters
        ----------
        truth
            Class of each pixel, 0 to `classes` - 1; any shape.
        predicted
            Answer to each pixel, 0 to `answers` - 1; the same shape.
        classes
            How many classes there are.
        answers
            How many answers there are; as many as classes unless told.
        """
        columns = answers or classes
        pairs = truth.ravel().astype(np.int64) * columns + predicted.ravel()
        return cls(np.bincount(pairs, minlength=classes * columns).reshape(classes, columns).astype(float))

    @classmethod
    def binary(cls, mask: NDArray[np.bool_], present: NDArray[np.bool_], known: NDArray[np.bool_]) -> "Confusion":
        """Compare a mask with where its target is, (H, W), over the known pixels; class 1 is the target."""
        return cls.of(present[known].astype(np.int8), mask[known].astype(np.int8), classes=2)

    def __add__(self, other: "Confusion") -> "Confusion":
        return Confusion(self.matrix + other.matrix)

    @property
    def total(self) -> float:
        """Pixels counted."""
        return float(self.matrix.sum())

    @cached_property
    def precision(self) -> Floats:
        """User's accuracy (N,): of what was called a class, how much is."""
        return _ratio(self._hits, self.matrix[:, : len(self.matrix)].sum(axis=0))

    @cached_property
    def recall(self) -> Floats:
        """Producer's accuracy (N,): of what is a class, how much was found."""
        return _ratio(self._hits, self.matrix.sum(axis=1))

    @cached_property
    def f1(self) -> Floats:
        """Harmonic mean of precision and recall (N,)."""
        return _ratio(2 * self._hits, self._called + self.matrix.sum(axis=1))

    @cached_property
    def iou(self) -> Floats:
        """Intersection over union (N,)."""
        return _ratio(self._hits, self._called + self.matrix.sum(axis=1) - self._hits)

    @property
    def overall_accuracy(self) -> float:
        """Share of pixels that were called what they are."""
        return float(_ratio(self._hits.sum(), self.matrix.sum()))

    @property
    def kappa(self) -> float:
        """Agreement beyond chance (Cohen 1960)."""
        rows, columns = self.matrix.sum(axis=1), self._called
        chance = float(_ratio((rows * columns).sum(), self.matrix.sum() ** 2))
        return float(_ratio(self.overall_accuracy - chance, 1.0 - chance))

    def of_equal_weight(self) -> "Confusion":
        """The same shares, summing up to one: a place as heavy as any other."""
        return Confusion(_ratio(self.matrix, self.matrix.sum()))

    @property
    def _hits(self) -> Floats:
        return np.diagonal(self.matrix)

    @property
    def _called(self) -> Floats:
        return np.asarray(self.matrix[:, : len(self.matrix)].sum(axis=0))


def _ratio(above: Floats | float, below: Floats | float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(below) == 0, np.nan, np.asarray(above, dtype=float) / below)


def pooled(confusions: Sequence[Confusion]) -> Confusion:
    """All pixels together.

    Raises
    ------
    ValueError
        If there is nothing to pool.
    """
    if not confusions:
        raise ValueError("at least one confusion matrix must be given to pool; none was.")
    return Confusion(np.sum([confusion.matrix for confusion in confusions], axis=0))
