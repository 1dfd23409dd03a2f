"""Scenes: imagery opened, checked and brought to reflectance, whatever it came from.

A scene is an `xarray.DataArray` with dims (band, y, x), float32 reflectance of about 0-1 and NaN for nodata. Its bands carry STAC
common names and wavelengths (nm), its CRS is rioxarray's (absent where the source has none: then x and y are pixels, y downwards),
and its attributes say where it comes from, how its numbers became reflectance, and what was left out of it.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import Any

import spyndex
import xarray as xr

from spexlab.scene.area import Area, AreaLike
from spexlab.scene.bands import Band
from spexlab.scene.fill import told
from spexlab.scene.form import SceneWarning, check_scene, checked_pixel_size, new_scene
from spexlab.scene.given import Given
from spexlab.scene.itemlist import Items
from spexlab.scene.items import is_item
from spexlab.scene.masks import bad_by_mask
from spexlab.scene.mosaic import scenes_by_date
from spexlab.scene.naming import resolve_bands
from spexlab.scene.reading import has_bands, read_raw
from spexlab.scene.series import as_series, is_series, moments
from spexlab.scene.single import Chunks, dask_chunks, opened

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


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
    source : str, Path, list, dict, STAC item, Items, xarray.DataArray, xarray.Dataset, numpy.ndarray or tuple
        GeoTIFF, COG or another GDAL raster by path or URL, NetCDF and Zarr with one variable a band too; a list of band files, or a
        dict of band names and files; the folder of a SAFE or Landsat product; a STAC item (dict or pystac); xarray as rioxarray or
        odc-stac give it (dims y/x or latitude/longitude, a band dimension or one variable a band); an array (bands, rows, columns)
        with `bands`, or the tuple (array, bands). A scene passes unchanged. Several items, as `spexlab.search` finds them or in the
        file that `spexlab search --out` writes: those of one day make one picture, without their clouds. Several dates: items of
        several days, a list of files or other sources that have a date each, or a dict of dates and sources.
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
        (band, y, x) float32 reflectance, NaN where there is no data. Of several dates (time, band, y, x), on the grid of the first;
        `title`, `source`, `radiometry` and `notes` of each stand as coordinates along time.

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
    given = Given.of(scale=scale, offset=offset, nodata=nodata, mask=mask, pixel_size=pixel_size)
    return _open(source, bands, sensor=sensor, area=None if area is None else Area.of(area), chunks=chunks, given=given)


def _open(
    source: Any,
    bands: Sequence[str | float | Band] | None,
    *,
    sensor: str | None,
    area: Area | None,
    chunks: Chunks,
    given: Given,
) -> xr.DataArray:
    source, bands = _unpack(source, bands)
    if is_series(source):
        return as_series([_reopen(one, area, chunks, given) for one in moments(source)])
    if isinstance(source, xr.DataArray) and _is_scene(source):
        return _reopen(source, area, chunks, given)
    if (items := _items(source)) is not None:
        scenes = list(scenes_by_date(items, bands, sensor=sensor, area=area, chunks=chunks, given=given))
        return scenes[0] if len(scenes) == 1 else as_series(scenes)
    if (dated := _dated(source)) is not None:
        each = ((date, _open(one, bands, sensor=sensor, area=area, chunks=chunks, given=given)) for date, one in dated)
        return as_series([_on_date(scene, date) for date, scene in each])
    lazy = isinstance(source, xr.DataArray | xr.Dataset)
    whole = read_raw(source, bands, chunked=chunks is not None)
    scene, notes = opened(whole, bands, sensor=sensor, area=area, chunks=chunks, given=given, lazy=lazy)
    for note in notes:
        warnings.warn(f"{scene.attrs['source']}: {note}", SceneWarning, stacklevel=3)
    return scene


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


def _items(source: Any) -> Items | None:
    """Several items, as they are found, or listed in a file; None for anything else."""
    if isinstance(source, Items):
        return source
    if isinstance(source, str | PathLike) and str(source).lower().endswith((".json", ".geojson")):
        return Items.read(fspath(source))
    if isinstance(source, list) and source and all(is_item(one) for one in source):
        return Items(source)
    return None


def _dated(source: Any) -> list[tuple[str, Any]] | None:
    """Sources of several dates, each with its day where that is given; None for anything else."""
    if isinstance(source, Mapping) and source and all(_DAY.fullmatch(str(key)) for key in source):
        return [(str(key), one) for key, one in source.items()]
    if not isinstance(source, list) or not source:
        return None
    bands_of_one = all(isinstance(one, str | PathLike) for one in source) and not has_bands(fspath(source[0]))
    return None if bands_of_one else [("", one) for one in source]


def _on_date(scene: xr.DataArray, date: str) -> xr.DataArray:
    """A scene of one date, which is its own unless another is given."""
    if is_series(scene):
        raise ValueError(f"each source of several dates must be of one, but {scene.attrs['title']} were given as one of them")
    return scene.assign_attrs(date=date) if date else scene


def _is_scene(source: xr.DataArray) -> bool:
    return "radiometry" in source.attrs and {"band", "wavelength"} <= set(source.coords) and source.dims == ("band", "y", "x")


def _reopen(scene: xr.DataArray, area: Area | None, chunks: Chunks, given: Given) -> xr.DataArray:
    if given.about_numbers:
        raise ValueError(
            f"{' and '.join(f'{name}=' for name in given.about_numbers)} would change the numbers of what is a scene already; "
            "open its source again with them"
        )
    whole = check_scene(scene)
    scene = whole if area is None else area.clip(whole)
    if given.mask is not None:
        bad, words = bad_by_mask(given.mask, whole, part=scene, sensor=scene.attrs["sensor"])
        scene = check_scene(scene.where(~bad))
        scene.attrs["notes"] = "; ".join(filter(None, [scene.attrs.get("notes", ""), told(bad, words)]))
    if given.pixel_size is not None:
        scene = scene.assign_attrs(pixel_size_m=checked_pixel_size(scene, scene.attrs["sensor"], given.pixel_size))
    return scene.chunk(dask_chunks(chunks)) if chunks is not None else scene
