"""Spectra of what was found: mean reflectance in each band, inside masks and elsewhere."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

ELSEWHERE = "elsewhere"
"""Name of the pixels of the area that lie in no mask."""


def mean_spectrum(scene: xr.DataArray, inside: NDArray[np.bool_]) -> xr.Dataset:
    """Mean spectrum of some pixels.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance, NaN = no data.
    inside : ndarray of bool, shape (H, W)
        The pixels.

    Returns
    -------
    xarray.Dataset
        `mean` and `spread` (standard deviation), both (band,), NaN where no pixel has data; `pixels`, their number.
    """
    layers = [np.asarray(scene.isel(band=number).values)[inside] for number in range(scene.sizes["band"])]
    known = [layer[np.isfinite(layer)].astype(np.float64) for layer in layers]
    mean = [layer.mean() if layer.size else np.nan for layer in known]
    spread = [layer.std() if layer.size else np.nan for layer in known]
    coords = {"band": scene["band"].values, "wavelength": ("band", scene["wavelength"].values)}
    return xr.Dataset({"mean": ("band", mean), "spread": ("band", spread), "pixels": int(inside.sum())}, coords=coords)


def class_spectra(scene: xr.DataArray, masks: Mapping[str, NDArray[np.bool_]], *, known: NDArray[np.bool_]) -> xr.Dataset:
    """Mean spectra inside masks, and of the known pixels outside them all.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance, NaN = no data.
    masks : mapping of str to ndarray of bool, shape (H, W)
        Name -> the pixels; at least one.
    known : ndarray of bool, shape (H, W)
        The pixels of the area.

    Returns
    -------
    xarray.Dataset
        `mean` and `spread`, both (name, band), and `pixels` (name); the last name is `ELSEWHERE`.
    """
    places = {**masks, ELSEWHERE: known & ~np.any(list(masks.values()), axis=0)}
    spectra = [mean_spectrum(scene, inside) for inside in places.values()]
    together: xr.Dataset = xr.concat(spectra, dim=xr.Variable("name", list(places)))
    return together
