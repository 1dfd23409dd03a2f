"""What is no measurement: fill, masks, clouds and their shadows. It is left out of a scene, and that is said."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from spexlab.scene.access import placeless, reading
from spexlab.scene.masks import LeftOut
from spexlab.scene.raw import Raw

_LONGEST_RUN = 32
"""So many pixels along an edge, from a corner on, of one extreme number in every band are no accident."""


def measured(raw: Raw, left_out: Sequence[LeftOut], *, usual: float | None) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Return float32 numbers (band, y, x) with NaN for all that is no measurement, and what was left out beyond stated nodata.

    Parameters
    ----------
    raw : Raw
        Spectral bands only.
    left_out : sequence of (bool (y, x), str)
        What masks leave out, and why.
    usual : float or None
        The number that fills the sensor's usual product: no news.
    """
    numbers, reasons = raw.data.astype("float32").where(~_stated(raw)), list(left_out)
    if raw.valid is not None:
        valid = raw.valid.transpose(*(dim for dim in ("band", "y", "x") if dim in raw.valid.dims))
        numbers = numbers.where(valid.drop_vars(list(valid.coords)))
    with placeless(), reading(raw.source):
        number = border_fill(raw.data)
    if number is not None and number != usual and number not in (raw.nodata or ()):
        filled = (raw.data == number).all("band")
        reasons.append((filled, f"{number:g} in every band, as a strip along the border is: taken for fill"))
    notes = tuple(told(bad, why) for bad, why in reasons if bad.chunks is not None or bool(bad.any()))
    for bad, _ in reasons:
        numbers = numbers.where(~bad)
    return numbers.where(np.isfinite(numbers)), notes


def told(bad: xr.DataArray, why: str) -> str:
    """Say what was left out, and how much, where that is known without reading all of a lazy scene."""
    return f"left out: {why}" if bad.chunks is not None else f"{float(bad.mean()):.1%} of the pixels are left out: {why}"


def _stated(raw: Raw) -> xr.DataArray:
    """Bool (band, y, x) or (y, x): where the stated nodata numbers stand.

    A nodata of 0 is also what a black pixel is: there, unless an offset is stated, a pixel is empty only if every band says so.
    """
    nodata = raw.nodata or (None,) * raw.data.sizes["band"]
    fits = [value is not None and _fits(value, raw.data.dtype) for value in nodata]
    marks = np.array([value if fit else 0 for value, fit in zip(nodata, fits, strict=True)]).astype(raw.data.dtype)
    filled = (raw.data == xr.DataArray(marks, dims="band")) & xr.DataArray(fits, dims="band")
    return filled.all("band") if not any(nodata) and not any(raw.offsets or ()) else filled


def _fits(value: float, dtype: np.dtype[Any]) -> bool:
    if dtype.kind == "f":
        return not math.isnan(value)
    limits = np.iinfo(dtype)
    return math.isfinite(value) and value == int(value) and limits.min <= value <= limits.max


def border_fill(data: xr.DataArray) -> float | None:
    """Find the number that fills what lies outside the picture: one extreme in every band, from a corner on along an edge.

    What lies beyond a straight edge of the swath always holds a corner of the raster, so that only the corners need be read.
    """
    for rows in (slice(None, 2 * _LONGEST_RUN), slice(None, -2 * _LONGEST_RUN - 1, -1)):
        for columns in (slice(None, 2 * _LONGEST_RUN), slice(None, -2 * _LONGEST_RUN - 1, -1)):
            corner = data.isel(y=rows, x=columns).values
            number = corner[0, 0, 0]
            same = (corner == number).all(axis=0)
            if number in _extremes(data.dtype) and max(_run(same[0]), _run(same[:, 0])) >= _LONGEST_RUN:
                return float(number)
    return None


def _extremes(dtype: np.dtype[Any]) -> set[float]:
    if dtype.kind == "f":
        return {0.0, -9999.0, -32768.0, float(np.finfo(dtype).min), float(np.finfo(dtype).max)}
    return {0, -9999, int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)}


def _run(same: npt.NDArray[np.bool_]) -> int:
    return int(np.argmin(same)) if not same.all() else same.size
