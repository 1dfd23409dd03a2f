"""A training run, seen from inside: who trains writes its folder through this."""

import csv
import json
import os
import shutil
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from PIL import Image

from spexlab.training.run import COLUMNS, CONTROL, CURVES, SNAPSHOTS, STATUS, State, TrainingRun, Wish, write_json

SETTINGS = "settings.json"


class RunRecord:
    """Writes a run's status, curves and snapshots; as a context it writes down how the run ended, whatever happens.

    Parameters
    ----------
    folder
        The run's folder.
    main
        Whether this process is the one that writes; the others of a distributed run keep silent.
    """

    def __init__(self, folder: Path, *, main: bool = True) -> None:
        self.folder, self._main = folder, main
        self._status: dict[str, Any] = {"pid": os.getpid(), "host": socket.gethostname(), "message": ""}
        self._begun = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            # The error itself is what the caller must see, also where the disk has no room left for this note.
            with suppress(OSError):
                self._update(state="failed", message=reason(error))

    def begin(self, *, step: int, total_steps: int) -> None:
        """Start at a step; what was written after it, by a process that died, is dropped."""
        if not self._main:
            return
        seconds = self._drop_after(step)
        self._begun = time.monotonic() - seconds
        if (self.folder / STATUS).exists():
            (self.folder / CONTROL).unlink(missing_ok=True)
        self._update(state="running", step=step, total_steps=total_steps)

    def progress(self, step: int) -> None:
        """Write down that a step was taken."""
        self._update(step=step)

    def say(self, message: str) -> None:
        """Replace the run's message, at once if the run has begun."""
        self._status["message"] = message
        if "state" in self._status:
            self._update()

    def add(self, message: str) -> None:
        """Go on with the run's message."""
        self.say("; ".join(filter(None, (self._status["message"], message))))

    def state(self, state: State) -> None:
        """Replace the run's state."""
        self._update(state=state)

    def curves(self, step: int, values: Mapping[str, float]) -> None:
        """Append values by name."""
        if not self._main or not values:
            return
        seconds = f"{time.monotonic() - self._begun:.2f}"
        with (self.folder / CURVES).open("a", newline="") as file:
            csv.writer(file).writerows([step, seconds, name, repr(float(value))] for name, value in values.items())

    def snapshot(self, step: int, image: Image.Image) -> None:
        """Keep a picture."""
        if not self._main:
            return
        path = self.folder / SNAPSHOTS / f"step-{step:06d}.png"
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        image.save(unfinished, format="PNG")
        unfinished.replace(path)

    def wish(self) -> Wish:
        """What those who watch the run want of it."""
        try:
            wanted: Wish = json.loads((self.folder / CONTROL).read_text())["wanted"]
        except FileNotFoundError:
            return "run"
        return wanted

    def _update(self, **changes: Any) -> None:
        self._status |= changes
        if self._main:
            write_json(self.folder / STATUS, self._status)

    def _drop_after(self, step: int) -> float:
        """Drop curves and snapshots of later steps; returns the seconds that the run had taken."""
        run = TrainingRun(self.folder)
        curves = run.curves()
        kept = curves[curves["step"] <= step]
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f"{CURVES}.tmp"
        kept.to_csv(unfinished, index=False, columns=list(COLUMNS))
        unfinished.replace(self.folder / CURVES)
        for snapshot in run.snapshots():
            if snapshot.step > step:
                snapshot.image.unlink()
        return float(kept["seconds"].max()) if len(kept) else 0.0


def replace_folder(fresh: Path, folder: Path) -> None:
    """Put a finished folder in the place of an earlier one, which is gone only when the new one stands."""
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    fresh.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def reason(error: BaseException) -> str:
    """An error in one line."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; train on with resume=True."
    return " ".join(str(error).split()) or type(error).__name__
