"""Shadow in a mask: what the reflectance level says where a normalised difference says water."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.regions import components
from spexlab.evidence.strips import loaded, strips
from spexlab.scene.bands import find_band
from spexlab.targets import TARGETS, Shade

MANY = 20
"""A mask is scattered that falls into so many regions ..."""
SMALL = 50
"""... of fewer pixels than this on average: relief breaks shadow up, lakes and reservoirs are whole."""
MUCH = 1 / 3
"""Of a scattered mask, so much must be as dark and flat as shaded ground before it is said to be shadow perhaps."""


@dataclass(frozen=True)
class Shadow:
    """How much of a mask looks like shaded ground."""

    share: float
    """Part of the mask's pixels that are as dark and flat, by the target's `spexlab.targets.Shade`, 0-1."""
    regions: int
    """Regions of the mask."""
    pixels: int
    """Pixels of the mask."""

    @property
    def likely(self) -> bool:
        """Whether many of the pixels may be shadow: a dark lake is whole, and a scattered mask of bright ponds is not dark."""
        scattered = self.regions >= MANY and self.pixels < SMALL * self.regions
        return scattered and self.share >= MUCH


def shadow_in(mask: NDArray[np.bool_], scene: xr.DataArray, *, target: str) -> Shadow | None:
    """Say how much of a mask may be shadow.

    Parameters
    ----------
    mask : (H, W) bool array
    scene : xarray.DataArray
        (band, y, x) reflectance 0-1 on the mask's grid.
    target : str
        What the mask is of.

    Returns
    -------
    Shadow or None
        None for an empty mask, a target that no shadow passes for, or a scene without green and near infrared.
    """
    shade, names = TARGETS[target].shade, [str(name) for name in scene["band"].values]
    green, nir, swir = (find_band(wanted, names) for wanted in ("green", "nir", "swir16"))
    if shade is None or green is None or nir is None or not mask.any():
        return None
    layers = scene.sel(band=[name for name in (green, nir, swir) if name]).data
    dark = sum(_dark(loaded(layers[:, rows])[:, mask[rows]], shade) for rows in strips(len(mask)) if mask[rows].any())
    pixels = int(mask.sum())
    return Shadow(dark / pixels, regions=len(components(mask)[1]) - 1, pixels=pixels)


def _dark(level: NDArray[np.float32], shade: Shade) -> int:
    """How many pixels are as dark and flat, by their green, near and, if there is one, short-wave infrared (2 or 3, n)."""
    green, nir, *swir = level
    dark = (green < shade.green) & (nir < shade.nir) & (nir >= shade.flat * green)
    for infrared in swir:
        dark &= (infrared < shade.swir) & (infrared >= shade.dry * green)
    return int(dark.sum())
