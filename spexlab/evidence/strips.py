"""Arrays of any size, on disk or lazy, a strip of rows at a time: what is summed up of them needs no more in memory."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from dask.base import is_dask_collection
from numpy.typing import NDArray

STRIP = 1024
"""Rows of a strip: the rows of a block in which lazy scenes are read."""


def strips(height: int) -> Iterator[slice]:
    """Go through the rows of an array, from the top."""
    for top in range(0, height, STRIP):
        yield slice(top, min(top + STRIP, height))


def loaded(values: Any) -> NDArray[Any]:
    """Bring an array, or a part of one, into memory.

    Lazy ones are read here: workers of a cluster need not see what lies on this machine's disk.
    """
    return np.asarray(values.compute(scheduler="threads") if is_dask_collection(values) else values)
