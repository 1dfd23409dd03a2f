"""A simulated user who corrects a mask: each click at the most interior pixel of the largest mistake."""

import time
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import Point

from spexlab.extraction import Extraction
from spexlab.scene.grid import crs_of

_TOUCHING = np.ones((3, 3), bool)
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Click:
    """One pixel, and what is said of it."""

    row: int
    column: int
    inside: bool


@dataclass(frozen=True)
class Course:
    """How one mask fared."""

    ious: tuple[float, ...]
    """Before the first click, and after each."""
    seconds: tuple[float, ...]
    """That each click took."""

    def after(self, clicks: int) -> float:
        """IoU after so many clicks; where nothing was left to correct, after the last."""
        return self.ious[min(clicks, len(self.ious) - 1)]

    def harmed(self, loss: float) -> int:
        """How many clicks lowered the IoU by more than so much."""
        return sum(before - after > loss for before, after in zip(self.ious, self.ious[1:], strict=False))


def next_click(mask: Mask, present: Mask, known: Mask) -> Click | None:
    """Where a mask (H, W) is most wrong; None where it is right wherever that is known."""
    components = [_largest((mask != present) & known & (present == inside)) for inside in (True, False)]
    inside = bool(components[0].sum() >= components[1].sum())
    largest = components[0 if inside else 1]
    if not largest.any():
        return None
    depth = ndimage.distance_transform_edt(np.pad(largest, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return Click(int(row), int(column), inside)


def clicked_answer(extraction: Extraction, target: str, present: Mask, known: Mask, *, clicks: int) -> Extraction:
    """The answer after so many clicks, or once nothing is wrong."""
    for _ in range(clicks):
        click = next_click(extraction.mask.sel(target=target).values, present, known)
        if click is None:
            break
        extraction = _after_click(extraction, target, click)
    return extraction


def _after_click(extraction: Extraction, target: str, click: Click) -> Extraction:
    side = "inside" if click.inside else "outside"
    return extraction.corrected(target=target, **{side: point_at(extraction.scene, click.row, click.column)})


def clicked(extraction: Extraction, target: str, present: Mask, known: Mask, *, clicks: int) -> Course:
    """Correct a target's mask by so many clicks, or until nothing is wrong."""
    ious, seconds = [_iou(extraction, target, present, known)], []
    for _ in range(clicks):
        click = next_click(extraction.mask.sel(target=target).values, present, known)
        if click is None:
            break
        start = time.perf_counter()
        extraction = _after_click(extraction, target, click)
        seconds.append(time.perf_counter() - start)
        ious.append(_iou(extraction, target, present, known))
    return Course(tuple(ious), tuple(seconds))


def point_at(scene: xr.DataArray, row: int, column: int) -> gpd.GeoSeries | tuple[float, float]:
    """The middle of a pixel, as `corrected` takes it."""
    x, y = float(scene["x"][column]), float(scene["y"][row])
    return (x, y) if crs_of(scene) is None else gpd.GeoSeries([Point(x, y)], crs=crs_of(scene))


def _largest(mistakes: Mask) -> Mask:
    labels, count = ndimage.label(mistakes, _TOUCHING)
    return np.asarray(labels == 1 + np.bincount(labels.flat)[1:].argmax()) if count else mistakes


def _iou(extraction: Extraction, target: str, present: Mask, known: Mask) -> float:
    mask = extraction.mask.sel(target=target).values
    either = int(((mask | present) & known).sum())
    return int((mask & present & known).sum()) / either if either else 1.0
