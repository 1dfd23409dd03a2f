"""Measurements by hand, and of masks of all kinds."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spexlab.evidence.measurement import Measurement, measure
from spexlab.evidence.prior import Prior
from spexlab.evidence.regions import Region
from spexlab.extraction.scorecard import HeldOut
from spexlab.extraction.trust import Background, Trust
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


GOOD_TRUST = Trust(
    target="water",
    mean=0.9,
    spread=0.05,
    near=0.0,
    threshold=0.5,
    by_hand=False,
    agreement=None,
    shadow=None,
    background=Background(HeldOut("water", "coarse", "swir", 9, 0.88, 0.8, 0.94), calibrated=True, outside=()),
)


def random_measurement(seed: int) -> Measurement:
    """A measurement of anything: empty or full, with or without CRS, index, threshold and nodata."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(4, 40, 2)
    smooth = rng.random((height, width)).cumsum(axis=0).cumsum(axis=1)
    values = (smooth / smooth.max() - rng.random() + rng.normal(0, 0.05, smooth.shape)).astype(np.float32)
    mask = values * rng.choice([-1, 1]) > np.quantile(values, rng.choice([0.0, 0.05, 0.5, 0.95, 1.0]))
    mask = np.ones_like(mask) if seed % 17 == 0 else np.zeros_like(mask) if seed % 13 == 0 else mask
    target, index, threshold = (rng.choice(some) for some in (list(TARGETS), ["NDVI", "MNDWI", "VrNIRBI"], [0.0, 0.2, -0.1]))
    m = measure(
        mask,
        target=str(target),
        valid=rng.random(mask.shape) < 0.9 if seed % 3 == 0 else None,
        prior=prior_of(str(target), str(index), values, threshold=float(threshold)) if rng.random() < 0.8 else None,
        pixel_area=[None, 0.01, 1.0, 100.0, 900.0, 3e5][seed % 6],
    )
    return m if rng.random() < 0.9 else replace(m, threshold=None)


def prior_of(target: str, index: str, values: NDArray[np.float32], *, threshold: float = 0.0) -> Prior:
    """What an index of these values says."""
    return Prior(target, index, threshold, 1, values, values > threshold)
