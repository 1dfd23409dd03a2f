"""What pixels look like, and how far what is said of one of them is carried to others.

A pixel's looks are its bands, normalised differences and their statistics around it, each brought to the scene's own spread and
turned to the few directions in which the scene varies. They come from the scene alone: whichever network answered, a correction
means the same.
"""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import torch
import xarray as xr
from cachetools import LRUCache
from numpy.typing import NDArray

from spexlab.extraction.threads import ONE_THREAD
from spexlab.model.landcover import pixel_features

_DIRECTIONS = 12
"""Numbers that are kept of a pixel's looks."""
_FARTHEST = 4.0
"""Spreads from the mean beyond which a number says no more."""
_SAMPLE = 20_000
"""Pixels of which the spread of a scene is learnt."""
_BLOCK = 64
"""Rows that are looked at at a time: their numbers stay in the processor's memory."""
_BLOCKS, _ROWS = 16, 32
"""Blocks of rows of which a scene's spread is learnt."""
_KEPT = 1 << 28
"""Bytes of what was worked out of pixels: 128 of them at 1,024 pixels a side."""
_AROUND = 8
"""Rows above and below a block that the statistics around its pixels need."""


@dataclass(frozen=True)
class Reach:
    """How far a word about one pixel is carried: differences of looks in spreads of the scene, distances in pixels.

    The size of a mistake is the distance from the pixel to the nearest one that is answered otherwise.
    """

    alike: float = 0.6
    """How different pixels may look that change with it, ..."""
    everywhere: float = 0.3
    """... and the weight of that, all over the area."""
    near_alike: float = 1.7
    """How different pixels close by may look, ..."""
    near: float = 4.0
    """... and the weight of that."""
    by_size: float = 2.0
    """It fades over so many times the size of the mistake, ..."""
    nearest: float = 3.0
    """... at least over so many pixels ..."""
    farthest: float = 80.0
    """... and at most over so many."""

    @property
    def whole(self) -> float:
        """Weight of a word about a pixel for that pixel itself."""
        return self.everywhere + self.near


REACH = Reach()
"""Chosen by a simulated user on training places, as ``benchmarks/corrections.py`` clicks."""


@dataclass(frozen=True, eq=False)
class PixelLooks:
    """What every pixel of a scene looks like."""

    values: NDArray[np.float32]
    """(H * W, K), of the order of 1 apart for pixels that look different."""
    shape: tuple[int, int]
    """Rows and columns (H, W)."""
    _squares: NDArray[np.float32] = field(repr=False)
    _carried: LRUCache[tuple[tuple[int, int], float], NDArray[np.float16]] = field(repr=False)

    @classmethod
    def of(cls, scene: xr.DataArray) -> Self:
        """Look at a scene (band, y, x); where it has no data, a pixel looks like the scene's mean."""
        # Rows are read in small blocks: a second CPU thread would wait more than it works.
        with ONE_THREAD:
            return cls._of(scene)

    @classmethod
    def _of(cls, scene: xr.DataArray) -> Self:
        shape = (scene.sizes["y"], scene.sizes["x"])
        sample = np.concatenate([_numbers(scene, top, _ROWS) for top in _spread(shape[0])])
        sample = sample[:: max(1, len(sample) // _SAMPLE)]
        kept = np.isfinite(sample).mean(axis=0) > 0.5
        mean, spread = np.nanmean(sample[:, kept], axis=0), np.nanstd(sample[:, kept], axis=0)
        directions = _directions(_scaled(sample[:, kept], mean, spread))
        blocks = (_numbers(scene, top, _BLOCK)[:, kept] for top in range(0, shape[0], _BLOCK))
        turned = np.concatenate([_scaled(block, mean, spread) @ directions for block in blocks])
        return cls(turned, shape, np.einsum("nk,nk->n", turned, turned), LRUCache(_KEPT, getsizeof=lambda one: one.nbytes))

    @property
    def arrays(self) -> list[NDArray[Any]]:
        """What it holds in memory."""
        return [self.values, self._squares, *self._carried.values()]

    def carried(self, pixel: tuple[int, int], *, size: float) -> NDArray[np.float16]:
        """How much of what is said of a pixel holds for every other, (H, W), `REACH.whole` at the pixel itself.

        Parameters
        ----------
        pixel
            Row and column.
        size
            Of the mistake, as in `Reach`.
        """
        found = self._carried.get((pixel, size))
        if found is None:
            found = self._worked_out(pixel, size).astype(np.float16)
            if found.nbytes <= self._carried.maxsize:
                self._carried[pixel, size] = found
        return found

    def _worked_out(self, pixel: tuple[int, int], size: float) -> NDArray[np.float32]:
        apart, away = self._apart(pixel), _away(pixel, self.shape)
        fades = np.float32(np.clip(REACH.by_size * size, REACH.nearest, REACH.farthest))
        alike: NDArray[np.float32] = np.exp(apart * np.float32(-0.5 / REACH.alike**2))
        close = np.exp(apart * np.float32(-0.5 / REACH.near_alike**2) - away / fades)
        return (REACH.everywhere * alike + REACH.near * close).astype(np.float32)

    def _apart(self, pixel: tuple[int, int]) -> NDArray[np.float32]:
        """Squared difference of every pixel's looks from those of one, (H, W)."""
        number = pixel[0] * self.shape[1] + pixel[1]
        apart = self._squares + self._squares[number] - 2 * (self.values @ self.values[number])
        positive: NDArray[np.float32] = np.maximum(apart, 0.0).reshape(self.shape)
        return positive


def _spread(rows: int) -> NDArray[np.intp]:
    """Where the blocks of rows begin of which a scene's spread is learnt."""
    return np.unique(np.linspace(0, max(0, rows - _ROWS), _BLOCKS).astype(int))


def _numbers(scene: xr.DataArray, top: int, rows: int) -> NDArray[np.float32]:
    """Bands of some rows, and what the network reads of them, (rows * W, F); NaN where the bands do not allow it."""
    first = max(0, top - _AROUND)
    values = np.asarray(scene.isel(y=slice(first, top + rows + _AROUND)).values, dtype=np.float32)
    wavelengths = torch.tensor(scene["wavelength"].values, dtype=torch.float32)[None]
    with torch.inference_mode():
        read = pixel_features(torch.from_numpy(values[None]), wavelengths)[0].numpy()
    numbers = np.concatenate([np.moveaxis(values, 0, 2), read], axis=2)[top - first :][: min(rows, scene.sizes["y"] - top)]
    return numbers.reshape(-1, numbers.shape[2])


def _scaled(numbers: NDArray[np.float32], mean: NDArray[np.float32], spread: NDArray[np.float32]) -> NDArray[np.float32]:
    """In spreads from the mean, so that all numbers together are as long as one."""
    scaled = np.clip((numbers - mean) / np.maximum(spread, 1e-6), -_FARTHEST, _FARTHEST) / np.sqrt(np.float32(len(mean)))
    known: NDArray[np.float32] = np.nan_to_num(scaled, nan=0.0).astype(np.float32)
    return known


def _directions(sample: NDArray[np.float32]) -> NDArray[np.float32]:
    """The directions in which a sample varies the most, (F, K)."""
    _, vectors = np.linalg.eigh(sample.T @ sample)
    directions: NDArray[np.float32] = vectors[:, ::-1][:, :_DIRECTIONS].astype(np.float32)
    return directions


def _away(pixel: tuple[int, int], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Distance from a pixel to every other, in pixels, (H, W)."""
    down, across = (np.arange(length, dtype=np.float32) - at for length, at in zip(shape, pixel, strict=True))
    away: NDArray[np.float32] = np.hypot(down[:, None], across[None, :])
    return away
