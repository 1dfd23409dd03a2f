"""Limits of size and place that an instruction may set: the largest lake, water in the north-west.

The model finds every lake; a limit then keeps part of the mask. Directions are those of the map: north is up, and as scenes are
north-up, "the top" and "the left" mean north and west.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

SIZE_LIMITS = ("largest", "smallest")
"""Limits that keep one connected region of each target."""

_SECOND_HALF, _FIRST_HALF = (1 / 2, 1.0), (0.0, 1 / 2)
_THIRDS = ((0.0, 1 / 3), (1 / 3, 2 / 3), (2 / 3, 1.0))
_ALL = (0.0, 1.0)
# Name -> from and to, as fractions of the area's extent: downwards, and to the right.
_PARTS: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "north": (_FIRST_HALF, _ALL),
    "north-east": (_THIRDS[0], _THIRDS[2]),
    "east": (_ALL, _SECOND_HALF),
    "south-east": (_THIRDS[2], _THIRDS[2]),
    "south": (_SECOND_HALF, _ALL),
    "south-west": (_THIRDS[2], _THIRDS[0]),
    "west": (_ALL, _FIRST_HALF),
    "north-west": (_THIRDS[0], _THIRDS[0]),
    "centre": (_THIRDS[1], _THIRDS[1]),
}

LIMITS = (*SIZE_LIMITS, *_PARTS)
"""What a checkpoint may understand as a limit, in the order of its scores."""


def part_of(shape: tuple[int, int], limits: Sequence[str]) -> NDArray[np.bool_]:
    """Where an area of `shape` (H, W) may be looked at: the union of the directions among `limits`, everywhere if there is none.

    The four sides are halves, the corners and the centre are cells of the 3 x 3 grid in which places are named. A pixel belongs
    where its centre lies.
    """
    parts = [_PARTS[name] for name in limits if name in _PARTS]
    looked_at = np.full(shape, not parts)
    for spans in parts:
        rows, columns = (_between(length, *span) for length, span in zip(shape, spans, strict=True))
        looked_at |= rows[:, None] & columns[None, :]
    return looked_at


def keep_limited(mask: NDArray[np.bool_], limits: Sequence[str]) -> NDArray[np.bool_]:
    """Cut a mask (H, W) to what the limits leave of it: first the directions, then the largest or smallest region of the rest.

    Regions are 8-connected; of equals the first in reading order is kept.
    """
    kept = mask & part_of((mask.shape[0], mask.shape[1]), limits)
    sizes = [name for name in SIZE_LIMITS if name in limits]
    if not sizes or not kept.any():
        return kept
    labels = label(kept, connectivity=2)
    pixels = np.bincount(labels.ravel())[1:]
    chosen = [1 + int(pixels.argmax() if name == "largest" else pixels.argmin()) for name in sizes]
    regions: NDArray[np.bool_] = np.isin(labels, chosen)
    return regions


def without_cut(values: NDArray[np.float32], *, found: NDArray[np.bool_], kept: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Index values (H, W), unknown where limits cut what was found away: that is no surrounding to compare the rest with."""
    return np.where(found & ~kept, np.float32(np.nan), values)


def share_of(limits: Sequence[str]) -> str:
    """To what a share belongs where it is not the whole area; "" where it is.

    >>> share_of(["largest", "north", "centre"])
    'of the north and the centre, in the largest region only'
    """
    parts, sizes = (" and the ".join(name for name in names if name in limits) for names in (_PARTS, SIZE_LIMITS))
    return ", ".join([f"of the {parts}"] * bool(parts) + [f"in the {sizes} region only"] * bool(sizes))


def limit_words(limits: Sequence[str]) -> str:
    """Say what limits leave, as one sentence; "" where there are none."""
    sizes = " and the ".join(name for name in SIZE_LIMITS if name in limits)
    parts = " and the ".join(name for name in _PARTS if name in limits)
    if not sizes:
        return f"As asked, only the {parts} of the area was looked at." if parts else ""
    return f"As asked, only the {sizes} region of each target{f' in the {parts} of the area' if parts else ''} was kept."


def _between(length: int, start: float, end: float) -> NDArray[np.bool_]:
    centres = (np.arange(length) + 0.5) / length
    inside: NDArray[np.bool_] = (centres >= start) & (centres < end)
    return inside
