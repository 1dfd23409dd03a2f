"""Targets and their conditions put together with those of before."""

from collections.abc import Sequence
from dataclasses import replace

from spexlab.evidence.bounds import applies
from spexlab.evidence.limits import SQUARE_METRES, Near, Size
from spexlab.language.request import Want
from spexlab.targets import TARGETS


def near_now(old: Sequence[Near], new: Sequence[Near]) -> tuple[Near, ...]:
    """The distances as they are now: a new one takes the place of the old from the same."""
    return (*(one for one in old if not any(_alike_near(one, other) for other in new)), *new)


def _alike_near(one: Near, other: Near) -> bool:
    return (one.target, one.negate) == (other.target, other.negate)


def sizes_now(old: Sequence[Size], new: Sequence[Size], *, instead: bool) -> tuple[Size, ...]:
    """The bounds on a size as they are now: a new one takes the place of the old of its side, and of one that contradicts it."""
    if not new:
        return tuple(old)
    kept = [size for size in old if not instead and all(size.op != one.op and _agree(size, one) for one in new)]
    return (*kept, *new)


def _agree(one: Size, other: Size) -> bool:
    """Whether an upper and a lower bound leave anything between them."""
    if (one.unit == "pixels") != (other.unit == "pixels"):
        return True
    low, high = sorted((one, other), key=lambda size: size.op == "<")
    return low.value * SQUARE_METRES.get(low.unit, 1.0) < high.value * SQUARE_METRES.get(high.unit, 1.0)


def alike(want: Want, model: Want) -> Want:
    """A target with the conditions of another, but for those that it has of its own, or that are about itself."""
    members = TARGETS[want.target].members
    near = tuple(near for near in model.near if not TARGETS[near.target].members & members)
    exclude = tuple(name for name in model.exclude if TARGETS[name].members & members and name != want.target)
    return replace(
        want,
        exclude=want.exclude or exclude,
        inside=want.inside or model.inside,
        outside=want.outside or model.outside,
        size=want.size or model.size,
        near=want.near or near,
        select=want.select or model.select,
        bounds=want.bounds or tuple(one for one in model.bounds if applies(one, want.target)),
    )


def added(old: Sequence[Want], new: Sequence[Want]) -> list[Want]:
    """Targets with more of them; what is named again is as it is named now."""
    fresh = {want.target for want in new}
    return [*(want for want in old if want.target not in fresh), *new]
