"""Files of an Extraction."""

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
import rasterio.shutil
import shapely
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning

from spexlab.extraction.findings import Findings
from spexlab.scene.degrees import in_degrees
from spexlab.scene.grid import crs_of, transform_of
from spexlab.scene.outputs import replacing
from spexlab.targets import COLOURS

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.figure import Figure

NO_CRS = "none: the scene has no coordinate reference system, coordinates are pixels (x right, y down)"
"""Said in every file of a scene without a CRS."""
_NODATA = 255


def write_masks(extraction: Findings, path: str | Path) -> Path:
    """Write `Extraction.to_cog`."""
    known = np.isfinite(extraction.probability.values)
    layers = np.where(known, extraction.mask.values, _NODATA).astype(np.uint8)
    targets = extraction.targets
    # A GeoTIFF holds a palette for a single band only.
    palette = _palette(COLOURS[targets[0]]) if len(targets) == 1 else None
    return _write_cog(extraction, path, layers, nodata=_NODATA, resampling="NEAREST", palette=palette)


def write_probability(extraction: Findings, path: str | Path) -> Path:
    """Write `Extraction.probability_to_cog`."""
    return _write_cog(extraction, path, extraction.probability.values, nodata=float("nan"), resampling="AVERAGE")


def _write_cog(
    extraction: Findings,
    path: str | Path,
    layers: NDArray[Any],
    *,
    nodata: float,
    resampling: str,
    palette: Mapping[int, tuple[int, int, int, int]] | None = None,
) -> Path:
    crs = crs_of(extraction.scene)
    count, height, width = layers.shape
    profile = {"driver": "GTiff", "dtype": layers.dtype, "count": count, "height": height, "width": width, "nodata": nodata}
    if crs is not None:
        profile |= {"crs": crs.to_wkt(), "transform": transform_of(extraction.scene)}
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        plain = temporary.with_name(f"plain-{temporary.name}")
        with rasterio.open(plain, "w", **profile, tiled=True, compress="DEFLATE", BIGTIFF="IF_SAFER") as file:
            file.write(layers)
            file.descriptions = tuple(extraction.targets)
            file.update_tags(**_tags(extraction, crs is None))
            if palette is not None:
                file.write_colormap(1, dict(palette))
        rasterio.shutil.copy(
            plain,
            temporary,
            driver="COG",
            COMPRESS="DEFLATE",
            BLOCKSIZE="512",
            OVERVIEW_RESAMPLING=resampling,
            BIGTIFF="IF_SAFER",
        )
    return Path(path)


def _tags(extraction: Findings, no_crs: bool) -> dict[str, str]:  # noqa: FBT001 - one call, just above
    record = extraction.provenance
    tags = {key.upper(): str(record[key]) for key in ("model", "version", "instruction", "scene", "date", "created")}
    tags |= {"EXPLANATION": extraction.explanation, "PROVENANCE": json.dumps(record)}
    return tags | ({"CRS": NO_CRS} if no_crs else {})


def _palette(colour: str) -> dict[int, tuple[int, int, int, int]]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return {0: (255, 255, 255, 0), 1: (red, green, blue, 255), _NODATA: (0, 0, 0, 0)}


def write_geoparquet(regions: "gpd.GeoDataFrame", path: str | Path) -> Path:
    """Write `Extraction.to_geoparquet`."""
    with replacing(path) as temporary:
        regions.to_parquet(temporary, index=False)
    return Path(path)


def write_geojson(regions: "gpd.GeoDataFrame", path: str | Path, *, provenance: Mapping[str, Any]) -> Path:
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


def write_figure(figure: "Figure", path: str | Path, *, provenance: Mapping[str, Any]) -> Path:
    """Write `Extraction.to_png`."""
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", metadata={"Description": json.dumps(provenance)})
    return Path(path)


def _oriented(frame: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    """Outer rings counter-clockwise, as RFC 7946 asks."""
    return frame.set_geometry(shapely.orient_polygons(frame.geometry.values)) if len(frame) else frame
