"""Image features kept for the next instruction about the same pixels."""

import hashlib
from dataclasses import fields
from itertools import chain
from threading import Lock
from typing import Any
from weakref import ReferenceType

import numpy as np
import xarray as xr
from cachetools import LRUCache, cached
from torch import Tensor

from spexlab.extraction.memory import kept_bytes
from spexlab.model.outputs import SpexFeatures

Key = tuple["ReferenceType[Any]", str]
"""Whose features they are, and of which pixels; see `content_key`."""


class FeatureCache:
    """Image features of one model or several, for use from several threads; the least recently used ones go first.

    Parameters
    ----------
    limit
        Bytes to keep, of all models together; 0 keeps nothing.
    """

    def __init__(self, limit: int) -> None:
        self._kept: LRUCache[Key, SpexFeatures] = LRUCache(limit, getsizeof=_nbytes)
        self._lock = Lock()

    def __getstate__(self) -> dict[str, int]:
        """Features stay where they are; elsewhere a cache begins empty."""
        return {"limit": self.limit}

    def __setstate__(self, state: dict[str, int]) -> None:
        self.__init__(state["limit"])  # type: ignore[misc]

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def limit(self) -> int:
        """Bytes to keep."""
        return int(self._kept.maxsize)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return int(self._kept.currsize)

    def get(self, key: Key) -> SpexFeatures | None:
        """Features kept under a key, now the most recently used, or None."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: Key, features: SpexFeatures) -> None:
        """Keep features if they fit at all, and let go of what nobody can ask for any more, then of the oldest."""
        with self._lock:
            for left in [kept for kept in self._kept if kept[0]() is None]:
                del self._kept[left]
            if _nbytes(features) <= self.limit:
                self._kept[key] = features

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._kept.clear()


@cached({}, lock=Lock())
def process_cache(device: str) -> FeatureCache:
    """What all models on a device ("cpu", "cuda", ...) share, so that many of them keep no more than one."""
    return FeatureCache(kept_bytes(device))


def _nbytes(features: SpexFeatures) -> int:
    held = (getattr(features, field.name) for field in fields(features))
    layers = [] if features.begun is None else features.begun.layers
    states = chain.from_iterable(vars(layer).values() for layer in layers)
    return sum(tensor.nbytes for tensor in (*held, *states) if isinstance(tensor, Tensor))


def content_key(pixels: xr.DataArray) -> str:
    """Cache key of pixels (band, y, x): their values, bands and size, whatever scene they came from."""
    digest = hashlib.blake2b(np.ascontiguousarray(pixels.values).data, digest_size=16)
    digest.update(np.asarray(pixels["wavelength"].values, dtype=np.float64).tobytes())
    digest.update(repr((pixels.shape, pixels["band"].values.tolist(), pixels.attrs.get("pixel_size_m"))).encode())
    return digest.hexdigest()
