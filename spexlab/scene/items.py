"""Scenes that a STAC item describes: its assets of one band each, with what the item says about them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from spexlab.scene.arrays import stated_radiometry
from spexlab.scene.bands import Band
from spexlab.scene.quality import kind_of
from spexlab.scene.raw import Raw, date_of
from spexlab.scene.stack import from_files


def is_item(source: Any) -> bool:
    """Tell a STAC item, as a dict or as pystac has it, from other sources."""
    return (isinstance(source, Mapping) and "assets" in source) or hasattr(source, "get_assets")


def from_item(source: Any, bands: Sequence[str | float | Band] | None, *, chunked: bool) -> Raw:
    """Open the bands that an item's assets are, or those of them that `bands` names.

    Raises
    ------
    ValueError
        If fewer than two assets are a band.
    OSError
        If an asset cannot be read.
    """
    item = source if isinstance(source, Mapping) else _plain(source)
    assets = _band_assets(item["assets"])
    wanted = [str(band) for band in bands or () if str(band) in assets]
    assets = {name: assets[name] for name in wanted} if bands and len(wanted) == len(bands) else assets
    if len(assets) < 2:
        raise ValueError(
            f"a STAC item must have assets of one band each, but {item.get('id', 'this one')} has {list(assets) or 'none'}"
        )
    raw = from_files({name: asset["href"] for name, asset in assets.items()}, chunked=chunked)
    scales, offsets = stated_radiometry(list(assets.values()), tuple(assets), None, len(assets))
    properties = {str(key).lower(): str(value) for key, value in item.get("properties", {}).items()}
    name = str(item.get("id", raw.title))
    tags = {"product_uri": properties.get("s2:product_uri", name), **raw.tags, **properties}
    return replace(
        raw,
        source=name,
        title=name,
        scales=scales or raw.scales,
        offsets=offsets or raw.offsets,
        tags=tags,
        date=date_of(properties, name),
    )


def _plain(item: Any) -> dict[str, Any]:
    """Return a pystac item as a dict whose assets say in full where they lie."""
    assets = {key: {**asset.to_dict(), "href": asset.get_absolute_href() or asset.href} for key, asset in item.get_assets().items()}
    return {**item.to_dict(include_self_link=False, transform_hrefs=False), "assets": assets}


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
