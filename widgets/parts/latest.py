"""Answers the newest request beside the interface, and forgets those that it overtook.

A slider that is dragged asks dozens of times a second; only the last question matters.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Runs a function for the newest request in a thread of its own, one at a time.

    Parameters
    ----------
    work : callable
        What to do with a request; it must not raise.
    """

    def __init__(self, work: Callable[[T], object]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._waiting: list[T] = []
        self._busy = False
        self._idle = threading.Event()
        self._idle.set()

    def ask(self, request: T) -> None:
        """Answer this request next, instead of any that still waits."""
        with self._lock:
            self._waiting = [request]
            if self._busy:
                return
            self._busy = True
            self._idle.clear()
        threading.Thread(target=self._run, name="spexlab-latest", daemon=True).start()

    @property
    def overtaken(self) -> bool:
        """Whether a newer request waits, so that what is worked on is of no use any more."""
        return bool(self._waiting)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until every request is answered, at most `timeout` seconds; whether all are."""
        end = None if timeout is None else time.monotonic() + timeout
        return self._idle.wait(None if end is None else max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy = False
                    self._idle.set()
                    return
                request = self._waiting.pop()
            self._work(request)
