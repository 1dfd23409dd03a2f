"""What an index says inside a region and in the ring around it: the one definition of "around"."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spexlab.evidence.strips import loaded, strips

Mask = NDArray[np.bool_]
Values = NDArray[np.float32]

RING = 3
"""Width in pixels of the ring in which "around" is measured: rows and columns beside a region, corners included."""
MIN_RING = 8
"""Fewer ring pixels than this (what surrounds one pixel) are too few to speak of a surrounding."""


@dataclass(frozen=True, eq=False)
class KnownValues:
    """Index values where they count."""

    values: Any
    """(H, W) floats, NaN = unknown; in memory or lazy."""
    where: Mask | None = None
    """(H, W) pixels that count; None: all."""

    def __getitem__(self, box: tuple[slice, slice]) -> "KnownValues":
        return KnownValues(self.values[box], None if self.where is None else self.where[box])

    def mean(self, chosen: Mask, *, at_least: int = 1) -> float | None:
        """Mean of the known values of some pixels (H, W); None where there are too few."""
        total, count = 0.0, 0
        for rows in strips(len(chosen)):
            part = chosen[rows] if self.where is None else chosen[rows] & self.where[rows]
            if part.any():
                values = loaded(self.values[rows])[part]
                finite = values[np.isfinite(values)]
                total, count = total + float(finite.sum(dtype=np.float64)), count + finite.size
        return total / count if count >= at_least else None


def region_means(labels: NDArray[np.integer], values: Values) -> list[tuple[float | None, float | None]]:
    """Mean value inside each region and around it, as `measure` and `find_regions` have it.

    Parameters
    ----------
    labels : (H, W) int array
        Regions 1, 2, ... of one mask, 0 outside it.
    values : (H, W) float array
        NaN = unknown.
    """
    known = KnownValues(values)
    return [means_in_box(labels, number, box, known) for number, box in enumerate(ndimage.find_objects(labels), start=1)]


def means_in_box(
    labels: NDArray[np.integer], number: int, box: tuple[slice, slice], known: KnownValues
) -> tuple[float | None, float | None]:
    """Means of the region of this number, for which no more is looked at than its box and the ring."""
    rows, columns = (slice(max(s.start - RING, 0), s.stop + RING) for s in box)
    part = labels[rows, columns]
    return means(part == number, part > 0, known[rows, columns])


def means(region: Mask, mask: Mask, known: KnownValues) -> tuple[float | None, float | None]:
    """Mean value inside a region and in the ring outside both it and the mask."""
    ring = ndimage.maximum_filter(region.view(np.uint8), size=2 * RING + 1, mode="constant").astype(bool) & ~mask
    return known.mean(region), known.mean(ring, at_least=MIN_RING)
