"""Places that nobody had to label: simulated ones, and scenes whose spectral indices leave no doubt."""

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.prior import spectral_prior
from spexlab.places.labelled import Place
from spexlab.places.simulation import simulate_scene
from spexlab.targets import KNOWN_NEGATIVE, TARGETS, UNLABELLED, Sure, Target, label_codes

SIMULATED_SENSORS = (
    ("sentinel-2", 10.0),
    ("landsat-8-9", 30.0),
    ("hls", 30.0),
    ("planetscope", 3.0),
    ("naip", 1.0),
    ("worldview", 0.5),
    ("rgb", 0.3),
)
"""Sensors to simulate, with their pixel sizes in metres."""


def simulated_places(
    count: int, *, seed: int = 0, size: int = 256, sensors: Sequence[tuple[str, float]] = SIMULATED_SENSORS
) -> list[Place]:
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
        `complete_for` names the target: the place tells nothing about any other.
    """
    for target in TARGETS.values():
        labels = _sure_labels(scene, target, target.sure) if target.sure else None
        if labels is not None and (labels != UNLABELLED).any():
            yield Place(f"{name} ({target.name})", group or name, scene, labels, complete_for=(target.name,), quality="pseudo")


def _sure_labels(scene: xr.DataArray, target: Target, sure: Sure) -> NDArray[np.uint8] | None:
    prior = spectral_prior(scene, target.name)
    if prior is None:
        return None
    valid = np.isfinite(prior.values)
    labels = np.full(prior.values.shape, UNLABELLED, dtype=np.uint8)
    labels[valid & (prior.signed < -sure.below)] = KNOWN_NEGATIVE
    labels[valid & (prior.signed > sure.above) & ~_claimed(scene, sure.disputed_by)] = min(label_codes(target.name))
    return labels


def _claimed(scene: xr.DataArray, targets: Sequence[str]) -> NDArray[np.bool_]:
    """Pixels (H, W) that the index of any of the targets claims."""
    priors = (spectral_prior(scene, target) for target in targets)
    claimed: NDArray[np.bool_] = np.any([np.zeros(scene.shape[1:], bool), *(prior.mask for prior in priors if prior)], axis=0)
    return claimed
