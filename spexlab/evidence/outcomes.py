"""What a mask and a reference say of the same place, and in what that ends."""

from typing import Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Outcome = Literal["neither", "missed", "false alarm", "hit"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""By number: 2 where the mask has the place, and 1 more where the reference does."""
OUTCOME_COLOURS: dict[str, str] = {
    "hit": "#56B4E9",
    "missed": "#D55E00",
    "false alarm": "#F0E442",
    "neither": "#8A8F98",
}
"""Okabe & Ito's sky blue, vermilion and yellow, which differ in lightness, too: told apart under every colour-vision deficiency."""
NOT_JUDGED = 255
"""In a raster of outcomes, where the reference says nothing or nobody looked."""


def outcomes_of(mask: NDArray[np.bool_], present: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Number in `OUTCOMES` of each place, of any shape.

    >>> outcomes_of(np.array([True, True, False, False]), np.array([True, False, True, False])).tolist()
    [3, 2, 1, 0]
    """
    return (2 * mask.astype(np.uint8) + present.astype(np.uint8)).astype(np.uint8)


def outcome_map(mask: xr.DataArray, present: NDArray[np.bool_], known: NDArray[np.bool_]) -> xr.DataArray:
    """Outcomes (y, x) on the mask's grid, `NOT_JUDGED` where it is not known."""
    found = np.where(known, outcomes_of(mask.values.astype(bool), present), np.uint8(NOT_JUDGED))
    return mask.copy(data=found).rename("outcome")
