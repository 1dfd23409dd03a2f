"""One source opened as a scene: cut, told apart, cleaned of what is no measurement, and brought to reflectance."""

import math
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from spexlab.scene.access import placeless, reading
from spexlab.scene.area import Area
from spexlab.scene.bands import Band
from spexlab.scene.fill import measured
from spexlab.scene.form import SceneWarning, new_scene
from spexlab.scene.given import Given
from spexlab.scene.identification import guess_sensor, identify
from spexlab.scene.masks import bad_by_layers, bad_by_mask
from spexlab.scene.radiometry import HOW_TO_SAY, Evidence, Radiometry, decide, implausible
from spexlab.scene.raw import Raw
from spexlab.scene.sensors import Sensor, get_sensor

Chunks = int | str | bool | dict[str, Any] | None

LARGE = 2**27
"""Numbers beyond which a source stays lazy without being asked: as float32 they take 512 MiB, and their masks as much again."""


class EmptyError(ValueError):
    """A source without a valid pixel where it was looked at."""


def opened(
    whole: Raw,
    bands: list[str | float | Band] | None,
    *,
    sensor: str | None,
    area: Area | None,
    chunks: Chunks,
    given: Given,
    lazy: bool,
) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Make a scene of a source that was read, and say what was done on the way that its user should know, a sentence each.

    Parameters
    ----------
    whole : Raw
        All of the source.
    lazy : bool
        Whether a source that Dask holds stays lazy; one that only is read so may be loaded.

    Raises
    ------
    EmptyError
        If there is no valid pixel.
    ValueError
        If it cannot be a scene.
    OSError
        If it cannot be read.
    """
    profile = get_sensor(sensor) if sensor is not None else guess_sensor(whole)
    raw = whole if area is None else _cut(whole, area)
    resolved, layers = identify(raw, bands, profile, explicit=sensor is not None)
    raw = _load(raw, chunks, lazy=lazy)
    name = profile.name if profile is not None else "unknown"
    left_out = bad_by_layers(raw, layers, sensor=name)
    if given.mask is not None:
        left_out.append(bad_by_mask(given.mask, whole.data, part=raw.data, sensor=name))
    raw = _spectral(raw, [i for i, band in enumerate(resolved) if band is not None], given)
    numbers, notes = measured(raw, left_out, usual=profile.fill if profile else None)
    raw = replace(raw, notes=(*raw.notes, *notes))
    radiometry = _decide(raw, numbers, profile, given)
    if radiometry.fill is not None and raw.nodata is None:
        numbers = numbers.where(numbers != radiometry.fill)
    scene = new_scene(
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
    return scene, raw.notes


def _cut(raw: Raw, area: Area) -> Raw:
    data = area.clip(raw.data)
    return replace(raw, data=data, valid=None if raw.valid is None else raw.valid.sel(y=data["y"], x=data["x"]))


def _load(raw: Raw, chunks: Chunks, *, lazy: bool) -> Raw:
    """Bring the pixels into memory, unless they are, or have to be, lazy."""
    if lazy and chunks is None and raw.data.chunks is not None:
        return raw
    if chunks is None and math.prod(raw.data.shape) > LARGE:
        chunks = 1024
    with placeless(), reading(raw.source):
        if chunks is None:
            return replace(raw, data=raw.data.load(), valid=None if raw.valid is None else raw.valid.load())
        valid = (
            None if raw.valid is None else raw.valid.chunk({d: c for d, c in dask_chunks(chunks).items() if d in raw.valid.dims})
        )
        return replace(raw, data=raw.data.chunk(dask_chunks(chunks)), valid=valid)


def dask_chunks(chunks: Chunks) -> dict[str, Any]:
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
        raise EmptyError(
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
        warnings.warn(f"{source}: {said}", SceneWarning, stacklevel=6)


def _sample(numbers: xr.DataArray, source: str) -> npt.NDArray[np.float64]:
    """Return about 10^5 numbers a band (band, n); of a lazy scene only its middle is read, unless that is empty or all zero."""
    middle = numbers.isel(y=_middle(numbers.sizes["y"]), x=_middle(numbers.sizes["x"]))
    with placeless(), reading(source):
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
