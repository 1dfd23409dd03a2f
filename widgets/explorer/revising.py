"""Changes of the answer that is shown: cut elsewhere, corrected by pointing. Made one after another, beside the interface."""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from widgets.explorer.correcting import Change
from widgets.parts.job import Stopped, Work
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.extraction import Extraction

Shown = Callable[["Extraction", "Extraction"], object]


class Revisions:
    """Makes changes of one answer in their order; of thresholds that wait, only the newest is cut at.

    Parameters
    ----------
    restart : callable
        Does a piece of work as soon as what is being done has ended.
    say : callable
        Tells what went wrong.
    show : callable
        Called with the answer that was shown and the one to show.
    """

    def __init__(self, restart: Callable[[Work], None], *, say: Callable[[str, str], None], show: Shown) -> None:
        self._restart, self._say, self._show = restart, say, show
        self._lock = Lock()
        self._waiting: list[tuple[str, Change]] = []
        self._first: Extraction | None = None
        self._shown: Extraction | None = None

    def start(self, answer: "Extraction | None") -> None:
        """Change another answer from now on; what waits for the last one is dropped."""
        with self._lock:
            self._waiting.clear()
            self._first = self._shown = answer

    def cut(self, thresholds: dict[str, float]) -> None:
        """Cut the answer at these thresholds."""

        def at(answer: "Extraction") -> "Extraction":
            first = self._first
            as_first = first is not None and thresholds == {name: first.cuts[name].threshold for name in first.targets}
            return first if first is not None and as_first and not answer.corrections else answer.cut_at(thresholds)

        self._add("cut", at)

    def change(self, change: Change) -> None:
        """Change the answer in another way."""
        self._add("change", change)

    def _add(self, kind: str, change: Change) -> None:
        with self._lock:
            if self._first is None:
                return
            if kind == "cut" and self._waiting and self._waiting[-1][0] == "cut":
                self._waiting.pop()
            self._waiting.append((kind, change))
        self._restart(self._work_off)

    def _work_off(self, _: Stopped) -> None:
        with self._lock:
            before, waiting, self._waiting = self._shown, self._waiting, []
        if before is None:
            return
        after = before
        for _kind, change in waiting:
            with told(self._say):
                after = change(after)
        if after is not before:
            self._shown = after
            self._show(before, after)
