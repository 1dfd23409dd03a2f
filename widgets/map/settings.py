"""What a session keeps of the layers, and whether it fits a scene."""

import re
from collections.abc import Mapping
from typing import Any

import xarray as xr

from spexlab.targets import TARGETS
from widgets.map.layer_row import SCENE, TITLES
from widgets.map.overlay import composites, shows
from widgets.parts.indices import index_options

SETTINGS = ("composite", "stretch", "colours", "index", "swiping", "left", "right", "position")
"""Traits of `Layers` that are kept."""


def check_settings(chosen: Mapping[str, Any], scene: xr.DataArray) -> None:
    """Check that `Layers.settings` fit a scene.

    Raises
    ------
    KeyError, TypeError
        If one is missing.
    ValueError
        If the scene has no such composite or index, or a value is out of its range.
    """
    sides = (SCENE, *TITLES)
    indices = [value for _, value in index_options(scene)]
    if not shows(scene, chosen["composite"]):
        raise ValueError(f"composite must be one of {list(composites(scene))}, or three bands, not {chosen['composite']!r}")
    low, high = chosen["stretch"]
    if not 0 <= low < high <= 100:
        raise ValueError(f"stretch must be two percentiles, the lower first, not {chosen['stretch']!r}")
    if not all(name in TARGETS and re.fullmatch("#[0-9a-fA-F]{6}", colour) for name, colour in dict(chosen["colours"]).items()):
        raise ValueError(f"colours must be #rrggbb by target, not {chosen['colours']!r}")
    allowed = {"index": (*indices, None), "swiping": (True, False), "left": sides, "right": sides}
    for name, values in allowed.items():
        if chosen[name] not in values:
            raise ValueError(f"{name} must be one of {list(values)[:8]}, not {chosen[name]!r}")
    for name in TITLES:
        if chosen["rows"][name]["visible"] not in (True, False):
            raise ValueError(f"{name} must be visible or not, not {chosen['rows'][name]['visible']!r}")
    parts = {"position": chosen["position"]} | {f"opacity of {name}": chosen["rows"][name]["opacity"] for name in TITLES}
    for name, value in parts.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be 0 to 1, not {value!r}")
