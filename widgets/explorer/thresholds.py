"""Where the probability is cut: a slider for each target, and what its movement changes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import ipywidgets as W

from spexlab.evidence.measurement import Measurement
from widgets.parts.report import area_text
from widgets.parts.style import button, dismiss, note, styled

if TYPE_CHECKING:
    from spexlab.extraction import Extraction

_LOWEST, _HIGHEST, _STEP = 0.01, 0.99, 0.01
Moved = Callable[[dict[str, float]], object]


class ThresholdRow(W.HBox):
    """One target's threshold: the slider, what it changed, and the way back to the checkpoint's own.

    Parameters
    ----------
    target : str
        What the slider cuts.
    own : float
        The checkpoint's threshold; the step of the slider that is next to it stands for it.
    threshold : float
        Where the mask is cut now.
    """

    def __init__(self, target: str, *, own: float, threshold: float) -> None:
        self.own = own
        self.slider = W.FloatSlider(
            description=f"Threshold for {target}",
            value=_on_slider(threshold),
            min=_LOWEST,
            max=_HIGHEST,
            step=_STEP,
            readout_format=".2f",
            tooltip=f"Probability above which a pixel is {target}; no model runs",
        )
        self.reset = button("Reset", "spx-plain", tip=f"The checkpoint's own threshold, {own:.2f}")
        self.change = note()
        super().__init__([styled(self.slider, "spx-slide"), self.reset, self.change])
        styled(self, "spx-threshold")
        self.reset.on_click(lambda _: setattr(self.slider, "value", _on_slider(own)))

    @property
    def threshold(self) -> float:
        """Where the slider stands; a browser sends 0.41 as 0.41000000000000003."""
        value = _on_slider(self.slider.value)
        return self.own if value == _on_slider(self.own) else value


class Thresholds(W.VBox):
    """The thresholds of the answer that is shown."""

    def __init__(self) -> None:
        super().__init__()
        styled(self, "spx-thresholds")
        self.rows: dict[str, ThresholdRow] = {}
        self._moved: Moved = lambda _: None
        self._first: dict[str, Measurement] = {}

    def on_move(self, callback: Moved) -> None:
        """Call back with the threshold of every target when a slider was moved."""
        self._moved = callback

    def offer(self, extraction: "Extraction | None") -> None:
        """Offer the thresholds of another answer; none for None."""
        dismiss(*self.rows.values())
        cuts = {} if extraction is None else {name: extraction.cuts[name] for name in extraction.targets}
        self.rows = {name: ThresholdRow(name, own=cut.own_threshold, threshold=cut.threshold) for name, cut in cuts.items()}
        self._first = {} if extraction is None else {one.target: one.measurement for one in extraction.evidence}
        self.children = list(self.rows.values())
        for row in self.rows.values():
            row.slider.observe(lambda _: self._moved({name: row.threshold for name, row in self.rows.items()}), "value")
        if extraction is not None:
            self.tell(extraction)

    def tell(self, extraction: "Extraction") -> None:
        """Say what the thresholds change."""
        for one in extraction.evidence:
            self.rows[one.target].change.value = change_text(self._first[one.target], one.measurement)
            self.rows[one.target].reset.disabled = not extraction.cuts[one.target].by_hand


def change_text(before: Measurement, after: Measurement) -> str:
    """How much more or less there is than before, and in how many regions; "" where nothing changed.

    Parameters
    ----------
    before, after
        Of the same target in the same area.
    """
    pixels = after.pixels - before.pixels
    if not pixels:
        return ""
    metres = None if before.area_m2 is None or after.area_m2 is None else abs(after.area_m2 - before.area_m2)
    size, more = area_text(metres, abs(pixels)), "more" if pixels > 0 else "less"
    return f"{size} {more} than first answered; {before.n_regions:,} → {after.n_regions:,} regions"


def _on_slider(threshold: float) -> float:
    return min(max(round(threshold, 2), _LOWEST), _HIGHEST)
