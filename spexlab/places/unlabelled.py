"""Places that nobody had to label: simulated ones, and scenes whose spectral indices leave no doubt."""

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.prior import spectral_prior
from spexlab.places.labelled import Place
from spexlab.places.simulation import simulate_scene
from spexlab.targets import CLASSES, KNOWN_NEGATIVE, TARGETS, UNLABELLED

SENSORS = (
    ("sentinel-2", 10.0),
    ("landsat-8-9", 30.0),
    ("hls", 30.0),
    ("planetscope", 3.0),
    ("naip", 1.0),
    ("worldview", 0.5),
    ("rgb", 0.3),
)
"""Sensors to simulate, with their pixel sizes in metres."""

SURE = {"water": (0.3, 0.2), "vegetation": (0.35, 0.1), "snow": (0.2, 0.3)}
"""Target -> how far above (present) or below (absent) its threshold an index must lie to be sure.

Beyond the thresholds of `spexlab.evidence.prior`: water at an MNDWI above 0.2, none below -0.3; vegetation at an NDVI above 0.5,
none below 0.05; snow at an NDSI above 0.6, none below 0.1. Built-up and bare land have no index that is ever sure.
"""

PSEUDO_TARGET = "pseudo_target"
"""Key in `Place.extra`: the one target that a pseudo-labelled place knows about."""


def simulated_places(count: int, *, seed: int = 0, size: int = 256, sensors: Sequence[tuple[str, float]] = SENSORS) -> list[Place]:
    """Simulate scenes with their labels, sensor after sensor.

    Parameters
    ----------
    count
        Number of places, each a group of its own.
    seed
        Other seeds give other landscapes.
    size
        Side of the scenes in pixels.
    sensors
        Sensors with pixel sizes in metres, by turns.
    """
    places = []
    for number in range(count):
        sensor, metres = sensors[number % len(sensors)]
        scene, labels = simulate_scene(seed * 10_000 + number, sensor=sensor, size=size, pixel_size=metres)
        places.append(Place(f"simulated-{seed}-{number}", f"simulated-{seed}-{number}", scene, labels.values))
    return places


def pseudo_labelled(scene: xr.DataArray, *, name: str, group: str | None = None) -> Iterator[Place]:
    """Places made of a scene without labels, one for each target whose index is sure about it somewhere.

    Parameters
    ----------
    scene
        Reflectance (band, y, x).
    name, group
        As in `Place`; without a group, the name is the group.

    Yields
    ------
    Place
        Labels hold a class of the target where it is surely present, `KNOWN_NEGATIVE` where it is surely absent, nothing elsewhere.
        ``extra["pseudo_target"]`` names the target: the place tells nothing about any other.
    """
    for target in SURE:
        labels = _sure_labels(scene, target)
        if labels is not None and (labels != UNLABELLED).any():
            known = tuple(sorted(TARGETS[target]))
            extra = {PSEUDO_TARGET: target}
            yield Place(f"{name} ({target})", group or name, scene, labels, complete_for=known, quality="pseudo", extra=extra)


def _sure_labels(scene: xr.DataArray, target: str) -> NDArray[np.uint8] | None:
    prior = spectral_prior(scene, target)
    if prior is None:
        return None
    above, below = SURE[target]
    valid = np.isfinite(prior.values)
    labels = np.full(prior.values.shape, UNLABELLED, dtype=np.uint8)
    labels[valid & (prior.signed < -below)] = KNOWN_NEGATIVE
    labels[valid & (prior.signed > above) & ~_disputed(scene, target)] = CLASSES[min(TARGETS[target], key=CLASSES.__getitem__)]
    return labels


def _disputed(scene: xr.DataArray, target: str) -> NDArray[np.bool_]:
    """Pixels (H, W) where another index claims what this one claims: snow is as high in MNDWI as water is."""
    snow = spectral_prior(scene, "snow") if target == "water" else None
    return np.zeros(scene.shape[1:], dtype=bool) if snow is None else snow.mask
