"""The indices that are tried for each target."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.prior import available_indices, spectral_index
from spexlab.scene.bands import SPYNDEX
from spexlab.targets import TARGETS

BRIGHTNESS = "brightness"
"""Mean of the visible bands: what is left to a user of plain colour."""


def candidates(target: str) -> tuple[str, ...]:
    """Indices to try for a target, the one that a user would try first being first."""
    known = TARGETS[target]
    return (*(recipe.name for recipe in known.indices), *[BRIGHTNESS] * known.bright)


def index_values(scene: xr.DataArray, index: str) -> NDArray[np.float32] | None:
    """Compute an index, or `BRIGHTNESS`, (H, W); None if the bands do not allow it."""
    if index == BRIGHTNESS:
        visible = [str(name) for name in scene["band"].values if SPYNDEX.get(str(name)) in {"B", "G", "R"}]
        return np.asarray(scene.sel(band=visible).mean("band").values, dtype=np.float32) if visible else None
    return np.asarray(spectral_index(scene, index).values) if index in available_indices(scene) else None
