"""Spectra of what an extraction found: mean reflectance in each band, inside its masks and elsewhere."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

if TYPE_CHECKING:
    from spexlab.extraction.result import Extraction

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


def class_spectra(extraction: "Extraction") -> xr.Dataset:
    """Mean spectra of the targets found, and of the area outside them."""
    known = np.isfinite(extraction.probability[0].values)
    places = {target: extraction.mask.sel(target=target).values for target in extraction.targets}
    places[ELSEWHERE] = known & ~extraction.mask.any("target").values
    spectra = [mean_spectrum(extraction.scene, inside) for inside in places.values()]
    together: xr.Dataset = xr.concat(spectra, dim=xr.Variable("name", list(places)))
    return together
