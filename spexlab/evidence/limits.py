"""Limits that an instruction may set: water in the north-west, lakes over a hectare, near a field, the three largest.

The model finds every lake; limits then keep part of the mask. Directions are those of the map: north is up, and as scenes are
north-up, "the top" and "the left" mean north and west.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spexlab.evidence.bounds import Bound
from spexlab.scene.ground import region_areas
from spexlab.targets import TARGETS

Order = Literal["largest", "smallest"]
Unit = Literal["ha", "m2", "km2", "pixels"]

SIZE_LIMITS: tuple[Order, ...] = ("largest", "smallest")
"""By what regions are chosen."""

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
SQUARE_METRES = {"m2": 1.0, "ha": 1e4, "km2": 1e6}
"""Unit of area -> square metres."""
_COUNTS = ("", "", "two ", "three ", "four ", "five ", "six ", "seven ", "eight ", "nine ", "ten ")

NEXT_TO = 1.0
"""Pixels that lie between what is next to each other, at most: the border of two targets is a mixed pixel."""
LIMITS = (*SIZE_LIMITS, *_PARTS)
"""What a checkpoint may understand as a limit, in the order of its scores."""


@dataclass(frozen=True)
class Size:
    """How large a region must be: larger than 5 ha."""

    op: Literal["<", ">"]
    value: float
    unit: Unit
    words: str = field(default="", compare=False, repr=False)
    """As the instruction has it."""

    def holds(self, pixels: NDArray[np.integer], metres: NDArray[np.floating] | None) -> NDArray[np.bool_]:
        """Which regions fulfil it, by their pixels and, unless it is in pixels, their square metres."""
        if self.unit != "pixels" and metres is None:
            raise ValueError(f"a size in {self.unit} needs the area of a pixel, which is unknown; give the size in pixels.")
        sizes = pixels if metres is None or self.unit == "pixels" else metres / SQUARE_METRES[self.unit]
        return sizes > self.value if self.op == ">" else sizes < self.value

    def __str__(self) -> str:
        value = f"{self.value:,.2f}".rstrip("0").rstrip(".") if self.value >= 0.1 else f"{self.value:.2g}"
        return f"{'larger' if self.op == '>' else 'smaller'} than {value} {self.unit.replace('2', '²')}"


@dataclass(frozen=True)
class Select:
    """Which of the regions are kept: the three largest."""

    order: Order
    count: int = 1


@dataclass(frozen=True)
class Near:
    """How far a region may be from another target: within 200 m of cropland; not near it, if negated."""

    target: str
    metres: float | None = None
    """None is touching or next to: at most one pixel lies between."""
    negate: bool = False
    words: str = field(default="", compare=False, repr=False)
    """As the instruction has it."""

    def holds(self, gap: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Which regions fulfil it, by their `spexlab.evidence.neighbours.gaps`: metres, or pixels where there is no distance."""
        near: NDArray[np.bool_] = gap <= (NEXT_TO if self.metres is None else self.metres)
        return ~near if self.negate else near

    def __str__(self) -> str:
        if self.metres is None:
            return f"{'neither touching nor' if self.negate else 'touching or'} next to {TARGETS[self.target].noun}"
        value = f"{self.metres:,.1f}".removesuffix(".0")
        start = f"at least {value} m from" if self.negate else f"within {value} m of"
        return f"{start} {TARGETS[self.target].noun}"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is kept of a mask."""

    inside: tuple[str, ...] = ()
    """Parts of the area to look at, everywhere if there is none."""
    outside: tuple[str, ...] = ()
    """Parts of the area not to look at."""
    size: tuple[Size, ...] = ()
    """What every region must fulfil ..."""
    near: tuple[Near, ...] = ()
    """... and how far it must be from other targets."""
    select: Select | None = None
    """Which of these regions are kept."""
    bounds: tuple[Bound, ...] = ()
    """What an index must be in every pixel; `to_dict`, whose keys are fixed, does not have it."""

    def __post_init__(self) -> None:
        unknown = {*self.inside, *self.outside} - set(_PARTS)
        if unknown:
            raise ValueError(f"a part of an area is one of {', '.join(_PARTS)}, not {sorted(unknown)}; name one of them.")

    @classmethod
    def named(cls, names: Sequence[str]) -> Self:
        """Limits by the names that a checkpoint has for them, of `LIMITS`."""
        order = next((name for name in SIZE_LIMITS if name in names), None)
        return cls(inside=tuple(name for name in _PARTS if name in names), select=Select(order) if order else None)

    @property
    def limited(self) -> bool:
        """Whether there is any."""
        return bool(self.inside or self.outside or self.size or self.near or self.select or self.bounds)

    def joined(self, other: "Limits") -> "Limits":
        """All of these and all of those; of two choices among regions, this one."""
        inside, outside = (_ordered({*a, *b}) for a, b in ((self.inside, other.inside), (self.outside, other.outside)))
        size, near = (*self.size, *other.size), tuple(dict.fromkeys((*self.near, *other.near)))
        bounds, select = tuple(dict.fromkeys((*self.bounds, *other.bounds))), self.select or other.select
        return Limits(inside=tuple(inside), outside=tuple(outside), size=size, near=near, select=select, bounds=bounds)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; every key is always there."""
        return {
            "inside": list(self.inside),
            "outside": list(self.outside),
            "size": [{"op": size.op, "value": size.value, "unit": size.unit} for size in self.size],
            "near": [{"target": near.target, "metres": near.metres, "negate": near.negate} for near in self.near],
            "select": self.select and {"order": self.select.order, "count": self.select.count},
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], **more: Any) -> Self:
        """Read what `to_dict` gave; `more` is what a subclass has beside it."""
        return cls(
            inside=tuple(record["inside"]),
            outside=tuple(record["outside"]),
            size=tuple(Size(**size) for size in record["size"]),
            near=tuple(Near(**near) for near in record["near"]),
            select=record["select"] and Select(**record["select"]),
            **more,
        )


def part_of(shape: tuple[int, int], limits: Limits) -> NDArray[np.bool_]:
    """Where an area of `shape` (H, W) may be looked at: in any of the parts inside, in none of those outside.

    The four sides are halves, the corners and the centre are cells of the 3 x 3 grid in which places are named. A pixel belongs
    where its centre lies.
    """
    looked_at = _any_part(shape, limits.inside) if limits.inside else np.ones(shape, bool)
    return looked_at & ~_any_part(shape, limits.outside)


def keep_limited(
    mask: NDArray[np.bool_],
    limits: Limits,
    *,
    pixel_areas: NDArray[np.floating] | None = None,
    gaps: Sequence[NDArray[np.floating]] = (),
) -> NDArray[np.bool_]:
    """Cut a mask (H, W) to what limits leave: the places, the sizes and distances, then the largest or smallest of the rest.

    Regions are 8-connected and measured within the places; they are kept or dropped whole, and of equals the first in reading order
    is kept. `pixel_areas` (H, W) are in m2; None where they are unknown. `gaps` (H, W) lie between each pixel and the target of
    each of `limits.near`; see `spexlab.evidence.neighbours.gaps`.
    """
    kept = mask & part_of((mask.shape[0], mask.shape[1]), limits)
    if not (limits.size or limits.near or limits.select) or not kept.any():
        return kept
    labels, count = ndimage.label(kept, structure=np.ones((3, 3)))
    numbers = np.arange(1, count + 1)
    pixels = np.bincount(labels.ravel())[1:]
    metres = None if pixel_areas is None else region_areas(labels, pixel_areas)
    sized = (size.holds(pixels, metres) for size in limits.size)
    close = (near.holds(ndimage.minimum(gap, labels, numbers)) for near, gap in zip(limits.near, gaps, strict=True))
    chosen = numbers[np.logical_and.reduce([pixels > 0, *sized, *close])]
    if limits.select:
        sizes = pixels[chosen - 1] * (-1 if limits.select.order == "largest" else 1)
        chosen = chosen[np.argsort(sizes, kind="stable")[: limits.select.count]]
    belongs = np.zeros(count + 1, bool)
    belongs[chosen] = True
    regions: NDArray[np.bool_] = belongs[labels]
    return regions


def without_cut(values: NDArray[np.float32], *, found: NDArray[np.bool_], kept: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Index values (H, W), unknown where limits cut what was found away: that is no surrounding to compare the rest with."""
    return np.where(found & ~kept, np.float32(np.nan), values)


def share_of(limits: Limits) -> str:
    """To what a share belongs where it is not the whole area; "" where it is.

    >>> share_of(Limits(inside=("north", "centre"), select=Select("largest")))
    'of the north and the centre, in the largest region only'
    """
    place, regions = place_words(limits, whole=""), region_words(limits)
    return ", ".join([f"of {place}"] * bool(place) + [f"in {regions} only"] * bool(regions))


def limit_words(limits: Limits, target: str = "") -> str:
    """Say what limits leave of each target, or of the one named, as one sentence; "" where there are none."""
    place, regions = place_words(limits), region_words(limits)
    if not regions:
        return f"As asked, {f'for {target} ' * bool(target)}only {place} was looked at." if place else ""
    many = limits.select is None or limits.select.count > 1
    where = f" in {place}" if place else ""
    kept = f"of {target} only {regions}{where}" if target else f"only {regions} of each target{where}"
    return f"As asked, {kept} {'were' if many else 'was'} kept."


def place_words(limits: Limits, *, whole: str = " of the area") -> str:
    """Words for the places, such as "the north and the east of the area without the north-east"; "" where there are none."""
    inside, outside = ("the " + " and the ".join(_ordered(names)) if names else "" for names in (limits.inside, limits.outside))
    place = f"{inside}{whole}" if inside else "the area" if outside else ""
    return f"{place} without {outside}" if outside else place


def region_words(limits: Limits) -> str:
    """Words for the regions, such as "the three largest regions larger than 5 ha"; "" where all are kept."""
    filters = " and ".join(map(str, (*limits.size, *limits.near)))
    if limits.select is None:
        return f"regions {filters}" if filters else ""
    count = limits.select.count
    many = _COUNTS[count] if count < len(_COUNTS) else f"{count} "
    return f"the {many}{limits.select.order} region{'s' * (count > 1)} {filters}".strip()


def _ordered(names: Iterable[str]) -> list[str]:
    return sorted(names, key=LIMITS.index)


def _any_part(shape: tuple[int, int], names: Iterable[str]) -> NDArray[np.bool_]:
    covered = np.zeros(shape, bool)
    for name in names:
        rows, columns = (_between(length, *span) for length, span in zip(shape, _PARTS[name], strict=True))
        covered |= rows[:, None] & columns[None, :]
    return covered


def _between(length: int, start: float, end: float) -> NDArray[np.bool_]:
    centres = (np.arange(length) + 0.5) / length
    inside: NDArray[np.bool_] = (centres >= start) & (centres < end)
    return inside
