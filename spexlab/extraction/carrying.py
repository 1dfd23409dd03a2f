"""From a few pixels of which something was said to what changes everywhere: fitted in milliseconds, anchored on the answer so far.

Two things are fitted together, as a Gaussian process does it. Close by, the change follows likeness and distance
(`spexlab.extraction.likeness`). All over the area it follows a linear head on the pixels' looks, held back by pixels that nobody
pointed at, whose answer counts as a weak word for what they are; and it may not change much more than what was pointed out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spexlab.extraction.likeness import REACH, PixelLooks

_DOUBT, _MOST_DOUBT = 0.03, 0.3
"""How far what is said of pixels that look the same may differ, as a part of a word's whole weight: so much for each word that was
said, as they contradict each other the more there are, and at most."""
_LINEAR = 3.0
"""Weight of the linear head."""
_UNSAID, _UNSAID_DOUBT = 200, 8.0
"""Pixels that nobody pointed at which hold the head back, and how little each counts."""
_FURTHER, _FEW = 0.3, 20
"""Pixels that the head may change, as a part of those that change close by, or of a few."""
_ROWS = 64
"""Rows that are summed at a time."""
_PARTS = (1.0, 0.5, 0.25)
"""Parts of the head's change that are tried, until one is small enough."""


@dataclass(frozen=True)
class Mark:
    """One pixel of a correction that is carried to others."""

    pixel: tuple[int, int]
    """Row and column."""
    size: float
    """Pixels from there to the nearest that was answered otherwise: about how large the mistake is."""


def carried(
    held: NDArray[np.float32], marks: Sequence[Mark], missing: NDArray[np.float64], *, looks: PixelLooks
) -> NDArray[np.float32]:
    """What is added to logits so that they say what was said.

    Parameters
    ----------
    held : (H, W) float array
        Logits so far, NaN where nobody looked.
    marks
        The pixels of which something was said.
    missing : (N,) float array
        What their logits lack.
    looks : PixelLooks
        Of the scene.

    Returns
    -------
    (H, W) float array
    """
    maps = [looks.carried(mark.pixel, size=mark.size) for mark in marks]
    at = tuple(np.array([mark.pixel for mark in marks]).T)
    doubt = min(_DOUBT * len(marks), _MOST_DOUBT) * REACH.whole
    close = np.stack([one[at] for one in maps], axis=1) + doubt * np.eye(len(marks))
    alone = np.linalg.solve(close, missing)
    head, together = _fitted(held, at, close, missing, looks)
    near, difference = _sums(maps, np.stack([alone, together - alone]))
    added: NDArray[np.float32] = near + _within_bounds(held, near, difference + (looks.values @ head).reshape(looks.shape))
    return added


def _sums(maps: Sequence[NDArray[np.float16]], weights: NDArray[np.floating]) -> NDArray[np.float32]:
    """Weighted sums of maps (H, W), one a row of weights: (K, H, W)."""
    sums = np.empty((len(weights), *maps[0].shape), dtype=np.float32)
    for top in range(0, sums.shape[1], _ROWS):
        rows = np.stack([one[top : top + _ROWS] for one in maps]).astype(np.float32)
        sums[:, top : top + _ROWS] = np.tensordot(weights.astype(np.float32), rows, axes=1)
    return sums


def _fitted(
    held: NDArray[np.float32],
    at: tuple[NDArray[np.intp], ...],
    close: NDArray[np.float64],
    missing: NDArray[np.floating],
    looks: PixelLooks,
) -> tuple[NDArray[np.float32], NDArray[np.floating]]:
    """The linear head (K,), and the weights of the marks close by, fitted together."""
    known = np.flatnonzero(np.isfinite(held))
    unsaid = np.random.default_rng(0).choice(known, min(_UNSAID, known.size), replace=False)
    pixels = np.concatenate([np.ravel_multi_index(at, held.shape), unsaid])
    seen = looks.values[pixels].astype(np.float64)
    count = len(missing)
    between = _LINEAR * seen @ seen.T
    between[:count, :count] += close
    between[np.diag_indices(len(pixels))] += np.where(np.arange(len(pixels)) < count, 0.0, _UNSAID_DOUBT)
    weights = np.linalg.solve(between, np.concatenate([missing, np.zeros(len(unsaid))]))
    head: NDArray[np.float32] = (_LINEAR * seen.T @ weights).astype(np.float32)
    return head, weights[:count]


def _within_bounds(held: NDArray[np.float32], near: NDArray[np.float32], further: NDArray[np.float32]) -> NDArray[np.float32]:
    """As much of the head's change as changes no more of the mask than it may."""
    before = held + near > 0
    allowed = _FURTHER * max(int((before != (held > 0)).sum()), _FEW)
    for part in _PARTS:
        change = np.float32(part) * further
        if int(((held + near + change > 0) != before).sum()) <= allowed:
            return change
    return np.zeros_like(further)
