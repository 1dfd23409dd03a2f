"""Where the next run looks, in words."""

from typing import Any

import xarray as xr

from spexlab.scene.area import area_mask, pixel_area
from widgets.parts.report import area_text

WHOLE_SCENE = "The whole scene, or draw a part"


def where_text(scene: xr.DataArray, area: dict[str, Any] | None) -> tuple[str, str]:
    """Say in which part of a scene a run looks, and what is wrong with the area; empty if nothing is."""
    if area is None:
        return WHOLE_SCENE, ""
    try:
        pixels = int(area_mask(scene, area).sum())
    except ValueError as error:
        return "In the drawn area", str(error)
    size = pixel_area(scene)
    return f"In the drawn area, {area_text(None if size is None else pixels * size, pixels)}", ""


def place_text(scene: xr.DataArray, area: dict[str, Any] | None) -> str:
    """Say in which part of a scene a run looked."""
    return "whole scene" if area is None else where_text(scene, area)[0].removeprefix("In the ")
