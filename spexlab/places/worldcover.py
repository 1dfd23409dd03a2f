"""Labels from anywhere: ESA WorldCover, a map of the whole land at 10 m, as what is known of a scene.

WorldCover is itself a classification, right in about three of four pixels (Zanaga et al. 2022, 76.7 %), of the years 2020 and 2021:
its labels are coarse ones, to learn from and not to measure by.
"""

from collections.abc import Iterable
from datetime import date
from os import PathLike, fspath
from typing import Any

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from spexlab.places.labelled import Place
from spexlab.places.pairs import apply_legend
from spexlab.scene import pixel_size, search
from spexlab.scene.grid import bounds_of, crs_of, to_degrees
from spexlab.scene.itemlist import Item, Items
from spexlab.scene.items import is_item, readable
from spexlab.scene.stack import from_files
from spexlab.targets import COARSE_PIXEL

LEGEND = {
    10: "trees",
    20: "low vegetation",  # shrubs
    30: "low vegetation",  # grass
    40: "cropland",
    50: "impervious",  # built-up, which coarse pixels do not part
    60: "bare",
    70: "snow",
    80: "water",
    90: "wetland",
    100: "low vegetation",  # moss and lichen
}
"""WorldCover's codes; mangroves (95) are trees and wetland at once, and stay unlabelled."""
COLLECTION, CATALOG = "esa-worldcover", "planetary-computer"
YEARS = (2020, 2021)
"""For which there is a map."""
LICENCE = "labels: ESA WorldCover, CC BY 4.0, (c) ESA WorldCover project, contains modified Copernicus Sentinel data"
_ASSET = "map"

Cover = str | PathLike[str] | Item | Items | Iterable[str | PathLike[str] | Item]
"""Files of WorldCover, paths or URLs, or the items of a catalogue."""


def find_cover(scene: xr.DataArray, *, year: int | None = None, catalog: str = CATALOG, collection: str = COLLECTION) -> Items:
    """Find WorldCover's maps of a scene's place in a STAC catalogue.

    Parameters
    ----------
    scene
        (band, y, x) with a CRS.
    year
        2020 or 2021; the one nearest to the scene's date unless told.
    catalog, collection
        As in `spexlab.search`.

    Raises
    ------
    ValueError
        If the scene has no CRS, or there is no map of its place.
    OSError
        If the catalogue cannot be reached.
    """
    crs = crs_of(scene)
    if crs is None:
        raise ValueError("only a scene with a CRS can be found on a map of the world, but this one has none.")
    year = _nearest_year(scene) if year is None else year
    west, south, east, north = to_degrees(crs).transform_bounds(*bounds_of(scene))
    found = search(shapely.box(west, south, east, north), dates=str(year), collection=collection, catalog=catalog)
    if not found:
        raise ValueError(
            f"{catalog} has no map of this place for {year} in {collection!r}; there are maps of {YEARS[0]} and {YEARS[1]}."
        )
    return found


def place_by_cover(scene: xr.DataArray, cover: Cover, *, name: str, group: str | None = None) -> Place:
    """Label a scene by WorldCover, warped to its grid by nearest neighbour.

    `spexlab.places.keeping.keep_place` writes it to a folder, from which `pretrain`, `finetune` and `build-spie` learn.

    Parameters
    ----------
    scene
        (band, y, x) with a CRS, of pixels of 8 m or more.
    cover
        Files or items of WorldCover; where several lie over each other the first that knows counts.
    name
        Of the place.
    group
        The spot on earth: places that overlap must share one, so that a split does not part them. The name unless told.

    Raises
    ------
    ValueError
        If the pixels are narrower than the map can tell, nothing is given, or the map lies elsewhere.
    OSError
        If a file cannot be read.
    """
    metres = pixel_size(scene)
    if metres is not None and metres < COARSE_PIXEL:
        raise ValueError(
            f"WorldCover tells no more than 10 m, but the scene's pixels are {metres:g} m; label a coarser scene by it."
        )
    codes = _codes(scene, cover)
    seen = np.isfinite(scene.values).all(axis=0)
    labels = np.where(seen, apply_legend(codes, LEGEND), 0).astype(np.uint8)
    if not labels.any():
        raise ValueError("the map says nothing about this scene's pixels: it may lie elsewhere; give the map of its place.")
    extra = {"source": str(scene.attrs.get("title") or name), "label_source": "ESA WorldCover", "licence": LICENCE}
    return Place(name, group or name, scene, labels, quality="coarse", extra=extra)


def _codes(scene: xr.DataArray, cover: Any) -> NDArray[np.uint8]:
    """WorldCover's codes on a scene's grid, 0 where no file knows."""
    files = [cover] if isinstance(cover, str | PathLike) or is_item(cover) else list(cover)
    if not files:
        raise ValueError("there must be a map to label by, but `cover` is empty.")
    if crs_of(scene) is None:
        raise ValueError("a map is laid over a scene by its CRS, but this scene has none.")
    grid, codes = scene.isel(band=0, drop=True), np.zeros(scene.shape[1:], np.uint8)
    for file in files:
        layer = from_files({_ASSET: _path(file)}, chunked=False, onto=grid).data.values[0]
        if not np.issubdtype(layer.dtype, np.integer):
            raise ValueError(f"WorldCover holds integer codes, but {_path(file)!r} holds {layer.dtype}; give another file.")
        codes = np.where(codes == 0, layer, codes).astype(np.uint8)
    return codes


def _path(file: Any) -> str:
    if not is_item(file):
        return str(fspath(file))
    item = Item.of(file)
    if _ASSET not in item.assets:
        raise ValueError(f"an item of WorldCover has an asset {_ASSET!r}, but {item.id} has {', '.join(item.assets) or 'none'}.")
    return readable(str(item.assets[_ASSET]["href"]))


def _nearest_year(scene: xr.DataArray) -> int:
    told = str(scene.attrs.get("date") or "")[:10]
    return min(YEARS, key=lambda year: abs(year - date.fromisoformat(told).year)) if told else YEARS[-1]
