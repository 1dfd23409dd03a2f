"""Scenes and masks as pictures that a web map can lay in the right place.

A web map stretches an image linearly between two corners in Web Mercator (EPSG:3857). A UTM grid stretched
over its bounding box is off by hundreds of metres a few degrees from the zone's centre, so every picture is
warped first. Pictures travel as data URLs: they need no port but the notebook server's.
"""

import base64
import contextlib
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

import matplotlib as mpl
import numpy as np
import rasterio.warp
import xarray as xr
from PIL import Image, ImageColor
from rasterio.enums import Resampling
from rasterio.transform import from_bounds

from spexlab.scene import Composite, rgb
from spexlab.scene.grid import transform_of
from widgets.map.geometry import Corners
from widgets.map.mercator import corners_of, extent_of, pixel_under, plane_of

BACKGROUND = (229, 231, 235)
"""What shows where a warped scene has no pixels; the style sheet gives the map the same colour."""
TRANSPARENT = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR4nGNgAAIAAAUAAXpeqz8AAAAASUVORK5CYII="
"""One clear pixel: an image layer with an empty address shows the browser's broken-image box."""

GREY = "first band"
STRETCH = (2.0, 98.0)
"""Percentiles of a band between which it is stretched, unless a person says otherwise."""

OUTLINE = "#ffffff"
"""Colour of the spectral index's own mask, beside which the model's is judged."""

_FILL, _EDGE = 1, 2
_FILL_ALPHA, _EDGE_ALPHA = 170, 255
_SHARP, _LARGEST = 1024, 4096


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


def own_bands(composite: str) -> tuple[str, ...]:
    """The bands of a composite that a person put together, "swir16, nir, red"; none for one that has a name."""
    return tuple(name.strip() for name in composite.split(",")) if "," in composite else ()


def shows(scene: xr.DataArray, composite: str) -> bool:
    """Whether a scene can be shown in a composite: one of `composites(scene)`, or three of its bands with commas between them."""
    names = own_bands(composite)
    return composite in composites(scene) or (len(names) == 3 and set(names) <= set(scene["band"].values.tolist()))


def scene_overlay(scene: xr.DataArray, *, composite: str, stretch: tuple[float, float] = STRETCH) -> Overlay:
    """A scene as a JPEG on the map.

    Parameters
    ----------
    scene : xr.DataArray
        Reflectance (band, y, x).
    composite : str
        One of `composites(scene)`, or three bands: "swir16, nir, red".
    stretch : (float, float)
        Percentiles of each band that become black and full colour.

    Raises
    ------
    ValueError
        If the scene lacks the bands of the composite.
    """
    grid = thinned(scene)
    chosen = own_bands(composite) or cast("Composite", composite)
    picture = _grey(grid, stretch) if composite == GREY else rgb(grid, composite=chosen, percentiles=stretch)
    # A validity band travels along, because after the warp black can no longer be told from "no pixel".
    seen = np.isfinite(grid.to_numpy()).any(axis=0)
    layers = np.concatenate([np.moveaxis(picture, -1, 0), seen[None].astype("uint8") * 255])
    warped, bounds = _to_map(layers, grid, resampling=Resampling.bilinear)
    warped[:3, warped[3] < 128] = np.array(BACKGROUND, "uint8")[:, None]
    return Overlay(data_url(Image.fromarray(np.moveaxis(warped[:3], 0, -1)), "JPEG", quality=90), bounds)


def thinned(scene: xr.DataArray) -> xr.DataArray:
    """A scene, or a layer of it, with no more pixels a side than a picture of it is given."""
    step = max(1, -(-max(scene.shape[-2:]) // _LARGEST))
    return scene.isel(y=slice(None, None, step), x=slice(None, None, step))


def values_overlay(values: xr.DataArray, *, limits: tuple[float, float], colours: str) -> Overlay:
    """A continuous layer as a palette PNG on the map, clear where it is unknown.

    Parameters
    ----------
    values : xr.DataArray
        Float (y, x) on a scene's grid, NaN = unknown.
    limits : (float, float)
        Values that get the first and the last colour; what lies beyond them gets the same.
    colours : str
        One of matplotlib's colour maps.
    """
    low, high = limits
    with np.errstate(invalid="ignore"):
        scaled = np.clip((values.to_numpy() - low) / max(high - low, 1e-9), 0.0, 1.0)
    codes = np.where(np.isfinite(scaled), 1 + np.nan_to_num(scaled) * 254, 0).astype("uint8")
    warped, bounds = _to_map(codes[None], values, resampling=Resampling.nearest)
    image = Image.fromarray(warped[0]).convert("P")
    image.putpalette([0, 0, 0, *mpl.colormaps[colours](np.linspace(0.0, 1.0, 255), bytes=True)[:, :3].ravel().tolist()])
    return Overlay(data_url(image, "PNG", compress_level=1, transparency=0), bounds)


def outline_overlay(mask: xr.DataArray, *, colour: str = OUTLINE) -> Overlay:
    """The outline of a mask, boolean (y, x), as a palette PNG on the map: a line finer than a pixel, nothing filled."""
    inside = mask.to_numpy().astype(bool)
    # Cut to what it surrounds, and drawn on a finer grid where there is room for one.
    rows, columns = (_around(np.asarray(inside.any(axis=axis))) for axis in (1, 0))
    part = mask.isel(y=rows, x=columns)
    fine = max(1, min(16, _SHARP // max(part.shape)))
    filled = np.kron(inside[rows, columns], np.ones((fine, fine), bool))
    edge = _edge(filled)
    line = (edge | _edge(filled & ~edge) if fine > 2 else edge).astype("uint8")
    warped, bounds = _to_map(line[None], _refined(part, fine), resampling=Resampling.nearest)
    image = Image.fromarray(warped[0]).convert("P")
    image.putpalette([0, 0, 0, *ImageColor.getrgb(colour)])
    return Overlay(data_url(image, "PNG", compress_level=1, transparency=0), bounds)


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
    return Overlay(data_url(image, "PNG", compress_level=1, transparency=alpha), bounds)


def classes_overlay(classes: xr.DataArray, colours: Mapping[int, str]) -> Overlay:
    """Numbers, uint8 (y, x), as a palette PNG on the map: each in its colour, "#rrggbb" or "#rrggbbaa", and clear without one."""
    codes = np.zeros(256, "uint8")
    codes[list(colours)] = np.arange(1, len(colours) + 1)
    warped, bounds = _to_map(codes[classes.to_numpy()][None], classes, resampling=Resampling.nearest)
    palette = [(*ImageColor.getrgb(colour), 255)[:4] for colour in colours.values()]
    image = Image.fromarray(warped[0]).convert("P")
    image.putpalette([0, 0, 0, *(value for colour in palette for value in colour[:3])])
    return Overlay(data_url(image, "PNG", compress_level=1, transparency=bytes([0, *(alpha for *_, alpha in palette)])), bounds)


def pixel_at(scene: xr.DataArray, x: float, y: float) -> tuple[int, int] | None:
    """Row and column of the pixel at longitude and latitude (pixels without a CRS); None beside the scene."""
    if scene.rio.crs is not None:
        x, y = pixel_under(scene, x, y)
    column, row = (math.floor(value) for value in ~transform_of(scene) * (x, y))
    return (row, column) if 0 <= row < scene.sizes["y"] and 0 <= column < scene.sizes["x"] else None


def _grey(grid: xr.DataArray, stretch: tuple[float, float]) -> np.ndarray:
    return rgb(grid, composite=[str(grid["band"].values[0])] * 3, percentiles=stretch)


def _to_map(layers: np.ndarray, grid: xr.DataArray, *, resampling: Resampling) -> tuple[np.ndarray, Corners]:
    """Warp uint8 (C, H, W) from the grid's CRS to Web Mercator; without a CRS the pixels stay as they are."""
    crs, source, corners = grid.rio.crs, transform_of(grid), corners_of(grid)
    if crs is None:
        return layers, corners
    height, width = layers.shape[-2:]
    west, south, east, north = extent_of(corners)
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
        dst_crs=plane_of(corners),
        resampling=resampling,
        num_threads=2,
    )
    return warped, corners


def _edge(inside: np.ndarray) -> np.ndarray:
    """Pixels of the mask that touch its outside through a side; the border of the grid is no edge."""
    padded = np.pad(inside, 1, mode="edge")
    core = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.asarray(inside & ~core)


def _around(used: np.ndarray) -> slice:
    """Positions from the first used one to the last, and one more on either side; everything where none is."""
    (places,) = np.nonzero(used)
    return slice(max(0, places[0] - 1), places[-1] + 2) if places.size else slice(None)


def _refined(grid: xr.DataArray, fine: int) -> xr.DataArray:
    """An empty grid over the same ground with `fine` times as many pixels a side."""
    source, height, width = transform_of(grid), grid.sizes["y"] * fine, grid.sizes["x"] * fine
    y = source.f + source.e / fine * (np.arange(height) + 0.5)
    x = source.c + source.a / fine * (np.arange(width) + 0.5)
    empty = xr.DataArray(np.zeros((height, width), bool), dims=("y", "x"), coords={"y": y, "x": x})
    return empty if grid.rio.crs is None else empty.rio.write_crs(grid.rio.crs)


def _lighter(colour: str) -> tuple[int, int, int]:
    """Halfway to white: an edge in this tint shows on a dark forest, and the fill shows on bright soil."""
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return (red + 255) // 2, (green + 255) // 2, (blue + 255) // 2


def data_url(image: Image.Image, kind: str, **options: object) -> str:
    """A picture as an address that holds it whole; `kind` is PNG or JPEG, and options are Pillow's."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
