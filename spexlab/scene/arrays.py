"""Scenes that are in memory already, or lazily so: xarray objects and NumPy arrays, brought to one form."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from spexlab.scene.bands import Band
from spexlab.scene.raw import Raw, date_of, wavelengths

_Y_NAMES = ("y", "lat", "latitude", "Y", "Lat", "Latitude", "northing")
_X_NAMES = ("x", "lon", "longitude", "X", "Lon", "Longitude", "long", "easting")
_DEGREE_NAMES = {"lat", "latitude", "lon", "longitude", "long"}


def from_array(source: Any, bands: Sequence[str | float | Band] | None) -> Raw:
    """Take (bands, rows, columns), or (rows, columns, bands) where only the last axis fits the named bands."""
    values = np.ma.filled(source.astype("float32"), np.nan) if isinstance(source, np.ma.MaskedArray) else np.asarray(source)
    if values.ndim == 2:
        values = values[np.newaxis]
    if values.ndim != 3:
        raise ValueError(f"an array must have shape (bands, rows, columns), but it has {values.shape}")
    wanted = len(bands) if bands is not None else None
    last_is_band = values.shape[0] != wanted and values.shape[-1] == wanted if wanted else values.shape[-1] <= 16 < values.shape[0]
    if last_is_band:
        values = np.moveaxis(values, -1, 0)
    return Raw(data=xr.DataArray(values, dims=("band", "y", "x")), source="array", title="array")


def from_dataset(source: xr.Dataset, bands: Sequence[str | float | Band] | None) -> Raw:
    """Stack one variable a band (odc-stac), or take the single variable that has a band dimension."""
    layers = {str(name): variable for name, variable in source.data_vars.items() if _grid_dims(variable) is not None}
    if len(layers) == 1 and next(iter(layers.values())).squeeze().ndim == 3:
        return from_dataarray(next(iter(layers.values())).assign_attrs({**source.attrs, **next(iter(layers.values())).attrs}))
    if not layers:
        raise ValueError(f"a Dataset must hold variables over y and x, but it holds {sorted(map(str, source.data_vars)) or 'none'}")
    wanted = [str(band) for band in bands] if bands is not None else None
    if wanted and set(wanted) <= set(layers):
        layers = {name: layers[name] for name in wanted}
    shapes = {variable.shape for variable in layers.values()}
    if len(shapes) > 1:
        raise ValueError(f"the bands must share one grid, but they have shapes {sorted(shapes)}; resample them first")
    variables = list(layers.values())
    bare = [variable.drop_attrs(deep=False) for variable in variables]
    data = xr.concat(bare, dim="band", coords="minimal", compat="override", join="override")
    data = data.assign_coords(band=list(layers))
    if "spatial_ref" in source.coords:
        data = data.assign_coords(spatial_ref=source["spatial_ref"])
    return replace(_facts(data, [v.attrs for v in variables], source.attrs), names=tuple(layers))


def from_dataarray(source: xr.DataArray) -> Raw:
    """Take an array over rows and columns, with or without a band dimension, and what its attributes say."""
    return _facts(source, [source.attrs], source.attrs)


def _facts(data: xr.DataArray, per_band: Sequence[Mapping[str, Any]], attrs: Mapping[str, Any]) -> Raw:
    """Collect what attributes and coordinates say; `data` is squeezed to (band, rows, columns)."""
    data = _three_dims(data)
    count = data.sizes["band"]
    tags = {
        str(key).lower(): str(value) for key, value in attrs.items() if isinstance(value, str | int | float | bool | np.generic)
    }
    item = attrs.get("stac_item")
    if isinstance(item, Mapping):
        tags |= {str(key).lower(): str(value) for key, value in item.get("properties", {}).items()}
        tags["product_uri"] = tags.get("s2:product_uri", str(item.get("id", "")))
    names = _names(data, attrs)
    scales, offsets = stated_radiometry(per_band, names, item, count)
    times = [str(data[name].values) for name in ("time", "datetime") if name in data.coords and data[name].ndim == 0]
    return Raw(
        data=data.drop_attrs(deep=False),
        names=names,
        wavelengths=wavelengths(data["wavelength"].values.tolist())
        if "wavelength" in data.coords and data["wavelength"].ndim
        else None,
        scales=scales,
        offsets=offsets,
        nodata=_stated_nodata(per_band, count),
        tags=tags,
        source="xarray",
        title=str(data.name or "array"),
        date=date_of({**tags, "datetime": times[0] if times else tags.get("datetime", "")}, ""),
    )


def _three_dims(data: xr.DataArray) -> xr.DataArray:
    """Return (band, row, column) with the dims named so, dropping lone dimensions such as one date."""
    grid = _grid_dims(data)
    if grid is None:
        raise ValueError(f"a scene must have dims (band, y, x), but this has {data.dims}; rename them")
    others = [dim for dim in data.dims if dim not in grid]
    many = [dim for dim in others if data.sizes[dim] != 1]
    band = next(
        (dim for dim in others if str(dim).lower() in {"band", "bands", "wavelength", "channel"}),
        many[0] if len(many) == 1 else None,
    )
    for dim in [dim for dim in many if dim != band]:
        raise ValueError(
            f"a scene is one date, but {dim!r} has {data.sizes[dim]} steps; choose one, for example with .isel({dim}=0)"
        )
    data = data.isel({dim: 0 for dim in others if dim != band})
    if band is None:
        data, band = data.expand_dims("band"), "band"
    data = data.transpose(band, *grid)
    renames = {old: new for old, new in zip(data.dims, ("band", "y", "x"), strict=True) if old != new}
    if band == "wavelength":
        data = data.assign_coords(nm=("wavelength", data["wavelength"].values)).swap_dims(wavelength="band")
        data = data.rename(wavelength="nm_", nm="wavelength").drop_vars("nm_")
        renames.pop("wavelength", None)
    swapped = {"y", "x"} <= set(renames)  # both at once, through names that are not taken
    if swapped:
        data = data.rename({old: f"_{new}" for old, new in renames.items()})
        renames = {f"_{new}": new for new in renames.values()}
    return _mark_degrees(data.rename(renames), grid)


def _grid_dims(data: xr.DataArray) -> tuple[str, str] | None:
    """Find the (row, column) dims by name; where they carry no coordinates, position in the array decides."""
    y = next((name for name in _Y_NAMES if name in data.dims), None)
    x = next((name for name in _X_NAMES if name in data.dims), None)
    if y is None or x is None:
        return None
    order = [str(dim) for dim in data.dims if dim in {y, x}]
    bare = y not in data.coords and x not in data.coords
    return (order[0], order[1]) if bare else (y, x)


def _mark_degrees(data: xr.DataArray, grid: tuple[str, str]) -> xr.DataArray:
    """Coordinates called latitude and longitude are WGS 84 unless the source says otherwise."""
    named = {dim.lower() for dim in grid} <= _DEGREE_NAMES and "x" in data.coords
    return data.rio.write_crs("EPSG:4326") if named and data.rio.crs is None else data


def _names(data: xr.DataArray, attrs: Mapping[str, Any]) -> tuple[str, ...] | None:
    for coordinate in ("common_name", "band"):
        if coordinate in data.coords and data[coordinate].dims == ("band",) and data[coordinate].dtype.kind in "UOT":
            return tuple(str(value) for value in data[coordinate].values)
    long_name = attrs.get("long_name")
    if isinstance(long_name, list | tuple) and len(long_name) == data.sizes["band"]:
        return tuple(str(name) for name in long_name)
    return None


def _stated_nodata(per_band: Sequence[Mapping[str, Any]], count: int) -> tuple[float | None, ...] | None:
    stated = [
        next((float(attrs[key]) for key in ("_FillValue", "nodata", "missing_value") if attrs.get(key) is not None), None)
        for attrs in per_band
    ]
    if all(number is None for number in stated):
        return None
    return tuple(stated if len(stated) == count else stated * count)


def stated_radiometry(
    per_band: Sequence[Mapping[str, Any]], names: tuple[str, ...] | None, item: object, count: int
) -> tuple[tuple[float, ...] | None, tuple[float, ...] | None]:
    """Read scale and offset a band from xarray attributes, STAC raster fields in them, or a STAC item."""
    statements: list[Mapping[str, Any]] = [_raster_fields(attrs) for attrs in per_band]
    if not any(statements) and isinstance(item, Mapping) and names:
        assets = item.get("assets", {})
        statements = [_raster_fields(assets.get(name, {})) for name in names]
    if len(statements) == 1:
        statements = list(statements) * count
    result = []
    for key, neutral in (("scale", 1.0), ("offset", 0.0)):
        values = [np.broadcast_to(np.asarray(s.get(key, neutral), dtype=float), (count,))[i] for i, s in enumerate(statements)]
        result.append(tuple(map(float, values)) if any(value != neutral for value in values) else None)
    return result[0], result[1]


def _raster_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Gather "scale" and "offset" from the ways of writing them: CF, STAC raster extension 1 and 2."""
    listed = fields.get("raster:bands")
    merged = {**(listed[0] if isinstance(listed, Sequence) and listed and isinstance(listed[0], Mapping) else {}), **fields}
    found = {}
    for key, spellings in (
        ("scale", ("scale_factor", "raster:scale", "scale")),
        ("offset", ("add_offset", "raster:offset", "offset")),
    ):
        value = next((merged[name] for name in spellings if merged.get(name) is not None), None)
        if value is not None:
            found[key] = value
    return found
