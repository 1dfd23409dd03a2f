"""Scenes and masks as pictures that a web map can lay in the right place.

A web map stretches an image linearly between two corners in Web Mercator (EPSG:3857). A UTM grid stretched
over its bounding box is off by hundreds of metres a few degrees from the zone's centre, so every picture is
warped first. Pictures travel as data URLs: they need no port but the notebook server's.
"""

import base64
import contextlib
import io
from dataclasses import dataclass
from typing import get_args

import numpy as np
import rasterio.warp
import xarray as xr
from PIL import Image, ImageColor
from rasterio.enums import Resampling
from rasterio.transform import array_bounds, from_bounds

from spexlab.area import transform_of
from spexlab.scene import Composite, rgb

WEB_MERCATOR = "EPSG:3857"
LON_LAT = "EPSG:4326"
BACKGROUND = (229, 231, 235)
"""What shows where a warped scene has no pixels; the style sheet gives the map the same colour."""
TRANSPARENT = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR4nGNgAAIAAAUAAXpeqz8AAAAASUVORK5CYII="
"""One clear pixel: an image layer with an empty address shows the browser's broken-image box."""

GREY = "first band"

_FILL, _EDGE = 1, 2
_FILL_ALPHA, _EDGE_ALPHA = 170, 255
_SHARP, _LARGEST = 1024, 4096

Corners = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Overlay:
    """A picture and where it lies on the map."""

    url: str
    """Data URL of the image."""
    bounds: Corners
    """((south, west), (north, east)) in degrees; for a scene without a CRS (-y, x) in pixels, as a map's latitudes grow upwards."""


def composites(scene: xr.DataArray) -> tuple[str, ...]:
    """Ways to show a scene that its bands allow; where neither colour composite is possible, its first band in grey."""
    corner, possible = scene.isel(y=slice(1), x=slice(1)), []
    for name in get_args(Composite):
        with contextlib.suppress(ValueError):
            rgb(corner, composite=name)
            possible.append(name)
    return tuple(possible) or (GREY,)


def scene_overlay(scene: xr.DataArray, *, composite: str) -> Overlay:
    """A scene as a JPEG on the map.

    Parameters
    ----------
    scene : xr.DataArray
        Reflectance (band, y, x).
    composite : str
        One of `composites(scene)`.

    Raises
    ------
    ValueError
        If the scene lacks the bands of the composite.
    """
    step = max(1, -(-max(scene.shape[-2:]) // _LARGEST))
    grid = scene.isel(y=slice(None, None, step), x=slice(None, None, step))
    picture = _grey(grid) if composite == GREY else rgb(grid, composite=composite)
    # A validity band travels along, because after the warp black can no longer be told from "no pixel".
    seen = np.isfinite(grid).any("band").to_numpy()
    layers = np.concatenate([np.moveaxis(picture, -1, 0), seen[None].astype("uint8") * 255])
    warped, bounds = _to_map(layers, grid, resampling=Resampling.bilinear)
    warped[:3, warped[3] < 128] = np.array(BACKGROUND, "uint8")[:, None]
    return Overlay(_data_url(Image.fromarray(np.moveaxis(warped[:3], 0, -1)), "JPEG", quality=90), bounds)


def mask_overlay(mask: xr.DataArray, *, colour: str) -> Overlay:
    """A mask as a palette PNG on the map: translucent inside, opaque along the edge.

    Parameters
    ----------
    mask : xr.DataArray
        Boolean (y, x) on a scene's grid.
    colour : str
        Hex colour, "#rrggbb".
    """
    inside = mask.to_numpy().astype(bool)
    codes = np.where(_edge(inside), _EDGE, np.where(inside, _FILL, 0)).astype("uint8")
    warped, bounds = _to_map(codes[None], mask, resampling=Resampling.nearest)
    image = Image.fromarray(warped[0]).convert("P")
    image.putpalette([0, 0, 0, *ImageColor.getrgb(colour), *_lighter(colour)])
    alpha = bytes([0, _FILL_ALPHA, _EDGE_ALPHA])
    return Overlay(_data_url(image, "PNG", compress_level=1, transparency=alpha), bounds)


def _grey(grid: xr.DataArray) -> np.ndarray:
    band = grid.isel(band=[0, 0, 0]).assign_coords(band=["red", "green", "blue"])
    return rgb(band, composite="true colour")


def _to_map(layers: np.ndarray, grid: xr.DataArray, *, resampling: Resampling) -> tuple[np.ndarray, Corners]:
    """Warp uint8 (C, H, W) from the grid's CRS to Web Mercator; without a CRS the pixels stay as they are."""
    crs, source = grid.rio.crs, transform_of(grid)
    height, width = layers.shape[-2:]
    if crs is None:
        top, left = source.f, source.c
        return layers, ((-top - source.e * height, left), (-top, left + source.a * width))
    extent = array_bounds(height, width, source)
    west, south, east, north = rasterio.warp.transform_bounds(crs, WEB_MERCATOR, *extent, densify_pts=21)
    step = min((east - west) / width, (north - south) / height)
    # Small masks are drawn on a finer grid, so that nearest neighbour moves no edge by a visible amount.
    longest = max(east - west, north - south)
    step = max(min(step, longest / _SHARP), longest / _LARGEST)
    rows, columns = max(1, round((north - south) / step)), max(1, round((east - west) / step))
    warped = np.zeros((len(layers), rows, columns), "uint8")
    rasterio.warp.reproject(
        layers,
        warped,
        src_transform=source,
        src_crs=crs,
        dst_transform=from_bounds(west, south, east, north, columns, rows),
        dst_crs=WEB_MERCATOR,
        resampling=resampling,
        num_threads=2,
    )
    lon, lat = rasterio.warp.transform(WEB_MERCATOR, LON_LAT, [west, east], [south, north])
    return warped, ((lat[0], lon[0]), (lat[1], lon[1]))


def _edge(inside: np.ndarray) -> np.ndarray:
    """Pixels of the mask that touch its outside through a side; the border of the grid is no edge."""
    padded = np.pad(inside, 1, mode="edge")
    core = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return inside & ~core


def _lighter(colour: str) -> tuple[int, int, int]:
    """Halfway to white: an edge in this tint shows on a dark forest, and the fill shows on bright soil."""
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return (red + 255) // 2, (green + 255) // 2, (blue + 255) // 2


def _data_url(image: Image.Image, kind: str, **options: object) -> str:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
