"""Files of an Extraction's regions, each with where they come from."""

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from pyarrow import parquet

from spexlab.extraction.export import NO_CRS
from spexlab.scene.degrees import in_degrees
from spexlab.scene.outputs import replacing


def write_geoparquet(regions: gpd.GeoDataFrame, path: str | Path, *, provenance: Mapping[str, Any]) -> Path:
    """Write `Extraction.to_geoparquet`."""
    with replacing(path) as temporary:
        regions.to_parquet(temporary, index=False)
        table = parquet.read_table(temporary)  # geopandas lets nobody add to the file's metadata
        parquet.write_table(
            table.replace_schema_metadata({**table.schema.metadata, "provenance": json.dumps(provenance)}), temporary
        )
    return Path(path)


def write_geopackage(regions: gpd.GeoDataFrame, path: str | Path, *, provenance: Mapping[str, Any]) -> Path:
    """Write `Extraction.to_geopackage`."""
    about = {"provenance": json.dumps(provenance)} | ({"crs_note": NO_CRS} if regions.crs is None else {})
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is no CRS is said in the file
        regions.to_file(temporary, driver="GPKG", layer="regions", engine="pyogrio", dataset_metadata=about)
    return Path(path)


def write_geojson(regions: gpd.GeoDataFrame, path: str | Path, *, provenance: Mapping[str, Any]) -> Path:
    """Write `Extraction.to_geojson`."""
    placed = regions.set_geometry(in_degrees(regions.geometry)) if regions.crs is not None else regions
    content = json.loads(_oriented(placed).to_json(na="null", drop_id=True))
    # RFC 7946 knows longitude and latitude only, and no "crs" member.
    content.pop("crs", None)
    content["provenance"] = provenance
    if regions.crs is None:
        content["crs_note"] = NO_CRS
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
    return Path(path)


def _oriented(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Outer rings counter-clockwise, as RFC 7946 asks."""
    return frame.set_geometry(shapely.orient_polygons(frame.geometry.values)) if len(frame) else frame
