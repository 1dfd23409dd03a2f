"""Masks in numbers: how much, in how many regions, and what the target's index says inside and around."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spexlab.evidence.fulfilled import Fulfilled
from spexlab.evidence.prior import Prior
from spexlab.evidence.regions import Region, checked, components, describe
from spexlab.evidence.rings import KnownValues, Mask, means
from spexlab.evidence.shadow import Shadow
from spexlab.scene.ground import mask_area


@dataclass(frozen=True)
class Measurement:
    """What is true of a mask."""

    target: str
    pixels: int
    """Pixels of the mask."""
    valid_pixels: int
    """Pixels that were looked at (inside the area, with data)."""
    share: float
    """pixels / valid_pixels, 0-1."""
    area_m2: float | None
    """None where the pixel size is unknown."""
    n_regions: int
    largest: Region | None
    """None where the mask is empty."""
    index: str | None
    """Name of the spectral index; None where none could be computed, or it is known nowhere in the mask."""
    threshold: float | None
    """The target is expected above it, or below, by `sign`."""
    inside: float | None
    """Mean index inside the mask; None where the mask is empty."""
    around: float | None
    """Mean index in the ring around the mask, or over all valid pixels where the mask is empty; None where too little is left."""
    sign: Literal[1, -1] = 1
    """+1: the target lies above the threshold; -1: below."""
    shadow: Shadow | None = None
    """How much of the mask looks like shaded ground; None where no shadow passes for the target, or nobody looked."""
    conditions: tuple[Fulfilled, ...] = ()
    """Sizes and distances that the regions of the mask had to have."""


def measure(
    mask: Mask,
    *,
    target: str,
    valid: Mask | None = None,
    prior: Prior | None = None,
    found: Mask | None = None,
    pixel_area: NDArray[np.floating] | float | None = None,
) -> Measurement:
    """Measure a mask: area, regions, and the index inside and around it.

    Parameters
    ----------
    mask : (H, W) bool array
    target : str
        What the mask is of.
    valid : (H, W) bool array, optional
        Pixels that were looked at; the mask counts only there. All unless told.
    prior : Prior, optional
        The target's index, on the mask's grid; None where the bands allow none.
    found : (H, W) bool array, optional
        All that was found, before limits cut it to the mask: what they cut away is no surrounding.
    pixel_area : (H, W) float array or float, optional
        Square metres of each pixel; see `spexlab.scene.ground.pixel_areas`.

    Raises
    ------
    ValueError
        If a mask is not boolean, or the arrays are not two-dimensional or differ in shape.
    """
    mask = checked(mask, None if prior is None else prior.values)
    looked_at = np.ones(mask.shape, bool) if valid is None else checked(valid, mask)
    mask = mask & looked_at
    known = None if prior is None else _known(prior.values, mask, looked_at, found)
    labels, sizes = components(mask)
    pixels, valid_pixels = int(mask.sum()), int(looked_at.sum())
    inside, around = _contrast(mask, known)
    # An index that is unknown all over the mask says nothing about it.
    seen = prior if (inside if pixels else around) is not None else None
    return Measurement(
        target=target,
        pixels=pixels,
        valid_pixels=valid_pixels,
        share=pixels / max(valid_pixels, 1),
        area_m2=mask_area(mask, pixel_area),
        n_regions=len(sizes) - 1,
        largest=next(iter(describe(labels, sizes, known, limit=1)), None),
        index=seen.index if seen else None,
        threshold=seen.threshold if seen else None,
        inside=inside,
        around=around if seen else None,
        sign=seen.sign if seen else 1,
    )


def _known(values: Any, mask: Mask, looked_at: Mask, found: Mask | None) -> KnownValues:
    """The index where it was looked at, without what limits cut away: that is no surrounding."""
    cut = found is not None and mask.any()
    return KnownValues(values, looked_at & ~(found & ~mask) if cut else looked_at)  # type: ignore[operator]


def _contrast(mask: Mask, known: KnownValues | None) -> tuple[float | None, float | None]:
    if known is None:
        return None, None
    return means(mask, mask, known) if mask.any() else (None, known.mean(np.ones(mask.shape, bool)))
