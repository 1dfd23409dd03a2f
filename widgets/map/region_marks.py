"""Numbered boxes around regions, as one picture on the map."""

import base64
from collections.abc import Sequence
from html import escape

import numpy as np
import xarray as xr

from spexlab.evidence.regions import Region
from spexlab.scene.grid import crs_of, transform_of
from widgets.map.geometry import Corners
from widgets.map.mercator import extent_of, on_plane
from widgets.map.overlay import Overlay

_LONGEST = 1000  # units of the drawing along its longer side


def regions_overlay(grid: xr.DataArray, regions: Sequence[Region], *, bounds: Corners) -> Overlay:
    """Boxes and numbers of regions.

    Parameters
    ----------
    grid : xr.DataArray
        (y, x) grid of which the regions' positions are fractions.
    regions : sequence of Region
        Numbered from 1.
    bounds : Corners
        Where a picture of the grid lies on the map.
    """
    left, bottom, right, top = _plane(grid, bounds)
    scale = _LONGEST / max(right - left, top - bottom)
    width, height = (right - left) * scale, (top - bottom) * scale

    def placed(fractions: np.ndarray) -> np.ndarray:
        x, y = _projected(grid, fractions, bounds)
        return np.stack([(x - left) * scale, (top - y) * scale], axis=1)

    drawn = "".join(_box(placed(np.array(region.box))) for region in regions)
    drawn += "".join(_number(number, placed(np.array([region.centroid]))[0]) for number, region in enumerate(regions, 1))
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.2f} {height:.2f}" preserveAspectRatio="none">{drawn}</svg>'
    )
    return Overlay(f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode('ascii')}", bounds)


def _projected(grid: xr.DataArray, fractions: np.ndarray, bounds: Corners) -> tuple[np.ndarray, np.ndarray]:
    """Fractions (n, 2) of a grid on the map's plane; y grows upwards."""
    columns, rows = (fractions * (grid.sizes["x"], grid.sizes["y"])).T
    place, crs = transform_of(grid), crs_of(grid)
    x, y = place.c + place.a * columns, place.f + place.e * rows
    if crs is None:
        return x, -y
    return on_plane(x, y, crs, corners=bounds)


def _plane(grid: xr.DataArray, bounds: Corners) -> tuple[float, float, float, float]:
    if crs_of(grid) is None:
        (south, west), (north, east) = bounds
        return west, south, east, north
    return extent_of(bounds)


def _box(corners: np.ndarray) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    halo = f'<polygon points="{points}" fill="none" stroke="#000" stroke-opacity=".55" stroke-width="5"/>'
    return f'{halo}<polygon points="{points}" fill="none" stroke="#fff" stroke-width="2.2"/>'


def _number(number: int, at: np.ndarray) -> str:
    x, y = at
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="17" fill="#111" fill-opacity=".78"/>'
        f'<text x="{x:.1f}" y="{y + 7.5:.1f}" font-family="sans-serif" font-size="22" font-weight="600" fill="#fff"'
        f' text-anchor="middle">{escape(str(number))}</text>'
    )
