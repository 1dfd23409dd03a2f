"""Sources of imagery, brought to one form: what a file, an xarray object or an array says about itself, nothing decided yet."""

import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rioxarray
import xarray as xr
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from spexlab.scene.bands import Band

Chunks = int | str | bool | Mapping[str, Any] | None

_REMOTE = re.compile(r"^(/vsi|[a-z][a-z0-9+.-]+://|[A-Za-z0-9_]{2,}:)", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?!\d)")
_Y_NAMES = ("y", "lat", "latitude", "Y", "Lat", "Latitude", "northing")
_X_NAMES = ("x", "lon", "longitude", "X", "Lon", "Longitude", "long", "easting")
_DEGREE_NAMES = {"lat", "latitude", "lon", "longitude", "long"}
_WAVELENGTH_TAGS = ("WAVELENGTH_NM", "WAVELENGTH", "wavelength", "CENTRAL_WAVELENGTH_NM", "CENTRAL_WAVELENGTH_UM")


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
    nodata: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    """Metadata, keys in lower case."""
    source: str = "array"
    title: str = ""
    date: str = ""


def read_raw(source: Any, bands: Sequence[str | float | Band] | None, *, chunked: bool = False) -> Raw:
    """Read what there is about a source without loading its pixels.

    Raises
    ------
    FileNotFoundError, OSError
        If the file is missing or no raster.
    ValueError
        If the source has no grid of pixels that a scene could be.
    """
    if isinstance(source, str | PathLike):
        raw = _from_path(fspath(source), chunked=chunked)
    elif isinstance(source, xr.Dataset):
        raw = _from_dataset(source, bands)
    elif isinstance(source, xr.DataArray):
        raw = _from_dataarray(source)
    elif isinstance(source, np.ndarray) or hasattr(source, "__array__"):
        raw = _from_array(source, bands)
    else:
        raise ValueError(
            "a scene is opened from a path or URL, an xarray DataArray or Dataset, or a NumPy array with bands=, "
            f"but {type(source).__name__} was given"
        )
    return replace(raw, data=_on_grid(raw.data))


@contextmanager
def reading(source: str) -> Iterator[None]:
    """Turn what GDAL raises into an OSError that names the source."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a scene without CRS is still a scene
            yield
    except RasterioError as error:
        shown = _without_key(source)
        reason = str(error).replace(source, shown)
        raise OSError(f"cannot read {shown} as a raster (GeoTIFF, COG or another GDAL format): {reason}") from error


def _from_path(path: str, *, chunked: bool) -> Raw:
    if not _REMOTE.match(path) and not Path(path).exists():
        raise FileNotFoundError(f"no such file: {path}")
    with reading(path):
        with rasterio.open(path) as file:
            if file.count == 0:
                inside = "; ".join(file.subdatasets[:4]) or "none"
                raise ValueError(
                    f"{path} is a container, open one of the rasters inside (or xarray.open_dataset it first): {inside}"
                )
            if not (file.transform.is_rectilinear or file.transform.is_identity):
                raise ValueError(f"a scene must be north-up, but {path} is rotated; warp it first, for example with gdalwarp")
            facts = _file_facts(file)
        lazy = rioxarray.open_rasterio(path, chunks={} if chunked else None, lock=False if chunked else None)
    if not isinstance(lazy, xr.DataArray):
        raise ValueError(  # noqa: TRY004  the file is at fault, not its type
            f"{path} holds several rasters of different shape; xarray.open_dataset it and choose the bands"
        )
    shown = _without_key(path)
    return Raw(data=lazy, source=shown, title=Path(shown).stem, **facts)


def _without_key(path: str) -> str:
    """Drop what follows "?": in a signed URL that is a key, and attributes and messages travel."""
    return path.split("?", maxsplit=1)[0]


def _file_facts(file: Any) -> dict[str, Any]:
    band_tags = [file.tags(i) for i in file.indexes]
    tags = {key.lower(): str(value) for key, value in file.tags().items()}
    stated = any(s != 1.0 for s in file.scales) or any(o != 0.0 for o in file.offsets)
    descriptions = tuple(description or "" for description in file.descriptions)
    return {
        "names": descriptions if any(descriptions) else None,
        "wavelengths": _wavelengths([next((t[k] for k in _WAVELENGTH_TAGS if k in t), None) for t in band_tags]),
        "colours": tuple("" if c is None else ColorInterp(c).name for c in file.colorinterp),
        "scales": tuple(file.scales) if stated else None,
        "offsets": tuple(file.offsets) if any(file.offsets) else None,
        "nodata": file.nodata,
        "tags": tags,
        "date": _date(tags, Path(file.name).stem),
    }


def _wavelengths(values: Sequence[object]) -> tuple[float, ...] | None:
    """Read wavelengths as nm; micrometres are told by their size. None unless every band has one."""
    try:
        numbers = [float(str(value).split()[0]) for value in values]
    except (IndexError, ValueError):
        return None
    if not numbers or not all(math.isfinite(n) and n > 0 for n in numbers):
        return None
    return tuple(n * 1000.0 if n < 100.0 else n for n in numbers)


def _date(tags: Mapping[str, object], name: str) -> str:
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


def _from_array(source: Any, bands: Sequence[str | float | Band] | None) -> Raw:
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


def _from_dataset(source: xr.Dataset, bands: Sequence[str | float | Band] | None) -> Raw:
    """Stack one variable a band (odc-stac), or take the single variable that has a band dimension."""
    layers = {str(name): variable for name, variable in source.data_vars.items() if _grid_dims(variable) is not None}
    if len(layers) == 1 and next(iter(layers.values())).squeeze().ndim == 3:
        return _from_dataarray(next(iter(layers.values())).assign_attrs({**source.attrs, **next(iter(layers.values())).attrs}))
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


def _from_dataarray(source: xr.DataArray) -> Raw:
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
    scales, offsets = _stated_radiometry(per_band, names, item, count)
    nodata = next((a[key] for a in per_band for key in ("_FillValue", "nodata", "missing_value") if a.get(key) is not None), None)
    times = [str(data[name].values) for name in ("time", "datetime") if name in data.coords and data[name].ndim == 0]
    return Raw(
        data=data.drop_attrs(deep=False),
        names=names,
        wavelengths=_wavelengths(data["wavelength"].values.tolist())
        if "wavelength" in data.coords and data["wavelength"].ndim
        else None,
        scales=scales,
        offsets=offsets,
        nodata=float(nodata) if nodata is not None else None,
        tags=tags,
        source="xarray",
        title=str(data.name or "array"),
        date=_date({**tags, "datetime": times[0] if times else tags.get("datetime", "")}, ""),
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


def _stated_radiometry(
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


def _on_grid(data: xr.DataArray) -> xr.DataArray:
    """Give a north-up grid: y downwards on the map, x to the right; pixel coordinates where there is no CRS."""
    if 0 in data.shape:
        raise ValueError(
            f"a scene must have pixels, but this raster has {data.sizes['y']} rows, {data.sizes['x']} columns and "
            f"{data.sizes['band']} bands"
        )
    if data.dtype.kind not in "iuf":
        raise ValueError(f"a scene's values must be integers or floats, but they are {data.dtype}")
    if data.rio.crs is None or "x" not in data.coords or "y" not in data.coords:
        kept = data.drop_vars(["x", "y", "spatial_ref"], errors="ignore")
        return kept.assign_coords(y=np.arange(kept.sizes["y"]) + 0.5, x=np.arange(kept.sizes["x"]) + 0.5)
    for dim in ("y", "x"):
        steps = np.diff(data[dim].values.astype(float))
        if steps.size and (np.ptp(steps) > 1e-3 * abs(steps.mean()) or steps.mean() == 0):
            raise ValueError(f"a scene's {dim} coordinates must be evenly spaced; resample it to a regular grid first")
    upside_down = data.sizes["y"] > 1 and float(data["y"][0]) < float(data["y"][-1])
    mirrored = data.sizes["x"] > 1 and float(data["x"][0]) > float(data["x"][-1])
    return data.isel(y=slice(None, None, -1 if upside_down else 1), x=slice(None, None, -1 if mirrored else 1))
