"""Other sensors, other light: what a crop could have looked like."""

import math
import random

import numpy as np
import xarray as xr

from spexlab.scene import pixel_kind
from spexlab.scene.bands import WAVELENGTHS, find_band

_CAMERAS = (
    ("blue", "green", "red", "nir"),
    ("blue", "green", "red"),
    ("green", "red", "nir"),
    ("blue", "green", "red", "nir", "swir16", "swir22"),
)
"""Band sets of common cameras: four-band aerial and commercial, plain colour, colour-infrared, the Landsat reflective bands."""
_COLOUR = ("blue", "green", "red")
_NARROW = (0.2, 4.0)
"""Metres that wide pixels are said to have."""
_GAIN = {"coarse": (0.15, 0.03), "fine": (0.35, 0.08)}
"""Spread of the light and of single bands, as logarithms: what comes as a picture rarely tells its radiometry."""


def drop_bands(scene: xr.DataArray, rng: random.Random, share: float) -> xr.DataArray:
    """Now and then a camera of fewer bands, but of three at least."""
    names = [str(name) for name in scene["band"].values]
    if rng.random() >= share or len(names) <= 3:
        return scene
    camera = rng.choice((*_CAMERAS, None))
    if camera is None:
        keep = sorted(rng.sample(range(len(names)), rng.randint(3, len(names))))
    else:
        seen = {find_band(name, names) for name in camera}
        keep = [i for i, name in enumerate(names) if name in seen]
    return scene.isel(band=keep) if len(keep) >= 3 else scene


def with_infrared(scene: xr.DataArray, rng: random.Random, share: float) -> xr.DataArray:
    """Now and then an infrared band beside plain colour: as bright as red, and brighter by far where it is green.

    Hardly any labelled scene with narrow pixels has one. Roofs have the same shapes with it as without.
    """
    if rng.random() >= share or sorted(map(str, scene["band"].values)) != sorted(_COLOUR):
        return scene
    blue, green, red = (scene.sel(band=name).values for name in _COLOUR)
    greenness = np.clip((2 * green - red - blue) / np.maximum(green + red + blue, 1e-3), 0, 0.5)
    light = rng.uniform(0.9, 1.3) * red + rng.uniform(1.0, 2.5) * greenness * np.maximum(green, float(np.nanmedian(green)))
    made = xr.DataArray(
        light[None].astype(np.float32), dims=scene.dims, coords={"band": ["nir"], "wavelength": ("band", [WAVELENGTHS["nir"]])}
    )
    return xr.concat([scene, made], dim="band").assign_attrs(scene.attrs)


def relight(scene: xr.DataArray, rng: random.Random) -> xr.DataArray:
    """Another sun, haze that fades with wavelength, sensor gains and noise."""
    noise = np.random.default_rng(rng.getrandbits(32))
    bands, (all_bands, each) = scene.sizes["band"], _GAIN[pixel_kind(scene)]
    gain = np.exp(noise.normal(0, all_bands) + noise.normal(0, each, bands))[:, None, None]
    haze = (rng.random() ** 2 * 0.03 * np.exp(-(scene["wavelength"].values - 450) / 250))[:, None, None]
    grain = noise.normal(0, rng.random() * 0.003, scene.shape)
    return scene.copy(data=(scene.values * gain + haze + grain).astype(np.float32))


def claimed_width(scene: xr.DataArray, rng: random.Random) -> xr.DataArray:
    """Say that its pixels are narrow."""
    low, high = map(math.log, _NARROW)
    return scene.assign_attrs(pixel_size_m=math.exp(rng.uniform(low, high)))
