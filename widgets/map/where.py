"""Where the next run looks, in words."""

from typing import Any

import xarray as xr

from spexlab.scene.area import Area
from spexlab.scene.ground import mask_area, pixel_areas
from widgets.map.geometry import polygons
from widgets.parts.report import area_text

WHOLE_SCENE = "The whole scene, or draw a part"


def where_text(scene: xr.DataArray, area: dict[str, Any] | None) -> tuple[str, str]:
    """Say in which part of a scene a run looks, and what is wrong with the area; empty if nothing is."""
    if area is None:
        return WHOLE_SCENE, ""
    count = len(polygons(area))
    name = "In the drawn area" if count == 1 else f"In {count} drawn areas"
    try:
        drawn = Area.of(area)
        part = drawn.clip(scene)
        inside = drawn.mask(part)
    except ValueError as error:
        return name, str(error)
    return f"{name}, {area_text(mask_area(inside, pixel_areas(part)), int(inside.sum()))}", ""


def place_text(scene: xr.DataArray, area: dict[str, Any] | None) -> str:
    """Say in which part of a scene a run looked."""
    return "whole scene" if area is None else where_text(scene, area)[0].removeprefix("In ").removeprefix("the ")
