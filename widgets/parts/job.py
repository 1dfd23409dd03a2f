"""One piece of work at a time, beside the interface.

Which thread runs a button's callback depends on the kernel's version, so nothing here relies on it: work runs
in a thread of its own, and a `threading.Event` asks it to stop.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Job:
    """Runs one function at a time in a daemon thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    @property
    def running(self) -> bool:
        """Whether the function is still at work."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, work: Callable[[Callable[[], bool]], None]) -> bool:
        """Start `work`, which is handed a function that tells whether to stop.

        Returns
        -------
        bool
            False, and nothing happens, if a function is still at work.
        """
        with self._lock:
            if self.running:
                return False
            # An Event of its own for each run: a late cancel of the last run cannot stop the next one.
            self._stop = threading.Event()
            self._thread = threading.Thread(target=work, args=(self._stop.is_set,), name="spexlab-job", daemon=True)
            self._thread.start()
            return True

    def cancel(self) -> None:
        """Ask the function to stop; it does so at its next check."""
        self._stop.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the function is done, at most `timeout` seconds; whether it is."""
        if self._thread is not None:
            self._thread.join(timeout)
        return not self.running


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
