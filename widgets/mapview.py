"""The map: a scene, masks over it, and areas drawn by hand.

The rest of the app knows only `MapView`, so that another map library can take leafmap's place.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ipywidgets as W
import traitlets as T
import xarray as xr

from spexlab.classes import COLOURS
from widgets.overlay import TRANSPARENT, Corners, Overlay, mask_overlay, scene_overlay

HEIGHT = "500px"
_VIEW = (620, 500)
_TILE = 256
_DRAWN = {"color": "#ffdd00", "weight": 2, "opacity": 1, "fill": True, "fillColor": "#ffdd00", "fillOpacity": 0.04}
_PANES = {"scene": {"zIndex": 300}, "mask": {"zIndex": 350}}


class MapView(W.Box):
    """A scene on a map.

    Coordinates are those of `spexlab.extract`'s areas: longitude and latitude for a scene with a CRS, else
    pixels, x to the right and y downwards.
    """

    areas = T.List(T.Dict(), help="GeoJSON polygons that are drawn on the map, in the scene's area coordinates.")
    opacity = T.Float(0.8, min=0.0, max=1.0, help="Opacity of the masks, 0-1.")

    def __init__(self) -> None:
        super().__init__(layout=W.Layout(width="100%", height=HEIGHT, overflow="hidden"))
        self.add_class("spx-map-frame")
        self._plain = False
        self._masks: dict[str, Any] = {}
        self._map: Any = None

    def set_scene(self, scene: xr.DataArray, *, composite: str) -> None:
        """Show a scene on a fresh map, without masks and areas."""
        overlay = scene_overlay(scene, composite=composite)
        self._plain = scene.rio.crs is None
        self._masks, self.areas = {}, []
        if self._map is not None:
            self._map.close()
        self._picture = _image_layer("scene", overlay)
        self._map = _leaflet_map(self._picture, overlay.bounds, plain=self._plain)
        self._map.observe(self._fit, "bounds")
        self._map.draw_control.observe(self._read_areas, "data")
        self.children = (self._map,)

    def set_composite(self, scene: xr.DataArray, composite: str) -> None:
        """Show the same scene in another composite; masks and areas stay."""
        self._picture.url = scene_overlay(scene, composite=composite).url

    def set_mask(self, target: str, mask: xr.DataArray) -> None:
        """Lay a target's mask, boolean (y, x) on the scene's grid or a part of it, over the scene."""
        overlay = mask_overlay(mask, colour=COLOURS[target])
        layer = self._masks.get(target)
        if layer is None:
            layer = self._masks[target] = _image_layer("mask", overlay, name=target, opacity=self.opacity)
            self._map.layers = (*self._map.layers, layer)
            return
        with layer.hold_sync():
            layer.bounds, layer.url = overlay.bounds, overlay.url

    def clear_masks(self) -> None:
        """Take every mask off the map. The layers stay for the next run: adding one costs a round trip."""
        for layer in self._masks.values():
            layer.url = TRANSPARENT

    def on_areas(self, callback: Callable[[list[dict[str, Any]]], None]) -> None:
        """Call back with the areas whenever one was drawn, edited or deleted."""
        self.observe(lambda change: callback(change["new"]), "areas")

    @T.observe("areas")
    def _draw_areas(self, change: dict[str, Any]) -> None:
        """Show areas that were set from Python; those that came from the map are there already."""
        if self._map is None or change["new"] == self._drawn():
            return
        drawn = [_map_geometry(area, plain=self._plain) for area in change["new"]]
        self._map.draw_control.data = [
            {"type": "Feature", "properties": {"style": _DRAWN}, "geometry": geometry} for geometry in drawn
        ]

    def _drawn(self) -> list[dict[str, Any]]:
        return [_map_geometry(feature["geometry"], plain=self._plain) for feature in self._map.draw_control.data]

    @T.observe("opacity")
    def _apply_opacity(self, change: dict[str, Any]) -> None:
        for layer in self._masks.values():
            layer.opacity = change["new"]

    def _read_areas(self, _: dict[str, Any]) -> None:
        # `data` is right after create, edit, delete and clear; the draw events are not.
        self.areas = self._drawn()

    def _fit(self, change: dict[str, Any]) -> None:
        """Zoom to the scene once the browser has told how much of the map is in view."""
        view, corners = change["new"], self._picture.bounds
        if not view or _span(view, plain=self._plain) == (0, 0):
            return
        self._map.unobserve(self._fit, "bounds")
        wanted, seen = _span(corners, plain=self._plain), _span(view, plain=self._plain)
        ratio = max(w / s for w, s in zip(wanted, seen, strict=True))
        self._map.zoom = _snapped(self._map.zoom - math.log2(ratio))


def _leaflet_map(picture: Any, corners: Corners, *, plain: bool) -> Any:
    """A leafmap map that holds the scene alone: its own basemap, so that nothing is asked of the network."""
    # Imported here: leafmap takes seconds, and whoever only computes does not need it.
    import ipyleaflet
    import leafmap

    view = leafmap.Map(
        layers=[picture],
        panes=_PANES,
        crs=ipyleaflet.projections.Simple if plain else ipyleaflet.projections.EPSG3857,
        center=_centre(corners, plain=plain),
        zoom=_zoom(corners, plain=plain),
        min_zoom=-6 if plain else 1,
        max_zoom=8 if plain else 24,
        zoom_snap=0.1,
        zoom_delta=0.5,
        height=HEIGHT,
        width="100%",
        toolbar_control=False,
        fullscreen_control=True,
        attribution_control=False,
        scale_control=False,
    )
    if not plain:  # in pixels, a bar in metres would be a lie
        view.add(ipyleaflet.ScaleControl(position="bottomleft", imperial=False))
    view.add_class("spx-map")
    _restrict_tools(view.draw_control)
    return view


def _restrict_tools(control: Any) -> None:
    """Leave rectangle and polygon, in a colour that shows on every scene."""
    for tool in ("polyline", "circle", "circlemarker", "marker"):
        setattr(control, tool, {})
    control.rectangle = {"shapeOptions": _DRAWN, "showArea": False}
    control.polygon = {"shapeOptions": _DRAWN, "showArea": False, "allowIntersection": True}


def _image_layer(pane: str, overlay: Overlay, *, name: str = "scene", opacity: float = 1.0) -> Any:
    import ipyleaflet

    return ipyleaflet.ImageOverlay(name=name, pane=pane, url=overlay.url, bounds=overlay.bounds, opacity=opacity)


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
    return [dict(area)]


def collected(areas: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Put polygons into the simplest GeoJSON that holds them: None, a Polygon or a FeatureCollection."""
    if len(areas) < 2:
        return areas[0] if areas else None
    features = [{"type": "Feature", "properties": {}, "geometry": geometry} for geometry in areas]
    return {"type": "FeatureCollection", "features": features}


def _map_geometry(polygon: Mapping[str, Any], *, plain: bool) -> dict[str, Any]:
    """A polygon from the map's coordinates to the scene's, or back: only pixels differ, by the sign of y."""
    sign = -1 if plain else 1
    rings = [[[x, sign * y] for x, y, *_ in ring] for ring in polygon["coordinates"]]
    return {"type": "Polygon", "coordinates": rings}


def _mercator(latitude: float) -> float:
    """Northing of a latitude, in degrees of longitude at the equator."""
    return math.degrees(math.asinh(math.tan(math.radians(latitude))))


def _span(corners: Iterable[Iterable[float]], *, plain: bool) -> tuple[float, float]:
    """Width and height on the map's plane: degrees of longitude, or pixels."""
    (south, west), (north, east) = corners
    return east - west, (north - south if plain else _mercator(north) - _mercator(south))


def _centre(corners: Corners, *, plain: bool) -> tuple[float, float]:
    (south, west), (north, east) = corners
    if plain:
        return (south + north) / 2, (west + east) / 2
    middle = math.radians((_mercator(south) + _mercator(north)) / 2)
    return math.degrees(math.atan(math.sinh(middle))), (west + east) / 2


def _zoom(corners: Corners, *, plain: bool) -> float:
    """Zoom at which the corners fill a view of ordinary size; the browser's answer corrects it."""
    per_pixel = 1.0 if plain else 360 / _TILE
    return _snapped(min(math.log2(v * per_pixel / s) for v, s in zip(_VIEW, _span(corners, plain=plain), strict=True)))


def _snapped(zoom: float) -> float:
    return math.floor(zoom * 10) / 10
