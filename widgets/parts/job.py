"""One piece of work at a time, beside the interface.

Which thread runs a button's callback depends on the kernel's version, so nothing here relies on it: work runs in a daemon thread of
its own, as a kernel that is restarted waits for no other, and a `threading.Event` asks it to stop.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

Stopped = Callable[[], bool]
"""Tells whether to stop."""
Work = Callable[[Stopped], object]
"""What is done."""
BUSY = "A run is at work; wait for its end, or cancel it first."


class Job:
    """Does one piece of work at a time in a daemon thread."""

    def __init__(self) -> None:
        self._lock, self._idle, self._stop = threading.Lock(), threading.Event(), threading.Event()
        self._worker: threading.Thread | None = None
        self._next: Callable[[], object] | None = None
        self._idle.set()

    @property
    def running(self) -> bool:
        """Whether work is being done."""
        return not self._idle.is_set()

    def start(self, work: Work, *, before: Callable[[], object] = lambda: None) -> bool:
        """Start `work`, after `before` in the caller's thread: whoever looks next finds it said that work has begun.

        Returns
        -------
        bool
            False, and nothing happens, if work is being done.
        """
        if not self._take():
            return False
        try:
            before()
            self._launch(partial(work, self._stop.is_set))
        except BaseException:
            self._free()
            raise
        return True

    def restart(self, work: Work) -> None:
        """Start `work` as soon as what is being done has ended, which is asked to stop; of several that wait, the newest."""
        with self._lock:
            self._stop.set()
            self._stop = threading.Event()
            newest = partial(work, self._stop.is_set)
            if self.running:
                self._next = newest
                return
            self._idle.clear()
        self._launch(newest)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no work begin meanwhile; who is alone already may do this again, and so may work in its own thread.

        Raises
        ------
        ValueError
            If other work is being done.
        """
        if self._worker is threading.current_thread():
            yield
            return
        if not self._take():
            raise ValueError(BUSY)
        self._worker = threading.current_thread()
        try:
            yield
        finally:
            self._free()

    def cancel(self) -> None:
        """Ask the work to stop; it does so at its next check."""
        self._stop.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no work is being done, at most `timeout` seconds; whether that is so."""
        return self._idle.wait(timeout)

    def _take(self) -> bool:
        with self._lock:
            if self.running:
                return False
            # An Event of its own for each work: a late cancel of the last one cannot stop the next one.
            self._stop = threading.Event()
            self._idle.clear()
            return True

    def _launch(self, work: Callable[[], object]) -> None:
        threading.Thread(target=self._do, args=(work,), name="spexlab-job", daemon=True).start()

    def _do(self, work: Callable[[], object]) -> None:
        self._worker = threading.current_thread()
        try:
            work()
        finally:
            self._free()

    def _free(self) -> None:
        """Go on with what waits, or rest."""
        with self._lock:
            self._worker = None
            work, self._next = self._next, None
            if work is None:
                self._idle.set()
                return
        self._launch(work)
