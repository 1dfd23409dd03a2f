"""STAC items, read once: what one says of an image, and several in a list that reads as a table."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, overload

import geopandas as gpd
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from spexlab.scene.area import Area, AreaLike
from spexlab.scene.degrees import in_degrees
from spexlab.scene.grid import LONLAT
from spexlab.scene.outputs import replacing

_PLACE = re.compile(r"^([a-z][a-z0-9+.-]+://|/)", re.IGNORECASE)
_SHOWN = 20
"""Rows of a list of items that are shown."""


@dataclass(frozen=True, eq=False, repr=False)
class Item:
    """One image of a catalogue: a STAC item, and what is asked of it."""

    content: Mapping[str, Any]
    """The item as STAC has it; hrefs of its assets say in full where they lie."""

    @classmethod
    def of(cls, source: Any) -> "Item":
        """Read an item in any of its forms: a dict, or as pystac has it."""
        if isinstance(source, Item):
            return source
        return cls(source if isinstance(source, Mapping) else _plain(source))

    @property
    def id(self) -> str:
        """Its name in the catalogue."""
        return str(self.content.get("id", "this item"))

    @property
    def collection(self) -> str:
        """The collection that it belongs to; "" where none is stated."""
        return str(self.content.get("collection") or "")

    @property
    def properties(self) -> Mapping[str, Any]:
        """What it says of itself."""
        found: Mapping[str, Any] = self.content.get("properties") or {}
        return found

    @property
    def assets(self) -> Mapping[str, Mapping[str, Any]]:
        """Its files, by name."""
        found: Mapping[str, Mapping[str, Any]] = self.content["assets"]
        return found

    @cached_property
    def footprint(self) -> BaseGeometry | None:
        """The ground that it shows, in longitude and latitude; None where that is not stated."""
        geometry = self.content.get("geometry")
        return shape(geometry) if geometry else None

    @property
    def time(self) -> datetime | None:
        """When it was taken, in UTC; of a span its begin; None where that is not stated."""
        stated = self.properties.get("datetime") or self.properties.get("start_datetime")
        if not stated:
            return None
        found = datetime.fromisoformat(str(stated))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)

    @property
    def date(self) -> str:
        """The day (ISO) at the place by the sun, so that one pass is one day; "" where no time is stated."""
        if self.time is None:
            return ""
        hours = 0.0 if self.footprint is None else self.footprint.centroid.x / 15.0
        return (self.time + timedelta(hours=hours)).date().isoformat()

    @property
    def cloud_cover(self) -> float | None:
        """Per cent of it under cloud, None where that is not stated."""
        stated = self.properties.get("eo:cloud_cover")
        return None if stated is None else float(stated)

    @property
    def thumbnail(self) -> str | None:
        """Where a small picture of it lies."""
        pictures = {"thumbnail", "overview"}
        found = (asset for key, asset in self.assets.items() if pictures & {key, *(asset.get("roles") or ())})
        return next(
            (str(asset["href"]) for asset in found if str(asset.get("type", "")).startswith(("image/jpeg", "image/png"))), None
        )

    def __repr__(self) -> str:
        return f"<Item {self.id}: {', '.join(filter(None, [self.date, _cloud_words(self.cloud_cover)]))}>"


class Items(Sequence[Item]):
    """STAC items in the order of their time; `spexlab.open_scene` takes them, all or some."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = tuple(Item.of(item) for item in items)

    @classmethod
    def read(cls, path: str | Path) -> "Items":
        """Read a file of items (a GeoJSON FeatureCollection, as `write` makes it), or of one.

        Raises
        ------
        ValueError
            If it holds no STAC items.
        OSError
            If it cannot be read.
        """
        file = Path(path)
        if not file.is_file():
            raise FileNotFoundError(f"no such file: {path}")
        try:
            content = json.loads(file.read_bytes())
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} must hold STAC items as JSON, but it is not JSON ({error})") from error
        features = content.get("features") if isinstance(content, Mapping) and "assets" not in content else [content]
        if not isinstance(features, list) or not all(isinstance(one, Mapping) and one.get("assets") for one in features):
            raise ValueError(f"{path} must hold STAC items, as `spexlab search --out` writes them, but it does not")
        return cls(_placed(one, file.parent) for one in features)

    def to_dict(self) -> dict[str, Any]:
        """Return the items as STAC has them, in a GeoJSON FeatureCollection of plain values."""
        return {"type": "FeatureCollection", "features": [dict(item.content) for item in self]}

    def write(self, path: str | Path) -> Path:
        """Write the items as a GeoJSON FeatureCollection, which `read`, `open_scene`, QGIS and other STAC tools read."""
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(self.to_dict()), encoding="utf-8")
        return Path(path)

    @property
    def dates(self) -> list[str]:
        """The days (ISO) of which there is an item, in order."""
        return sorted({item.date for item in self})

    def by_date(self) -> dict[str, "Items"]:
        """The items of each day, in order of the days; on each the least clouded first."""
        clear = sorted(self, key=lambda item: (item.date, 101.0 if item.cloud_cover is None else item.cloud_cover))
        return {date: Items(item for item in clear if item.date == date) for date in self.dates}

    def coverage(self, area: AreaLike) -> float:
        """Return the share (0-1) of an area that the footprints cover together; an item that states none covers nothing."""
        ground = in_degrees(gpd.GeoSeries([Area.of(area).geometry], crs=Area.of(area).crs or LONLAT)).iloc[0]
        seen = shapely.union_all([item.footprint for item in self if item.footprint is not None])
        return float(seen.intersection(ground).area / ground.area)

    def to_dataframe(self) -> gpd.GeoDataFrame:
        """Return a table: id, collection, date, cloud_cover (%), platform, and the footprint as geometry."""
        columns = {
            "id": [item.id for item in self],
            "collection": [item.collection for item in self],
            "date": [item.date for item in self],
            "cloud_cover": [item.cloud_cover for item in self],
            "platform": [str(item.properties.get("platform", "")) for item in self],
            "geometry": [item.footprint for item in self],
        }
        return gpd.GeoDataFrame(columns, geometry="geometry", crs=LONLAT)

    @overload
    def __getitem__(self, key: int) -> Item: ...

    @overload
    def __getitem__(self, key: slice) -> "Items": ...

    def __getitem__(self, key: int | slice) -> "Item | Items":
        return Items(self._items[key]) if isinstance(key, slice) else self._items[key]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __repr__(self) -> str:
        rows = [f"{number:>4}  {item.date}  {_cloud_words(item.cloud_cover):>12}  {item.id}" for number, item in self._shown]
        return "\n".join([f"<{self.summary}>", *rows, *filter(None, [self._rest])])

    def _repr_html_(self) -> str:
        """The same as a table; every word of a catalogue is escaped."""
        cells = ((str(number), item.date, _cloud_words(item.cloud_cover), item.id) for number, item in self._shown)
        rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
        return f"<b>{escape(self.summary)}</b><table>{rows}</table>{escape(self._rest)}"

    @property
    def summary(self) -> str:
        """How many there are, of how many days."""
        if not self:
            return "no items"
        dates = self.dates
        when = f"on {dates[0]}" if len(dates) == 1 else f"of {len(dates)} days, {dates[0]} to {dates[-1]}"
        return f"{len(self)} item{'s' * (len(self) > 1)} {when}"

    @property
    def _shown(self) -> list[tuple[int, Item]]:
        return list(enumerate(self))[:_SHOWN]

    @property
    def _rest(self) -> str:
        return f"and {len(self) - _SHOWN} more" if len(self) > _SHOWN else ""


def _cloud_words(cover: float | None) -> str:
    return "" if cover is None else f"{cover:.0f} % cloud"


def _plain(item: Any) -> dict[str, Any]:
    """Return a pystac item as a dict whose assets say in full where they lie."""
    assets = {key: {**asset.to_dict(), "href": asset.get_absolute_href() or asset.href} for key, asset in item.get_assets().items()}
    return {**item.to_dict(include_self_link=False, transform_hrefs=False), "assets": assets}


def _placed(item: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return an item of a file with hrefs that no longer depend on where the file lies."""

    def full(href: str) -> str:
        return href if _PLACE.match(href) else str((folder / href).resolve())

    return {**item, "assets": {key: {**asset, "href": full(str(asset.get("href", "")))} for key, asset in item["assets"].items()}}
