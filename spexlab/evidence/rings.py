"""What an index says inside a region and in the ring around it: the one definition of "around"."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
Values = NDArray[np.float32]

RING = 3
"""Width in pixels of the ring in which "around" is measured: rows and columns beside a region, corners included."""
MIN_RING = 8
"""Fewer ring pixels than this (what surrounds one pixel) are too few to speak of a surrounding."""


def region_means(labels: NDArray[np.integer], values: Values) -> list[tuple[float | None, float | None]]:
    """Mean value inside each region and around it, as `measure` and `find_regions` have it.

    Parameters
    ----------
    labels : (H, W) int array
        Regions 1, 2, ... of one mask, 0 outside it.
    values : (H, W) float array
        NaN = unknown.
    """
    return [means_in_box(labels, number, box, values) for number, box in enumerate(ndimage.find_objects(labels), start=1)]


def means_in_box(
    labels: NDArray[np.integer], number: int, box: tuple[slice, slice], values: Values
) -> tuple[float | None, float | None]:
    """Means of the region of this number, for which no more is looked at than its box and the ring."""
    wide = tuple(slice(max(s.start - RING, 0), s.stop + RING) for s in box)
    return means(labels[wide] == number, labels[wide] > 0, values[wide])


def means(region: Mask, mask: Mask, values: Values) -> tuple[float | None, float | None]:
    """Mean value inside a region and in the ring outside both it and the mask."""
    ring = ndimage.maximum_filter(region.view(np.uint8), size=2 * RING + 1, mode="constant").astype(bool) & ~mask
    return mean(values[region]), mean(values[ring], at_least=MIN_RING)


def mean(values: Values, *, at_least: int = 1) -> float | None:
    """Mean of the known values; None where there are too few."""
    finite = values[np.isfinite(values)]
    return float(finite.mean(dtype=np.float64)) if finite.size >= at_least else None
