"""Files of a reference: GeoTIFF, GeoJSON, GeoPackage, CSV."""

import csv
import json
import tempfile
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import pandas as pd
import shapely
import xarray as xr
from pandas.errors import EmptyDataError, ParserError

from spexlab.places.references.raster import LabelRaster
from spexlab.places.references.shapes import LabelShapes
from spexlab.scene.reading import read_raw

Reference: TypeAlias = LabelRaster | LabelShapes
ReferenceLike: TypeAlias = Reference | str | Path | gpd.GeoDataFrame | xr.DataArray
"""The path of one of `FILES`, a GeoDataFrame, a raster (y, x), or what was read already."""
FILES = (".tif", ".tiff", ".geojson", ".json", ".gpkg", ".csv")
_DEGREES = (("longitude", "latitude"), ("lon", "lat"), ("lng", "lat"), ("long", "lat"))
_OWN = (("x", "y"), ("easting", "northing"))
_WKT = ("wkt", "geometry", "geom")


def read_reference(source: ReferenceLike, *, content: bytes | None = None) -> Reference:
    """Read a reference.

    Parameters
    ----------
    source : str, Path, geopandas.GeoDataFrame or xarray.DataArray
        A GeoTIFF of labels; points or polygons as GeoJSON or GeoPackage, in any CRS that the file names (none: longitude and
        latitude, or pixels for a scene without a CRS); a CSV table with the columns longitude and latitude, or x and y in the
        scene's own coordinates, or WKT.
    content : bytes, optional
        What the file holds, where `source` is only its name.

    Raises
    ------
    ValueError
        If it is no reference.
    OSError
        If it is a path that cannot be read.
    """
    if isinstance(source, LabelRaster | LabelShapes):
        return source
    if isinstance(source, gpd.GeoDataFrame):
        return LabelShapes(source.reset_index(drop=True))
    if isinstance(source, xr.DataArray):
        return LabelRaster.of(read_raw(source.astype("float32") if source.dtype == bool else source, None))
    if content is None:
        return _from_file(Path(source).expanduser())
    with tempfile.TemporaryDirectory(prefix="spexlab-") as folder:
        path = Path(folder) / Path(source).name
        path.write_bytes(content)
        return _from_file(path)


def _from_file(path: Path) -> Reference:
    ending = path.suffix.lower()
    if ending not in FILES:
        raise ValueError(f"a reference must be GeoTIFF, GeoJSON, GeoPackage or CSV, but {path.name!r} was given; export it as one")
    if not path.is_file():
        raise FileNotFoundError(f"no such reference: {str(path)!r}")
    if ending in {".tif", ".tiff"}:
        return LabelRaster.of(read_raw(path, None))
    return _from_table(path) if ending == ".csv" else _from_layer(path)


def _from_layer(path: Path) -> LabelShapes:
    try:
        frame = gpd.read_file(path)
    except (RuntimeError, ValueError) as error:  # pyogrio's errors are RuntimeErrors
        raise ValueError(
            f"{path.name} must hold points or polygons, but it cannot be read as GeoJSON or GeoPackage; export the layer again"
        ) from error
    if "geometry" not in frame:
        raise ValueError(f"{path.name} must hold points or polygons, but it is a table without a place; export the layer again")
    # Without a word on the CRS, GeoJSON is read as longitude and latitude, which a scene without a CRS does not know.
    return LabelShapes(frame.set_crs(None, allow_override=True) if _says_no_crs(path) else frame)


def _says_no_crs(path: Path) -> bool:
    return path.suffix.lower() != ".gpkg" and "crs" not in json.loads(path.read_bytes())


def _from_table(path: Path) -> LabelShapes:
    try:
        table = pd.read_csv(path, sep=None, engine="python")
    except (EmptyDataError, ParserError, csv.Error, ValueError) as error:
        raise ValueError(f"{path.name} must be a table with a head of column names, but it cannot be read as CSV") from error
    names = {str(name).strip().lower(): name for name in table.columns}
    for pairs, own in ((_DEGREES, False), (_OWN, True)):
        for x, y in pairs:
            if x in names and y in names:
                return _placed(table, names[x], names[y], own=own, file=path.name)
    for name in _WKT:
        if name in names:
            return _from_wkt(table, names[name], path.name)
    raise ValueError(
        f"a table must have the columns longitude and latitude, or x and y, or wkt, but {path.name} has {', '.join(names)}"
    )


def _placed(table: pd.DataFrame, x: str, y: str, *, own: bool, file: str) -> LabelShapes:
    try:
        points = gpd.points_from_xy(table[x].astype(float), table[y].astype(float))
    except ValueError as error:
        raise ValueError(f"{x} and {y} must be numbers, but {file} holds something else ({error}); mend the table") from error
    return LabelShapes(gpd.GeoDataFrame(table.drop(columns=[x, y]), geometry=points), own=own)


def _from_wkt(table: pd.DataFrame, column: str, file: str) -> LabelShapes:
    try:
        shapes = gpd.GeoSeries.from_wkt(table[column])
    except (TypeError, shapely.errors.ShapelyError) as error:
        raise ValueError(f"{column} must be WKT such as POINT (13.4 52.5), but {file} holds something else ({error})") from error
    return LabelShapes(gpd.GeoDataFrame(table.drop(columns=[column]), geometry=shapes))
