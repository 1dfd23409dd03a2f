"""Windows looked at several at a time on the processors of one machine.

What a small model computes of a window is many small steps, which a second CPU thread makes hardly faster: a window for each thread
is done sooner than a thread more for each window.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

from spexlab.extraction.calibration import Cut
from spexlab.extraction.engine import Engine
from spexlab.extraction.events import Cancelled
from spexlab.extraction.seeing import Looked, look
from spexlab.extraction.windows import Tile, Window

_POLL = 0.05
"""Seconds between two questions whether to stop."""


def abreast(
    engine: Engine, cuts: Mapping[str, Cut], tiles: Iterable[tuple[Window, Tile]], *, lanes: int, check: Callable[[], None]
) -> Generator[Looked]:
    """Look at windows in so many threads, and give what was found in each in their order.

    Tiles are read, and `check` is called, in the caller's thread; if that raises, or the caller has enough, the threads end before
    their next target.
    """
    enough = threading.Event()

    def go_on() -> None:
        if enough.is_set():
            raise Cancelled("nobody waits for this window any more.")

    with ThreadPoolExecutor(lanes, thread_name_prefix="spexlab-window") as pool:
        waiting: deque[Future[Looked]] = deque()
        try:
            for tile in tiles:
                waiting.append(pool.submit(look, engine, cuts, [tile], check=go_on))
                if len(waiting) > lanes:
                    yield _result(waiting.popleft(), check)
            while waiting:
                yield _result(waiting.popleft(), check)
        finally:
            enough.set()
            for future in waiting:
                future.cancel()


def _result(future: Future[Looked], check: Callable[[], None]) -> Looked:
    while not wait([future], timeout=_POLL).done:
        check()
    return future.result()
