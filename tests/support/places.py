"""Labelled places small enough to count by hand."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import rasterio
import xarray as xr
from rasterio.transform import from_origin

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


def write_places(folder: Path, places: Iterable[Place]) -> Path:
    """Write places in the form of a folder with a manifest."""
    records = []
    for place in places:
        files = {"scene": f"scenes/{place.name}.tif", "label": f"labels/{place.name}.tif"}
        pixels = np.rint(place.scene.values * 1e4).astype(np.uint16)
        _write(folder / files["scene"], pixels, tuple(map(str, place.scene["band"].values)), place.pixel_size)
        _write(folder / files["label"], place.labels[None], ("label",), place.pixel_size)
        records.append({"id": place.name, "group": place.group, "files": files, "label_quality": "good", **place.extra})
    (folder / "manifest.json").write_text(json.dumps({"scenes": records}))
    return folder


def _write(path: Path, values: np.ndarray, names: tuple[str, ...], metres: float | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    bands, height, width = values.shape
    shape = {"count": bands, "height": height, "width": width, "dtype": values.dtype, "crs": "EPSG:32633"}
    with rasterio.open(path, "w", driver="GTiff", transform=from_origin(500_000, 5_000_000, metres, metres), **shape) as file:
        file.write(values)
        file.descriptions = names
        file.scales = (1e-4,) * bands
