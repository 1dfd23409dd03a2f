"""How far a run has come: which stage is active, and what each took."""

import time
from collections.abc import Callable, Mapping


class Stages:
    """A clock for the stages of one run.

    Parameters
    ----------
    now : callable
        Seconds of a clock that only moves forward.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._since = 0.0
        self._spent: dict[str, float] = {}
        self.active: str | None = None
        self.fractions: dict[str, float] = {}

    @property
    def seconds(self) -> dict[str, float]:
        """What each stage took; the active one so far."""
        if self.active is None:
            return dict(self._spent)
        so_far = self._spent.get(self.active, 0.0) + self._now() - self._since
        return {**self._spent, self.active: so_far}

    @property
    def left(self) -> float | None:
        """Seconds until the last window is read, at the pace so far; None before the first one is, and after the last."""
        done, spent = self.fractions.get("mask", 0.0), sum(self.seconds.get(stage, 0.0) for stage in ("encode", "mask"))
        return spent * (1 - done) / done if 0 < done < 1 else None

    def enter(self, stage: str, fraction: float) -> None:
        """Note that `fraction` (0-1) of a stage is done; the one before it rests, and goes on if it is entered again."""
        if stage != self.active:
            self.stop()
            self.active, self._since = stage, self._now()
        self.fractions[stage] = fraction

    def stop(self) -> None:
        """End the active stage."""
        self._spent = self.seconds
        self.active = None

    def settle(self, seconds: Mapping[str, float]) -> None:
        """Take over the model's own measurements, which know nothing of the interface's share."""
        self.stop()
        self._spent = dict(seconds)
        self.fractions = dict.fromkeys(seconds, 1.0)
