"""Values that come faster than a page can show them."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Throttle(Generic[T]):
    """Passes on the latest value now and then.

    A widget that is written to at every token or tile keeps the browser busy and the connection full.

    Parameters
    ----------
    write : callable
        What to do with a value.
    interval : float
        Seconds between two writes, at least. Where writing itself is slow, it takes a tenth of the time at most.
    """

    def __init__(self, write: Callable[[T], object], *, interval: float = 0.1) -> None:
        self._write, self._interval = write, interval
        self._next = float("-inf")
        self._pending: list[T] = []

    def __call__(self, value: T) -> None:
        """Offer a value: written now, or kept until its time has come."""
        self._pending = [value]
        if time.monotonic() >= self._next:
            self.flush()

    def flush(self) -> None:
        """Write the value that was kept back, if there is one."""
        if self._pending:
            start = time.monotonic()
            self._write(self._pending.pop())
            end = time.monotonic()
            self._next = end + max(self._interval, 9 * (end - start))
