"""Scenes of several dates in one array (time, band, y, x), and one by one again."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from rasterio.enums import Resampling

from spexlab.scene.form import check_scene
from spexlab.scene.grid import crs_of, same_grid

_OF_EACH = ("title", "source", "date", "radiometry", "radiometry_assumed", "notes", "simulated", "sensor")
"""Attributes of a scene that stand as coordinates along time."""


def is_series(scene: Any) -> bool:
    """Tell scenes of several dates from one."""
    return isinstance(scene, xr.DataArray) and scene.dims == ("time", "band", "y", "x")


def as_series(scenes: Sequence[xr.DataArray]) -> xr.DataArray:
    """Put scenes in one array (time, band, y, x), in the order of their dates.

    What lies on another grid is put on that of the first by nearest neighbour, and its notes say so.

    Raises
    ------
    ValueError
        If one has no date, two have the same, their bands differ, or grids that differ have no CRS.
    """
    dated = sorted(scenes, key=lambda scene: str(scene.attrs["date"]))
    _check_dates(dated)
    first = scenes[0]
    names = first["band"].values.tolist()
    for scene in dated:
        if scene["band"].values.tolist() != names:
            raise ValueError(
                f"scenes of several dates must have the same bands, but {scene.attrs['title']} has "
                f"{scene['band'].values.tolist()} beside {names}; choose those that all have with bands="
            )
    placed = [_on(first, scene) for scene in dated]
    times = pd.DatetimeIndex([scene.attrs["date"] for scene in placed], name="time")
    series = xr.concat(placed, times, coords="minimal", compat="override", join="override", combine_attrs="drop")
    each = {name: ("time", [scene.attrs[name] for scene in placed]) for name in _OF_EACH}
    series = series.assign_coords(each)
    series.attrs = dict(first.attrs) | {
        "title": f"{len(placed)} dates, {placed[0].attrs['date']} to {placed[-1].attrs['date']}",
        "date": f"{placed[0].attrs['date']}/{placed[-1].attrs['date']}",
        "source": ", ".join(str(scene.attrs["source"]) for scene in placed),
        "notes": "",
    }
    return series


def moments(series: xr.DataArray) -> list[xr.DataArray]:
    """The scenes (band, y, x) of a series, one by one, each with its own attributes.

    Raises
    ------
    ValueError
        If it was not made by `open_scene`.
    """
    missing = [name for name in _OF_EACH if name not in series.coords]
    if missing:
        raise ValueError(
            f"scenes of several dates are made by spexlab.open_scene, but this array lacks {', '.join(missing)} along time; "
            "open its sources with it, as a dict of dates and sources"
        )
    return [_moment(series.isel(time=number)) for number in range(series.sizes["time"])]


def _moment(scene: xr.DataArray) -> xr.DataArray:
    attrs = dict(scene.attrs) | {name: scene[name].values.item() for name in _OF_EACH}
    one = scene.drop_vars([*_OF_EACH, "time"])
    one.attrs = attrs
    return check_scene(one)


def _check_dates(scenes: Sequence[xr.DataArray]) -> None:
    dates = [str(scene.attrs["date"]) for scene in scenes]
    if not all(dates):
        raise ValueError(
            f"scenes of several dates must have one each, but none is found for {scenes[0].attrs['title']}; give a dict of dates "
            "and sources: {'2024-06-01': 'june.tif', '2024-09-01': 'september.tif'}"
        )
    twice = next((date for date, after in pairwise(dates) if date == after), None)
    if twice is not None:
        raise ValueError(f"scenes of several dates must be of different days, but two are of {twice}; leave one out")


def _on(first: xr.DataArray, scene: xr.DataArray) -> xr.DataArray:
    """A scene on the grid of the first."""
    if same_grid(scene, first):
        return scene.assign_coords(y=first["y"], x=first["x"])
    if crs_of(scene) is None or crs_of(first) is None:
        raise ValueError(
            f"scenes of several dates must share one grid, or have a CRS by which they can be brought to one, but "
            f"{scene.attrs['title']} has {scene.sizes['y']} x {scene.sizes['x']} pixels beside "
            f"{first.sizes['y']} x {first.sizes['x']}"
        )
    moved = scene.rio.reproject_match(first, resampling=Resampling.nearest, nodata=np.nan)
    moved = moved.assign_coords(y=first["y"], x=first["x"], wavelength=scene["wavelength"])
    note = f"put on the grid of {first.attrs['title']} by nearest neighbour"
    moved.attrs = dict(scene.attrs) | {
        "notes": "; ".join(filter(None, [scene.attrs["notes"], note])),
        "pixel_size_m": first.attrs["pixel_size_m"],
    }
    return check_scene(moved)
