"""How uncertain the area of a mask is, by the probabilities of its pixels.

Pixel i is of the target with probability p_i, a Bernoulli variable of variance p_i (1 - p_i). Neighbours err together: with a
correlation exp(-d / R) at a distance of d pixels, the area A = sum(a_i x_i) of pixels of a_i square metres has the variance

    Var(A) = sum over i, j of a_i a_j exp(-d_ij / R) sqrt(p_i (1 - p_i) p_j (1 - p_j))

which is that of the model-based estimator of area in McRoberts (2006), Remote Sensing of Environment 103, 56-66, for probabilities
that are taken as they are. R is assumed, not measured: four pixels, the stride at which the network sees. Errors that a whole scene
shares, as those of haze or of a place unlike the training's, are not in it; neither is a probability that is not calibrated.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import oaconvolve

REACH = 4.0
"""R, in pixels."""
_FARTHEST = 16
"""Pixels from which on correlation counts as none: it is under 2 % there."""


def area_deviation(probability: NDArray[np.floating], areas: NDArray[np.floating] | float) -> float:
    """Return the standard deviation of an area, in the unit of `areas`.

    Parameters
    ----------
    probability : (H, W) float array
        0-1; NaN where nobody looked, which counts as certain.
    areas : (H, W) float array or float
        Of each pixel; 1 counts pixels.

    Examples
    --------
    >>> area_deviation(np.array([[0.5]]), 100.0)
    50.0
    """
    chance = np.nan_to_num(probability.astype(np.float64))
    spread = np.sqrt(chance * (1.0 - chance)) * areas
    side = np.arange(-_FARTHEST, _FARTHEST + 1)
    distance = np.hypot(side[:, None], side[None, :])
    kernel = np.where(distance <= _FARTHEST, np.exp(-distance / REACH), 0.0)
    around = oaconvolve(spread, kernel, mode="full")[_FARTHEST:-_FARTHEST, _FARTHEST:-_FARTHEST]
    return round(float(np.sqrt(max(float((spread * around).sum()), 0.0))), 6)
