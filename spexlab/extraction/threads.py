"""CPU threads where there is too little work to share."""

import threading

import torch


class OneThread:
    """A context in which torch uses one CPU thread; it may be entered by several threads at a time.

    The number of threads belongs to the process, so that the first to enter remembers it for all.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._before = threading.Lock(), 0, 1

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._before = torch.get_num_threads()
            self._inside += 1
            torch.set_num_threads(1)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            torch.set_num_threads(self._before)


ONE_THREAD = OneThread()
"""The process's own."""
