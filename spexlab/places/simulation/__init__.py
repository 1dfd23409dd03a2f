"""Simulated scenes with exact labels, for any sensor and pixel size: what the model learns from where no real labels reach.

A landscape is laid out in metres on a grid finer than the pixels (`landscape`, `nature`, `fields`, `towns`), given materials whose
reflectance is known at every wavelength (`materials`), and then seen as the sensor would see it (`render`).
"""

import numpy as np
import xarray as xr

from spexlab.places.simulation.canvas import Canvas
from spexlab.places.simulation.landscape import draw_landscape
from spexlab.places.simulation.render import develop, majority, record, render
from spexlab.places.simulation.setting import draw_setting
from spexlab.scene import new_scene
from spexlab.scene.sensors import get_sensor
from spexlab.targets import UNLABELLED

FINEST, COARSEST = 0.1, 60.0
"""Pixel sizes (m) for which landscapes look like something."""
SMALLEST = 16
"""Pixels a side; below, there is no landscape to see."""


def simulate_scene(
    seed: int = 0, *, sensor: str = "sentinel-2", size: int | tuple[int, int] = 512, pixel_size: float | None = None
) -> tuple[xr.DataArray, xr.DataArray]:
    """Simulate a scene and its labels.

    Parameters
    ----------
    seed : int
        The same seed and options give the same scene.
    sensor : str
        One of `spexlab.scene.sensors.SENSORS`: its bands, and its pixel size unless told. Those without a reflectance product
        (plain RGB, NAIP) give brightness 0-1, as their files do.
    size : int or (rows, columns)
        In pixels.
    pixel_size : float, optional
        Metres, 0.1 to 60; 0.3 for plain RGB unless told.

    Returns
    -------
    scene : xarray.DataArray
        (band, y, x) as `open_scene` gives it, in a UTM zone; `scene.attrs["simulated"]` is True.
    labels : xarray.DataArray
        uint8 (y, x) on the same grid: the code in `spexlab.targets.CLASSES` of the class that covers most of each pixel.

    Raises
    ------
    ValueError
        If the sensor is unknown, or size or pixel size are out of range.
    """
    profile = get_sensor(sensor)
    rows, columns = (size, size) if isinstance(size, int) else size
    metres = float(pixel_size or profile.pixel_size or 0.3)
    if not FINEST <= metres <= COARSEST:
        raise ValueError(f"pixel_size must be {FINEST} to {COARSEST} metres, but {metres:g} was given")
    if min(rows, columns) < SMALLEST:
        raise ValueError(f"a simulated scene must be at least {SMALLEST} pixels a side, but size is ({rows}, {columns})")
    rng = np.random.default_rng([seed, rows, columns, round(metres * 1000)])
    sampling = 2 if metres < 15.0 else 3  # a road must stay thinner than a pixel
    canvas = Canvas((rows * sampling, columns * sampling), metres / sampling)
    setting = draw_setting(rng, max(canvas.extent))
    shadow = draw_landscape(canvas, setting, rng)
    wavelengths = np.array([band.wavelength for band in profile.bands], dtype="float32")
    image = record(render(canvas, shadow, wavelengths, sampling, rng), wavelengths, rng)
    brightness = profile.scale is None and metres < 5.0
    image = develop(image, rng) if brightness else np.clip(image, 1e-4, 1.6)
    grid = _grid(rows, columns, metres, rng)
    what = "brightness 0-1 as of an 8-bit picture" if brightness else "reflectance"
    scene = new_scene(
        image,
        profile.bands,
        coords=grid,
        sensor=profile.name,
        source=f"spexlab.simulate_scene({seed})",
        title=f"Simulated {setting.theme}, {setting.climate} {setting.season} ({profile.title}, {metres:g} m)",
        radiometry=f"simulated {what}",
        simulated=True,
    )
    labels = grid.copy(data=majority(canvas, sampling, metres)).rename("labels")
    labels.attrs = {"simulated": True, "nodata": UNLABELLED}
    return scene, labels


def _grid(rows: int, columns: int, metres: float, rng: np.random.Generator) -> xr.DataArray:
    """Lay an empty grid somewhere in a UTM zone, corners on whole pixels."""
    zone, south = int(rng.integers(1, 61)), bool(rng.random() < 0.3)
    left = round(float(rng.uniform(350_000, 600_000)) / metres) * metres
    top = round(float(rng.uniform(6_000_000, 9_000_000) if south else rng.uniform(1_000_000, 6_500_000)) / metres) * metres
    x, y = left + (np.arange(columns) + 0.5) * metres, top - (np.arange(rows) + 0.5) * metres
    empty = xr.DataArray(np.zeros((rows, columns), dtype="uint8"), dims=("y", "x"), coords={"y": y, "x": x})
    grid: xr.DataArray = empty.rio.write_crs(32700 + zone if south else 32600 + zone)
    return grid
