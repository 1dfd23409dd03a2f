"""How uncertain the area of a mask, or of its change, is by the probabilities of its pixels.

A mask is cut where its probability passes a threshold t that suits the target, so t is what means "as likely as not". `chance`
shifts the odds to that, as for another share of the target (Saerens et al. 2002, Neural Computation 14, 21-41): at t it is 1/2.

Between two dates with chances p and q the errors recur: the same ground looks alike. The chances of a change are those of the
strongest dependence that p and q allow (the Frechet bound; Nelsen 2006, An Introduction to Copulas, 2.2): lost max(p - q, 0),
gained max(q - p, 0), stable min(p, q). Where nothing differs, nothing is said to change, however unsure the two are.

Pixel i with chance p_i is a Bernoulli variable of variance p_i (1 - p_i). Neighbours err together: with a correlation exp(-d / R)
at a distance of d pixels, the area A = sum(a_i x_i) of pixels of a_i square metres has the variance

    Var(A) = sum over i, j of a_i a_j exp(-d_ij / R) sqrt(p_i (1 - p_i) p_j (1 - p_j))

which is that of the model-based estimator of area in McRoberts (2006), Remote Sensing of Environment 103, 56-66, for probabilities
that are taken as they are. R is assumed, not measured: four pixels, the stride at which the network sees. Errors that a whole scene
shares, as those of haze or of a place unlike the training's, are not in it.
"""

import numpy as np
from numpy.typing import NDArray

REACH = 4.0
"""R, in pixels."""
_FARTHEST = 16
"""Pixels from which on correlation counts as none: it is under 2 % there."""


def chance(probability: NDArray[np.floating], threshold: float) -> NDArray[np.float32]:
    """Return chances (0-1) that are 1/2 at the threshold, of probabilities of any shape; NaN stays.

    Examples
    --------
    >>> chance(np.array([0.0, 0.2, 1.0]), 0.2).tolist()
    [0.0, 0.5, 1.0]
    """
    likely, unlikely = probability * (1.0 - threshold), (1.0 - probability) * threshold
    shifted: NDArray[np.float32] = (likely / (likely + unlikely)).astype(np.float32)
    return shifted


def change_chances(before: NDArray[np.floating], after: NDArray[np.floating]) -> dict[str, NDArray[np.floating]]:
    """Return the chances that pixels were lost, gained, and are stable, of their chances before and after; any shape, NaN stays."""
    return {
        "lost": np.maximum(before - after, 0),
        "gained": np.maximum(after - before, 0),
        "stable": np.minimum(before, after),
    }


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
    from scipy.signal import oaconvolve

    known = np.nan_to_num(probability.astype(np.float64))
    spread = np.sqrt(known * (1.0 - known)) * areas
    side = np.arange(-_FARTHEST, _FARTHEST + 1)
    distance = np.hypot(side[:, None], side[None, :])
    kernel = np.where(distance <= _FARTHEST, np.exp(-distance / REACH), 0.0)
    around = oaconvolve(spread, kernel, mode="full")[_FARTHEST:-_FARTHEST, _FARTHEST:-_FARTHEST]
    return round(float(np.sqrt(max(float((spread * around).sum()), 0.0))), 6)
