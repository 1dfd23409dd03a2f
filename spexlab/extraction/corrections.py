"""Corrections by pointing: what somebody said of some pixels, and what becomes of the probability.

A correction is obeyed where it points and carried to pixels that look alike (`spexlab.extraction.carrying`). The answer before it
is the anchor: the probability stays wherever nothing that looks alike was pointed at, and what was said to be inside takes nothing
away elsewhere, nor does what was said to be outside add anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spexlab.extraction.carrying import Mark, carried
from spexlab.extraction.likeness import PixelLooks
from spexlab.targets import TARGETS

MOST_MARKS = 6
"""Pixels of a line or a polygon that stand for it: all are obeyed, these are carried to others."""
_SURE = 2.0
"""Logit from which a pixel that was pointed at agrees."""
_FIRMNESS, _FIRMEST = 0.8, 3.0
"""Part of the network's logit, and most of it, that stands against what is carried: it is surer than it is right. Chosen by a
simulated user on training places, of networks that had not seen them: with less, more clicks harm; with more, they do less."""
_LONGEST = 40
"""Pixels to which the distance from a mark to the nearest pixel that is answered otherwise is looked for."""
_FINITE = 16.0
"""Logit of a probability that rounds to 0 or 1."""


@dataclass(frozen=True, eq=False)
class Correction:
    """What somebody said of some pixels."""

    target: str
    """Of which mask."""
    inside: bool
    """Whether they belong to it."""
    geometry: Mapping[str, Any]
    """Where, as GeoJSON: longitude and latitude, or pixels on a scene without a CRS."""
    pixels: NDArray[np.intp] = field(repr=False)
    """Numbers of the pixels (row * W + column)."""
    marks: tuple[Mark, ...] = field(repr=False)
    """Those that stand for all."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON: `Extraction.corrected` takes them again."""
        return {"target": self.target, "said": "inside" if self.inside else "outside", "geometry": dict(self.geometry)}


def marks_of(pixels: NDArray[np.intp], *, wrong: NDArray[np.bool_]) -> tuple[Mark, ...]:
    """Choose the pixels that stand for a shape.

    Parameters
    ----------
    pixels : (N,) int array
        Numbers of the shape's pixels.
    wrong : (H, W) bool array
        Where the answer so far is not what the correction says.
    """
    chosen = np.unique(np.linspace(0, len(pixels) - 1, MOST_MARKS).round().astype(int))
    places = zip(*np.unravel_index(pixels[chosen], wrong.shape), strict=True)
    return tuple(Mark((int(row), int(column)), _size_of_mistake(wrong, int(row), int(column))) for row, column in places)


def corrected_probability(
    probability: NDArray[np.float32],
    threshold: float,
    corrections: Sequence[Correction],
    *,
    looks: PixelLooks,
    answered: tuple[int, NDArray[np.float32]] | None = None,
) -> NDArray[np.float32]:
    """Carry corrections of one target to all pixels, one after the other.

    Parameters
    ----------
    probability : (H, W) float array
        As the network gave it; NaN where nobody looked.
    threshold : float
        Above it a pixel belongs to the target.
    corrections
        In the order in which they were made.
    looks
        Of the scene.
    answered
        How many of the corrections came before, and the probability that they made: what is gone on from.

    Returns
    -------
    (H, W) float array
        1 and 0 where somebody pointed.
    """
    done, answer = answered or (0, probability)
    for count in range(done + 1, len(corrections) + 1):
        found, last = _together(probability, threshold, corrections[:count], looks), corrections[count - 1]
        answer = (np.maximum if last.inside else np.minimum)(answer, found)
        for one in corrections[:count]:
            answer.flat[one.pixels] = np.float32(one.inside)
    return answer


def _together(
    probability: NDArray[np.float32], threshold: float, corrections: Sequence[Correction], looks: PixelLooks
) -> NDArray[np.float32]:
    """What corrections say of all pixels, fitted together; NaN where nobody looked."""
    own = _logit(probability) - np.float32(_logit(np.float32(threshold)))
    held = np.clip(_FIRMNESS * own, -_FIRMEST, _FIRMEST)
    firm = np.divide(own, held, out=np.full_like(own, 1 / _FIRMNESS), where=held != 0)
    moved = own + firm * _carried(held, corrections, looks)
    found = _probability(moved + np.float32(_logit(np.float32(threshold))))
    found[~np.isfinite(probability)] = np.nan
    return found


def said_of(corrections: Sequence[Correction], shape: tuple[int, int]) -> NDArray[np.int8]:
    """What was said of each pixel, (H, W): 1 inside, -1 outside, 0 nothing."""
    said = np.zeros(shape, dtype=np.int8)
    for one in corrections:
        said.flat[one.pixels] = 1 if one.inside else -1
    return said


def corrections_words(corrections: Sequence[Correction]) -> list[str]:
    """What was corrected, as sentences: one a target."""
    made: dict[str, int] = {}
    for one in corrections:
        made[one.target] = made.get(one.target, 0) + 1
    times = {1: "once", 2: "twice"}
    return [
        f"The mask of {TARGETS[target].noun} was corrected {times.get(count, f'{count} times')} by pointing."
        for target, count in made.items()
    ]


def _carried(held: NDArray[np.float32], corrections: Sequence[Correction], looks: PixelLooks) -> NDArray[np.float32]:
    """What is added to the logits (H, W) so that they say what was said."""
    marks = [mark for one in corrections for mark in one.marks]
    side = np.array([1.0 if one.inside else -1.0 for one in corrections for _ in one.marks])
    at = tuple(np.array([mark.pixel for mark in marks]).T)
    missing = side * np.maximum(_SURE - side * np.nan_to_num(held[at]), 0.0)
    return carried(held, marks, missing, looks=looks)


def _size_of_mistake(wrong: NDArray[np.bool_], row: int, column: int) -> float:
    top, left = max(0, row - _LONGEST), max(0, column - _LONGEST)
    around = np.pad(wrong[top : row + _LONGEST + 1, left : column + _LONGEST + 1], 1)
    return float(ndimage.distance_transform_edt(around)[row - top + 1, column - left + 1])


def _logit(probability: Any) -> Any:
    with np.errstate(divide="ignore"):
        return np.clip(np.log(probability) - np.log1p(-probability), -_FINITE, _FINITE)


def _probability(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    values: NDArray[np.float32] = 0.5 + 0.5 * np.tanh(0.5 * logits)
    return values
