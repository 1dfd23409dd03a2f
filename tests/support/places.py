"""Labelled places small enough to count by hand."""

import numpy as np
import xarray as xr

from spexlab.places import Place
from spexlab.scene.bands import WAVELENGTHS
from spexlab.targets import CLASSES

BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")
REFLECTANCE = {
    "water": (0.05, 0.06, 0.04, 0.02, 0.01, 0.01),
    "trees": (0.03, 0.06, 0.04, 0.40, 0.20, 0.10),
    "buildings": (0.20, 0.22, 0.24, 0.26, 0.30, 0.28),
}
"""What a pixel of a class reflects in `BANDS`."""
NAMES = tuple(REFLECTANCE)


def striped_place(
    name: str = "stripes",
    *,
    group: str | None = None,
    names: tuple[str, ...] = NAMES,
    pixel_size: float = 10.0,
    bands: tuple[str, ...] = BANDS,
    complete_for: tuple[str, ...] | None = None,
) -> Place:
    """Make a place of horizontal stripes of 8 x 24 pixels, one for each class, with a little noise of its own."""
    labels = np.repeat([CLASSES[name] for name in names], 8).astype(np.uint8)[:, None].repeat(24, axis=1)
    rows = [BANDS.index(band) for band in bands]
    pixels = np.stack([np.array([REFLECTANCE[name][row] for name in names]).repeat(8)[:, None].repeat(24, axis=1) for row in rows])
    noise = np.random.default_rng(len(name)).normal(0, 0.002, pixels.shape)
    waves = ("band", [WAVELENGTHS[band] for band in bands])
    coords = {"band": list(bands), "wavelength": waves, "y": np.arange(len(labels)) + 0.5, "x": np.arange(24) + 0.5}
    scene = xr.DataArray((pixels + noise).astype(np.float32), dims=("band", "y", "x"), coords=coords)
    return Place(name, group or name, scene.assign_attrs(pixel_size_m=pixel_size, title=name), labels, complete_for)
