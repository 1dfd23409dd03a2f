"""How the scene is shown: a composite with a name, three bands of one's own, and between which values they are stretched."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets as W
import traitlets as T
import xarray as xr

from spexlab.scene.bands import find_bands
from widgets.map.overlay import STRETCH, composites, own_bands
from widgets.parts.style import styled

OWN = "own bands"
_GUNS = ("Red", "Green", "Blue")
_STARTS = (("swir16", "nir", "red"), ("nir", "red", "green"))
"""Bands that a person starts from: no composite with a name has the first three."""


class Look(W.VBox):
    """Composite and stretch, chosen by hand or set from code."""

    composite = T.Unicode(
        allow_none=True, default_value=None, help="A name among the scene's composites, or three of its bands: swir16, nir, red."
    )
    stretch = T.Tuple(T.Float(), T.Float(), default_value=STRETCH, help="Percentiles of a band that become black and full colour.")

    def __init__(self) -> None:
        self.presets = styled(W.ToggleButtons(description="Scene", tooltip="How the scene is shown"), "spx-composite")
        self.bands = [
            styled(W.Dropdown(description=gun, tooltip=f"Band that is shown in {gun.lower()}"), "spx-gun") for gun in _GUNS
        ]
        self.range = W.FloatRangeSlider(
            description="Stretch",
            min=0.0,
            max=100.0,
            step=0.5,
            value=STRETCH,
            readout_format=".1f",
            continuous_update=False,
            tooltip="Percentiles of each band that become black and full colour",
        )
        self._own = styled(W.HBox(self.bands, layout=W.Layout(display="none")), "spx-guns")
        self._told = False
        super().__init__([styled(W.HBox([self.presets]), "spx-view"), self._own, styled(self.range, "spx-slide", "spx-stretch")])
        styled(self, "spx-look")
        T.link((self, "stretch"), (self.range, "value"))
        for widget in (self.presets, *self.bands):
            widget.observe(lambda _: self._choose(), "value")

    def offer(self, scene: xr.DataArray, *, keep: str) -> None:
        """Offer what another scene can be shown in; `keep` stays chosen."""
        names, possible = [str(name) for name in scene["band"].values], composites(scene)
        with self._following():
            self.presets.options = (*possible, OWN) if len(names) > 1 else possible
            self.presets.tooltips = [f"Show in {name}" for name in possible] + ["Choose a band for each colour"]
            start = next(filter(None, (find_bands(wanted, names) for wanted in _STARTS)), (names * 3)[:3])
            for chooser, name in zip(self.bands, start, strict=True):
                chooser.options, chooser.value = names, name
        self._show(keep)
        self.composite = keep

    @contextmanager
    def _following(self) -> Iterator[None]:
        """Set the choosers without taking them for a person's choice."""
        self._told = True
        try:
            yield
        finally:
            self._told = False

    def _choose(self) -> None:
        own = self.presets.value == OWN
        self._own.layout.display = "" if own else "none"
        if not self._told:
            self.composite = ", ".join(chooser.value for chooser in self.bands) if own else self.presets.value

    @T.observe("composite")
    def _follow(self, change: dict[str, Any]) -> None:
        if change["new"] in self.presets.options or own_bands(change["new"] or ""):
            self._show(change["new"])

    def _show(self, composite: str) -> None:
        """Let the choosers stand where a composite puts them."""
        names = own_bands(composite)
        with self._following():
            self.presets.value = OWN if names else composite
            for chooser, name in zip(self.bands, names, strict=False):
                chooser.value = name
