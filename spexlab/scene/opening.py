"""Scenes: imagery opened, checked and brought to reflectance, whatever it came from.

A scene is an `xarray.DataArray` with dims (band, y, x), float32 reflectance of about 0-1 and NaN for nodata. Its bands carry STAC
common names and wavelengths (nm), its CRS is rioxarray's (absent where the source has none: then x and y are pixels, y downwards),
and its attributes say where it comes from and how its numbers became reflectance.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import spyndex
import xarray as xr

from spexlab.scene.area import clip
from spexlab.scene.bands import SENSORS, Band, Sensor, find_bands, get_sensor, resolve_bands
from spexlab.scene.grid import crs_of, transform_of
from spexlab.scene.ground import ground_cell
from spexlab.scene.identification import SceneWarning, guess_sensor, identify
from spexlab.scene.radiometry import Evidence, Radiometry, decide
from spexlab.scene.reading import Chunks, Raw, read_raw, reading

__all__ = [
    "SceneWarning",
    "check_scene",
    "new_scene",
    "open_scene",
    "rgb",
    "sample_scene",
]

Composite = Literal["true colour", "false colour"]

_COMPOSITES: dict[str, tuple[str, ...]] = {"true colour": ("red", "green", "blue"), "false colour": ("nir", "red", "green")}
_LARGE = 2**32  # bytes of float32


def open_scene(
    source: Any,
    *,
    sensor: str | None = None,
    bands: Sequence[str | float | Band] | None = None,
    area: Any = None,
    chunks: Chunks = None,
) -> xr.DataArray:
    """Open imagery as a scene.

    Parameters
    ----------
    source : str, Path, xarray.DataArray, xarray.Dataset, numpy.ndarray or tuple
        GeoTIFF, COG or another GDAL raster by path or URL; xarray as rioxarray or odc-stac give it (dims y/x or
        latitude/longitude, a band dimension or one variable a band); an array (bands, rows, columns) with `bands`, or the tuple
        (array, bands). A scene passes unchanged.
    sensor : str, optional
        One of `spexlab.scene.bands.SENSORS`, needed where the source does not name its bands.
    bands : sequence of str or float, optional
        Common names, native names or wavelengths in nm, one a band of the source; from a Dataset they choose the variables.
    area : any form of area, optional
        Read only this area's bounding box; see `spexlab.scene.area.read_area`.
    chunks : int, str, dict or True, optional
        Dask chunks; the scene then stays lazy. Bands are never split.

    Returns
    -------
    xarray.DataArray
        (band, y, x) float32 reflectance, NaN where there is no data.

    Raises
    ------
    ValueError
        If the source cannot be a scene: fewer than two bands, bands that cannot be told apart, no valid pixel, an area outside it.
    OSError
        If the file is missing or cannot be read.

    Warns
    -----
    SceneWarning
        If the radiometry or the order of the bands had to be assumed.
    """
    source, bands = _unpack(source, bands)
    if isinstance(source, xr.DataArray) and _is_scene(source):
        return _reopen(source, area, chunks)
    profile = get_sensor(sensor) if sensor is not None else None
    raw = read_raw(source, bands, chunked=chunks is not None)
    profile = profile or guess_sensor(raw)
    if area is not None:
        raw = replace(raw, data=clip(raw.data, area))
    resolved, valid = identify(raw, bands, profile, explicit=sensor is not None)
    raw = replace(raw, data=_load(raw, chunks))
    numbers = _without_fill(raw, valid)
    radiometry = _decide(raw, numbers, profile, resolved)
    if radiometry.fill is not None and raw.nodata is None:
        numbers = numbers.where(numbers != radiometry.fill)
    return _build(raw, numbers, resolved, profile, radiometry)


def sample_scene() -> xr.DataArray:
    """Return the real Sentinel-2 scene that spyndex carries: forest, fields, bare slopes, a pond; 300 x 300 pixels, no CRS."""
    stored = spyndex.datasets.open("sentinel").values  # its dims say (band, x, y), but the axes are (band, row, column)
    values = stored.astype("float32") / 10_000.0
    return new_scene(
        values,
        resolve_bands(["B02", "B03", "B04", "B08"], "sentinel-2"),
        sensor="sentinel-2",
        source="spyndex.datasets.open('sentinel')",
        title="Sentinel-2 sample (spyndex)",
        radiometry="scale 1/10000, no offset: spyndex does not state them, its numbers are plausible Sentinel-2 ones",
        radiometry_assumed=True,
    )


def new_scene(
    values: Any,
    bands: Sequence[Band],
    *,
    coords: xr.DataArray | None = None,
    sensor: str = "unknown",
    source: str = "array",
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
    **attrs
        title, date, radiometry, radiometry_assumed, simulated.

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
        scene = scene.rio.write_crs(crs_of(coords)).rio.write_transform(transform_of(scene.rio.write_crs(crs_of(coords))))
    defaults = {"title": "", "date": "", "radiometry": "values kept", "radiometry_assumed": False, "simulated": False}
    scene.attrs = {"sensor": sensor, "source": source, **defaults, **attrs, "pixel_size_m": _pixel_size(scene, sensor)}
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


def rgb(
    scene: xr.DataArray, *, composite: Composite = "true colour", percentiles: tuple[float, float] = (2.0, 98.0)
) -> npt.NDArray[np.uint8]:
    """Render a scene for the eye.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance.
    composite : {"true colour", "false colour"}
        Red, green, blue; or NIR, red, green, in which vegetation is red.
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
    if composite not in _COMPOSITES:
        raise ValueError(f"composite must be one of {list(_COMPOSITES)}, but {composite!r} was given")
    names = [str(name) for name in scene["band"].values]
    chosen = find_bands(_COMPOSITES[composite], names)
    if chosen is None:
        possible = [name for name, wanted in _COMPOSITES.items() if find_bands(wanted, names)]
        instead = f"show it in {' or '.join(possible)}" if possible else "it has neither composite"
        raise ValueError(f"a {composite} picture needs bands that this scene lacks (it has {', '.join(names)}); {instead}")
    layers = [_stretch(scene.sel(band=name).values, percentiles) for name in chosen]
    return np.stack(layers, axis=-1)


def _stretch(layer: npt.NDArray[np.float32], percentiles: tuple[float, float]) -> npt.NDArray[np.uint8]:
    valid = layer[np.isfinite(layer)]
    low, high = np.percentile(valid, percentiles) if valid.size else (0.0, 1.0)
    scaled = (layer - low) / max(float(high - low), 1e-6)
    return (np.clip(np.nan_to_num(scaled, nan=0.0), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def _unpack(source: Any, bands: Sequence[str | float | Band] | None) -> tuple[Any, list[str | float | Band] | None]:
    if isinstance(source, tuple) and len(source) == 2:
        source, bands = source[0], bands if bands is not None else source[1]
    if isinstance(bands, str):
        bands = [name.strip() for name in bands.split(",")]
    return source, list(bands) if bands is not None else None


def _is_scene(source: xr.DataArray) -> bool:
    return "radiometry" in source.attrs and {"band", "wavelength"} <= set(source.coords) and source.dims == ("band", "y", "x")


def _reopen(scene: xr.DataArray, area: Any, chunks: Chunks) -> xr.DataArray:
    scene = clip(check_scene(scene), area) if area is not None else check_scene(scene)
    return scene.chunk(_dask_chunks(chunks)) if chunks is not None else scene


def _load(raw: Raw, chunks: Chunks) -> xr.DataArray:
    if chunks is not None:
        return raw.data.chunk(_dask_chunks(chunks))
    if raw.data.chunks is not None:
        return raw.data
    size = 4 * math.prod(raw.data.shape)
    if size > _LARGE:
        message = (
            f"{raw.source} takes {size / 2**30:.0f} GiB of memory; pass chunks='auto' to keep it lazy, or area= to read a part"
        )
        warnings.warn(message, SceneWarning, stacklevel=3)
    with reading(raw.source):
        return raw.data.load()


def _dask_chunks(chunks: Chunks) -> dict[str, Any]:
    """Spread any spelling of chunks over y and x; bands stay together, as every window needs them all."""
    if isinstance(chunks, dict):
        return {"y": "auto", "x": "auto", **chunks, "band": -1}
    size = "auto" if chunks is True else chunks
    return {"band": -1, "y": size, "x": size}


def _without_fill(raw: Raw, valid: xr.DataArray | None) -> xr.DataArray:
    """Return float32 numbers with NaN for nodata.

    A stated nodata of 0 is also what a black pixel is: there a pixel is empty only where every band says so.
    """
    numbers = raw.data.astype("float32")
    if raw.nodata is not None and not math.isnan(raw.nodata):
        filled = (
            raw.data == np.asarray(raw.nodata).astype(raw.data.dtype) if _fits(raw.nodata, raw.data.dtype) else raw.data != raw.data
        )
        filled = filled.all("band") if raw.nodata == 0 and not any(raw.offsets or ()) else filled
        numbers = numbers.where(~filled)
    if valid is not None:
        numbers = numbers.where(valid > 0)
    return numbers.where(np.isfinite(numbers))


def _fits(value: float, dtype: np.dtype[Any]) -> bool:
    if dtype.kind == "f":
        return True
    limits = np.iinfo(dtype)
    return value == int(value) and limits.min <= value <= limits.max


def _decide(raw: Raw, numbers: xr.DataArray, profile: Sensor | None, resolved: list[Band | None]) -> Radiometry:
    kept = [i for i, band in enumerate(resolved) if band is not None]
    sample = _sample(numbers.isel(band=kept), raw.source)
    if sample.size == 0:
        raise ValueError(
            f"{raw.source} has no valid pixel here, all is nodata; choose another file or area, or check its nodata value"
        )
    radiometry = decide(
        Evidence(
            dtype=np.dtype(raw.data.dtype),
            count=len(resolved),
            scales=raw.scales,
            offsets=raw.offsets,
            tags=raw.tags,
            text="\n".join([raw.title, *(raw.names or ())]),
            sensor=profile,
            sample=sample,
        )
    )
    if radiometry.assumed:
        warnings.warn(f"{raw.source}: {radiometry.reason}", SceneWarning, stacklevel=3)
    return radiometry


def _sample(numbers: xr.DataArray, source: str) -> npt.NDArray[np.float64]:
    """Return up to about 10^5 valid numbers a band; of a lazy scene only its middle is read, unless that is empty or all zero."""
    middle = numbers.isel(y=_middle(numbers.sizes["y"]), x=_middle(numbers.sizes["x"]))
    with reading(source):
        values = _thinned(numbers if numbers.chunks is None else middle)
        if numbers.chunks is not None and not np.nan_to_num(values).any():
            values = _thinned(numbers)
    valid: npt.NDArray[np.float64] = values[np.isfinite(values)].astype(np.float64)
    return valid


def _thinned(numbers: xr.DataArray) -> npt.NDArray[np.float32]:
    step = max(1, round(math.sqrt(numbers.sizes["y"] * numbers.sizes["x"] / 1e5)))
    values: npt.NDArray[np.float32] = numbers.isel(y=slice(None, None, step), x=slice(None, None, step)).values
    return values


def _middle(size: int) -> slice:
    start = max(0, size // 2 - 128)
    return slice(start, min(size, start + 256))


def _build(
    raw: Raw, numbers: xr.DataArray, resolved: list[Band | None], profile: Sensor | None, radiometry: Radiometry
) -> xr.DataArray:
    kept = [i for i, band in enumerate(resolved) if band is not None]
    scale = np.array([radiometry.scales[i] for i in kept], dtype="float32").reshape(-1, 1, 1)
    offset = np.array([radiometry.offsets[i] for i in kept], dtype="float32").reshape(-1, 1, 1)
    values = numbers.isel(band=kept).data * scale + offset
    return new_scene(
        values,
        [band for band in resolved if band is not None],
        coords=raw.data,
        sensor=profile.name if profile else "unknown",
        source=raw.source,
        title=raw.title,
        date=raw.date,
        radiometry=radiometry.reason,
        radiometry_assumed=radiometry.assumed,
    )


def _pixel_size(scene: xr.DataArray, sensor: str) -> float | None:
    cell = ground_cell(scene)
    if cell is not None:
        return math.sqrt(cell[0] * cell[1])
    return SENSORS[sensor].pixel_size if sensor in SENSORS else None
