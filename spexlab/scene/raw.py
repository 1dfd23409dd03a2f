"""A source of imagery as it is, before anything is decided: its numbers on a north-up grid, and all that it says about them."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import xarray as xr
from pyproj import CRS

from spexlab.scene.grid import crs_of, to_degrees, transform_of

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?!\d)")
_EARTH = (6.2e6, 6.5e6)
"""Semi-major axes, in metres, of ellipsoids that mean the Earth."""


@dataclass(frozen=True, eq=False)
class Raw:
    """A source as it is: numbers on a north-up grid, and everything that it says about them."""

    data: xr.DataArray
    """(band, y, x), digital numbers, still lazy where the source is; y runs downwards on the map."""
    names: tuple[str, ...] | None = None
    """What the source calls its bands; may be meaningless."""
    wavelengths: tuple[float, ...] | None = None
    """Centre wavelengths in nm, where the source states all of them."""
    colours: tuple[str, ...] = ()
    """GDAL's colour interpretation a band."""
    scales: tuple[float, ...] | None = None
    offsets: tuple[float, ...] | None = None
    nodata: tuple[float | None, ...] | None = None
    """The number that stands for "nothing here", band by band; None where the source states none at all."""
    valid: xr.DataArray | None = None
    """Bool, (band, y, x) or (y, x): where a mask that comes with the source lets its numbers stand."""
    pixel_size: float | None = None
    """Metres, where a grid without a place on Earth states it."""
    tags: dict[str, str] = field(default_factory=dict)
    """Metadata, keys in lower case."""
    notes: tuple[str, ...] = ()
    """What was done to read it that its user should know, a sentence each."""
    source: str = "array"
    title: str = ""
    date: str = ""


def wavelengths(values: Sequence[object]) -> tuple[float, ...] | None:
    """Read wavelengths as nm; micrometres are told by their size. None unless every band has one."""
    try:
        numbers = [float(str(value).split()[0]) for value in values]
    except (IndexError, ValueError):
        return None
    if not numbers or not all(math.isfinite(n) and n > 0 for n in numbers):
        return None
    return tuple(n * 1000.0 if n < 100.0 else n for n in numbers)


def date_of(tags: Mapping[str, object], name: str) -> str:
    """Find the day of the image: in the metadata, else in the name. ISO, "" where none is found."""
    keys = (
        "datetime",
        "sensing_time",
        "product_start_time",
        "datatake_1_datatake_sensing_start",
        "acquisitiondatetime",
        "date_acquired",
        "date",
    )
    for text in (*(str(tags.get(key, "")) for key in keys), name):
        match = _DATE.search(re.sub(r"T\d{6}", "", text))
        if match:
            return "-".join(match.groups())
    return ""


def on_grid(raw: Raw) -> Raw:
    """Give a north-up grid: y downwards on the map, x to the right; pixel coordinates where it has no place on Earth.

    Raises
    ------
    ValueError
        If the source has no pixels, no numbers, or coordinates that are not evenly spaced.
    """
    data = raw.data
    if 0 in data.shape:
        raise ValueError(
            f"a scene must have pixels, but this raster has {data.sizes['y']} rows, {data.sizes['x']} columns and "
            f"{data.sizes['band']} bands"
        )
    if data.dtype.kind not in "iuf":
        raise ValueError(f"a scene's values must be integers or floats, but they are {data.dtype}")
    crs = crs_of(data)
    if crs is None or "x" not in data.coords or "y" not in data.coords:
        return _moved(raw, _in_pixels)
    for dim in ("y", "x"):
        steps = np.diff(data[dim].values.astype(float))
        if not np.isfinite(data[dim].values).all() or (steps.size and _uneven(steps)):
            raise ValueError(f"a scene's {dim} coordinates must be evenly spaced; resample it to a regular grid first")
    if not _on_earth(crs):
        return replace(_moved(raw, lambda layer: _in_pixels(_north_up(layer))), pixel_size=_step(data, crs))
    _check_place(data, crs)
    return _moved(raw, _north_up)


def _check_place(data: xr.DataArray, crs: CRS) -> None:
    """Refuse coordinates that mean no place on Earth; the edges of a picture of the whole globe may, its middle may not."""
    x, y = (float(data[dim].values[data.sizes[dim] // 2]) for dim in ("x", "y"))
    lon, lat = to_degrees(crs).transform(x, y)
    if not (abs(lon) <= 540.0 and abs(lat) <= 90.0):
        raise ValueError(
            f"a scene must lie on Earth, but the middle of this one at ({x:g}, {y:g}) is no place in {crs.name}; put its CRS or "
            "its coordinates right, for example with gdal_edit, or take the CRS away"
        )


def _moved(raw: Raw, move: Callable[[xr.DataArray], xr.DataArray]) -> Raw:
    return replace(raw, data=move(raw.data), valid=None if raw.valid is None else move(raw.valid))


def _uneven(steps: npt.NDArray[np.float64]) -> bool:
    return bool(np.ptp(steps) > 1e-3 * abs(steps.mean()) or steps.mean() == 0)


def _in_pixels(layer: xr.DataArray) -> xr.DataArray:
    kept = layer.drop_vars(["x", "y", "spatial_ref"], errors="ignore")
    return kept.assign_coords(y=np.arange(kept.sizes["y"]) + 0.5, x=np.arange(kept.sizes["x"]) + 0.5)


def _north_up(layer: xr.DataArray) -> xr.DataArray:
    upside_down = layer.sizes["y"] > 1 and float(layer["y"][0]) < float(layer["y"][-1])
    mirrored = layer.sizes["x"] > 1 and float(layer["x"][0]) > float(layer["x"][-1])
    return layer.isel(y=slice(None, None, -1 if upside_down else 1), x=slice(None, None, -1 if mirrored else 1))


def _on_earth(crs: CRS) -> bool:
    """Tell a place on Earth from a site grid or the map of another planet, from which no way leads to longitude and latitude."""
    return crs.geodetic_crs is not None and crs.ellipsoid is not None and 6.2e6 < crs.ellipsoid.semi_major_metre < 6.5e6


def _step(data: xr.DataArray, crs: CRS) -> float | None:
    """Return the side of a pixel in metres, in a grid whose unit is a length."""
    if not crs.axis_info or crs.axis_info[0].unit_name in {"degree", "unknown"} or 1 in (data.sizes["y"], data.sizes["x"]):
        return None
    transform = transform_of(data)
    return math.sqrt(abs(transform.a * transform.e)) * crs.axis_info[0].unit_conversion_factor
