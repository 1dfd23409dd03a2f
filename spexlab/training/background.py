"""Training that does not keep a notebook cell busy."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from spexlab.training.run import State, TrainingRun


class BackgroundRun(TrainingRun):
    """A run that this process trains in a thread; `wait` raises what the training raised."""

    def __init__(self, folder: str | Path, trained: "Future[TrainingRun]") -> None:
        super().__init__(folder)
        self._trained = trained

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
    ``run = in_background(pretrain, places, out="runs/first")``, then ``TrainingMonitor(run)``, then ``run.wait()``.
    """
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="training")
    trained = pool.submit(train, data, out=out, **options)
    pool.shutdown(wait=False)
    return BackgroundRun(out, trained)
