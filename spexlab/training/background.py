"""Training that does not keep a notebook cell busy."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from spexlab.training.recording import reason
from spexlab.training.run import STATUS, State, TrainingRun

_Mark = tuple[int, int] | None


class BackgroundRun(TrainingRun):
    """A run that this process trains in a thread; `wait` and ``await`` raise what the training raised."""

    def __init__(self, folder: str | Path, trained: "Future[TrainingRun]", *, earlier: _Mark) -> None:
        super().__init__(folder)
        self._trained, self._earlier = trained, earlier

    def _status(self) -> dict[str, Any]:
        """What the folder tells of this training, not of an earlier one; an error is told also if it never got so far."""
        begun = _mark(self.folder) != self._earlier
        status = super()._status() if begun else {}
        error = self._trained.exception() if self._trained.done() else None
        return status if error is None else {**status, "state": "failed", "message": reason(error)}

    @property
    def over(self) -> bool:
        """Whether the training has ended, however it did, also before it wrote anything."""
        return self._trained.done()

    def wait(self, timeout: float | None = None) -> State:
        """Wait until the run has ended, or `timeout` seconds have passed; returns its state then."""
        try:
            self._trained.result(timeout)
        except TimeoutError:
            if self._trained.done():
                raise
        return self.state


def in_background(train: Callable[..., TrainingRun], data: Any, *, out: str | Path, **options: Any) -> BackgroundRun:
    """Start `pretrain` or `finetune` in a thread and return at once.

    Parameters
    ----------
    train
        The function.
    data, out, options
        Its arguments.

    Examples
    --------
    ``run = in_background(pretrain, places, out="runs/first")``, then ``TrainingMonitor(run)``, then ``await run``.
    """
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="training")
    earlier = _mark(Path(out))
    trained = pool.submit(train, data, out=out, **options)
    pool.shutdown(wait=False)
    return BackgroundRun(out, trained, earlier=earlier)


def _mark(folder: Path) -> _Mark:
    """What changes when a run's status is written, as a file of the same words is another one then."""
    try:
        status = (folder / STATUS).stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns
