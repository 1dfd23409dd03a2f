"""Sources of imagery, brought to one form: what a file, an xarray object or an array says about itself, nothing decided yet."""

from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any

import numpy as np
import xarray as xr

from spexlab.scene.arrays import from_array, from_dataarray, from_dataset
from spexlab.scene.bands import Band
from spexlab.scene.files import from_path
from spexlab.scene.raw import Raw, on_grid


def read_raw(source: Any, bands: Sequence[str | float | Band] | None, *, chunked: bool = False) -> Raw:
    """Read what there is about a source without loading its pixels.

    Raises
    ------
    FileNotFoundError, OSError
        If the file is missing or no raster.
    ValueError
        If the source has no grid of pixels that a scene could be.
    """
    if isinstance(source, str | PathLike):
        return on_grid(from_path(fspath(source), chunked=chunked))
    if isinstance(source, xr.Dataset):
        return on_grid(from_dataset(source, bands))
    if isinstance(source, xr.DataArray):
        return on_grid(from_dataarray(source))
    if isinstance(source, np.ndarray) or hasattr(source, "__array__"):
        return on_grid(from_array(source, bands))
    raise ValueError(
        "a scene is opened from a path or URL, an xarray DataArray or Dataset, or a NumPy array with bands=, "
        f"but {type(source).__name__} was given"
    )
