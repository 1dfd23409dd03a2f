"""Scenes that a STAC item describes: its assets of one band each, with what the item says about them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import xarray as xr

from spexlab.scene.arrays import stated_radiometry
from spexlab.scene.bands import Band
from spexlab.scene.itemlist import Item
from spexlab.scene.quality import kind_of
from spexlab.scene.raw import Raw, date_of
from spexlab.scene.stack import from_files

_SIGNED = ".blob.core.windows.net/"
"""Where the Planetary Computer keeps imagery, which it gives out with a key that holds for an hour."""


def is_item(source: Any) -> bool:
    """Tell a STAC item, as a dict or as pystac has it, from other sources."""
    return isinstance(source, Item) or (isinstance(source, Mapping) and "assets" in source) or hasattr(source, "get_assets")


def band_names(item: Item) -> list[str]:
    """Common names of the bands that an item's assets are; quality layers are none."""
    return [name for name in _band_assets(item.assets) if kind_of(name) is None]


def from_item(source: Any, bands: Sequence[str | float | Band] | None, *, chunked: bool, onto: xr.DataArray | None = None) -> Raw:
    """Open the bands that an item's assets are, or those of them that `bands` names, and its quality layers.

    Parameters
    ----------
    onto : DataArray, optional
        (y, x) with a CRS: another grid to put them on.

    Raises
    ------
    ValueError
        If fewer than two assets are a band.
    OSError
        If an asset cannot be read.
    """
    item = Item.of(source)
    assets = _band_assets(item.assets)
    wanted = [str(band) for band in bands or () if str(band) in assets]
    if bands and len(wanted) == len(bands):
        quality = [name for name in assets if kind_of(name) is not None and name not in wanted]
        assets = {name: assets[name] for name in (*wanted, *quality)}
    if sum(kind_of(name) is None for name in assets) < 2:
        raise ValueError(f"a STAC item must have assets of one band each, but {item.id} has {list(assets) or 'none'}")
    raw = from_files({name: readable(str(asset["href"])) for name, asset in assets.items()}, chunked=chunked, onto=onto)
    scales, offsets = stated_radiometry(list(assets.values()), tuple(assets), None, len(assets))
    properties = {str(key).lower(): str(value) for key, value in item.properties.items()}
    tags = {"product_uri": properties.get("s2:product_uri", item.id), **raw.tags, **properties}
    return replace(
        raw,
        source=item.id,
        title=item.id,
        scales=scales or raw.scales,
        offsets=offsets or raw.offsets,
        tags=tags,
        date=item.date or date_of(properties, item.id),
    )


def readable(href: str) -> str:
    """Sign what lies with the Planetary Computer, at the time when it is opened, as its keys run out."""
    if _SIGNED not in href or "?" in href:
        return href
    try:
        library = import_module("planetary_computer")
    except ImportError as error:
        raise ImportError(
            "imagery of the Planetary Computer is read with keys from its own library, but there is no 'planetary_computer'; "
            "install it: pip install planetary-computer"
        ) from error
    return str(library.sign_url(href))


def _band_assets(assets: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Assets that are one band, or a quality layer, by name; of several of one name the finest, then the first."""
    found: dict[str, Mapping[str, Any]] = {}
    for key, asset in assets.items():
        name = _name(key, asset)
        if name and (name not in found or _metres(asset) < _metres(found[name])):
            found[name] = asset
    return found


def _name(key: str, asset: Mapping[str, Any]) -> str:
    if kind_of(key) is not None:
        return key
    listed = asset.get("eo:bands") or asset.get("bands") or []
    if len(listed) != 1 or {"thumbnail", "overview", "visual"} & set(asset.get("roles") or ()):
        return ""
    return str(listed[0].get("common_name") or listed[0].get("eo:common_name") or listed[0].get("name") or "")


def _metres(asset: Mapping[str, Any]) -> float:
    listed = asset.get("eo:bands") or asset.get("bands") or asset.get("raster:bands") or [{}]
    return float(asset.get("gsd") or listed[0].get("gsd") or asset.get("raster:spatial_resolution") or 0.0)
