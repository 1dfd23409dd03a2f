"""The connected regions of a mask: where they lie, how large they are, and what an index says inside and around each.

Positions are fractions of the image: x to the right, y downwards, (0, 0) the outer corner of the first pixel. The words for
places and sizes are those of the released SPEX prompts.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from spexlab.evidence.rings import KnownValues, Mask, Values, means_in_box
from spexlab.evidence.strips import strips

Point = tuple[float, float]
"""(x, y), fractions of the image's width and height."""

ROWS = ("top", "middle", "bottom")
COLUMNS = ("left", "center", "right")
LOCATIONS = tuple("center" if (r, c) == ("middle", "center") else f"{r}-{c}" for r in ROWS for c in COLUMNS)
"""The nine cells of the 3 x 3 grid, row by row."""

# The released prompts give words beside boxes, not areas (23 regions of 512 x 512 images). With regions filling half to nine
# tenths of their box, "very tiny" reaches 0.13 %, "small" lies in 0.2-0.4 %, "medium" in 0.4-0.8 % and the one "somewhat large"
# (box 1.05 %) above; "huge" starts below 30 %. "large", never seen there, fills the gap. The limits themselves are our decision.
_SIZE_LIMITS = ((0.0015, "very tiny"), (0.004, "small"), (0.008, "medium"), (0.03, "somewhat large"), (0.1, "large"))
SIZES = (*(word for _, word in _SIZE_LIMITS), "huge")
"""Size words, smallest first."""


@dataclass(frozen=True)
class RegionAttributes:
    """What the words of a prompt say about one region."""

    centroid: Point
    location: str
    """One of `LOCATIONS`."""
    box: tuple[Point, Point, Point, Point]
    """Corners of the smallest rotated rectangle, clipped to the image, in ascending atan2(y - cy, x - cx): clockwise on screen."""
    size: str
    """One of `SIZES`."""
    mean_inside: float | None
    """Mean of the index inside; None where there is no index."""
    mean_around: float | None
    """Mean of the index in the region's ring, outside the whole mask; None where too few of its pixels are known."""


@dataclass(frozen=True)
class Region(RegionAttributes):
    """One 8-connected region of a mask."""

    pixels: int


def share_words(share: float) -> str:
    """Say which part of an area something covers.

    Examples
    --------
    >>> [share_words(share) for share in (0.0, 0.00001, 0.0055, 0.333, 0.99999, 1.0)]
    ['0 %', 'under 0.01 %', '0.55 %', '33.3 %', 'over 99.9 %', '100 %']
    """
    percent = 100 * share
    if share in (0, 1):
        return f"{percent:.0f} %"
    if percent < 0.01:
        return "under 0.01 %"
    if percent >= 99.95:
        return "over 99.9 %"
    return f"{percent:.2f} %" if percent < 1 else f"{percent:.1f} %"


def location_word(x: float, y: float) -> str:
    """Name the cell of the 3 x 3 grid, limits 1/3 and 2/3, that holds the point (fractions of the image)."""
    column, row = (min(max(int(3 * value), 0), 2) for value in (x, y))
    return LOCATIONS[3 * row + column]


def size_word(share: float) -> str:
    """Name the size of a region that covers this share (0-1) of the image.

    Below 0.15 % "very tiny", 0.4 % "small", 0.8 % "medium", 3 % "somewhat large", 10 % "large", else "huge".
    """
    return next((word for limit, word in _SIZE_LIMITS if share < limit), SIZES[-1])


def find_regions(
    mask: Mask,
    values: Values | None = None,
    *,
    limit: int = 10,
    centroid: Literal["true", "released"] = "true",
    minimum: int = 1,
) -> list[Region]:
    """Find the connected regions of a mask.

    Parameters
    ----------
    mask : (H, W) bool array
    values : (H, W) float array, optional
        Index values, NaN = unknown, for the means inside and around.
    limit : int
        How many regions at most.
    centroid : {"true", "released"}
        "released" repeats what the released prompts show: whole pixel positions, contour moments for the centroid, so that a
        region of one pixel or one line is said to be at (0, 0).
    minimum : int
        Smallest region in pixels.

    Returns
    -------
    list of Region
        8-connected, largest first; equals in reading order.

    Raises
    ------
    ValueError
        If the mask is not boolean, the arrays are not two-dimensional or differ in shape, or an option is unknown.
    """
    if centroid not in ("true", "released"):
        raise ValueError(f'centroid must be "true" or "released", but {centroid!r} was given')
    mask = checked(mask, values)
    labels, sizes = components(mask)
    known = None if values is None else KnownValues(np.asarray(values, np.float32))
    return describe(labels, sizes, known, limit=limit, released=centroid == "released", minimum=minimum)


def checked(mask: NDArray[np.generic], values: Any) -> Mask:
    """Refuse what is no mask, or lies on another grid than the values."""
    mask = np.asarray(mask)
    if mask.dtype.kind not in "biu":
        raise ValueError(f"a mask must be boolean, but its values are {mask.dtype}; compare with a threshold first")
    if mask.ndim != 2:
        raise ValueError(f"a mask must be two-dimensional (H, W), but its shape is {mask.shape}; pass one target at a time")
    if values is not None and np.shape(values) != mask.shape:
        raise ValueError(f"mask and values must lie on one grid, but their shapes are {mask.shape} and {np.shape(values)}")
    return mask.astype(bool, copy=False)


def components(mask: Mask) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Label the 8-connected regions; sizes[i] counts the pixels of label i, label 0 being everything else."""
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    sizes = np.zeros(count + 1, np.int64)
    for rows in strips(len(labels)):
        sizes += np.bincount(labels[rows].ravel(), minlength=count + 1)
    return labels, sizes


def describe(
    labels: NDArray[np.integer],
    sizes: NDArray[np.integer],
    known: KnownValues | None,
    *,
    limit: int,
    released: bool = False,
    minimum: int = 1,
) -> list[Region]:
    """Describe the regions of `components`, largest first; see `find_regions`."""
    order = 1 + np.argsort(-sizes[1:], kind="stable")[:limit]
    chosen = [int(i) for i in order if sizes[i] >= minimum]
    boxes = ndimage.find_objects(labels, max_label=max(chosen, default=0))
    return [_region(labels, i, boxes[i - 1], known, released=released) for i in chosen]


def _region(
    labels: NDArray[np.integer], number: int, box: tuple[slice, slice], known: KnownValues | None, *, released: bool
) -> Region:
    pixels = labels[box] == number
    (rows, columns), shape = box, labels.shape
    x, y = _contour_centroid(pixels) if released else _pixel_centroid(pixels)
    if x is None or y is None:
        centroid = (0.0, 0.0)
    elif released:
        centroid = (int(x + columns.start) / shape[1], int(y + rows.start) / shape[0])
    else:
        centroid = ((x + columns.start) / shape[1], (y + rows.start) / shape[0])
    inside, around = (None, None) if known is None else means_in_box(labels, number, box, known)
    return Region(
        pixels=int(pixels.sum()),
        centroid=centroid,
        location=location_word(*centroid),
        box=_rectangle(pixels, origin=(columns.start, rows.start), shape=shape, released=released),
        size=size_word(pixels.sum() / labels.size),
        mean_inside=inside,
        mean_around=around,
    )


def _pixel_centroid(pixels: Mask) -> tuple[float, float]:
    rows, columns = np.nonzero(pixels)
    return float(columns.mean()) + 0.5, float(rows.mean()) + 0.5


def _contour_centroid(pixels: Mask) -> tuple[float | None, float | None]:
    """Centroid of the polygon through the outer pixels' centres, (None, None) where it encloses nothing.

    The polygon (8-connected, holes filled) is the union of the unit squares between four pixel centres of the region and the
    half squares between three, so its moments are sums over 2 x 2 blocks.
    """
    filled = np.pad(ndimage.binary_fill_holes(pixels), 1).astype(np.int8)
    corners = [(dy, dx, filled[dy : filled.shape[0] - 1 + dy, dx : filled.shape[1] - 1 + dx]) for dy in (0, 1) for dx in (0, 1)]
    count = np.sum([corner for *_, corner in corners], axis=0)
    area = (count == 4) + 0.5 * (count == 3)
    total = float(area.sum())
    if total == 0.0:
        return None, None
    # The centre of the square, or of the triangle of the three corners that are there.
    offset_y, offset_x = (np.sum([c[axis] * c[2] for c in corners], axis=0) / np.maximum(count, 1) for axis in (0, 1))
    rows, columns = np.indices(area.shape)
    y, x = (float((area * (grid + offset)).sum()) / total - 1 for grid, offset in ((rows, offset_y), (columns, offset_x)))
    return x, y


def _rectangle(
    pixels: Mask, *, origin: tuple[int, int], shape: tuple[int, ...], released: bool
) -> tuple[Point, Point, Point, Point]:
    """Smallest rotated rectangle around the pixels' outlines; in the released way around their centres, in whole pixels."""
    rows = np.nonzero(pixels.any(axis=1))[0]
    first, last = pixels.argmax(axis=1)[rows], pixels.shape[1] - 1 - pixels[:, ::-1].argmax(axis=1)[rows]
    x, y = np.concatenate([first, last]), np.concatenate([rows, rows])
    if not released:
        x, y = np.concatenate([first, first, last + 1, last + 1]), np.concatenate([rows, rows + 1, rows, rows + 1])
    hull = shapely.minimum_rotated_rectangle(shapely.MultiPoint(np.column_stack([x, y])))
    corners = shapely.get_coordinates(hull)
    # A point or a line has one or two corners; as a rectangle of no width it has each of them doubled.
    corners = corners[:4] if len(corners) >= 4 else np.repeat(corners, 4 // len(corners), axis=0)
    offset = corners - corners.mean(axis=0)
    corners = corners[np.argsort(np.arctan2(offset[:, 1], offset[:, 0]), kind="stable")] + origin
    size = np.array([shape[1], shape[0]], float)
    # The hull's corners carry rounding errors of 1e-13, which truncation must not turn into a pixel.
    placed = np.clip(np.trunc(corners + 1e-6) if released else corners, 0, size) / size
    a, b, c, d = ((float(px), float(py)) for px, py in placed)
    return a, b, c, d
