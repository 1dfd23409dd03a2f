"""What another method makes of the same wish, beside an answer: a mask without words, such as boosted trees draw."""

from typing import Any, Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.extraction.result import Extraction
from spexlab.targets import TARGETS


class Baseline(Protocol):
    """Anything that finds targets in scenes by their names; the baselines of `spexlab.evaluation` do."""

    @property
    def name(self) -> str:
        """What to call it."""

    def predict(self, scene: xr.DataArray, target: str) -> Any:
        """Find a target: something with a ``mask`` (H, W); None where it cannot."""


def baseline_mask(baseline: Baseline, scene: xr.DataArray, found: Extraction) -> NDArray[np.bool_] | None:
    """Where a baseline sees what was wanted, less what was excluded, (H, W); None where it cannot tell.

    It is held to the part of the scene that was looked at, but knows nothing of sizes, distances and numbers of regions.
    """
    wanted = np.zeros(scene.shape[1:], dtype=bool)
    for want in found.request.wants:
        names = (want.target, *want.exclude)
        told = [baseline.predict(scene, target) if target in TARGETS else None for target in names]
        masks = [np.asarray(one.mask, dtype=bool) for one in told if one is not None]
        if len(masks) < len(names):
            return None
        wanted |= masks[0] & ~np.any([np.zeros_like(wanted), *masks[1:]], axis=0)
    seen: NDArray[np.bool_] = found.looked_at.values
    return wanted & seen


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks (H, W); NaN where both are empty."""
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else float("nan")
