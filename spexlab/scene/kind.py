"""What kind of scene it is: how wide its pixels are, and what its bands reach. Thresholds and scores depend on both."""

from typing import Literal

import xarray as xr

from spexlab.targets import COARSE_PIXEL

PixelKind = Literal["coarse", "fine"]
BandSet = Literal["swir", "nir", "visible"]


def pixel_size(scene: xr.DataArray) -> float | None:
    """Return the side of a pixel in metres on the ground: from the CRS, else as given, else the sensor's usual one, else None."""
    size = scene.attrs.get("pixel_size_m")
    return float(size) if size is not None else None


def pixel_kind(scene: xr.DataArray) -> PixelKind:
    """Tell pixels wider than a house from narrower ones; those of unknown size count as wide."""
    return "coarse" if (pixel_size(scene) or COARSE_PIXEL) >= COARSE_PIXEL else "fine"


def band_set(scene: xr.DataArray) -> BandSet:
    """What a scene has beside the visible: the short-wave infrared, the near infrared only, or nothing."""
    wavelengths = scene["wavelength"].values
    if (wavelengths > 1500).any():
        return "swir"
    return "nir" if (wavelengths > 750).any() else "visible"
