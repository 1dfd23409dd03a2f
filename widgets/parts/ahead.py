"""What an app's first run needs, loaded in the kernel's pauses while a person looks at the map.

Piece by piece in the kernel's own thread: between two pieces it answers, and modules that two threads import at once may be seen
half made. Where no event loop runs, as in a script, nothing is loaded ahead.
"""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path

_PIECES = ("torch", "transformers", "transformers.processing_utils", "spexlab.extraction.loading")
_PAUSE = 0.3
"""Seconds for what else there is to do, before each piece."""


class LoadingAhead:
    """Loads a checkpoint that comes with spexlab, with the modules that read it, unless somebody needs it sooner."""

    def __init__(self) -> None:
        self._waiting: asyncio.TimerHandle | None = None

    def begin(self, model: str | Path) -> None:
        """Begin with the next pause."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self.give_up()
        self._go_on(loop, iter([*(partial(import_module, name) for name in _PIECES), partial(_load, model)]))

    def give_up(self) -> None:
        """Leave the rest to whoever needs it now."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _go_on(self, loop: asyncio.AbstractEventLoop, pieces: Iterator[Callable[[], object]]) -> None:
        def take() -> None:
            piece = next(pieces, None)
            if piece is None:
                self._waiting = None
                return
            try:
                piece()
            except Exception:  # noqa: BLE001 - whatever is wrong is told by the run that needs it
                self._waiting = None
                return
            self._go_on(loop, pieces)

        self._waiting = loop.call_later(_PAUSE, take)


def _load(model: str | Path) -> None:
    from spexlab.extraction.loading import load_ahead

    load_ahead(model)


AHEAD = LoadingAhead()
"""The one of this process: all apps of a kernel need the same."""
