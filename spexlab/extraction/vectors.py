"""Masks as polygons, with what was measured in each."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import rasterio.features
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import shape
from skimage.measure import label
from skimage.segmentation import expand_labels

from spexlab.evidence.prior import spectral_index
from spexlab.evidence.regions import MIN_RING, RING
from spexlab.scene.area import crs_of, pixel_area, transform_of

if TYPE_CHECKING:
    from spexlab.extraction.result import Extraction

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


def regions_frame(extraction: "Extraction") -> gpd.GeoDataFrame:
    """All regions of all targets; see `Extraction.regions`."""
    rows: list[dict[str, Any]] = []
    for row in extraction.evidence:
        rows += _target_rows(extraction, row["target"], row["index"])
    crs = crs_of(extraction.scene)
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    return gpd.GeoDataFrame(columns, geometry="geometry", crs=crs)


def _target_rows(extraction: "Extraction", target: str, index: str | None) -> list[dict[str, Any]]:
    mask = np.ascontiguousarray(extraction.mask.sel(target=target).values)
    labels = label(mask, connectivity=2)
    numbers = np.arange(1, labels.max() + 1)
    pixels = np.bincount(labels.ravel(), minlength=len(numbers) + 1)[1:]
    likely = ndimage.mean(extraction.probability.sel(target=target).values, labels, numbers)
    inside, around = _contrasts(extraction, labels, mask, index)
    metres = pixel_area(extraction.scene)
    geometries = _polygons(labels, extraction)
    source = {key: extraction.provenance[key] for key in ("instruction", "model", "version", "date")}
    return [
        {
            "target": target,
            "pixels": int(pixels[i]),
            "area_m2": None if metres is None else float(pixels[i] * metres),
            "probability": float(likely[i]),
            "index": index,
            "inside": _plain(inside[i]),
            "around": _plain(around[i]),
            **source,
            "geometry": geometries[i],
        }
        for i in np.argsort(-pixels, kind="stable")
    ]


def _polygons(labels: NDArray[np.int64], extraction: "Extraction") -> list[shapely.Geometry]:
    """One valid geometry for each label, in the scene's coordinates.

    Pixels that touch at a corner only make a ring that touches itself; it is split there.
    """
    transform = transform_of(extraction.scene)
    found = rasterio.features.shapes(labels.astype(np.int32), mask=labels > 0, connectivity=8, transform=transform)
    by_label = {int(number): shapely.make_valid(shape(geometry)) for geometry, number in found}
    return [by_label[number] for number in sorted(by_label)]


def _contrasts(
    extraction: "Extraction", labels: NDArray[np.int64], mask: NDArray[np.bool_], index: str | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean index inside each region and in the ring around it outside the mask; NaN where too little is known."""
    count = int(labels.max())
    if index is None or count == 0:
        return np.full(count, np.nan), np.full(count, np.nan)
    values = np.asarray(spectral_index(extraction.scene, index).values)
    known = np.isfinite(values) & np.isfinite(extraction.probability[0].values)
    # A pixel between two regions belongs to the ring of the nearer one.
    ring = np.where(mask, 0, expand_labels(labels, distance=RING))
    return _label_means(values, np.where(known, labels, 0), count), _label_means(values, np.where(known, ring, 0), count, MIN_RING)


def _label_means(values: NDArray[np.float32], labels: NDArray[np.int64], count: int, fewest: int = 1) -> NDArray[np.float64]:
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    sums = np.bincount(labels.ravel(), weights=np.nan_to_num(values, nan=0.0).ravel(), minlength=count + 1)[1:]
    return np.where(sizes >= fewest, sums / np.maximum(sizes, 1), np.nan)


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
