"""The results of a batch as others read them: a STAC item a scene, one collection, one GeoParquet."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import box, mapping

from spexlab.extraction.batch.folder import ASKED, COLLECTION, MASK, REGIONS, Batch
from spexlab.extraction.regionfiles import write_geoparquet
from spexlab.extraction.result import Extraction
from spexlab.extraction.vectors import COLUMNS
from spexlab.scene.degrees import WORLD, bounds_in_degrees, in_degrees, within
from spexlab.scene.grid import LONLAT, crs_of
from spexlab.scene.outputs import replacing

if TYPE_CHECKING:
    import pystac

_PARQUET = "application/vnd.apache.parquet"


def store(extraction: Extraction, name: str, folder: Path) -> None:
    """Write a scene's results into a folder: mask, regions, and the STAC item that tells of both."""
    extraction.to_cog(folder / MASK)
    extraction.to_geoparquet(folder / REGIONS)
    item = _item(extraction, name)
    (folder / f"{name}.json").write_text(json.dumps(item.to_dict(include_self_link=False), allow_nan=False), encoding="utf-8")


def _item(extraction: Extraction, name: str) -> "pystac.Item":
    import pystac

    record, crs = extraction.provenance, crs_of(extraction.scene)
    taken = _day(record["date"])
    footprint = None if crs is None else within(box(*bounds_in_degrees(extraction.scene)), WORLD)
    item = pystac.Item(
        id=name,
        geometry=None if footprint is None else mapping(footprint),
        bbox=None if footprint is None else list(footprint.bounds),
        # STAC asks for a time; of a scene that knows none it is the answer's, and "spexlab:date" stays empty.
        datetime=taken or datetime.fromisoformat(record["created"]),
        properties={
            "created": record["created"].replace("+00:00", "Z"),
            "proj:code": record["crs"],
            "processing:software": {"spexlab": record["version"]},
            **{f"spexlab:{key}": record[key] for key in ("instruction", "model", "version", "scene", "date", "checkpoint_sha256")},
            "spexlab:targets": {
                one.target: {"pixels": one.measurement.pixels, "area_m2": one.measurement.area_m2, "share": one.measurement.share}
                for one in extraction.evidence
            },
            "spexlab:trust": {one.target: one.level for one in extraction.trust},
            "spexlab:explanation": extraction.explanation,
            "spexlab:provenance": record,
        },
    )
    item.add_asset("mask", pystac.Asset(f"./{MASK}", media_type=pystac.MediaType.COG, roles=["data"]))
    item.add_asset("regions", pystac.Asset(f"./{REGIONS}", media_type=_PARQUET, roles=["data"]))
    item.add_link(pystac.Link("collection", f"../../{COLLECTION}", media_type=pystac.MediaType.JSON))
    item.collection_id = "spexlab"
    return item


def _day(date: str) -> datetime | None:
    return datetime.fromisoformat(date).replace(tzinfo=UTC) if date else None


def summarise(batch: Batch) -> None:
    """Write the GeoParquet and the STAC collection of all that is done."""
    write_geoparquet(_regions(batch), batch.folder / REGIONS, provenance=batch.asked)
    with replacing(batch.folder / COLLECTION) as temporary:
        temporary.write_text(json.dumps(_collection(batch), allow_nan=False, indent=1), encoding="utf-8")


def _regions(batch: Batch) -> gpd.GeoDataFrame:
    """All regions in longitude and latitude; those of a scene without a CRS have no geometry, and `crs` is None."""
    frames = [_placed(gpd.read_parquet(batch.item(name) / REGIONS), name) for name in batch.done]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return gpd.GeoDataFrame({name: [] for name in ("name", "crs", *COLUMNS)}, geometry="geometry", crs=LONLAT)
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=LONLAT)


def _placed(regions: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    crs = regions.crs
    shapes = in_degrees(regions.geometry) if crs is not None and len(regions) else gpd.GeoSeries([None] * len(regions), crs=LONLAT)
    placed = regions.drop(columns="geometry").assign(name=name, crs=None if crs is None else crs.to_string())
    return gpd.GeoDataFrame(placed[["name", "crs", *(c for c in COLUMNS if c != "geometry")]], geometry=list(shapes), crs=LONLAT)


def _collection(batch: Batch) -> dict[str, Any]:
    import pystac

    items = {name: pystac.Item.from_file(str(batch.item(name) / f"{name}.json")) for name in batch.done}
    boxes = [item.bbox for item in items.values() if item.bbox]
    times = sorted(item.datetime for item in items.values() if item.datetime)
    extent = pystac.Extent(
        pystac.SpatialExtent([_around(boxes)]), pystac.TemporalExtent([[times[0] if times else None, times[-1] if times else None]])
    )
    asked = batch.asked
    collection = pystac.Collection(
        id="spexlab",
        title="; ".join(asked["instruction"]),
        description=f"What spexlab {asked['version']} found, asked: {'; '.join(asked['instruction'])}",
        extent=extent,
        license="other",
        extra_fields={"spexlab:asked": asked, "spexlab:failed": batch.failed},
    )
    for name in items:
        collection.add_link(pystac.Link("item", f"./items/{name}/{name}.json", media_type=pystac.MediaType.GEOJSON))
    collection.add_asset("regions", pystac.Asset(f"./{REGIONS}", media_type=_PARQUET, roles=["data"]))
    collection.add_asset("asked", pystac.Asset(f"./{ASKED}", media_type=pystac.MediaType.JSON, roles=["metadata"]))
    return collection.to_dict(include_self_link=False, transform_hrefs=False)


def _around(boxes: list[list[float]]) -> list[float]:
    if not boxes:
        return list(WORLD)
    west, south, east, north = zip(*boxes, strict=True)
    return [min(west), min(south), max(east), max(north)]
