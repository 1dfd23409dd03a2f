"""Windows: read a scene of any size piece by piece and put the pieces together without seams.

Windows overlap, and where they do their probabilities are averaged with weights that fall linearly to the window's edge, where
the model sees the least around a pixel. A window that is smaller than the model's is read with what lies around the area, as far as
the scene reaches; only what is missing to a multiple of the coarsest stride is mirrored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.extraction.store import Sink, put
from spexlab.scene import pixel_size

BLOCK = 1024
"""Side in pixels of what is computed of a lazy scene at a time: 80 MB of twelve bands with a window more on each side."""
_OVERLAP = 64
"""Pixels that neighbours share, or a quarter of a window where that is less. Their width hides seams, not their share."""
_WORDS_IN_PIXELS = 25_000
"""Pixels that take as long to look at as a window's words take to read."""
_AROUND = 128
"""Pixels around an area that are read with it: on real places masks are no better for what is farther away (IoU within 0.001)."""
_STEP = 32
"""The coarsest stride of the backbone: sides are multiples of it."""


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels."""

    row: int
    """First row."""
    column: int
    """First column."""
    height: int
    """Rows."""
    width: int
    """Columns."""

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an array (H, W)."""
        return slice(self.row, self.row + self.height), slice(self.column, self.column + self.width)

    def shifted(self, rows: int, columns: int) -> "Window":
        """The same rectangle on a grid whose origin lies `rows` above and `columns` left of this one's."""
        return Window(self.row + rows, self.column + columns, self.height, self.width)


@dataclass(frozen=True, eq=False)
class Tile:
    """What the model reads for a window: always a full square of pixels."""

    pixels: xr.DataArray
    """Reflectance (band, size, size) in memory, without y and x coordinates."""
    inside: tuple[slice, slice]
    """Where the window's own pixels are."""

    @cached_property
    def empty(self) -> NDArray[np.bool_]:
        """(size, size) pixels without data in any band."""
        known: NDArray[np.bool_] = np.isfinite(self.pixels.values).any(axis=0)
        return ~known


def whole_side(shape: tuple[int, int]) -> int:
    """Side of the smallest square that the model can read and that holds all of an area.

    Examples
    --------
    >>> [whole_side(shape) for shape in ((90, 40), (96, 96))]
    [96, 96]
    """
    return -(-max(shape) // _STEP) * _STEP


def fitting_side(shape: tuple[int, int], side: int, *, scene: tuple[int, int] | None = None) -> int:
    """Side of the windows for an area: `side`, unless one that fits the area, or all there is around it, serves better.

    Up to half as much more where a single window then shows all of the area: four windows and an overview cost several times as
    much. Less where the scene, or the area with what matters around it, is smaller.

    Parameters
    ----------
    shape
        Rows and columns of the area.
    side
        Pixels a side that a model was made for.
    scene
        Rows and columns of the scene that the area lies in; the area is the scene, unless told.

    Examples
    --------
    >>> [fitting_side(shape, 256) for shape in ((90, 90), (300, 300), (300, 500))]
    [96, 320, 256]
    >>> [fitting_side((90, 90), side, scene=(1000, 1000)) for side in (256, 512)]
    [256, 352]
    """
    area, whole = whole_side(shape), whole_side(scene or shape)
    if side < area <= 1.5 * side:
        return area
    return min(side, whole, area + 2 * _AROUND)


def tiling(shape: tuple[int, int], side: int, *, scene: tuple[int, int] | None = None) -> tuple[int, int]:
    """Side of the windows for an area and how far neighbours overlap, by the side that a model was made for; see `fitting_side`.

    Where there are several, those of about that side are taken that cover the area with the fewest pixels looked at twice.

    Examples
    --------
    >>> [tiling(shape, 512) for shape in ((90, 90), (700, 700), (1024, 1024), (1000, 3000))]
    [(96, 24), (704, 64), (544, 64), (576, 64)]
    """
    size = fitting_side(shape, side, scene=scene)
    if max(shape) > size:
        about = [one for one in range(_STEP, 2 * side, _STEP) if 0.75 * side <= one <= 1.125 * side]
        size = min(reversed(about), key=lambda one: _pixels_looked_at(shape, one), default=size)
    return size, _shared(size)


def _pixels_looked_at(shape: tuple[int, int], size: int) -> int:
    rows, columns = (len(_starts(length, size, _shared(size))) for length in shape)
    return rows * columns * (size**2 + _WORDS_IN_PIXELS)


def _shared(size: int) -> int:
    return min(size // 4, _OVERLAP)


def plan_windows(shape: tuple[int, int], *, size: int, overlap: int) -> tuple[Window, ...]:
    """Cover an area with windows, row by row.

    Parameters
    ----------
    shape
        Rows and columns of the area.
    size
        Side of a window in pixels; windows are smaller only where the area is.
    overlap
        Pixels that neighbours share, at least.

    Examples
    --------
    >>> [window.column for window in plan_windows((10, 25), size=10, overlap=2)]
    [0, 8, 15]
    """
    if not 0 <= overlap < size:
        raise ValueError(f"windows of {size} pixels overlap by 0 to {size - 1} pixels, not {overlap}; change `overlap` or `size`.")
    rows, columns = (_starts(length, size, overlap) for length in shape)
    height, width = (min(length, size) for length in shape)
    return tuple(Window(row, column, height, width) for row in rows for column in columns)


def _starts(length: int, size: int, overlap: int) -> list[int]:
    # Evenly spread starts share the surplus among all overlaps; a last window pushed back would crowd one pair.
    if length <= size:
        return [0]
    count = -(-(length - overlap) // (size - overlap))
    return [round(start) for start in np.linspace(0, length - size, count)]


def in_blocks(windows: Sequence[Window], *, side: int = BLOCK) -> list[list[Window]]:
    """Put those windows together that begin in one square of `side` pixels: what is read for one serves the next."""

    def square(window: Window) -> tuple[int, int]:
        return window.row // side, window.column // side

    ordered = sorted(windows, key=lambda w: (*square(w), w.row, w.column))
    return [list(block) for _, block in groupby(ordered, square)]


def open_rows(blocks: Sequence[Sequence[Window]], height: int) -> list[int]:
    """For each block of windows the first row that a window of a later one lies in; `height` after the last."""
    first = [min(window.row for window in block) for block in blocks]
    return [min(first[number:], default=height) for number in range(1, len(blocks) + 1)]


class TileReader:
    """Reads windows, and what lies around them, as squares of `size` pixels.

    Of a lazy scene a block of pixels is computed at a time: neighbouring windows overlap, and each needs whole chunks of the file.

    Parameters
    ----------
    scene
        (band, y, x).
    size
        Side of the tiles. Where the scene is smaller, it is mirrored at its lower and right edge.
    """

    def __init__(self, scene: xr.DataArray, *, size: int) -> None:
        self._scene, self.size = scene, size
        self._block, self._top, self._left = scene, 0, 0

    def read(self, window: Window) -> Tile:
        """Read a window on the scene's grid, no side longer than `size`."""
        rows, columns = self._scene.sizes["y"], self._scene.sizes["x"]
        top, left = _grown(window.row, window.height, rows, self.size), _grown(window.column, window.width, columns, self.size)
        values = self._pixels(top, left, min(self.size, rows), min(self.size, columns))
        missing = [(0, 0), (0, self.size - values.shape[1]), (0, self.size - values.shape[2])]
        padded = np.pad(values, missing, mode="symmetric")
        return Tile(tile_scene(self._scene, padded), window.shifted(-top, -left).slices)

    def part(self, windows: Sequence[Window]) -> tuple[xr.DataArray, list[Window]]:
        """What has to be read for some windows: all of their tiles, as lazy as the scene is; and the windows on its grid."""
        rows, columns = self._scene.sizes["y"], self._scene.sizes["x"]
        tops = [_grown(window.row, window.height, rows, self.size) for window in windows]
        lefts = [_grown(window.column, window.width, columns, self.size) for window in windows]
        pixels = self._scene.isel(y=slice(min(tops), max(tops) + self.size), x=slice(min(lefts), max(lefts) + self.size))
        return pixels, [window.shifted(-min(tops), -min(lefts)) for window in windows]

    def _pixels(self, top: int, left: int, height: int, width: int) -> NDArray[np.float32]:
        if self._scene.chunks is not None and not self._holds(top, left, height, width):
            self._top, self._left = top, left
            reach = BLOCK + self.size
            self._block = self._scene.isel(y=slice(top, top + reach), x=slice(left, left + reach)).compute()
        top, left = top - self._top, left - self._left
        part = self._block.isel(y=slice(top, top + height), x=slice(left, left + width))
        return np.asarray(part.values, dtype=np.float32)

    def _holds(self, top: int, left: int, height: int, width: int) -> bool:
        bottom, right = self._top + self._block.sizes["y"], self._left + self._block.sizes["x"]
        inside = self._top <= top and top + height <= bottom and self._left <= left and left + width <= right
        return inside and self._block.chunks is None


def _grown(start: int, length: int, limit: int, size: int) -> int:
    """First pixel of a stretch of `size` that has [start, start + length) in its middle, as far as the scene reaches."""
    return max(0, min(start - (size - length) // 2, limit - size))


def tile_scene(scene: xr.DataArray, values: NDArray[np.float32], *, factor: float = 1.0) -> xr.DataArray:
    """Pixels (band, h, w) with the bands and attributes of `scene`, their size `factor` times that of its pixels."""
    metres = pixel_size(scene)
    attrs = {**scene.attrs, "pixel_size_m": None if metres is None else metres * factor}
    coords = {"band": scene["band"].values, "wavelength": ("band", scene["wavelength"].values)}
    return xr.DataArray(values, dims=("band", "y", "x"), coords=coords, attrs=attrs)


def overview(scene: xr.DataArray, *, size: int) -> xr.DataArray:
    """The whole scene averaged to at most `size` pixels a side, without y and x coordinates; lazy scenes are streamed."""
    factor = -(-max(scene.sizes["y"], scene.sizes["x"]) // size)
    means = scene.coarsen(y=factor, x=factor, boundary="pad").mean()
    return tile_scene(scene, np.asarray(means.values, dtype=np.float32), factor=float(factor))


class Mosaic:
    """Windows of several layers, averaged where they overlap, and put away when no window to come reaches them.

    Parameters
    ----------
    into
        Where to put layers (T, H, W); NaN where no window was added.
    overlap
        Pixels over which a window's weight rises from its inner edges.
    reach
        Rows that windows may lie in before those above them are put away.
    inside
        (H, W) pixels that count; the others are NaN.
    """

    def __init__(self, into: Sink, *, overlap: int, reach: int, inside: NDArray[np.bool_] | None = None) -> None:
        layers, *shape = into.shape
        self._shape = tuple(shape)
        self._into, self._overlap, self._inside, self._top = into, overlap, inside, 0
        rows, columns = min(reach, self._shape[0]), self._shape[1]
        self._total = np.zeros((layers, rows, columns), dtype=np.float32)
        self._weight = np.zeros((rows, columns), dtype=np.float32)
        self.known = 0
        """Pixels put away that are not NaN."""

    def add(self, window: Window, values: NDArray[np.float32]) -> None:
        """Add a window's values (T, h, w)."""
        down = _ramp(window.row, window.height, self._shape[0], self._overlap)
        across = _ramp(window.column, window.width, self._shape[1], self._overlap)
        weight = down[:, None] * across[None, :]
        rows, columns = window.shifted(-self._top, 0).slices
        self._total[:, rows, columns] += weight * values
        self._weight[rows, columns] += weight

    def part(self, window: Window) -> NDArray[np.float32]:
        """What is known so far inside a window that was just added, (T, h, w); NaN where nothing is."""
        rows, columns = window.shifted(-self._top, 0).slices
        return self._mean(self._total[:, rows, columns].copy(), self._weight[rows, columns])

    def finish(self, bottom: int) -> None:
        """Put away all rows above `bottom`."""
        rows, done = slice(self._top, bottom), bottom - self._top
        if not done:
            return
        values = self._mean(self._total[:, :done], self._weight[:done])
        if self._inside is not None:
            values[:, ~self._inside[rows]] = np.nan
        self.known += int(np.isfinite(values[0]).sum())
        put(self._into, rows, values)
        for sums in (self._total, self._weight):
            left = sums.shape[-2] - done
            sums[..., :left, :] = sums[..., done:, :]
            sums[..., left:, :] = 0.0
        self._top = bottom

    @staticmethod
    def _mean(total: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
        with np.errstate(invalid="ignore"):
            total /= weight
        return total


def _ramp(start: int, length: int, limit: int, overlap: int) -> NDArray[np.float32]:
    """Weights along one side: 1 inside and at the area's edge, falling linearly towards a neighbour."""
    weights = np.ones(length, dtype=np.float32)
    rise = (np.arange(min(overlap, length), dtype=np.float32) + 1) / (overlap + 1)
    if start > 0:
        weights[: len(rise)] = rise
    if start + length < limit:
        weights[len(weights) - len(rise) :] = np.minimum(weights[len(weights) - len(rise) :], rise[::-1])
    return weights
