"""What the regions of a mask have of the conditions that it was cut to: measured on the mask as it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spexlab.evidence.bounds import Bound
from spexlab.evidence.limits import SQUARE_METRES, Limits, Near, Size
from spexlab.scene.ground import region_areas


@dataclass(frozen=True)
class Fulfilled:
    """A condition beside the region that is nearest to breaking it."""

    words: str
    """The condition: "larger than 5 ha", "within 200 m of cropland"."""
    measured: str
    """What that region has: "smallest region: 5.2 ha"; "no region" where the mask is empty."""
    holds: bool


def fulfilled(
    mask: NDArray[np.bool_],
    limits: Limits,
    *,
    pixel_areas: NDArray[np.floating] | None = None,
    gaps: Sequence[NDArray[np.floating]] = (),
    indices: Sequence[NDArray[np.float32]] = (),
) -> tuple[Fulfilled, ...]:
    """Measure, for each size and each distance, the region of a mask (H, W) that is nearest to breaking it; for a bound, the pixel.

    `indices` are the values (H, W) of each of `limits.bounds`; the other arguments are those of
    `spexlab.evidence.limits.keep_limited`.
    """
    if not mask.any():
        return tuple(Fulfilled(str(one), "no region", holds=True) for one in (*limits.size, *limits.near, *limits.bounds))
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    bounds = (_bound(bound, values[mask]) for bound, values in zip(limits.bounds, indices, strict=True))
    return (*_sizes(labels, limits, pixel_areas), *_gaps(labels, count, limits, gaps), *bounds)


def _bound(bound: Bound, values: NDArray[np.float32]) -> Fulfilled:
    which, worst = ("lowest", values.min()) if bound.op == ">" else ("highest", values.max())
    return Fulfilled(str(bound), f"{which} {bound.index}: {worst:.2f}", holds=bool(bound.holds(values).all()))


def _sizes(labels: NDArray[np.int32], limits: Limits, areas: NDArray[np.floating] | None) -> Iterator[Fulfilled]:
    pixels = np.bincount(labels.ravel())[1:]
    metres = None if areas is None else region_areas(labels, areas)
    for size in limits.size:
        yield Fulfilled(str(size), _size_words(size, pixels, metres), holds=bool(size.holds(pixels, metres).all()))


def _size_words(size: Size, pixels: NDArray[np.integer], metres: NDArray[np.floating] | None) -> str:
    sizes = pixels if metres is None or size.unit == "pixels" else metres / SQUARE_METRES[size.unit]
    which, worst = ("smallest", sizes.min()) if size.op == ">" else ("largest", sizes.max())
    return f"{which} region: {worst:,.4g} {size.unit.replace('2', '²')}"


def _gaps(labels: NDArray[np.int32], count: int, limits: Limits, gaps: Sequence[NDArray[np.floating]]) -> Iterator[Fulfilled]:
    for near, gap in zip(limits.near, gaps, strict=True):
        closest = ndimage.minimum(gap, labels, np.arange(1, count + 1))
        yield Fulfilled(str(near), _gap_words(near, closest), holds=bool(near.holds(closest).all()))


def _gap_words(near: Near, closest: NDArray[np.floating]) -> str:
    which, worst = ("nearest", closest.min()) if near.negate else ("farthest", closest.max())
    if not np.isfinite(worst):
        return f"{which} region: farther away"
    unit = "m" if near.metres is not None else "pixels"
    return f"{which} region: {worst:,.0f} {unit} away"
