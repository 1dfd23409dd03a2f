"""What reference samples say about a map: error matrix, accuracies and areas, with their confidence intervals.

After Olofsson et al. 2014 (Good practices for estimating area and assessing accuracy of land change, Remote Sensing of Environment
148, 42-57): samples drawn at random within the mapped classes are weighted by the area that each class has on the map, so that the
area of a class is estimated from the reference, and the map only makes that estimate narrower.
"""

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST = 2
"""Samples without which a mapped class has no variance."""


@dataclass(frozen=True, eq=False)
class Assessment:
    """What reference samples say about a map; N classes, intervals as half widths."""

    classes: tuple[str, ...]
    """Names, in the order of all arrays."""
    counts: Floats
    """(N, N) samples: rows are the map, columns the reference."""
    mapped: Floats
    """(N,) area of each class on the map, in `unit`."""
    unit: str = "ha"
    confidence: float = 0.95
    """Share of intervals, over many draws of samples, that hold the truth."""
    left_out: int = 0
    """Samples that lie where nothing is mapped."""

    def __post_init__(self) -> None:
        """Refuse what allows no estimate."""
        self._check()

    @cached_property
    def proportions(self) -> Floats:
        """Estimated shares of the whole area (N, N), rows the map, columns the reference (equation 4)."""
        return self._weights[:, None] * self._within

    @cached_property
    def users(self) -> Floats:
        """User's accuracy (N,): of what is mapped as a class, how much is (equation 2); NaN for a class that is not mapped."""
        return _ratio(np.diagonal(self.proportions), self.proportions.sum(axis=1))

    @cached_property
    def users_interval(self) -> Floats:
        """Half widths (N,) of the intervals of `users` (equation 6)."""
        return np.asarray(self._z * np.sqrt(self.users * (1 - self.users) / (self._samples - 1)))

    @cached_property
    def producers(self) -> Floats:
        """Producer's accuracy (N,): of what is a class, how much is mapped as it (equation 3); NaN for a class that was not met."""
        return _ratio(np.diagonal(self.proportions), self._shares)

    @cached_property
    def producers_interval(self) -> Floats:
        """Half widths (N,) of the intervals of `producers` (equation 7)."""
        area, share, within = self._weights, self.producers, self._within
        spread = area[:, None] ** 2 * within * (1 - within) / (self._samples - 1)[:, None]
        of_others = spread.sum(axis=0) - np.diagonal(spread)
        variance = (1 - share) ** 2 * np.diagonal(spread) + share**2 * of_others
        return self._z * _ratio(np.sqrt(variance), self._shares)

    @cached_property
    def iou(self) -> Floats:
        """Intersection over union (N,) of each class on the map and in the reference, by area; NaN for a class that is nowhere."""
        both = np.diagonal(self.proportions)
        return _ratio(both, self.proportions.sum(axis=1) + self._shares - both)

    @property
    def overall(self) -> float:
        """Overall accuracy: share of the area that is mapped as what it is (equation 1)."""
        return float(np.trace(self.proportions))

    @property
    def overall_interval(self) -> float:
        """Half width of the interval of `overall` (equation 5)."""
        right = np.diagonal(self._within)
        variance = self._weights**2 * right * (1 - right) / (self._samples - 1)
        return float(self._z * np.sqrt(variance.sum()))

    @cached_property
    def areas(self) -> Floats:
        """Estimated area (N,) of each class in `unit`, by the reference (equations 8 and 9)."""
        return np.asarray(self._shares * self.mapped.sum())

    @cached_property
    def areas_interval(self) -> Floats:
        """Half widths (N,) of the intervals of `areas` (equations 10 to 12)."""
        spread = self._weights[:, None] ** 2 * self._within * (1 - self._within) / (self._samples - 1)[:, None]
        return np.asarray(self._z * self.mapped.sum() * np.sqrt(spread.sum(axis=0)))

    @property
    def matrix(self) -> pd.DataFrame:
        """The error matrix of sample counts: rows the map, columns the reference."""
        frame = pd.DataFrame(self.counts.astype(int), index=list(self.classes), columns=list(self.classes))
        return frame.rename_axis(index="map", columns="reference")

    @property
    def table(self) -> pd.DataFrame:
        """One row a class: samples, accuracies, mapped and estimated area, each with the half width of its interval."""
        columns = {
            "samples": self.counts.sum(axis=1).astype(int),
            "user's accuracy": self.users,
            "user's ±": self.users_interval,
            "producer's accuracy": self.producers,
            "producer's ±": self.producers_interval,
            f"mapped {self.unit}": self.mapped,
            f"estimated {self.unit}": self.areas,
            f"estimated ±{self.unit}": self.areas_interval,
        }
        return pd.DataFrame(columns, index=pd.Index(self.classes, name="class"))

    def __str__(self) -> str:
        left_out = f"; {self.left_out} samples lie where nothing is mapped" if self.left_out else ""
        return (
            f"{self.table.round(3).to_string()}\n"
            f"overall accuracy {self.overall:.3f} ± {self.overall_interval:.3f} ({self.confidence:.0%} confidence{left_out})"
        )

    @property
    def _samples(self) -> Floats:
        """Samples (N,) of each mapped class; a class that is not mapped adds no variance."""
        return np.where(self.mapped > 0, self.counts.sum(axis=1), np.inf)

    @property
    def _weights(self) -> Floats:
        return np.asarray(self.mapped / self.mapped.sum())

    @property
    def _within(self) -> Floats:
        """Shares (N, N) of each row's samples."""
        return np.asarray(self.counts / np.maximum(self.counts.sum(axis=1), 1)[:, None])

    @property
    def _shares(self) -> Floats:
        """Estimated share (N,) of each class by the reference."""
        return np.asarray(self.proportions.sum(axis=0))

    @property
    def _z(self) -> float:
        return NormalDist().inv_cdf(0.5 + self.confidence / 2)

    def _check(self) -> None:
        number = len(self.classes)
        if self.counts.shape != (number, number) or self.mapped.shape != (number,):
            raise ValueError(
                f"{number} classes need {number} x {number} counts and {number} areas, but {self.counts.shape} and "
                f"{self.mapped.shape} were given"
            )
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence must lie between 0 and 1, but {self.confidence:g} was given; 0.95 is usual")
        if not (np.isfinite(self.mapped).all() and (self.mapped >= 0).all() and self.mapped.sum() > 0 and (self.counts >= 0).all()):
            raise ValueError(
                "areas and counts must be numbers that are not negative, and something must be mapped; look at the map"
            )
        few = [
            f"{name} has {count:g}"
            for name, count, area in zip(self.classes, self.counts.sum(axis=1), self.mapped, strict=True)
            if area > 0 and count < FEWEST
        ]
        if few:
            raise ValueError(
                f"each class on the map needs at least {FEWEST} reference samples, better 50, but {', '.join(few)}; "
                "label more there (`draw_samples` says where)"
            )


def _ratio(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below == 0, np.nan, above / below))
