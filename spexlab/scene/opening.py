"""Scenes: imagery opened, checked and brought to reflectance, whatever it came from.

A scene is an `xarray.DataArray` with dims (band, y, x), float32 reflectance of about 0-1 and NaN for nodata. Its bands carry STAC
common names and wavelengths (nm), its CRS is rioxarray's (absent where the source has none: then x and y are pixels, y downwards),
and its attributes say where it comes from, how its numbers became reflectance, and what was left out of it.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import spyndex
import xarray as xr

from spexlab.scene.area import Area, AreaLike
from spexlab.scene.bands import Band
from spexlab.scene.files import reading
from spexlab.scene.fill import measured, told
from spexlab.scene.form import SceneWarning, check_scene, checked_pixel_size, new_scene
from spexlab.scene.given import Given
from spexlab.scene.identification import guess_sensor, identify
from spexlab.scene.masks import bad_by_layers, bad_by_mask
from spexlab.scene.naming import resolve_bands
from spexlab.scene.radiometry import HOW_TO_SAY, Evidence, Radiometry, decide, implausible
from spexlab.scene.raw import Raw
from spexlab.scene.reading import read_raw
from spexlab.scene.sensors import Sensor, get_sensor

Chunks = int | str | bool | dict[str, Any] | None

_LARGE = 2**27
"""Numbers beyond which a file stays lazy without being asked: as float32 they take 512 MiB, and their masks as much again."""


def open_scene(  # noqa: PLR0913 - each is a thing that a source may leave unsaid
    source: Any,
    *,
    sensor: str | None = None,
    bands: Sequence[str | float | Band] | None = None,
    area: AreaLike | None = None,
    chunks: Chunks = None,
    scale: float | str | Sequence[float] | None = None,
    offset: float | str | Sequence[float] | None = None,
    nodata: float | str | None = None,
    mask: Any = None,
    pixel_size: float | str | None = None,
) -> xr.DataArray:
    """Open imagery as a scene.

    Parameters
    ----------
    source : str, Path, list, dict, STAC item, xarray.DataArray, xarray.Dataset, numpy.ndarray or tuple
        GeoTIFF, COG or another GDAL raster by path or URL, NetCDF and Zarr with one variable a band too; a list of band files, or a
        dict of band names and files; the folder of a SAFE or Landsat product; a STAC item (dict or pystac); xarray as rioxarray or
        odc-stac give it (dims y/x or latitude/longitude, a band dimension or one variable a band); an array (bands, rows, columns)
        with `bands`, or the tuple (array, bands). A scene passes unchanged.
    sensor : str, optional
        One of `spexlab.scene.sensors.SENSORS`, needed where the source does not name its bands.
    bands : sequence of str or float, optional
        Common names, native names or wavelengths in nm, one a band of the source; of a Dataset, a container or a STAC item they
        choose the variables or assets.
    area : any form of area, optional
        Read only this area's bounding box; see `spexlab.scene.area.AreaLike`.
    chunks : int, str, dict or True, optional
        Dask chunks; the scene then stays lazy, as a file of more than 2^27 numbers does anyway. Bands are never split.
    scale, offset : float, str or sequence of float, optional
        Reflectance = number * scale + offset, one for all bands or one a band ("0.02, 0.03"), whatever the metadata say.
    nodata : float, optional
        The number that stands for "nothing here", whatever the metadata say.
    mask : str, Path, xarray.DataArray or numpy.ndarray, optional
        Pixels to leave out: those that are not 0, or, in a raster called SCL, Fmask or QA_PIXEL, cloud, shadow and fill. On the
        source's grid, or on another one with a CRS.
    pixel_size : float, optional
        Metres, where the source's place on Earth is not known; areas are in pixels all the same.

    Returns
    -------
    xarray.DataArray
        (band, y, x) float32 reflectance, NaN where there is no data.

    Raises
    ------
    ValueError
        If the source cannot be a scene: fewer than two bands, bands that cannot be told apart, no valid pixel, an area outside it,
        numbers that come out as no reflectance.
    OSError
        If the file is missing or cannot be read.

    Warns
    -----
    SceneWarning
        If the radiometry or the order of the bands had to be assumed, or pixels were left out that no nodata value marks.
    """
    source, bands = _unpack(source, bands)
    given = Given.of(scale=scale, offset=offset, nodata=nodata, mask=mask, pixel_size=pixel_size)
    if isinstance(source, xr.DataArray) and _is_scene(source):
        return _reopen(source, area, chunks, given)
    profile = get_sensor(sensor) if sensor is not None else None
    whole = read_raw(source, bands, chunked=chunks is not None)
    profile = profile or guess_sensor(whole)
    raw = _cut(whole, Area.of(area)) if area is not None else whole
    resolved, layers = identify(raw, bands, profile, explicit=sensor is not None)
    raw = _load(raw, chunks)
    name = profile.name if profile is not None else "unknown"
    left_out = bad_by_layers(raw, layers, sensor=name)
    if mask is not None:
        left_out.append(bad_by_mask(mask, whole.data, part=raw.data, sensor=name))
    raw = _spectral(raw, [i for i, band in enumerate(resolved) if band is not None], given)
    numbers, notes = measured(raw, left_out, usual=profile.fill if profile else None)
    raw = replace(raw, notes=(*raw.notes, *notes))
    radiometry = _decide(raw, numbers, profile, given)
    if radiometry.fill is not None and raw.nodata is None:
        numbers = numbers.where(numbers != radiometry.fill)
    for note in raw.notes:
        warnings.warn(f"{raw.source}: {note}", SceneWarning, stacklevel=2)
    return new_scene(
        _scaled(numbers, radiometry),
        [band for band in resolved if band is not None],
        coords=raw.data,
        sensor=name,
        source=raw.source,
        pixel_size=raw.pixel_size,
        title=raw.title,
        date=raw.date,
        radiometry=radiometry.reason,
        radiometry_assumed=radiometry.assumed,
        notes="; ".join(raw.notes),
    )


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


def _unpack(source: Any, bands: Sequence[str | float | Band] | None) -> tuple[Any, list[str | float | Band] | None]:
    if isinstance(source, tuple) and len(source) == 2:
        source, bands = source[0], bands if bands is not None else source[1]
    if isinstance(bands, str):
        bands = [name.strip() for name in bands.split(",")]
    return source, list(bands) if bands is not None else None


def _is_scene(source: xr.DataArray) -> bool:
    return "radiometry" in source.attrs and {"band", "wavelength"} <= set(source.coords) and source.dims == ("band", "y", "x")


def _reopen(scene: xr.DataArray, area: AreaLike | None, chunks: Chunks, given: Given) -> xr.DataArray:
    if given.about_numbers:
        raise ValueError(
            f"{' and '.join(f'{name}=' for name in given.about_numbers)} would change the numbers of what is a scene already; "
            "open its source again with them"
        )
    whole = check_scene(scene)
    scene = whole if area is None else Area.of(area).clip(whole)
    if given.mask is not None:
        bad, words = bad_by_mask(given.mask, whole, part=scene, sensor=scene.attrs["sensor"])
        scene = check_scene(scene.where(~bad))
        scene.attrs["notes"] = "; ".join(filter(None, [scene.attrs.get("notes", ""), told(bad, words)]))
    if given.pixel_size is not None:
        scene = scene.assign_attrs(pixel_size_m=checked_pixel_size(scene, scene.attrs["sensor"], given.pixel_size))
    return scene.chunk(_dask_chunks(chunks)) if chunks is not None else scene


def _cut(raw: Raw, area: Area) -> Raw:
    data = area.clip(raw.data)
    return replace(raw, data=data, valid=None if raw.valid is None else raw.valid.sel(y=data["y"], x=data["x"]))


def _load(raw: Raw, chunks: Chunks) -> Raw:
    """Bring the pixels into memory, unless they are, or have to be, lazy."""
    if chunks is None and raw.data.chunks is not None:
        return raw
    if chunks is None and math.prod(raw.data.shape) > _LARGE:
        chunks = 1024
    with reading(raw.source):
        if chunks is None:
            return replace(raw, data=raw.data.load(), valid=None if raw.valid is None else raw.valid.load())
        valid = (
            None if raw.valid is None else raw.valid.chunk({d: c for d, c in _dask_chunks(chunks).items() if d in raw.valid.dims})
        )
        return replace(raw, data=raw.data.chunk(_dask_chunks(chunks)), valid=valid)


def _dask_chunks(chunks: Chunks) -> dict[str, Any]:
    """Spread any spelling of chunks over y and x; bands stay together, as every window needs them all."""
    if isinstance(chunks, dict):
        return {"y": "auto", "x": "auto", **chunks, "band": -1}
    size = "auto" if chunks is True else chunks
    return {"band": -1, "y": size, "x": size}


def _spectral(raw: Raw, kept: list[int], given: Given) -> Raw:
    """Keep the bands that make the scene, and put what is given in place of what the source says."""

    def of(facts: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        return tuple(facts[i] for i in kept) if facts else None

    valid = raw.valid.isel(band=kept) if raw.valid is not None and "band" in raw.valid.dims else raw.valid
    nodata = of(raw.nodata) if given.nodata is None else (given.nodata,) * len(kept)
    return replace(
        raw,
        data=raw.data.isel(band=kept),
        names=of(raw.names),
        scales=of(raw.scales),
        offsets=of(raw.offsets),
        nodata=nodata,
        valid=valid,
        pixel_size=raw.pixel_size if given.pixel_size is None else given.pixel_size,
    )


def _decide(raw: Raw, numbers: xr.DataArray, profile: Sensor | None, given: Given) -> Radiometry:
    sample = _sample(numbers, raw.source)
    if not np.isfinite(sample).any() or (raw.data.dtype.kind != "f" and not np.nan_to_num(sample).any()):
        raise ValueError(
            f"{raw.source} has no valid pixel here, all is nodata{''.join(f' ({note})' for note in raw.notes)}; "
            "choose another file or area, or check its nodata value"
        )
    radiometry = decide(
        Evidence(
            dtype=np.dtype(raw.data.dtype),
            count=len(sample),
            scales=raw.scales,
            offsets=raw.offsets,
            tags=raw.tags,
            text="\n".join([raw.title, *(raw.names or ())]),
            sensor=profile,
            sample=sample[np.isfinite(sample)],
        ),
        scale=given.scale,
        offset=given.offset,
    )
    _check_plausible(sample, radiometry, raw.source, given)
    return radiometry


def _check_plausible(sample: npt.NDArray[np.float64], radiometry: Radiometry, source: str, given: Given) -> None:
    """Say what was assumed; stop where it gives no reflectance, unless the user says that this is what the numbers mean."""
    scales, offsets = (np.reshape(values, (-1, 1)) for values in (radiometry.scales, radiometry.offsets))
    measured_ = np.isfinite(sample) & (sample != 0)
    problem = implausible((sample * scales + offsets)[measured_], assumed=radiometry.assumed) if measured_.any() else ""
    if problem and given.scale is None and given.offset is None:
        raise ValueError(f"{source}: with {radiometry.reason}, {problem}; {HOW_TO_SAY}")
    if problem or radiometry.assumed:
        said = f"with {radiometry.reason}, {problem}" if problem else radiometry.reason
        warnings.warn(f"{source}: {said}", SceneWarning, stacklevel=4)


def _sample(numbers: xr.DataArray, source: str) -> npt.NDArray[np.float64]:
    """Return about 10^5 numbers a band (band, n); of a lazy scene only its middle is read, unless that is empty or all zero."""
    middle = numbers.isel(y=_middle(numbers.sizes["y"]), x=_middle(numbers.sizes["x"]))
    with reading(source):
        values = _thinned(numbers if numbers.chunks is None else middle)
        if numbers.chunks is not None and not np.nan_to_num(values).any():
            values = _thinned(numbers)
    return values.reshape(len(values), -1).astype(np.float64)


def _thinned(numbers: xr.DataArray) -> npt.NDArray[np.float32]:
    step = max(1, round(math.sqrt(numbers.sizes["y"] * numbers.sizes["x"] / 1e5)))
    values: npt.NDArray[np.float32] = numbers.isel(y=slice(None, None, step), x=slice(None, None, step)).values
    return values


def _middle(size: int) -> slice:
    start = max(0, size // 2 - 128)
    return slice(start, min(size, start + 256))


def _scaled(numbers: xr.DataArray, radiometry: Radiometry) -> Any:
    scales, offsets = (np.reshape(values, (-1, 1, 1)).astype("float32") for values in (radiometry.scales, radiometry.offsets))
    return numbers.data * scales + offsets
