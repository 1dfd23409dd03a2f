"""Which places there are, which part of the split they belong to, and simulated ones beside them."""

import hashlib
from pathlib import Path

from spexlab.simulation import simulate_scene
from spexlab.spie import Place, open_places

HELD_OUT_PERCENT = 25


VALIDATION_PERCENT = 8


SIMULATED = (
    ("sentinel-2", 10.0),
    ("landsat-8-9", 30.0),
    ("hls", 30.0),
    ("planetscope", 3.0),
    ("naip", 1.0),
    ("worldview", 0.5),
    ("rgb", 0.3),
)


def part_of(group: str) -> str:
    """Which part of the split a place belongs to, from a hash of its group: no list to keep, no way to leak."""
    bucket = int(hashlib.sha1(group.encode()).hexdigest(), 16) % 100  # noqa: S324 - not for security
    if bucket < HELD_OUT_PERCENT:
        return "held-out"
    return "validation" if bucket < HELD_OUT_PERCENT + VALIDATION_PERCENT else "training"


def simulated_places(count: int, seed: int) -> list[Place]:
    """Simulated scenes for every kind of sensor."""
    places = []
    for number in range(count):
        sensor, size = SIMULATED[number % len(SIMULATED)]
        scene, labels = simulate_scene(seed * 10_000 + number, sensor=sensor, size=256, pixel_size=size)
        places.append(Place(f"simulated-{number}", f"simulated-{number}", scene, labels.values))
    return places


def split_places(data: Path | None) -> dict[str, list[Place]]:
    """Labelled places by part of the split."""
    parts: dict[str, list[Place]] = {"training": [], "validation": [], "held-out": []}
    for place in open_places(data) if data else ():
        if place.trainable and (place.labels > 0).any():
            parts[part_of(place.group)].append(place)
    return parts
