"""Scenes that lie in files: what GDAL can open, with its masks and its place; refused where reading would hang or invent."""

import re
import stat
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rioxarray
import shapely
import xarray as xr
from PIL import Image
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.features import geometry_mask
from rasterio.vrt import WarpedVRT
from rasterio.warp import reproject, transform_geom

from spexlab.scene.access import is_remote, reading, remote_pixels, retried, without_key
from spexlab.scene.grid import LONLAT, crs_of, transform_of
from spexlab.scene.raw import Raw, date_of, wavelengths

_REMOTE = re.compile(r"^(/vsi|[a-z][a-z0-9+.-]+://|[A-Za-z0-9_]{2,}:)", re.IGNORECASE)
_WAVELENGTH_TAGS = ("WAVELENGTH_NM", "WAVELENGTH", "wavelength", "CENTRAL_WAVELENGTH_NM", "CENTRAL_WAVELENGTH_UM")
_MOST_PIXELS, _LONGEST_SIDE = 2**36, 2**24
"""Beyond, a broken header is likelier than a picture, and the list of its blocks alone would take minutes."""
_VRT_SOURCE = re.compile(r"<Source(?:Filename|Dataset)[^>]*>([^<]+)<")
_EDGES = 256
"""Pieces of a file's edge when it is brought to another grid."""
_NOT_STORED = {MaskFlags.all_valid, MaskFlags.nodata, MaskFlags.alpha}
"""Masks that GDAL works out from the numbers: from nodata, which we read ourselves, or from a band, which is read as one."""


class ContainerError(ValueError):
    """A file that holds no raster itself, but names several."""

    def __init__(self, path: str, inside: list[str]) -> None:
        self.inside = inside
        listed = "; ".join(inside[:4]) or "none"
        super().__init__(f"{path} is a container, open one of the rasters inside (or xarray.open_dataset it first): {listed}")


def from_path(path: str, *, chunked: bool, onto: xr.DataArray | None = None) -> Raw:
    """Open a file, or a URL, without reading its pixels; on another grid (y, x) with a CRS if one is given.

    Raises
    ------
    FileNotFoundError, OSError
        If it is missing, no file, no raster, or incomplete.
    ContainerError
        If it holds several.
    ValueError
        If it is no raster that a scene could be.
    """
    if is_remote(path):
        return retried(lambda: _from_path(path, chunked=True, onto=onto))
    if not _REMOTE.match(path):
        _check_file(Path(path))
    return _from_path(path, chunked=chunked, onto=onto)


def _from_path(path: str, *, chunked: bool, onto: xr.DataArray | None) -> Raw:
    with reading(path), rasterio.open(path) as file:
        _check_raster(file, path)
        warped, notes = _north_up(file) if onto is None else (_put_on(file, onto), ())
        facts = _facts(file)
        if is_remote(path) and (warped is None or onto is not None):
            lazy = remote_pixels(file, path, onto=onto)
        else:
            lazy = _in_degrees(_open(warped or path, chunked=chunked), facts["tags"])
        valid = _validity(file, warped, lazy, chunked=chunked)
    shown = without_key(path)
    return Raw(data=lazy, valid=valid, notes=notes, source=shown, title=Path(shown).stem, **facts)


def _open(source: Any, *, chunked: bool, masked: bool = False) -> xr.DataArray:
    lazy = rioxarray.open_rasterio(source, lock=False if chunked else None, cache=False, masked=masked)
    if not isinstance(lazy, xr.DataArray):
        raise ValueError(  # noqa: TRY004  the file is at fault, not its type
            f"{source} holds several rasters of different shape; xarray.open_dataset it and choose the bands"
        )
    # Chunked by rioxarray, numbers and masks of one file would have one name, and Dask would take the ones for the others.
    return lazy.chunk({}, name_prefix="mask-" if masked else "numbers-") if chunked else lazy


def _in_degrees(lazy: xr.DataArray, tags: dict[str, str]) -> xr.DataArray:
    """Coordinates that NetCDF calls degrees east are WGS 84 unless the file says otherwise."""
    is_longitude = any(key.endswith("#units") and value.startswith("degrees_east") for key, value in tags.items())
    return lazy.rio.write_crs(LONLAT) if is_longitude and lazy.rio.crs is None else lazy


def _check_file(path: Path, seen: frozenset[Path] = frozenset()) -> None:
    """Refuse what is missing, and pipes and devices, on which GDAL would wait for ever; of a VRT, what it names too."""
    if not path.exists():
        raise FileNotFoundError(f"no such file: {path}")
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(f"cannot read {path} as a raster: it is a pipe or a device; copy what comes out of it to a file")
    for part in _parts(path) if stat.S_ISREG(mode) else ():
        if part not in seen and part.exists():
            _check_file(part, seen | {path, part})


def _parts(path: Path) -> list[Path]:
    """Files that a VRT names; none of any other file."""
    with path.open("rb") as file:
        head = file.read(2**20)
    if not head.lstrip().startswith(b"<VRT"):
        return []
    try:
        names = _VRT_SOURCE.findall(head.decode())
    except UnicodeDecodeError as error:  # rasterio cannot decode what GDAL says about it either, and goes on with garbage
        raise OSError(f"cannot read {path} as a raster: it is a VRT, but not in UTF-8 ({error}); write it again") from error
    return [path.parent / name.strip().replace("\0", "") for name in names]


def _check_raster(file: Any, path: str) -> None:
    if file.count == 0:
        raise ContainerError(path, file.subdatasets)
    if len(set(file.dtypes)) > 1:
        raise ValueError(f"the bands of a scene must hold one type of number, but those of {path} hold {', '.join(file.dtypes)}")
    if file.width * file.height > _MOST_PIXELS or max(file.shape) > _LONGEST_SIDE:
        raise ValueError(
            f"a scene must have at most {_MOST_PIXELS:.0e} pixels, {_LONGEST_SIDE:.0e} a side, but {path} says that "
            f"it has {file.width} x {file.height}; it may be broken, else cut it first, for example with gdal_translate -projwin"
        )
    if file.driver == "PNG" and Path(path).is_file():
        try:
            with Image.open(path) as image:
                image.verify()
        except (OSError, SyntaxError) as error:  # GDAL itself says nothing and gives what stood in memory
            raise OSError(f"cannot read {path} as a raster: the PNG is broken or cut short ({error}); copy it again") from error


def _north_up(file: Any) -> tuple[WarpedVRT | None, tuple[str, ...]]:
    """Warp what lies askew on the map, or is placed by control points, and say so; nearest, so that numbers stay as they are."""
    points, crs = file.gcps
    if file.crs is None and points and crs is not None:
        note = f"placed by its {len(points)} ground control points, and warped to a north-up grid (nearest neighbour)"
        return WarpedVRT(file, src_crs=crs, crs=crs), (note,)
    askew = abs(file.transform.b) > 1e-9 * abs(file.transform.a) or abs(file.transform.d) > 1e-9 * abs(file.transform.e)
    if file.crs is not None and askew:
        return WarpedVRT(file, crs=file.crs), ("rotated on the map, and warped to a north-up grid (nearest neighbour)",)
    if file.crs is None and (points or file.rpcs is not None):
        return None, (
            "its place is not known: it has control points or RPCs, but no CRS; orthorectify it, for example with gdalwarp",
        )
    return None, ()


def _put_on(file: Any, grid: xr.DataArray) -> WarpedVRT:
    height, width = grid.shape
    crs = crs_of(grid)
    wkt = None if crs is None else crs.to_wkt()
    return WarpedVRT(file, crs=wkt, transform=transform_of(grid), height=height, width=width)


def _validity(file: Any, warped: WarpedVRT | None, lazy: xr.DataArray, *, chunked: bool) -> xr.DataArray | None:
    """Read where masks that lie beside or inside the file let its numbers stand; and, of a warped one, where it has any."""
    stored = not all(flags and _NOT_STORED & set(flags) for flags in file.mask_flag_enums)
    if warped is not None and not stored and file.crs is not None:
        return _footprint(file, lazy)
    if warped is not None:
        inside = np.zeros(warped.shape, np.uint8)
        points, crs = file.gcps
        placed = {"gcps": points, "src_crs": crs} if file.crs is None else {"src_transform": file.transform, "src_crs": file.crs}
        reproject(np.sign(file.dataset_mask()), inside, **placed, dst_transform=warped.transform, dst_crs=warped.crs)
        return xr.DataArray(inside > 0, dims=("y", "x"), coords={"y": lazy["y"], "x": lazy["x"]})
    if not stored:
        return None
    masked: xr.DataArray = _open(file.name, chunked=chunked, masked=True)
    return masked.notnull()


def _footprint(file: Any, grid: xr.DataArray) -> xr.DataArray:
    """Tell which pixels (y, x) of another grid have their centres in a file, without reading any of its numbers."""
    height, width = file.shape
    corners = [file.transform * corner for corner in ((0, 0), (width, 0), (width, height), (0, height))]
    # With more vertices, so that a long straight edge keeps its true course.
    edge = shapely.segmentize(shapely.Polygon(corners), max(shapely.Polygon(corners).length / _EDGES, 1e-9))
    outline = transform_geom(file.crs, grid.rio.crs, edge)
    inside = geometry_mask([outline], out_shape=(grid.sizes["y"], grid.sizes["x"]), transform=transform_of(grid), invert=True)
    return xr.DataArray(inside, dims=("y", "x"), coords={"y": grid["y"], "x": grid["x"]})


def _facts(file: Any) -> dict[str, Any]:
    band_tags = [file.tags(i) for i in file.indexes]
    tags = {key.lower(): str(value) for key, value in file.tags().items()}
    stated = any(s != 1.0 for s in file.scales) or any(o != 0.0 for o in file.offsets)
    descriptions = tuple(description or "" for description in file.descriptions)
    return {
        "names": descriptions if any(descriptions) else None,
        "wavelengths": wavelengths([next((t[k] for k in _WAVELENGTH_TAGS if k in t), None) for t in band_tags]),
        "colours": tuple("" if c is None else ColorInterp(c).name for c in file.colorinterp),
        "scales": tuple(file.scales) if stated else None,
        "offsets": tuple(file.offsets) if any(file.offsets) else None,
        "nodata": file.nodatavals if any(v is not None for v in file.nodatavals) else None,
        "tags": tags,
        "date": date_of(tags, Path(file.name).stem),
    }
