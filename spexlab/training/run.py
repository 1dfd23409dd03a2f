"""A training run, seen from outside: a folder that any process may read, and from which it may pause and stop the run."""

import asyncio
import io
import json
import os
import socket
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import pandas as pd

State = Literal["waiting", "running", "paused", "stopped", "finished", "failed"]
Wish = Literal["run", "pause", "stop"]

STATUS, CONTROL, CURVES, SNAPSHOTS, MODEL = "status.json", "control.json", "curves.csv", "snapshots", "model"
COLUMNS = ("step", "seconds", "name", "value")
GOING = ("waiting", "running", "paused")
"""States of a run that has not ended."""
_POLL = 0.2
"""Seconds between two looks at a run that is waited for."""


@dataclass(frozen=True)
class Snapshot:
    """A picture made during training: image, truth and prediction side by side."""

    step: int
    """Steps of training that it was made after."""
    image: Path
    """A PNG."""


class TrainingRun:
    """A folder on disk in which a run writes down how it goes; safe to read from another process at any time.

    In a notebook ``await run`` waits for its end, and the buttons of a monitor work meanwhile; `wait` keeps the kernel from them.

    Parameters
    ----------
    folder
        Where the run writes, or will write: it need not exist yet.

    Examples
    --------
    >>> TrainingRun("runs/not-yet-begun").state
    'waiting'
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def __repr__(self) -> str:
        return f"TrainingRun({str(self.folder)!r}: {self.state}, step {self.step} of {self.total_steps})"

    @property
    def state(self) -> State:
        """What the run is doing; "waiting" until it has begun, "failed" also if its process has died."""
        status = self._status()
        return "failed" if _died(status) else cast("State", status.get("state", "waiting"))

    @property
    def message(self) -> str:
        """What there is to know in one line: the error, or a batch that was halved. Empty if nothing happened."""
        status = self._status()
        if _died(status):
            return f"the process {status['pid']} that trained here has ended without a word; train on with resume=True."
        return str(status.get("message", ""))

    @property
    def step(self) -> int:
        """Steps taken."""
        return int(self._status().get("step", 0))

    @property
    def total_steps(self) -> int:
        """Steps to take; 0 until the run has begun."""
        return int(self._status().get("total_steps", 0))

    @property
    def model(self) -> Path:
        """Where the trained model lies once the run has finished or was stopped."""
        return self.folder / MODEL

    def curves(self) -> pd.DataFrame:
        """What was measured: one row a value, with the columns ``step``, ``seconds``, ``name`` and ``value``."""
        text = _read(self.folder / CURVES)
        # The last line may be half written.
        whole = text[: text.rfind("\n") + 1] or ",".join(COLUMNS) + "\n"
        return pd.read_csv(io.StringIO(whole), dtype={"step": int, "seconds": float, "name": str, "value": float})

    def snapshots(self) -> list[Snapshot]:
        """The pictures made so far, oldest first."""
        images = sorted((self.folder / SNAPSHOTS).glob("step-*.png"))
        return [Snapshot(int(image.stem.removeprefix("step-")), image) for image in images]

    def pause(self) -> None:
        """Ask the run to wait before its next step, without giving anything up."""
        self._wish("pause")

    def resume(self) -> None:
        """Let a paused run go on. One that was stopped or has failed goes on by training with ``resume=True``."""
        self._wish("run")

    def stop(self) -> None:
        """Ask the run to save what was learnt before its next step, and end."""
        self._wish("stop")

    @property
    def over(self) -> bool:
        """Whether the run has ended, however it did."""
        return self.state not in GOING

    def wait(self, timeout: float | None = None) -> State:
        """Wait until the run has ended, or `timeout` seconds have passed; returns its state then.

        Raises
        ------
        RuntimeError
            If the run has failed, with its message.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while not self.over and (end is None or time.monotonic() < end):
            time.sleep(_POLL)
        if self.state == "failed":
            raise RuntimeError(f"the training in {str(self.folder)!r} has failed: {self.message}")
        return self.state

    def __await__(self) -> Generator[Any, None, State]:
        """Wait as `wait` does, without keeping a notebook's kernel from what else it is asked."""
        return self._end().__await__()

    async def _end(self) -> State:
        while not self.over:  # noqa: ASYNC110  another process may end it, which wakes nobody here
            await asyncio.sleep(_POLL)
        return self.wait()

    def _wish(self, wish: Wish) -> None:
        write_json(self.folder / CONTROL, {"wanted": wish})

    def _status(self) -> dict[str, Any]:
        text = _read(self.folder / STATUS)
        try:
            return dict(json.loads(text)) if text else {}
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{STATUS} of a run must hold a JSON object, but that of {str(self.folder)!r} does not ({error}); "
                "begin the run in another folder, or delete the file."
            ) from error


def check_free(folder: Path) -> None:
    """Make sure that a folder is free for a run.

    Raises
    ------
    ValueError
        If it holds one already.
    """
    if (folder / STATUS).exists():
        raise ValueError(f"{str(folder)!r} holds a run already; train on with resume=True, or give another folder.")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a JSON file at once: who reads at the same time sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two processes may write at the same time, a monitor's and the run's own.
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    unfinished.write_text(json.dumps(content) + "\n")
    unfinished.replace(path)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def _died(status: dict[str, Any]) -> bool:
    """Whether a run that calls itself alive has no process any more; on another machine nobody can tell."""
    if status.get("state") not in {"running", "paused"} or status.get("host") != socket.gethostname():
        return False
    try:
        os.kill(status["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
