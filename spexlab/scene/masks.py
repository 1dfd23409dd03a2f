"""Masks laid over a scene: quality layers among its bands, and masks that its user brings."""

from os import PathLike
from typing import Any

import numpy as np
import xarray as xr
from rasterio.enums import Resampling

from spexlab.scene.grid import crs_of, same_grid
from spexlab.scene.quality import bad_pixels, kind_of
from spexlab.scene.raw import Raw
from spexlab.scene.reading import read_raw

LeftOut = tuple[xr.DataArray, str]
"""Bool (y, x), True where a pixel is left out; and why, in words."""


def bad_by_layers(raw: Raw, layers: dict[str, int], *, sensor: str) -> list[LeftOut]:
    """Read the quality layers of a source, by name and place among its bands; an alpha band is one too."""
    found: list[LeftOut] = []
    for name, layer in layers.items():
        if name == "alpha":
            found.append((raw.data.isel(band=layer) == 0, "transparent"))
        elif (kind := kind_of(name, sensor=sensor)) is not None:
            bad = bad_pixels(raw.data.isel(band=layer), kind)
            found.append((bad if raw.valid is None else bad & _valid(raw.valid, layer), f"{kind.left_out}, by the band {name}"))
    return found


def _valid(valid: xr.DataArray, layer: int) -> xr.DataArray:
    """Where (y, x) a layer has numbers: what lies outside its picture was not left out of it."""
    return valid.isel(band=layer) if "band" in valid.dims else valid


def bad_by_mask(mask: Any, whole: xr.DataArray, *, part: xr.DataArray, sensor: str) -> LeftOut:
    """Bring a mask to the grid of a scene.

    Parameters
    ----------
    mask : str, Path, xarray.DataArray or numpy.ndarray
        Not 0 where a pixel is left out; a raster called SCL, Fmask or QA_PIXEL is read by its codes.
    whole : DataArray
        All of the source, over y and x.
    part : DataArray
        The part of it that is opened.
    sensor : str
        The scene's.

    Raises
    ------
    ValueError
        If the mask lies on another grid, and one of the two has no CRS.
    OSError
        If it is a file that is missing or cannot be read.
    """
    given = read_raw(mask if isinstance(mask, str | PathLike | xr.DataArray) else np.asarray(mask).astype("float32"), None)
    if given.data.sizes["band"] != 1:
        raise ValueError(f"mask= must have one band, but {given.source} has {given.data.sizes['band']}; choose one")
    layer = given.data.isel(band=0, drop=True)
    named = [name for name in (*(given.names or ()), given.title) if kind_of(name)]
    kind = kind_of(named[0], sensor=sensor) if named else None
    bad = bad_pixels(layer, kind) if kind is not None else layer != 0
    words = f"{kind.left_out}, by {given.title}" if kind is not None else "by mask="
    return bring(bad.astype("uint8"), whole, part=part, what="mask=", empty=0) > 0, words


def bring(layer: xr.DataArray, whole: xr.DataArray, *, part: xr.DataArray, what: str, empty: float) -> xr.DataArray:
    """Bring a layer (y, x) of codes to the grid of a part of a scene, by the nearest pixel.

    Parameters
    ----------
    layer : DataArray
        On the scene's grid, or on another one where both have a CRS.
    whole, part : DataArray
        All of the scene, and the part of it that is wanted, over y and x.
    what : str
        What to call the layer in an error.
    empty : float
        What stands where the layer has no pixel.

    Raises
    ------
    ValueError
        If the layer lies on another grid, and one of the two has no CRS.
    """
    shape = (whole.sizes["y"], whole.sizes["x"])
    placed = crs_of(layer) is not None and crs_of(whole) is not None
    if layer.shape == shape and (not placed or same_grid(layer, whole)):
        same = layer.drop_vars(list(layer.coords)).assign_coords(y=whole["y"], x=whole["x"])
        return same.sel(y=part["y"], x=part["x"])
    if not placed:
        raise ValueError(
            f"{what} must be on the scene's grid of {shape[0]} x {shape[1]} pixels, or on another one where both have a CRS, "
            f"but it is {layer.shape[0]} x {layer.shape[1]}"
        )
    moved: xr.DataArray = layer.rio.reproject_match(part, resampling=Resampling.nearest, nodata=empty)
    return moved.assign_coords(y=part["y"], x=part["x"])
