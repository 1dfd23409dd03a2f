"""Layers on disk: what is computed of a lazy scene is kept in files as it comes, and read back in blocks when it is looked at."""

import tempfile
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import dask.array as da
import numpy as np
from numpy.typing import DTypeLike, NDArray

from spexlab.evidence.strips import STRIP


class Store:
    """A folder for layers, beside the system's other temporary files; it goes with the last array that reads from it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="spexlab-")

    def layers(self, shape: tuple[int, ...], dtype: DTypeLike) -> "StoredLayers":
        """Make room for layers (..., H, W).

        Raises
        ------
        OSError
            If the disk is full.
        """
        path = Path(self._folder.name) / f"{uuid4().hex}.npy"
        np.lib.format.open_memmap(path, mode="w+", dtype=np.dtype(dtype), shape=shape).flush()
        return StoredLayers(path, shape, np.dtype(dtype), self)


class StoredLayers:
    """An array on disk, of which parts are written and read; nothing of it stays in memory."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], store: Store | None) -> None:
        self.path, self.shape, self.dtype, self._store = path, shape, dtype, store

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __getitem__(self, index: Any) -> NDArray[Any]:
        # Opened each time: the pages of a file that stays mapped count as this process's memory.
        return np.array(np.load(self.path, mmap_mode="r")[index])

    def write(self, rows: slice, values: NDArray[Any], *, layer: int = 0) -> None:
        """Write some rows (t, h, W) of layers, or (h, W) of one, from a layer on.

        Raises
        ------
        OSError
            If the disk is full: written through a map of the file, that would end the process.
        """
        height, width = self.shape[-2:]
        with self.path.open("r+b") as file:
            start = self.path.stat().st_size - int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
            for number, part in enumerate(values.reshape(-1, *values.shape[-2:]), start=layer):
                file.seek(start + (number * height + rows.start) * width * self.dtype.itemsize)
                file.write(np.ascontiguousarray(part, dtype=self.dtype).data)

    def __getstate__(self) -> dict[str, Any]:
        """Elsewhere it is read, too, but only here does it keep the file."""
        return {**self.__dict__, "_store": None}

    @property
    def lazy(self) -> da.Array:
        """The same as a Dask array, which is read in blocks."""
        chunks = (*(1,) * (self.ndim - 2), STRIP, STRIP)
        lazy: da.Array = da.from_array(
            self, chunks=chunks, name=f"layers-{self.path.stem}", meta=np.empty((0,) * self.ndim, self.dtype)
        )
        return lazy


Sink: TypeAlias = NDArray[Any] | StoredLayers
"""Where layers (T, H, W) are put as they come: in memory, or on disk."""


def put(into: Sink, rows: slice, values: NDArray[Any], *, layer: int = 0) -> None:
    """Put some rows of layers (t, h, W), or of one (h, W), from a layer on."""
    if isinstance(into, StoredLayers):
        into.write(rows, values, layer=layer)
    elif values.ndim == into.ndim:
        into[layer : layer + len(values), rows] = values
    else:
        into[layer, rows] = values


def layer_of(layers: Sink, number: int) -> Any:
    """One layer (H, W) to look at: lazy if it is on disk."""
    return layers.lazy[number] if isinstance(layers, StoredLayers) else layers[number]
