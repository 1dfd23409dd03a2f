"""The map: pictures over one another, and areas drawn by hand.

The rest of the app knows only `MapView`, so that another map library can take ipyleaflet's place.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal
from uuid import uuid4

import ipywidgets as W
import traitlets as T
import xarray as xr

from spexlab.targets import COLOURS
from widgets.map.bearings import Bearings
from widgets.map.geometry import Corners, centre, map_geometry, refitted, widened, zoom_for
from widgets.map.leaflet import DRAWN, HEIGHT, VIEW, add_controls, leaflet_map, outlined
from widgets.map.marks import Marks
from widgets.map.overlay import STRETCH, TRANSPARENT, Overlay, mask_overlay, scene_overlay
from widgets.map.pen import Pen
from widgets.parts.colours import colour_rules
from widgets.parts.style import dismiss, styled

PANES = ("scene", "index", "probability", "prior", "mask", "change", "errors", "truth", "highlight")
"""What lies over what, lowest first; basemap tiles lie below them all."""

HIGHLIGHT = "#F0E442"
"""Colour of what was picked; Okabe & Ito's yellow, which no target has."""

_SWIPE = "swipe"


class MapView(W.Box):
    """Pictures on a map.

    Coordinates are those of `spexlab.extract`'s areas: longitude and latitude for a scene with a CRS, else
    pixels, x to the right and y downwards.
    """

    areas = T.List(T.Dict(), help="GeoJSON polygons that are drawn on the map, in the scene's area coordinates.")

    def __init__(self) -> None:
        self._swipe_rules, self._colour_rules, self._legend = (W.HTML(layout=W.Layout(display="none")) for _ in range(3))
        self._bearings = Bearings()
        self._beside = (self._swipe_rules, self._colour_rules, self._bearings, self._legend)
        super().__init__(self._beside, layout=W.Layout(width="100%", height=HEIGHT, overflow="hidden"))
        self._name = f"spx-map-{uuid4().hex[:8]}"
        self.add_class("spx-map-frame").add_class(self._name)
        self._plain = False
        self._colours: dict[str, str] = {}
        self._pictures: dict[tuple[str, str], Any] = {}
        self._opacities = dict.fromkeys(PANES, 1.0)
        self._clicked: list[Callable[[float, float], object]] = []
        self._map: Any = None
        self._pencil: Any = None
        self._basemap: Any = None
        self._pin: Any = None
        self._outlines: Any = None
        self.pen, self.marks = Pen(), Marks()

    def set_scene(self, scene: xr.DataArray, *, composite: str, stretch: tuple[float, float] = STRETCH) -> None:
        """Show a scene on a fresh map, without masks and areas."""
        overlay = scene_overlay(scene, composite=composite, stretch=stretch)
        past = self._map
        self._begin(overlay, plain=scene.rio.crs is None)
        self._bearings.watch(self._map, scene, bounds=overlay.bounds)
        self._replace(past)

    def set_place(self, corners: Corners) -> None:
        """Show a place in longitude and latitude on a fresh map, without a scene."""
        past = self._map
        self._begin(Overlay(TRANSPARENT, corners), plain=False)
        self._bearings.watch_place(self._map)
        self._replace(past)

    def _replace(self, past: Any) -> None:
        """Put the map in the place of the one before."""
        self.children = (self._map, *self._beside)
        if past is not None:
            dismiss(past)

    def _begin(self, overlay: Overlay, *, plain: bool) -> None:
        """Start a fresh map with a picture of what it is about."""
        self._plain = plain
        self._pictures, self._basemap, self._pin, self._outlines, self.areas = {}, None, None, None, []
        picture = self._pictures["scene", ""] = self._layer("scene", "scene", overlay)
        self._map = leaflet_map(picture, overlay.bounds, panes=(*PANES, _SWIPE), plain=plain)
        self._legend = styled(W.HTML(), "spx-map-legend")  # a new one, as that of the last map goes with it
        self._pencil = add_controls(self._map, home=self.show_all, legend=self._legend, plain=plain)
        self._map.observe(self._fit, "bounds")
        self._pencil.observe(self._read_areas, "data")
        self._map.on_interaction(self._hear)
        self.pen.attach(self._map, plain=self._plain)
        self.marks.attach(self._map, plain=self._plain)
        self.stop_swipe()

    @property
    def started(self) -> bool:
        """Whether there is a map yet."""
        return self._map is not None

    @property
    def picture(self) -> Overlay:
        """The picture of the scene, and where it lies."""
        layer = self._pictures["scene", ""]
        return Overlay(layer.url, layer.bounds)

    @property
    def seen(self) -> Corners:
        """What is in view; until the browser has told, what the map is about."""
        corners: Corners = self._map.bounds or self._pictures["scene", ""].bounds
        return corners

    def outline(self, shapes: Sequence[tuple[dict[str, Any], str]]) -> None:
        """Draw the outlines of GeoJSON geometries in their colours, in place of those before."""
        import ipyleaflet

        features = [{"type": "Feature", "properties": {"style": outlined(colour)}, "geometry": one} for one, colour in shapes]
        if self._outlines is None:
            self._outlines = ipyleaflet.GeoJSON(data={"type": "FeatureCollection", "features": []}, name="outlines")
            self._map.add(self._outlines)
        self._outlines.data = {"type": "FeatureCollection", "features": features}

    def lay(self, pane: str, overlay: Overlay, *, key: str = "") -> None:
        """Lay a picture into a pane; one that was there under the same key gives way, so that nothing flickers."""
        layer = self._pictures.get((pane, key))
        if layer is None:
            layer = self._pictures[pane, key] = self._layer(pane, key or pane, overlay)
            self._map.layers = (*self._map.layers, layer)
            return
        with layer.hold_sync():
            layer.bounds, layer.url = overlay.bounds, overlay.url

    def clear(self, pane: str) -> None:
        """Empty a pane. The layers stay for the next picture: adding one costs a round trip."""
        for (where, _), layer in self._pictures.items():
            if where == pane:
                layer.url = TRANSPARENT

    def fade(self, pane: str, opacity: float) -> None:
        """Set the opacity (0-1) of a pane's pictures, those to come included; 0 hides them."""
        self._opacities[pane] = opacity
        for (where, _), layer in self._pictures.items():
            if where == pane:
                layer.opacity = opacity

    def set_mask(self, target: str, mask: xr.DataArray) -> None:
        """Lay a target's mask, boolean (y, x) on the scene's grid or a part of it, over the scene."""
        self.lay("mask", mask_overlay(mask, colour=self._colours.get(target, COLOURS[target])), key=target)

    def paint(self, colours: Mapping[str, str]) -> None:
        """Take these colours, target -> "#rrggbb", for masks to come, and for all that the app says of them."""
        self._colours = dict(colours)
        self._colour_rules.value = f"<style>{colour_rules(colours, holder=self._name)}</style>"

    def show_change(self, kinds: Mapping[Any, tuple[xr.DataArray, str]] | None) -> None:
        """Lay what changed, kind -> boolean (y, x) and colour, over the scene in place of the masks; None shows these again."""
        self.clear("change")
        for kind, (mask, colour) in (kinds or {}).items():
            self.lay("change", mask_overlay(mask, colour=colour), key=kind)
        (self.remove_class if kinds is None else self.add_class)("spx-comparing")

    def doubt(self, *, stale: bool) -> None:
        """Show that the masks belong to another area than the one that is drawn, or that they belong to it again."""
        (self.add_class if stale else self.remove_class)("spx-stale")

    def blind(self, *, hidden: bool) -> None:
        """Hide what was found, so that it sways nobody who is asked what is there; or show it again."""
        (self.add_class if hidden else self.remove_class)("spx-blind")

    def replace_mask(self, *, replaced: bool) -> None:
        """Hide the mask behind a layer that shows all of it in other colours; or show it again."""
        (self.add_class if replaced else self.remove_class)("spx-replaced-mask")

    def explain(self, legend: str) -> None:
        """Say on the map, in HTML, what its colours mean; "" for nothing."""
        self._legend.value = legend

    def swipe(self, position: float, sides: Mapping[str, Literal["left", "right"]]) -> None:
        """Show some panes on one side only of a line across the scene.

        Parameters
        ----------
        position : float
            Where the line stands, 0 the scene's left and 1 its right edge.
        sides : mapping
            Pane -> its side.
        """
        (south, west), (north, east) = self._pictures["scene", ""].bounds
        at = west + position * (east - west)
        # A clip is counted in parts of the picture itself, so it holds wherever the map is moved and zoomed.
        rules = [self._clip(pane, side, at) for pane, side in sides.items() if self._bounds(pane)]
        self._swipe_rules.value = f"<style>{' '.join(rules)}</style>"
        self.lay(_SWIPE, Overlay(TRANSPARENT, ((south, at), (north, at))))
        self._pictures[_SWIPE, ""].opacity = 1.0

    def stop_swipe(self) -> None:
        """Show every pane whole."""
        self._swipe_rules.value = ""
        if (_SWIPE, "") in self._pictures:
            self._pictures[_SWIPE, ""].opacity = 0.0

    def pin(self, x: float, y: float) -> None:
        """Mark a point, in area coordinates, by a ring that has the same size at every zoom."""
        import ipyleaflet

        place = (-y if self._plain else y, x)
        if self._pin is None:
            self._pin = ipyleaflet.CircleMarker(location=place, radius=9, color=HIGHLIGHT, weight=3, fill=False)
            self._map.add(self._pin)
        self._pin.location = place

    def unpin(self) -> None:
        """Take the mark away."""
        self._take_off(self._pin)
        self._pin = None

    def show_all(self) -> None:
        """Show the whole scene."""
        self.zoom_to(self._pictures["scene", ""].bounds, room=1.0)

    def zoom_to(self, bounds: Corners, *, room: float = 1.6) -> None:
        """Show a part of the map with some of its surroundings: `room` times its own extent."""
        wanted = widened(bounds, room)
        zoom = refitted(self._map.zoom, wanted, seen=self._map.bounds, plain=self._plain)
        self._map.center = centre(wanted, plain=self._plain)
        self._map.zoom = min(self._map.max_zoom, zoom or zoom_for(wanted, VIEW, plain=self._plain))

    def set_basemap(self, name: str | None) -> None:
        """Put one of xyzservices' basemaps under the scene, or none. The browser fetches it from the internet."""
        import ipyleaflet

        self._take_off(self._basemap)
        self._basemap = None
        if name is not None:
            self._basemap = ipyleaflet.basemap_to_tiles(ipyleaflet.basemaps.query_name(name))
            self._map.layers = (self._basemap, *self._map.layers)

    def on_areas(self, callback: Callable[[list[dict[str, Any]]], None]) -> None:
        """Call back with the areas whenever one was drawn, edited or deleted."""
        self.observe(lambda change: callback(change["new"]), "areas")

    def on_click(self, callback: Callable[[float, float], object]) -> None:
        """Call back with x and y, in area coordinates, whenever the map is clicked."""
        self._clicked.append(callback)

    @T.observe("areas")
    def _draw_areas(self, change: dict[str, Any]) -> None:
        """Show areas that were set from Python; those that came from the map are there already."""
        if self._map is None or change["new"] == self._drawn():
            return
        drawn = [map_geometry(area, plain=self._plain) for area in change["new"]]
        self._pencil.data = [{"type": "Feature", "properties": {"style": DRAWN}, "geometry": geometry} for geometry in drawn]

    def _drawn(self) -> list[dict[str, Any]]:
        return [map_geometry(feature["geometry"], plain=self._plain) for feature in self._pencil.data]

    def _read_areas(self, _: dict[str, Any]) -> None:
        # `data` is right after create, edit, delete and clear; the draw events are not.
        self.areas = self._drawn()

    def _hear(self, **event: Any) -> None:
        if event.get("type") == "click" and not self.pen.held:
            y, x = event["coordinates"]
            for callback in self._clicked:
                callback(x, -y if self._plain else y)

    def _fit(self, change: dict[str, Any]) -> None:
        """Zoom to the scene once the browser has told how much of the map is in view."""
        corners = self._pictures["scene", ""].bounds
        zoom = refitted(self._map.zoom, corners, seen=change["new"], plain=self._plain)
        if zoom is not None:
            self._map.unobserve(self._fit, "bounds")
            self._map.zoom = zoom

    def _take_off(self, layer: Any) -> None:
        """Take a layer away, if it is there."""
        if layer is not None:
            self._map.remove(layer)
            dismiss(layer)

    def _layer(self, pane: str, name: str, overlay: Overlay) -> Any:
        import ipyleaflet

        opacity = self._opacities.get(pane, 1.0)
        return ipyleaflet.ImageOverlay(name=name, pane=pane, url=overlay.url, bounds=overlay.bounds, opacity=opacity)

    def _bounds(self, pane: str) -> Corners | None:
        return next((layer.bounds for (where, _), layer in self._pictures.items() if where == pane), None)

    def _clip(self, pane: str, side: str, at: float) -> str:
        (_, west), (_, east) = self._bounds(pane) or ((0.0, 0.0), (0.0, 1.0))
        part = 100 * min(1.0, max(0.0, (at - west) / (east - west)))
        inset = f"0 {100 - part:.3f}% 0 0" if side == "left" else f"0 0 0 {part:.3f}%"
        return f".{self._name} .leaflet-{pane}-pane img {{ clip-path: inset({inset}); }}"
