"""The forms in which an area of interest is given, each read into one geometry and the CRS that it brings along."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

AreaForm = dict[str, Any] | BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries | Sequence[float] | str | Path | bytes
"""GeoJSON geometry, Feature or FeatureCollection, as a dictionary, as the path of a file or as its content in bytes; a shapely
geometry; a GeoDataFrame or GeoSeries, which brings its own CRS; (xmin, ymin, xmax, ymax)."""

_KINDS = ("Polygon", "MultiPolygon", "Point", "MultiPoint", "LineString", "MultiLineString", "GeometryCollection")
_NESTING = {"Polygon": "a list of rings", "MultiPolygon": "a list of polygons, each a list of rings"}

Found = tuple[BaseGeometry, CRS | None]
Shapes = tuple[list[BaseGeometry], CRS | None]


def read_form(area: Any) -> Found:
    """Read an area: a valid polygon or multipolygon, and its CRS if it brings one.

    Raises
    ------
    ValueError
        If it is no area: not GeoJSON, broken, empty, no polygon, not finite, or crossing itself.
    OSError
        If it is a path that cannot be read.
    """
    shapes, crs = read_shapes(area)
    return _merged(shapes), crs


def read_shapes(form: Any) -> Shapes:
    """Read what an area may be given as, whatever geometries it holds, one by one, and their CRS if they bring one.

    Raises
    ------
    ValueError
        If it is none of the forms, or is broken.
    OSError
        If it is a path that cannot be read.
    """
    shapes, crs = _shapes(form)
    return [shapely.force_2d(shape) for shape in shapes], crs


def _shapes(area: Any) -> Shapes:
    if isinstance(area, str | Path):
        return _from_file(Path(area))
    if isinstance(area, bytes):
        return _from_text(area, "this file")
    if isinstance(area, gpd.GeoDataFrame | gpd.GeoSeries):
        shapes = area.geometry.dropna()
        return list(shapes), CRS.from_user_input(shapes.crs) if shapes.crs else None
    if isinstance(area, BaseGeometry):
        return [area], None
    if isinstance(area, dict):
        return _of_geojson(area)
    return [_from_box(area)], None


def _from_box(area: Any) -> BaseGeometry:
    try:
        left, bottom, right, top = (float(value) for value in area)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "an area must be GeoJSON, a shapely geometry, a GeoDataFrame, (xmin, ymin, xmax, ymax) or the path of a GeoJSON file, "
            f"but {type(area).__name__} was given"
        ) from error
    if not (left < right and bottom < top):
        raise ValueError(f"a box must be (xmin, ymin, xmax, ymax) with xmin < xmax and ymin < ymax, but {tuple(area)} was given")
    return box(left, bottom, right, top)


def _from_file(path: Path) -> Shapes:
    if not path.is_file():
        raise FileNotFoundError(f"no such area file: {path}")
    return _from_text(path.read_bytes(), str(path))


def _from_text(text: bytes, name: str) -> Shapes:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"an area file must be GeoJSON, but {name} is not; in QGIS: export the layer as GeoJSON") from error
    return _of_geojson(content)


def _of_geojson(content: Any) -> Shapes:
    return _from_geojson(content), _geojson_crs(content)


def _from_geojson(content: Any) -> list[BaseGeometry]:
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "FeatureCollection":
        features = content.get("features")
        if not isinstance(features, list):
            raise ValueError(f'the "features" of a FeatureCollection must be a list, but they are {_named(features)}')
        return [geometry for feature in features for geometry in _from_geojson(feature)]
    if kind == "Feature":
        return _from_geojson(content["geometry"]) if content.get("geometry") is not None else []
    if kind not in _KINDS:
        what = f"one of type {kind!r}" if isinstance(content, dict) else _named(content)
        raise ValueError(f"an area must be a GeoJSON geometry, Feature or FeatureCollection, but this holds {what}")
    return [_shape(content, str(kind))]


def _shape(content: dict[str, Any], kind: str) -> BaseGeometry:
    """A GeoJSON geometry; what shapely says of broken coordinates is about its own types."""
    if "coordinates" not in content and kind != "GeometryCollection":
        raise ValueError(f'a GeoJSON {kind} must have "coordinates", but this one has none; it is broken')
    if not _finite(content.get("coordinates")):
        raise ValueError("the area's coordinates must be finite numbers, but NaN or infinity stands among them")
    try:
        return shape(content)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        nesting = _NESTING.get(kind, "as GeoJSON nests them")
        raise ValueError(
            f"the coordinates of a GeoJSON {kind} must be {nesting}, each ring at least four pairs of numbers, "
            "but these are broken; export the area again"
        ) from error


def _finite(coordinates: Any) -> bool:
    if isinstance(coordinates, list | tuple):
        return all(_finite(value) for value in coordinates)
    return not isinstance(coordinates, float) or bool(np.isfinite(coordinates))


def _geojson_crs(content: dict[str, Any]) -> CRS | None:
    """Read the "crs" member of old GeoJSON; QGIS still writes it. CRS84 is longitude, latitude, which is the default anyway."""
    member = content.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not name or "CRS84" in str(name):
        return None
    try:
        return CRS.from_user_input(name)
    except CRSError as error:
        raise ValueError(f'the "crs" of a GeoJSON area must name a known CRS such as EPSG:32633, but it names {name!r}') from error


def _merged(geometries: Iterable[BaseGeometry]) -> BaseGeometry:
    """Check each part before they are merged: a union would repair a self-crossing polygon behind the user's back."""
    parts = list(geometries)
    if not parts:
        raise ValueError("the area is empty: it holds no geometry; draw a rectangle or polygon")
    for part in parts:
        _check_polygon(part)
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _check_polygon(geometry: BaseGeometry) -> None:
    if geometry.is_empty:
        raise ValueError("the area is empty; draw a rectangle or polygon")
    if geometry.geom_type not in {"Polygon", "MultiPolygon"}:
        raise ValueError(f"an area must be a polygon, but this is a {geometry.geom_type}; draw a rectangle or polygon")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise ValueError("the area's coordinates must be finite numbers")
    if not geometry.is_valid:
        raise ValueError(
            f"the area must not cross itself, but it does: {explain_validity(geometry)}; draw it again without crossing lines"
        )


def _named(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
