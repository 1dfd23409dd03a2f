"""How long a run takes: before it, from the pace of the last one; during it, from what is done."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spexlab.extraction import Extraction

LONG = 30.0
"""Seconds from which a run is worth a warning."""
LARGE = 2_000_000
"""Pixels from which a first run is, whose pace nobody knows yet."""


class Pace:
    """Seconds a pixel, learnt from the runs of this app."""

    def __init__(self) -> None:
        self._seconds: float | None = None

    def learn(self, extraction: "Extraction") -> None:
        """Take over the pace of a run; one that found its images in memory tells nothing."""
        if not extraction.features_reused:
            self._seconds = sum(extraction.seconds.values()) / extraction.probability[0].size

    def before(self, pixels: int) -> str:
        """What to say of a run over so many pixels; "" of one that is short."""
        if self._seconds is None:
            return f"{pixels / 1e6:,.0f} million pixels: a long run, which tells its time once it is on its way" * (pixels > LARGE)
        seconds = self._seconds * pixels
        return f"{duration(seconds)} at the pace of the last run" if seconds > LONG else ""


def duration(seconds: float) -> str:
    """A duration as people say it.

    >>> duration(42), duration(200), duration(9000)
    ('about 40 s', 'about 3 min', 'about 2.5 h')
    """
    if seconds < 90:
        return f"about {max(1, round(seconds / 10)) * 10} s"
    return f"about {seconds / 60:.0f} min" if seconds < 90 * 60 else f"about {seconds / 3600:.1f} h"


def left_text(seconds: float | None) -> str:
    """What to say of a run on its way; "" while nothing is known, or little is left."""
    return f"{duration(seconds).capitalize()} left." if seconds is not None and seconds > LONG else ""
