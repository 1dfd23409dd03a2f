"""Image features kept for the next instruction about the same pixels."""

import hashlib
from collections import OrderedDict
from dataclasses import fields

import numpy as np
import xarray as xr
from torch import Tensor

from spexlab.model.outputs import SpexFeatures


class FeatureCache:
    """Image features by the content of what was encoded; the least recently used ones go first.

    Parameters
    ----------
    limit
        Bytes to keep.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._kept: OrderedDict[str, SpexFeatures] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return sum(_nbytes(features) for features in self._kept.values())

    def get(self, key: str) -> SpexFeatures | None:
        """Features kept under a key, now the most recently used, or None."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: str, features: SpexFeatures) -> None:
        """Keep features, and let go of the oldest beyond the limit."""
        self._kept[key] = features
        while self._kept and self.nbytes > self.limit:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Let go of everything."""
        self._kept.clear()


def _nbytes(features: SpexFeatures) -> int:
    held = (getattr(features, field.name) for field in fields(features))
    return sum(tensor.nbytes for tensor in held if isinstance(tensor, Tensor))


def content_key(pixels: xr.DataArray) -> str:
    """What tells these pixels (band, y, x) from any others, whatever scene they came from."""
    digest = hashlib.blake2b(np.ascontiguousarray(pixels.values).data, digest_size=16)
    digest.update(np.asarray(pixels["wavelength"].values, dtype=np.float64).tobytes())
    digest.update(repr((pixels.shape, pixels["band"].values.tolist(), pixels.attrs.get("pixel_size_m"))).encode())
    return digest.hexdigest()
