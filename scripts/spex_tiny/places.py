"""Which places there are, and which part of the split they belong to."""

import hashlib
from pathlib import Path

from spexlab.places import Place, open_places

HELD_OUT_PERCENT = 25


VALIDATION_PERCENT = 8


def part_of(group: str) -> str:
    """Which part of the split a place belongs to, from a hash of its group: no list to keep, no way to leak."""
    bucket = int(hashlib.sha1(group.encode()).hexdigest(), 16) % 100  # noqa: S324 - not for security
    if bucket < HELD_OUT_PERCENT:
        return "held-out"
    return "validation" if bucket < HELD_OUT_PERCENT + VALIDATION_PERCENT else "training"


def split_places(data: Path | None) -> dict[str, list[Place]]:
    """Labelled places by part of the split."""
    parts: dict[str, list[Place]] = {"training": [], "validation": [], "held-out": []}
    for place in open_places(data) if data else ():
        if place.trainable and (place.labels > 0).any():
            parts[part_of(place.group)].append(place)
    return parts
