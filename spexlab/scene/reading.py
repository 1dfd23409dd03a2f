"""Sources of imagery, brought to one form: what a file, an xarray object or an array says about itself, nothing decided yet."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from spexlab.scene.access import placeless
from spexlab.scene.arrays import from_array, from_dataarray, from_dataset
from spexlab.scene.bands import Band
from spexlab.scene.files import ContainerError, from_path
from spexlab.scene.items import from_item, is_item
from spexlab.scene.raw import Raw, on_grid
from spexlab.scene.stack import from_files, from_folder

_RASTER_FOLDERS = (".zgroup", ".zarray", "zarr.json", "hdr.adf")
"""What a folder holds that is a raster itself: Zarr, ArcInfo grids."""


def read_raw(source: Any, bands: Sequence[str | float | Band] | None, *, chunked: bool = False) -> Raw:
    """Read what there is about a source without loading its pixels.

    Raises
    ------
    FileNotFoundError, OSError
        If the file is missing or no raster.
    ValueError
        If the source has no grid of pixels that a scene could be.
    """
    with placeless():
        return on_grid(_found(source, bands, chunked=chunked))


def has_bands(path: str) -> bool:
    """Tell a file or folder of several bands from one that is a band itself; raises as `read_raw`."""
    with placeless():
        return Path(path).is_dir() or from_path(path, chunked=False).data.sizes["band"] > 1


def _found(source: Any, bands: Sequence[str | float | Band] | None, *, chunked: bool) -> Raw:
    if isinstance(source, str | PathLike):
        return _from_place(fspath(source), bands, chunked=chunked)
    if isinstance(source, xr.Dataset):
        return from_dataset(source, bands)
    if isinstance(source, xr.DataArray):
        return from_dataarray(source)
    if is_item(source):
        return from_item(source, bands, chunked=chunked)
    if isinstance(source, Mapping) or (isinstance(source, list) and all(isinstance(part, str | PathLike) for part in source)):
        return from_files(source, chunked=chunked)
    if isinstance(source, np.ndarray) or hasattr(source, "__array__"):
        return from_array(source, bands)
    raise ValueError(
        "a scene is opened from a path or URL, a list or dict of band files, a folder, a STAC item, "
        f"an xarray DataArray or Dataset, or a NumPy array with bands=, but {type(source).__name__} was given"
    )


def _from_place(path: str, bands: Sequence[str | float | Band] | None, *, chunked: bool) -> Raw:
    """Open a file, or the bands that a folder or a container holds."""
    folder = Path(path)
    if folder.is_dir() and not any((folder / mark).exists() for mark in _RASTER_FOLDERS):
        return from_folder(folder, chunked=chunked)
    try:
        return from_path(path, chunked=chunked)
    except ContainerError as container:
        variables = {re.split(r"[:/]", name.strip('"'))[-1]: name for name in container.inside}
        wanted = [str(band) for band in bands or () if str(band) in variables]
        chosen = {name: variables[name] for name in wanted} if bands and len(wanted) == len(bands) else variables
        if len(chosen) < 2:
            raise
        return replace(from_files(chosen, chunked=chunked), source=path, title=folder.stem)
