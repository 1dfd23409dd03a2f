"""Areas and views in the map's coordinates and the scene's.

The map counts longitude and latitude; for a scene without a CRS it counts pixels, x to the right and y upwards,
while the scene's y points downwards.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

Corners = tuple[tuple[float, float], tuple[float, float]]
"""((south, west), (north, east)) on the map."""

_TILE = 256


def polygons(area: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """List the polygons of a GeoJSON geometry, Feature or FeatureCollection; none for None.

    Raises
    ------
    ValueError
        If it holds anything but polygons.
    """
    if area is None:
        return []
    if area["type"] == "FeatureCollection":
        return [polygon for feature in area["features"] for polygon in polygons(feature)]
    if area["type"] == "Feature":
        return polygons(area["geometry"])
    if area["type"] == "MultiPolygon":
        return [{"type": "Polygon", "coordinates": rings} for rings in area["coordinates"]]
    if area["type"] != "Polygon":
        raise ValueError(f"an area must be made of polygons, but it holds a {area['type']}; draw a rectangle or polygon.")
    return [{"type": "Polygon", "coordinates": area["coordinates"]}]


def collected(areas: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Put polygons into the simplest GeoJSON that holds them: None, a Polygon or a FeatureCollection."""
    if len(areas) < 2:
        return areas[0] if areas else None
    features = [{"type": "Feature", "properties": {}, "geometry": geometry} for geometry in areas]
    return {"type": "FeatureCollection", "features": features}


def map_geometry(polygon: Mapping[str, Any], *, plain: bool) -> dict[str, Any]:
    """A polygon from the map's coordinates to the scene's, or back: only pixels differ, by the sign of y."""
    sign = -1 if plain else 1
    rings = [[[x, sign * y] for x, y, *_ in ring] for ring in polygon["coordinates"]]
    return {"type": "Polygon", "coordinates": rings}


def centre(corners: Corners, *, plain: bool) -> tuple[float, float]:
    """Middle of a part of the map, as (latitude, longitude)."""
    (south, west), (north, east) = corners
    if plain:
        return (south + north) / 2, (west + east) / 2
    middle = math.radians((_mercator(south) + _mercator(north)) / 2)
    return math.degrees(math.atan(math.sinh(middle))), (west + east) / 2


def zoom_for(corners: Corners, view: tuple[float, float], *, plain: bool) -> float:
    """Zoom at which a part of the map fills a view of this width and height in screen pixels."""
    per_pixel = 1.0 if plain else 360 / _TILE
    return _snapped(min(math.log2(v * per_pixel / s) for v, s in zip(view, _span(corners, plain=plain), strict=True)))


def refitted(zoom: float, corners: Corners, *, seen: Corners, plain: bool) -> float | None:
    """Zoom at which `corners` fill the view that shows `seen` at `zoom`; None while there is no view yet."""
    in_view = _span(seen, plain=plain) if seen else (0.0, 0.0)
    if min(in_view) <= 0:
        return None
    ratio = max(w / s for w, s in zip(_span(corners, plain=plain), in_view, strict=True))
    return _snapped(zoom - math.log2(ratio))


def widened(corners: Corners, factor: float) -> Corners:
    """The same place with its surroundings, `factor` times as wide and high."""
    (south, west), (north, east) = corners
    dy, dx = (factor - 1) * (north - south) / 2, (factor - 1) * (east - west) / 2
    return (south - dy, west - dx), (north + dy, east + dx)


def _mercator(latitude: float) -> float:
    """Northing of a latitude, in degrees of longitude at the equator."""
    return math.degrees(math.asinh(math.tan(math.radians(latitude))))


def _span(corners: Iterable[Iterable[float]], *, plain: bool) -> tuple[float, float]:
    """Width and height on the map's plane: degrees of longitude, or pixels."""
    (south, west), (north, east) = corners
    return east - west, (north - south if plain else _mercator(north) - _mercator(south))


def _snapped(zoom: float) -> float:
    return math.floor(zoom * 10) / 10
