"""Which side of a split a spot on earth lies on: a hash of its group decides, so there is no list to keep, and no way to leak."""

import hashlib
from collections.abc import Iterable
from typing import Literal

from spexlab.places.labelled import Place

Part = Literal["training", "validation", "held-out"]
HELD_OUT, VALIDATION = 0.25, 0.08
"""Shares of the groups that the bundled checkpoint was never trained on, and that it was chosen by."""


def split_of(group: str, *, held_out: float = HELD_OUT, validation: float = VALIDATION) -> Part:
    """Decide for what a group is.

    Parameters
    ----------
    group
        As in `Place.group`.
    held_out, validation
        Shares of the groups (0-1), in whole percents, that are kept apart, and that are validated on; about, as a hash decides, not
        a count. With larger shares no group comes back to training.
    """
    bucket = int(hashlib.sha1(group.encode(), usedforsecurity=False).hexdigest(), 16) % 100
    if bucket < round(100 * held_out):
        return "held-out"
    return "validation" if bucket < round(100 * (held_out + validation)) else "training"


def split_by_group(
    places: Iterable[Place], *, held_out: float = HELD_OUT, validation: float = VALIDATION
) -> dict[Part, list[Place]]:
    """Sort places by what their group is for; see `split_of`."""
    parts: dict[Part, list[Place]] = {"training": [], "validation": [], "held-out": []}
    for place in places:
        parts[split_of(place.group, held_out=held_out, validation=validation)].append(place)
    return parts
