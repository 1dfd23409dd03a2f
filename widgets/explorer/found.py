"""What a search found: a row a date."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import shapely
from shapely.geometry import mapping

from spexlab.scene import Area, Items
from spexlab.scene.items import band_names
from widgets.explorer.scene_source import SceneSource

COLUMNS = ("Date", "Cloud", "Covers", "Images")
_USUAL = ("blue", "green", "red", "nir", "swir16", "swir22")
"""Bands of which every sensor for land has most; to fetch all thirteen of Sentinel-2 would take twice as long."""


@dataclass(frozen=True)
class Found:
    """The images of one day."""

    date: str
    """ISO, by the sun at the place."""
    items: Items
    """The least clouded first."""
    coverage: float
    """Share of the area, 0-1."""

    @property
    def cells(self) -> list[str]:
        """What a table shows of it."""
        stated = [item.cloud_cover for item in self.items if item.cloud_cover is not None]
        cloud = f"{fmean(stated):.0f} %" if stated else "not stated"
        return [self.date, cloud, f"{100 * self.coverage:.0f} %", str(len(self.items))]

    @property
    def footprints(self) -> list[dict[str, Any]]:
        """GeoJSON geometries of the ground that its images show."""
        return [mapping(item.footprint) for item in self.items if item.footprint is not None]

    @property
    def thumbnail(self) -> str | None:
        """Where a small picture of its clearest image lies."""
        return next((item.thumbnail for item in self.items if item.thumbnail), None)


def rows_of(items: Items, area: dict[str, Any]) -> list[Found]:
    """What was found in an area, by day, the newest first."""
    return [Found(date, some, some.coverage(area)) for date, some in reversed(items.by_date().items())]


def usual_bands(items: Items) -> list[str]:
    """The bands for land that all of the images have; all that they share where fewer than two are."""
    shared = [name for name in (band_names(items[0]) if items else []) if all(name in band_names(item) for item in items)]
    usual = [name for name in _USUAL if name in shared]
    return usual if len(usual) > 1 else shared


def seen_of(area: dict[str, Any], rows: Sequence[Found]) -> dict[str, Any]:
    """The part of an area (GeoJSON) that images show: nothing is to be read of the rest."""
    seen = shapely.union_all([item.footprint for row in rows for item in row.items if item.footprint is not None])
    part = Area.of(area).geometry.intersection(seen)
    return mapping(part) if part.area else area


def source_of(rows: Sequence[Found], area: str, *, catalog: str, collection: str, bands: str) -> SceneSource:
    """How a session finds the images of some days again, in the catalogue where they were found; `area` is GeoJSON."""
    items = [item for row in rows for item in row.items]
    times = sorted(item.time.date().isoformat() for item in items if item.time is not None)
    return SceneSource(
        "search",
        catalog=catalog,
        collection=collection,
        dates="/".join((times[0], times[-1])) if times else "",
        items=",".join(item.id for item in items),
        area=area,
        bands=bands,
    )
