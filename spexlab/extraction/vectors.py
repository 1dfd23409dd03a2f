"""Masks as polygons, with what was measured in each."""

from typing import Any

import geopandas as gpd
import numpy as np
import rasterio.features
import shapely
import xarray as xr
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import shape
from skimage.measure import label

from spexlab.evidence.limits import Limits, Near, part_of, without_cut
from spexlab.evidence.prior import spectral_index
from spexlab.evidence.rings import region_means
from spexlab.extraction.cutting import cutter_of
from spexlab.extraction.evidence import TargetEvidence
from spexlab.extraction.findings import Findings
from spexlab.scene.grid import crs_of, transform_of
from spexlab.scene.ground import pixel_areas, region_areas

COLUMNS = (
    "target",
    "pixels",
    "area_m2",
    "probability",
    "index",
    "inside",
    "around",
    "instruction",
    "model",
    "version",
    "date",
    "geometry",
)


def regions_frame(extraction: Findings) -> gpd.GeoDataFrame:
    """All regions of all targets; see `Extraction.regions`."""
    rows: list[dict[str, Any]] = []
    for one in extraction.evidence:
        rows += _target_rows(extraction, one)
    crs = crs_of(extraction.scene)
    distances = dict.fromkeys(name for row in rows for name in row if name not in COLUMNS)
    columns = {name: [row.get(name) for row in rows] for name in (*COLUMNS[:-1], *distances, COLUMNS[-1])}
    return gpd.GeoDataFrame(columns, geometry="geometry", crs=crs)


def polygons_of(mask: xr.DataArray, probability: xr.DataArray) -> gpd.GeoDataFrame:
    """Return the 8-connected regions of a mask (y, x), largest first: pixels, area_m2 (None without a CRS), probability (mean)."""
    labels = label(np.ascontiguousarray(mask.values), connectivity=2)
    numbers = np.arange(1, labels.max() + 1)
    metres = pixel_areas(mask)
    columns = {
        "pixels": np.bincount(labels.ravel(), minlength=len(numbers) + 1)[1:],
        "area_m2": [None] * len(numbers) if metres is None else region_areas(labels, metres),
        "probability": ndimage.mean(probability.values, labels, numbers),
        "geometry": _polygons(labels, mask),
    }
    return gpd.GeoDataFrame(columns, geometry="geometry", crs=crs_of(mask)).sort_values("pixels", ascending=False, kind="stable")


def _target_rows(extraction: Findings, evidence: TargetEvidence) -> list[dict[str, Any]]:
    target, index = evidence.target, evidence.measurement.index
    mask = np.ascontiguousarray(extraction.mask.sel(target=target).values)
    labels = label(mask, connectivity=2)
    numbers = np.arange(1, labels.max() + 1)
    pixels = np.bincount(labels.ravel(), minlength=len(numbers) + 1)[1:]
    likely = ndimage.mean(extraction.probability.sel(target=target).values, labels, numbers)
    values = None if index is None else _known_values(extraction, target, index, limits=evidence.want)
    means = [(None, None)] * len(numbers) if values is None else region_means(labels, values)
    metres = pixel_areas(extraction.scene)
    areas = None if metres is None else region_areas(labels, metres)
    geometries = _polygons(labels, extraction.scene)
    distances = _distances(extraction, evidence, labels, numbers)
    source = {key: extraction.provenance[key] for key in ("instruction", "model", "version", "date")}
    return [
        {
            "target": target,
            "pixels": int(pixels[i]),
            "area_m2": None if areas is None else float(areas[i]),
            "probability": float(likely[i]),
            "index": index,
            "inside": means[i][0],
            "around": means[i][1],
            **source,
            **{name: float(values[i]) if np.isfinite(values[i]) else None for name, values in distances.items()},
            "geometry": geometries[i],
        }
        for i in np.argsort(-pixels, kind="stable")
    ]


def _distances(
    extraction: Findings, evidence: TargetEvidence, labels: NDArray[np.int64], numbers: NDArray[np.int64]
) -> dict[str, NDArray[np.floating]]:
    """How far each region is from what it is to be near to: name of the column -> (R,) metres, or pixels in between."""
    cutter = cutter_of(extraction, extraction.targets.index(evidence.target))
    measured = zip(cutter.want.near, cutter.gaps, strict=True) if numbers.size else ()
    return {distance_column(near): ndimage.minimum(gap, labels, numbers) for near, gap in measured}


def distance_column(near: Near) -> str:
    """Name of the column that says how far a region is from another target.

    >>> distance_column(Near("cropland", 200.0)), distance_column(Near("low vegetation"))
    ('metres_to_cropland', 'pixels_to_low_vegetation')
    """
    unit = "pixels" if near.metres is None else "metres"
    return f"{unit}_to_{near.target.replace(' ', '_')}"


def _polygons(labels: NDArray[np.int64], raster: xr.DataArray) -> list[shapely.Geometry]:
    """One valid geometry for each label, in the raster's coordinates.

    Pixels that touch at a corner only make a ring that touches itself; it is split there.
    """
    transform = transform_of(raster)
    found = rasterio.features.shapes(labels.astype(np.int32), mask=labels > 0, connectivity=8, transform=transform)
    by_label = {int(number): shapely.make_valid(shape(geometry)) for geometry, number in found}
    return [by_label[number] for number in sorted(by_label)]


def _known_values(extraction: Findings, target: str, index: str, *, limits: Limits) -> NDArray[np.float32]:
    """The index where it was looked at, as the evidence has it."""
    layers = extraction.probability, extraction.mask, extraction.excluded
    probability, kept, excluded = (layer.sel(target=target).values for layer in layers)
    looked_at = np.isfinite(probability) & part_of(kept.shape, limits)
    values = np.where(looked_at, spectral_index(extraction.scene, index).values, np.float32(np.nan))
    found = (probability > np.float32(extraction.cuts[target].threshold)) & ~excluded
    return without_cut(values, found=found, kept=kept)
