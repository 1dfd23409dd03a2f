"""Windows on a cluster: any `dask.distributed.Client` that is open when a lazy scene is looked at.

A block of windows is a task: its worker reads the pixels, looks at them, and sends probabilities back. The checkpoint is sent to
every worker once. What a worker that dies had begun, or took with it, is done again by another one.
"""

import sys
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Any, cast

import torch
import xarray as xr
from dask.delayed import delayed

from spexlab.extraction.calibration import Cut
from spexlab.extraction.engine import Engine
from spexlab.extraction.seeing import Looked, look
from spexlab.extraction.windows import TileReader, Window

Part = tuple[xr.DataArray, Sequence[Window]]
"""A lazy piece of a scene, and the windows in it on its own grid."""
_AHEAD = 2
"""Tasks for each thread of a cluster that are begun before the first of them is needed."""
_LOST = 4
"""Times that a part is begun before its cluster is given up."""


def current_client() -> Any:
    """Return the `dask.distributed.Client` that is open, None if there is none."""
    distributed = sys.modules.get("distributed")
    if distributed is None:  # nobody opens a client without it
        return None
    try:
        return distributed.default_client()
    except ValueError:
        return None


def predicted(client: Any, engine: Engine, cuts: Mapping[str, Cut], parts: Sequence[Part], *, size: int) -> Generator[Looked]:
    """Look at parts of a scene on a cluster, and give what was found in their order.

    Raises
    ------
    RuntimeError
        If workers were lost time and again.
    """
    work = _Work(client, engine, dict(cuts), size)
    waiting: deque[tuple[Any, Part]] = deque()
    most = max(2, _AHEAD * sum(client.nthreads().values()))
    try:
        for part in parts:
            waiting.append((work.begun(part), part))
            if len(waiting) == most:
                yield work.result(*waiting.popleft())
        while waiting:
            yield work.result(*waiting.popleft())
    finally:
        client.cancel([future for future, _ in waiting])


class _Work:
    """What is done with each part, begun again where a cluster lost it.

    dask keeps one copy of what it was sent, so that the checkpoint is lost with the worker that holds it, and with the checkpoint
    all that was to be done with it.
    """

    def __init__(self, client: Any, engine: Engine, cuts: dict[str, Cut], size: int) -> None:
        self._client, self._engine, self._cuts, self._size = client, engine, cuts, size
        self._look = delayed(_look, pure=False)
        self._sent = self._send()

    def begun(self, part: Part) -> Any:
        """The future of a part's answers."""
        if self._sent.cancelled():
            self._sent = self._send()
        pixels, windows = part
        return self._client.compute(self._look(self._sent, self._cuts, pixels, list(windows), self._size))

    def result(self, future: Any, part: Part) -> Looked:
        """Wait for a part that was begun."""
        for left in reversed(range(_LOST)):
            try:
                return cast("Looked", future.result())
            except CancelledError:
                future = self.begun(part) if left else None
        raise RuntimeError(f"workers of the cluster were lost {_LOST} times while they looked at a part; look into their logs.")

    def _send(self) -> Any:
        return self._client.scatter(self._engine, broadcast=True, hash=False)


def _look(engine: Engine, cuts: Mapping[str, Cut], pixels: xr.DataArray, windows: Sequence[Window], size: int) -> Looked:
    """Look at the windows of one part, on a worker: a task is one thread's work, unless there is a GPU."""
    if torch.cuda.is_available():
        engine.to("cuda")
    reader = TileReader(pixels, size=size)
    return look(engine, cuts, ((window, reader.read(window)) for window in windows))
