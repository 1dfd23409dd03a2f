"""Measurements by hand, and of masks of all kinds."""

from dataclasses import replace

import numpy as np

from spexlab.evidence.regions import Measurement, Region, measure
from spexlab.targets import TARGETS

LARGEST = Region(
    centroid=(0.2, 0.1),
    location="top-left",
    box=((0.1, 0.0), (0.3, 0.0), (0.3, 0.2), (0.1, 0.2)),
    size="medium",
    mean_inside=0.45,
    mean_around=-0.32,
    pixels=100,
)
LAKE = Measurement(
    target="water",
    pixels=1000,
    valid_pixels=8130,
    share=0.123,
    area_m2=452_000.0,
    n_regions=3,
    largest=LARGEST,
    index="NDWI",
    threshold=0.0,
    inside=0.45,
    around=-0.32,
)
NOTHING = replace(LAKE, pixels=0, share=0.0, area_m2=0.0, n_regions=0, largest=None, inside=None, around=-0.32)


def random_measurement(seed: int) -> Measurement:
    """A measurement of anything: empty or full, with or without CRS, index, threshold and nodata."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(4, 40, 2)
    smooth = rng.random((height, width)).cumsum(axis=0).cumsum(axis=1)
    values = (smooth / smooth.max() - rng.random() + rng.normal(0, 0.05, smooth.shape)).astype(np.float32)
    mask = values * rng.choice([-1, 1]) > np.quantile(values, rng.choice([0.0, 0.05, 0.5, 0.95, 1.0]))
    mask = np.ones_like(mask) if seed % 17 == 0 else np.zeros_like(mask) if seed % 13 == 0 else mask
    has_index = rng.random() < 0.8
    return measure(
        mask,
        target=str(rng.choice(list(TARGETS))),
        valid=rng.random(mask.shape) < 0.9 if seed % 3 == 0 else None,
        index=str(rng.choice(["NDVI", "MNDWI", "VrNIRBI"])) if has_index else None,
        values=values if has_index else None,
        threshold=float(rng.choice([0.0, 0.2, -0.1])) if rng.random() < 0.9 else None,
        pixel_area=[None, 0.01, 1.0, 100.0, 900.0, 3e5][seed % 6],
    )
