"""The parts of ipyleaflet's map: the map itself, and what can be done on it."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as W

from widgets.map.geometry import Corners, centre, zoom_for

HEIGHT = "var(--spx-map-height, 500px)"
"""The style sheet says how high a map is; 500 pixels where there is none."""
VIEW = (620, 500)
"""Width and height of a map in pixels, until the browser has told them."""
DRAWN = {"color": "#ffdd00", "weight": 2, "opacity": 1, "fill": True, "fillColor": "#ffdd00", "fillOpacity": 0.04}
"""An area drawn by hand, in a colour that shows on every scene."""
_LOWEST = 300


def outlined(colour: str) -> dict[str, Any]:
    """How a shape looks of which the outline counts."""
    return {"color": colour, "weight": 3, "opacity": 1, "fill": True, "fillColor": colour, "fillOpacity": 0.06}


def leaflet_map(picture: Any, corners: Corners, *, panes: Sequence[str], plain: bool) -> Any:
    """A map that holds the scene alone: its own basemap, so that nothing is asked of the network."""
    # Imported here: it takes most of a second, and whoever only computes does not need it.
    import ipyleaflet

    view = ipyleaflet.Map(
        layers=[picture],
        panes={name: {"zIndex": _LOWEST + 10 * level} for level, name in enumerate(panes)},
        crs=ipyleaflet.projections.Simple if plain else ipyleaflet.projections.EPSG3857,
        center=centre(corners, plain=plain),
        zoom=zoom_for(corners, VIEW, plain=plain),
        min_zoom=-6 if plain else 1,
        max_zoom=8 if plain else 24,
        zoom_snap=0.1,
        zoom_delta=0.5,
        scroll_wheel_zoom=True,
        attribution_control=False,
        layout=W.Layout(width="100%", height=HEIGHT),
    )
    view.add(ipyleaflet.FullScreenControl())
    if not plain:  # in pixels, metres would be a lie
        view.add(ipyleaflet.ScaleControl(position="bottomleft", imperial=False))
    view.add_class("spx-map")
    return view


def add_controls(view: Any, *, home: Callable[[], None], legend: W.Widget, plain: bool) -> Any:
    """Give a map its tools and its legend; what areas are drawn with is returned."""
    pencil = _draw_control()
    # In pixels, metres would be a lie.
    for control in (pencil, _home_control(home), *([] if plain else [_measure_control()]), _legend_control(legend)):
        view.add(control)
    return pencil


def _home_control(go: Callable[[], None]) -> Any:
    """A button that shows the whole scene again."""
    import ipyleaflet

    home = W.Button(description="⌂", tooltip="Show the whole scene").add_class("spx-home")
    home.on_click(lambda _: go())
    return ipyleaflet.WidgetControl(widget=home, position="topleft")


def _legend_control(legend: W.Widget) -> Any:
    """A place for what the map's colours mean."""
    import ipyleaflet

    return ipyleaflet.WidgetControl(widget=legend, position="bottomleft", transparent_bg=True)


def _measure_control() -> Any:
    """Distances and areas on the ground, in metres and hectares."""
    import ipyleaflet

    return ipyleaflet.MeasureControl(
        position="topleft",
        primary_length_unit="meters",
        secondary_length_unit="kilometers",
        primary_area_unit="hectares",
        secondary_area_unit="sqmeters",
        active_color="#d55e00",
        completed_color="#d55e00",
    )


def _draw_control() -> Any:
    """Rectangle and polygon, and no other tool."""
    import ipyleaflet

    return ipyleaflet.DrawControl(
        rectangle={"shapeOptions": DRAWN, "showArea": False},
        polygon={"shapeOptions": DRAWN, "showArea": False, "allowIntersection": True},
        **{other: {} for other in ("polyline", "circle", "circlemarker", "marker")},
    )
