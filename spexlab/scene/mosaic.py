"""Several STAC items on one grid: each with its own radiometry and masks, those of one day in one picture."""

import math
import warnings
from collections.abc import Iterator, Sequence
from functools import reduce

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr
from affine import Affine
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from spexlab.scene.access import placeless
from spexlab.scene.area import Area
from spexlab.scene.bands import Band
from spexlab.scene.degrees import in_degrees
from spexlab.scene.form import SceneWarning, check_scene
from spexlab.scene.given import Given
from spexlab.scene.grid import LONLAT, Bounds, crs_of, transform_of
from spexlab.scene.itemlist import Item, Items
from spexlab.scene.items import from_item
from spexlab.scene.raw import Raw, on_grid
from spexlab.scene.single import LARGE, Chunks, EmptyError, opened

Bands = Sequence[str | float | Band] | None
_PIECES = 64
"""Pieces of an outline when it is brought to another CRS."""


def scenes_by_date(
    items: Items, bands: Bands, *, sensor: str | None, area: Area | None, chunks: Chunks, given: Given
) -> Iterator[xr.DataArray]:
    """Open items as scenes (band, y, x) on one grid, a day each; days on which nothing is to be seen are left out, and said.

    The grid is that of the first item's finest band, over the area or, without one, over all items. Each item is brought to
    reflectance by its own metadata and cut by its own quality layer before it is laid under the others of its day, the least
    clouded on top.

    Raises
    ------
    EmptyError
        If nothing is to be seen on any day.
    ValueError
        If there are no items, none lies in the area, or one cannot be a scene.
    OSError
        If an asset cannot be read.
    """
    near = Items(item for item in items if area is None or _meets(item, area))
    if not near:
        what = "none of the items shows the area; search again with it" if len(items) else "there are no items; search for others"
        raise ValueError(f"a scene is opened from at least one item, but {what}")
    raws = _on_one_grid(near, bands, area)
    # All of them lie in memory at once until they are laid over one another.
    large = sum(math.prod(raw.data.shape) for raw in raws.values()) > LARGE
    seen = False
    each = 1024 if large and chunks is None else chunks
    for date, of_day in near.by_date().items():
        found = (_scene(raws[id(item)], bands, sensor=sensor, chunks=each, given=given) for item in of_day)
        parts = [scene for scene in found if scene is not None]
        if parts:
            seen = True
            yield _laid_over(parts, date)
        else:
            warnings.warn(f"{date} is left out: nothing is to be seen, all is cloud, shadow or no data", SceneWarning, stacklevel=5)
    if not seen:
        raise EmptyError("nothing is to be seen on any day: all is cloud, shadow or no data; choose other dates or another area")


def _meets(item: Item, area: Area) -> bool:
    if item.footprint is None:
        return True
    shape = gpd.GeoSeries([area.geometry], crs=area.crs or LONLAT)
    return bool(item.footprint.intersects(in_degrees(shape).iloc[0]))


def _on_one_grid(items: Items, bands: Bands, area: Area | None) -> dict[int, Raw]:
    """Open all items, lazily, on the grid of the first; by identity of the item."""
    with placeless():
        first = on_grid(from_item(items[0], bands, chunked=True))
        crs = crs_of(first.data)
        if crs is None:
            raise ValueError(f"items are brought to one grid by their CRS, but {items[0].id} has none; open it by itself")
        shapes = [area.geometry] if area is not None else [item.footprint for item in items if item.footprint is not None]
        bounds = _bounds(shapes, (area.crs if area is not None else None) or CRS.from_user_input(LONLAT), crs)
        grid = _grid(first.data, crs, bounds if shapes else None)
        return {id(item): on_grid(from_item(item, bands, chunked=True, onto=grid)) for item in items}


def _bounds(shapes: Sequence[BaseGeometry], given: CRS, crs: CRS) -> Bounds:
    """Bounds of shapes in another CRS, of edges that keep their course."""
    dense = [shapely.segmentize(shape, max(shape.length / _PIECES, 1e-9)) for shape in shapes]
    left, bottom, right, top = gpd.GeoSeries(dense, crs=given).to_crs(crs).total_bounds
    return float(left), float(bottom), float(right), float(top)


def _grid(first: xr.DataArray, crs: CRS, bounds: Bounds | None) -> xr.DataArray:
    """Pixels (y, x), without memory of their own, of the first item's grid that cover the bounds; by default, its own."""
    place = transform_of(first)
    if bounds is None:
        return first.isel(band=0, drop=True)
    left, bottom, right, top = bounds
    columns = math.floor((left - place.c) / place.a + 1e-6), math.ceil((right - place.c) / place.a - 1e-6)
    rows = math.floor((top - place.f) / place.e + 1e-6), math.ceil((bottom - place.f) / place.e - 1e-6)
    moved = place * Affine.translation(columns[0], rows[0])
    height, width = rows[1] - rows[0], columns[1] - columns[0]
    coords = {"y": moved.f + moved.e * (np.arange(height) + 0.5), "x": moved.c + moved.a * (np.arange(width) + 0.5)}
    empty = xr.DataArray(np.broadcast_to(np.zeros((), np.uint8), (height, width)), dims=("y", "x"), coords=coords)
    placed: xr.DataArray = empty.rio.write_crs(crs).rio.write_transform(moved)
    return placed


def _scene(raw: Raw, bands: Bands, *, sensor: str | None, chunks: Chunks, given: Given) -> xr.DataArray | None:
    """One item as a scene; None where nothing is to be seen in it."""
    try:
        return opened(raw, list(bands) if bands else None, sensor=sensor, area=None, chunks=chunks, given=given, lazy=False)[0]
    except EmptyError:
        return None


def _laid_over(parts: Sequence[xr.DataArray], date: str) -> xr.DataArray:
    """One picture of scenes on one grid, the first on top; a pixel is of one scene, unless it lacks a band in all of them."""
    names = parts[0]["band"].values.tolist()
    for part in parts[1:]:
        if part["band"].values.tolist() != names:
            raise ValueError(
                f"images of one picture must have the same bands, but {part.attrs['title']} has {part['band'].values.tolist()} "
                f"beside {names}; choose those that all have with bands="
            )
    whole = reduce(lambda top, below: top.where(top.notnull().all("band"), below.where(below.notnull(), top)), parts)
    whole.attrs = dict(parts[0].attrs) | {"date": date}
    if len(parts) > 1:
        whole.attrs |= {
            "title": f"{parts[0].attrs['title']} and {len(parts) - 1} more of {date}",
            "source": ", ".join(part.attrs["source"] for part in parts),
            "radiometry": _each("radiometry", parts),
            "radiometry_assumed": any(part.attrs["radiometry_assumed"] for part in parts),
            "notes": _each("notes", parts),
        }
    return check_scene(whole)


def _each(name: str, parts: Sequence[xr.DataArray]) -> str:
    """What several scenes say, once where they say the same, else with the scene that says it."""
    said: dict[str, list[str]] = {}
    for part in parts:
        said.setdefault(str(part.attrs[name]), []).append(str(part.attrs["title"]))
    if len(said) == 1:
        return next(iter(said))
    return "; ".join(f"{words} ({', '.join(titles)})" for words, titles in said.items() if words)
