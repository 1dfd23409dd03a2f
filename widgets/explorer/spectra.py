"""Spectra: what was picked on the map against what was found."""

from typing import TYPE_CHECKING

import ipywidgets as W
import numpy as np
import xarray as xr

from spexlab.evidence.spectra import ELSEWHERE, mean_spectrum
from spexlab.targets import COLOURS
from widgets.parts.chart import Line, spectra_svg
from widgets.parts.colours import shown_colour
from widgets.parts.style import note, styled

if TYPE_CHECKING:
    from spexlab.extraction import Extraction

_HINT = "Click a pixel on the map, or a row under Regions. Lines are means over the area; bands are one standard deviation wide."
_EMPTY = '<div class="spx-empty">Spectra of what you click, and means of what was found, are drawn here.</div>'
_GREY = "#8a8f98"


class SpectraPanel(W.VBox):
    """Spectrum of a region or a pixel against the means of the targets found and of the rest of the area."""

    def __init__(self) -> None:
        self.chart = styled(W.HTML(_EMPTY), "spx-chart")
        self._note = note(_HINT)
        super().__init__([self.chart, self._note])
        styled(self, "spx-page")
        self._means: list[Line] = []
        self._picked: Line | None = None

    def show(self, extraction: "Extraction | None") -> None:
        """Draw the mean spectra of a result; none for None. What was picked before belongs to the past."""
        self._picked = None
        self._means = [] if extraction is None else _means(extraction)
        self._draw()

    def pick(self, name: str, scene: xr.DataArray, inside: np.ndarray) -> None:
        """Add the mean spectrum of some pixels (H, W) of a scene to the drawing, in place of what was picked before."""
        spectrum = mean_spectrum(scene, inside)
        known = bool(spectrum["mean"].notnull().any())
        self._picked = Line(name, spectrum) if known else None
        self._note.value = _HINT if known else f"There is no data at {name}."
        self._draw()

    def _draw(self) -> None:
        lines = [*self._means, *([self._picked] if self._picked else [])]
        drawing = spectra_svg(lines) if lines else _EMPTY
        for target, colour in COLOURS.items():
            drawing = drawing.replace(colour.lower(), shown_colour(target))
        self.chart.value = drawing


def _means(extraction: "Extraction") -> list[Line]:
    spectra = extraction.spectra
    return [
        Line(f"mean of {name}" if name != ELSEWHERE else name, spectrum, COLOURS.get(name, _GREY), dashed=name == ELSEWHERE)
        for name, spectrum in ((str(name), spectra.sel(name=name)) for name in spectra["name"].values)
        if int(spectrum["pixels"])
    ]
