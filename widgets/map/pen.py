"""Pointing on the map by hand: a click, a stroke that is drawn with the button held, or an outline around something."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from widgets.map.marks import Marks

Drawn = Literal["stroke", "outline"]
"""What a movement with the button held means; a click is a point either way."""
Gesture = Callable[[dict[str, Any]], object]

_LOOK = {"weight": 4, "opacity": 0.9, "fill": False}
_FEWEST = 3
"""Places of the mouse that make an outline; of fewer, only the line is meant."""


class Pen:
    """Hears what is drawn on a map while it is held, and shows it.

    Points are in area coordinates: longitude and latitude, or pixels, y downwards, on a plain map.
    """

    def __init__(self) -> None:
        self._map: Any = None
        self._plain = False
        self._line: Any = None
        self._made = Marks()
        self._path: list[tuple[float, float]] | None = None
        self._held: Drawn | None = None
        self._gestured: Gesture = lambda _: None

    @property
    def held(self) -> bool:
        """Whether the map is drawn on."""
        return self._held is not None

    @property
    def attached(self) -> bool:
        """Whether there is a map to draw on."""
        return self._map is not None

    def attach(self, view: Any, *, plain: bool) -> None:
        """Draw on another leaflet map; nothing is held."""
        self._map, self._plain, self._line, self._path, self._held = view, plain, None, None, None
        self._made.attach(view, plain=plain)
        view.on_interaction(self._hear)

    def on_gesture(self, callback: Gesture) -> None:
        """Call back with what was drawn, as a GeoJSON geometry."""
        self._gestured = callback

    def hold(self, drawn: Drawn | None) -> None:
        """Draw from now on; None: move the map again."""
        self._held, self._path = drawn, None
        self._map.dragging = drawn is None
        self._map.default_style.cursor = "grab" if drawn is None else "crosshair"

    def show(self, made: Sequence[tuple[dict[str, Any], str]]) -> None:
        """Mark what was drawn before: geometries and their colours."""
        self._made.show(made)

    def _hear(self, **event: Any) -> None:
        if self._held is None or "coordinates" not in event:
            return
        latitude, longitude = event["coordinates"]
        at = (longitude, -latitude if self._plain else latitude)
        kind = event.get("type")
        if kind == "mousedown":
            self._path = [at]
        elif kind == "mousemove" and self._path is not None:
            self._path.append(at)
            self._draw(self._path)
        elif kind == "mouseup" and self._path is not None:
            path, self._path = self._path, None
            self._draw([])
            self._gestured(self._meant(path))

    def _draw(self, path: Sequence[tuple[float, float]]) -> None:
        import ipyleaflet

        places = [(-y if self._plain else y, x) for x, y in path]
        if self._line is None:
            self._line = ipyleaflet.Polyline(locations=places, color="#ffffff", **_LOOK)
            self._map.add(self._line)
        self._line.locations = places

    def _meant(self, path: Sequence[tuple[float, float]]) -> dict[str, Any]:
        places = list(dict.fromkeys(path))
        if len(places) == 1:
            return {"type": "Point", "coordinates": list(places[0])}
        if self._held == "outline" and len(places) >= _FEWEST:
            return {"type": "Polygon", "coordinates": [[list(place) for place in (*places, places[0])]]}
        return {"type": "LineString", "coordinates": [list(place) for place in places]}
