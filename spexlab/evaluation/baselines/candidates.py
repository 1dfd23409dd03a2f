"""The indices that are tried for each target, and what textbooks say of them."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.prior import Recipe, available_indices, spectral_index
from spexlab.scene.bands import SPYNDEX
from spexlab.targets import TARGETS

BRIGHTNESS = "brightness"
"""Mean of the visible bands: what is left to a user of plain colour."""

_GREEN, _BUILT = ("NDVI", "EVI"), ("NDBI", "VrNIRBI", BRIGHTNESS)
CANDIDATES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(TARGETS, _GREEN),
    "water": ("MNDWI", "NDWI"),
    "buildings": _BUILT,
    "impervious": _BUILT,
    "built-up": _BUILT,
    "bare": ("BI", "VrNIRBI", BRIGHTNESS),
    "snow": ("NDSI", BRIGHTNESS),
}
"""Target -> indices, the one that a user would try first being first."""

_NDVI, _NDBI = Recipe("NDVI", 0.3), Recipe("NDBI", 0.0)
TEXTBOOK: dict[str, tuple[Recipe, ...]] = {
    **dict.fromkeys(TARGETS, (_NDVI,)),
    "water": (Recipe("MNDWI", 0.0), Recipe("NDWI", 0.0)),
    "buildings": (_NDBI,),
    "impervious": (_NDBI,),
    "built-up": (_NDBI,),
    "bare": (Recipe("BI", 0.0),),
    "snow": (Recipe("NDSI", 0.4),),
}
"""Water: Xu (2006), McFeeters (1996). Built-up: Zha et al. (2003). Snow: Hall et al. (1995). Green: the customary NDVI of 0.3."""


def index_values(scene: xr.DataArray, index: str) -> NDArray[np.float32] | None:
    """Compute an index, or `BRIGHTNESS`, (H, W); None if the bands do not allow it."""
    if index == BRIGHTNESS:
        visible = [str(name) for name in scene["band"].values if SPYNDEX.get(str(name)) in {"B", "G", "R"}]
        return np.asarray(scene.sel(band=visible).mean("band").values, dtype=np.float32) if visible else None
    return np.asarray(spectral_index(scene, index).values) if index in available_indices(scene) else None
