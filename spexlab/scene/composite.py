"""A scene rendered for the eye."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from spexlab.scene.bands import find_bands

Composite = Literal["true colour", "false colour"]

_COMPOSITES: dict[str, tuple[str, ...]] = {"true colour": ("red", "green", "blue"), "false colour": ("nir", "red", "green")}


def rgb(
    scene: xr.DataArray,
    *,
    composite: Composite | Sequence[str] = "true colour",
    percentiles: tuple[float, float] = (2.0, 98.0),
) -> npt.NDArray[np.uint8]:
    """Render a scene for the eye.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance.
    composite : {"true colour", "false colour"} or three names of bands
        Red, green, blue; NIR, red, green, in which vegetation is red; or bands of one's own, such as ("swir16", "nir", "red").
    percentiles : tuple of float
        Each band is stretched between these percentiles of its valid pixels.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        Pixels without data are black.

    Raises
    ------
    ValueError
        If the scene lacks a band of the composite; the message names the ones that it can show.
    """
    names = [str(name) for name in scene["band"].values]
    chosen = _named(composite, names) if isinstance(composite, str) else _own(composite, names)
    layers = [_stretch(scene.isel(band=names.index(name)).values, percentiles) for name in chosen]
    return np.stack(layers, axis=-1)


def _named(composite: str, names: Sequence[str]) -> Sequence[str]:
    """Bands of a composite that has a name, among those of a scene."""
    if composite not in _COMPOSITES:
        raise ValueError(f"composite must be one of {list(_COMPOSITES)}, or three bands, but {composite!r} was given")
    chosen = find_bands(_COMPOSITES[composite], names)
    if chosen is None:
        possible = [name for name, wanted in _COMPOSITES.items() if find_bands(wanted, names)]
        instead = f"show it in {' or '.join(possible)}" if possible else "it has neither composite"
        raise ValueError(f"a {composite} picture needs bands that this scene lacks (it has {', '.join(names)}); {instead}")
    return chosen


def _own(composite: Sequence[str], names: Sequence[str]) -> Sequence[str]:
    """Bands that a person put together, checked against those of a scene."""
    if len(composite) != 3 or not set(composite) <= set(names):
        raise ValueError(f"a composite is three of the scene's bands ({', '.join(names)}), but {', '.join(composite)} was given")
    return composite


def _stretch(layer: npt.NDArray[np.float32], percentiles: tuple[float, float]) -> npt.NDArray[np.uint8]:
    valid = layer[np.isfinite(layer)]
    low, high = np.percentile(valid, percentiles) if valid.size else (0.0, 1.0)
    scaled = (layer - low) / max(float(high - low), 1e-6)
    return (np.clip(np.nan_to_num(scaled, nan=0.0), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
