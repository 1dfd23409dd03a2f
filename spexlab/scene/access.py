"""How files are read: with errors that name them, and from a server window by window, again where that fails."""

import re
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import dask.array as da
import numpy as np
import rasterio
import xarray as xr
from affine import Affine
from dask.base import tokenize
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # what a warp raises; rasterio has no public name for it
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from spexlab.scene.grid import crs_of, transform_of

T = TypeVar("T")
ATTEMPTS, PAUSE = 4, 0.5
"""How often a file on a server is read before it is given up, and the seconds before the second time; then twice as long each."""
SETTINGS = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # a file on a server has none beside it; each look for one is a request
    "GDAL_HTTP_CONNECTTIMEOUT": "10",
    "GDAL_HTTP_LOW_SPEED_LIMIT": "1",
    "GDAL_HTTP_LOW_SPEED_TIME": "20",
}
"""How GDAL speaks to servers."""
FRESH = {"CPL_VSIL_CURL_NON_CACHED": "/vsicurl/"}
"""Else GDAL remembers that a file could not be read, and asks no second time."""
_SERVER = re.compile(r"^(https?|s3|gs|az)://|^/vsi(curl|s3|gs|az|adls)[/?]", re.IGNORECASE)
_FINAL = re.compile(r"response code: ?4(?!08|29)\d\d|does not exist in the file system", re.IGNORECASE)
"""What another attempt would not change: there is no such file, or nobody may read it."""
_BLOCK = 1024
"""Pixels a side that are read at once: a few blocks of a cloud-optimised file."""


@contextmanager
def placeless() -> Iterator[None]:
    """Let rasters without a CRS pass in silence, as a scene without one is still a scene; not to be used in a thread."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


@contextmanager
def reading(source: str) -> Iterator[None]:
    """Turn what GDAL raises into an OSError that names the source."""
    try:
        yield
    except (RasterioError, CPLE_BaseError) as error:
        shown = without_key(source)
        reason = str(error).replace(source, shown)
        raise OSError(f"cannot read {shown} as a raster (GeoTIFF, COG or another GDAL format): {reason}") from error


def without_key(path: str) -> str:
    """Drop what follows "?": in a signed URL that is a key, and attributes and messages travel."""
    return path.split("?", maxsplit=1)[0]


def is_remote(path: str) -> bool:
    """Tell a file on a server by its name."""
    return _SERVER.match(path) is not None


def retried(read: Callable[[], T]) -> T:
    """Do what reads a file on a server, again with growing pauses where it fails.

    Raises
    ------
    OSError
        If it failed every time, or no other attempt could help.
    """
    for attempt in range(ATTEMPTS):
        try:
            with rasterio.Env(**{**SETTINGS, **(FRESH if attempt else {})}):
                return read()
        except OSError as error:
            if _FINAL.search(str(error)):
                raise
            if attempt == ATTEMPTS - 1:
                raise OSError(f"{error} ({ATTEMPTS} attempts); the server may be busy or broken, try again later") from error
        time.sleep(PAUSE * 2**attempt)
    raise AssertionError("unreachable: the last attempt returns or raises")


@dataclass(frozen=True)
class RemotePixels:
    """The numbers (band, y, x) of a file on a server, as they are or warped to another grid; read when they are indexed."""

    path: str
    dtype: np.dtype[Any]
    shape: tuple[int, int, int]
    crs: str | None = None
    """As WKT, of the grid to which they are warped by nearest neighbour; None: as they are."""
    transform: Affine | None = None
    ndim: int = 3

    def __getitem__(self, key: tuple[slice, slice, slice]) -> NDArray[Any]:
        bands, rows, columns = (range(*part.indices(size)) for part, size in zip(key, self.shape, strict=True))
        if not (len(bands) and len(rows) and len(columns)):
            return np.empty((len(bands), len(rows), len(columns)), self.dtype)
        window = Window.from_slices((rows[0], rows[-1] + 1), (columns[0], columns[-1] + 1))
        values = retried(lambda: self._read([band + 1 for band in bands], window))
        return values[:, :: rows.step, :: columns.step]

    def _read(self, bands: list[int], window: Window) -> NDArray[Any]:
        with reading(self.path), rasterio.open(self.path) as file:
            if self.crs is None:
                values: NDArray[Any] = file.read(bands, window=window)
                return values
            height, width = self.shape[1:]
            with WarpedVRT(file, crs=self.crs, transform=self.transform, height=height, width=width) as warped:
                put: NDArray[Any] = warped.read(bands, window=window)
                return put


def remote_pixels(file: Any, path: str, *, onto: xr.DataArray | None) -> xr.DataArray:
    """Return the numbers (band, y, x) of an open file on a server, on its own grid or on another one; Dask holds them."""
    crs = crs_of(onto) if onto is not None else None
    height, width = file.shape if onto is None else onto.shape
    transform = file.transform if onto is None else transform_of(onto)
    shape, dtype = (file.count, height, width), np.dtype(file.dtypes[0])
    pixels = RemotePixels(path, dtype, shape) if crs is None else RemotePixels(path, dtype, shape, crs.to_wkt(), transform)
    name = f"pixels-{tokenize(without_key(path), shape, pixels.crs, transform)}"
    values = da.from_array(pixels, chunks=(file.count, _BLOCK, _BLOCK), name=name, asarray=False, fancy=False)
    place = {
        "y": transform.f + transform.e * (np.arange(height) + 0.5),
        "x": transform.c + transform.a * (np.arange(width) + 0.5),
    }
    lazy = xr.DataArray(values, dims=("band", "y", "x"), coords={"band": np.arange(file.count) + 1, **place})
    wkt = file.crs.to_wkt() if crs is None and file.crs is not None else None if crs is None else crs.to_wkt()
    placed: xr.DataArray = lazy if wkt is None else lazy.rio.write_crs(wkt)
    return placed
