"""Canyon country under a low sun, made by a seeded script: slopes in shade that a water index takes for water."""

import numpy as np
import xarray as xr
from rasterio.transform import from_origin
from scipy.ndimage import gaussian_filter

from spexlab.scene import new_scene
from spexlab.scene.naming import resolve_bands

BANDS = ("blue", "green", "red", "nir08", "swir16", "swir22")
ROCK = (0.08, 0.11, 0.17, 0.24, 0.27, 0.23)
SHRUBS = (0.05, 0.08, 0.09, 0.27, 0.19, 0.12)
WATER = (0.06, 0.07, 0.05, 0.02, 0.01, 0.01)
SKY = (0.30, 0.26, 0.15, 0.11, 0.09, 0.09)
"""Light of the sky alone, by band, as part of what the sun gives: blue, so that shade is high in MNDWI as water is."""


def canyon_scene(*, size: int = 240, seed: int = 7, pond: bool = False) -> xr.DataArray:
    """Rock and shrubs at 30 m over rugged relief; with a pond of 40 x 60 pixels in full sun if asked for."""
    rng = np.random.default_rng(seed)
    # Ridged noise: sharp rims over wide floors, as canyons have them.
    ridges = [-scale * np.abs(_rolling(rng, size, scale)) for scale in (16, 8, 4, 2)]
    height = sum(ridges)
    fall = np.gradient(height, axis=1) + 0.6 * np.gradient(height, axis=0)
    steep = fall / fall.std()
    green = np.clip(0.35 + 0.3 * _rolling(rng, size, 6) + 0.15 * _rolling(rng, size, 1), 0, 1)
    ground = green * np.array(SHRUBS)[:, None, None] + (1 - green) * np.array(ROCK)[:, None, None]
    sun = np.clip(1 + 0.35 * steep, 0.45, 1.5)
    light = np.where(steep < -1.3, np.array(SKY)[:, None, None], sun)
    values = ground * light * (1 + rng.normal(0, 0.02, ground.shape))
    if pond:
        values[:, 20:60, 20:80] = np.array(WATER)[:, None, None]
    place = {"x": 320_000 + 30 * (np.arange(size) + 0.5), "y": 4_130_000 - 30 * (np.arange(size) + 0.5)}
    title = "Canyon country under a low sun"
    scene = new_scene(values.astype(np.float32), resolve_bands(BANDS, "landsat-8"), sensor="landsat-8", title=title)
    scene = scene.assign_coords(place).rio.write_crs("EPSG:32612").rio.write_transform(from_origin(320_000, 4_130_000, 30, 30))
    return scene.assign_attrs(pixel_size_m=30.0, simulated=True)


def _rolling(rng: np.random.Generator, size: int, scale: float) -> np.ndarray:
    """Noise of this scale in pixels, mean 0 and deviation 1."""
    noise = gaussian_filter(rng.normal(size=(size, size)), scale)
    return (noise - noise.mean()) / noise.std()
