"""What an extraction tells while it runs, and how it is stopped."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spexlab.extraction.memory import Forecast
from spexlab.extraction.windows import Window

STAGES = ("prior", "encode", "mask", "words")
"""Stages of an extraction, in order; with many windows "encode" and "mask" take turns."""


class Cancelled(Exception):  # noqa: N818 - being stopped as asked is no error
    """The extraction was stopped because `Events.cancelled` said so; nothing was kept but image features."""


@dataclass
class Events:
    """Functions to call while an extraction runs, each optional, all called from the thread that called `extract`."""

    stage: Callable[[str, float], None] | None = None
    """Name of a stage, one of `STAGES`, and how much of it is done, 0-1."""
    mask: Callable[[str, NDArray[np.float32], Window], None] | None = None
    """Target, its mask so far (H, W) on the clipped scene's grid, 1 inside, 0 outside, NaN where unknown, and the window that
    changed. The array goes on changing: copy what you keep."""
    words: Callable[[str, str], None] | None = None
    """Target and its text so far."""
    estimate: Callable[[Forecast], None] | None = None
    """What all of it will take, told once the first of several blocks of windows is done: its pixels are read at once."""
    moment: Callable[[str], None] | None = None
    """Of scenes of several dates: the day (ISO) that is looked at from now on."""
    cancelled: Callable[[], bool] | None = None
    """Whether to stop; asked between windows, targets and tokens."""

    def on_stage(self, name: str, fraction: float) -> None:
        """Tell how far a stage is, after asking whether to stop."""
        self.check()
        if self.stage is not None:
            self.stage(name, fraction)

    def is_cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self.cancelled is not None and self.cancelled()

    def check(self) -> None:
        """Stop here if somebody asked to.

        Raises
        ------
        Cancelled
            If so.
        """
        if self.is_cancelled():
            raise Cancelled("the extraction was stopped before it was done; run it again to get a result.")
