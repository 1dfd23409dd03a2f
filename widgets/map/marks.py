"""Points, lines and polygons marked on a map, each in a colour of its own."""

from collections.abc import Sequence
from typing import Any

from widgets.parts.style import dismiss


class Marks:
    """Shows geometries on a map; they are in area coordinates: longitude and latitude, or pixels, y downwards, on a plain map."""

    def __init__(self) -> None:
        self._map: Any = None
        self._plain = False
        self._shown: Any = None

    def attach(self, view: Any, *, plain: bool) -> None:
        """Mark on another leaflet map, on which nothing is marked yet."""
        self._map, self._plain, self._shown = view, plain, None

    def show(self, made: Sequence[tuple[dict[str, Any], str]]) -> None:
        """Show these geometries in these colours, in place of those before."""
        import ipyleaflet

        if self._shown is not None:
            self._map.remove(self._shown)
            dismiss(self._shown)
            self._shown = None
        if made:
            self._shown = ipyleaflet.GeoJSON(
                data={"type": "FeatureCollection", "features": [self._feature(*one) for one in made]},
                point_style={"radius": 4, "fillOpacity": 0.9},
            )
            self._map.add(self._shown)

    def _feature(self, geometry: dict[str, Any], colour: str) -> dict[str, Any]:
        style = {"color": "#ffffff", "weight": 1.5, "fillColor": colour, "fillOpacity": 0.9}
        if geometry["type"] != "Point":
            style = {"color": colour, "weight": 3, "fill": False}
        return {"type": "Feature", "properties": {"style": style}, "geometry": self._on_map(geometry)}

    def _on_map(self, geometry: dict[str, Any]) -> dict[str, Any]:
        if "geometries" in geometry:
            return {**geometry, "geometries": [self._on_map(one) for one in geometry["geometries"]]}
        return {**geometry, "coordinates": self._turned(geometry["coordinates"])}

    def _turned(self, coordinates: Any) -> Any:
        """GeoJSON coordinates in area coordinates as the map has them: on a plain map y points upwards."""
        if isinstance(coordinates[0], int | float):
            x, y, *_ = coordinates
            return [x, -y if self._plain else y]
        return [self._turned(one) for one in coordinates]
