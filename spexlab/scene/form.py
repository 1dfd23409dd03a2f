"""What a scene is: (band, y, x) float32 reflectance with names, wavelengths and place; the one way to make one, and its check."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from spexlab.scene.bands import Band
from spexlab.scene.grid import crs_of, transform_of
from spexlab.scene.ground import ground_cell
from spexlab.scene.sensors import SENSORS


class SceneWarning(UserWarning):
    """Something about a scene was assumed, or part of it left out, as its metadata do not say or do say."""


def new_scene(
    values: Any,
    bands: Sequence[Band],
    *,
    coords: xr.DataArray | None = None,
    sensor: str = "unknown",
    source: str = "array",
    pixel_size: float | None = None,
    **attrs: Any,
) -> xr.DataArray:
    """Put reflectance into the form of a scene: the one way that every scene is made.

    Parameters
    ----------
    values : array or DataArray of shape (band, y, x)
        Reflectance; infinities become NaN.
    bands : sequence of Band
        One a layer.
    coords : DataArray, optional
        Whose y, x and CRS the scene has; pixel coordinates without it.
    sensor, source : str
        Name in `SENSORS` or "unknown"; where the numbers come from.
    pixel_size : float, optional
        Metres on the ground, for a scene without a CRS; by default the sensor's usual one.
    **attrs
        title, date, radiometry, radiometry_assumed, notes, simulated.

    Raises
    ------
    ValueError
        If it has fewer than two bands or no valid pixel (not checked while lazy).
    """
    data = values.data if isinstance(values, xr.DataArray) else values  # a Dask array must not pass through NumPy
    rows, columns = data.shape[1:]
    y = coords["y"].values if coords is not None else np.arange(rows) + 0.5
    x = coords["x"].values if coords is not None else np.arange(columns) + 0.5
    names = [band.name for band in bands]
    scene = xr.DataArray(data, dims=("band", "y", "x"), coords={"band": names, "y": y, "x": x}, name="reflectance")
    scene = scene.astype("float32", copy=False)
    scene = scene.where(np.isfinite(scene)).assign_coords(wavelength=("band", [float(band.wavelength) for band in bands]))
    if coords is not None and crs_of(coords) is not None:
        scene = scene.rio.write_crs(crs_of(coords))
        scene = scene.rio.write_transform(transform_of(scene))
    defaults = {"title": "", "date": "", "radiometry": "values kept", "radiometry_assumed": False, "notes": "", "simulated": False}
    size = checked_pixel_size(scene, sensor, pixel_size)
    scene.attrs = {"sensor": sensor, "source": source, **defaults, **attrs, "pixel_size_m": size}
    return check_scene(scene)


def check_scene(scene: Any) -> xr.DataArray:
    """Return the scene if it is one; values are checked unless it is lazy.

    Raises
    ------
    ValueError
        If dims, bands, wavelengths, type or values are not those of a scene; the message says which.
    """
    if not isinstance(scene, xr.DataArray) or scene.dims != ("band", "y", "x"):
        what = f"dims {scene.dims}" if isinstance(scene, xr.DataArray) else type(scene).__name__
        raise ValueError(
            f"a scene must be a DataArray with dims (band, y, x), but this is {what}; make one with spexlab.open_scene"
        )
    missing = [name for name in ("band", "wavelength", "y", "x") if name not in scene.coords]
    if missing or scene.dtype != np.float32:
        problem = f"lacks the coordinates {missing}" if missing else f"holds {scene.dtype}, not float32"
        raise ValueError(f"this array {problem}, so it is no scene; make one with spexlab.open_scene(array, bands=[...])")
    names = [str(name) for name in scene["band"].values]
    if len(set(names)) != len(names) or not (scene["wavelength"].values > 0).all():
        raise ValueError(f"a scene's bands must be distinct and have wavelengths, but they are {names}")
    if len(names) < 2:
        raise ValueError(
            f"a scene needs at least two bands, as a spectral index does, but this has {len(names)}; open the other bands too"
        )
    if 0 in scene.shape:
        raise ValueError(f"a scene must have pixels, but its shape is {scene.shape}")
    if scene.chunks is None and not np.isfinite(scene.values).any():
        raise ValueError("the scene has no valid pixel, all is nodata; choose another file or area, or check its nodata value")
    return scene


def checked_pixel_size(scene: xr.DataArray, sensor: str, given: float | None) -> float | None:
    """Return the side of a pixel in metres by the CRS, else as given, else the sensor's usual one.

    Raises
    ------
    ValueError
        If the CRS says another one than is given.
    """
    cell = ground_cell(scene)
    if cell is None:
        return given if given is not None else SENSORS[sensor].pixel_size if sensor in SENSORS else None
    size = math.sqrt(cell[0] * cell[1])
    if given is not None and abs(given / size - 1.0) > 0.1:
        raise ValueError(
            f"pixel_size= is for scenes whose place on Earth is not known, but the CRS of this one says {size:.4g} m, "
            f"not {given:g} m; leave it out"
        )
    return size
