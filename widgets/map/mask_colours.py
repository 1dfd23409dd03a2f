"""The legend of the masks, in which a click on a colour chooses another."""

from collections.abc import Sequence
from typing import Any

import ipywidgets as W
import traitlets as T

from spexlab.targets import COLOURS
from widgets.parts.style import dismiss, styled


class MaskColours(W.HBox):
    """One swatch a target of the answer that is shown."""

    colours = T.Dict(help="Colours that were chosen, by target: #rrggbb; the others have their own.")

    def __init__(self) -> None:
        super().__init__()
        self._pickers: dict[str, W.ColorPicker] = {}
        styled(self, "spx-mask-colours")

    def offer(self, targets: Sequence[str]) -> None:
        """Offer the colours of these targets."""
        past, self._pickers = self._pickers, {target: self._swatch(target) for target in targets}
        self.children = list(self._pickers.values())
        dismiss(*past.values())

    def _swatch(self, target: str) -> W.ColorPicker:
        colour = self.colours.get(target, COLOURS[target])
        picker = W.ColorPicker(value=colour, concise=True, description=target, tooltip=f"Colour of the mask of {target}")
        picker.observe(lambda change: self._choose(target, change["new"]), "value")
        return styled(picker, "spx-colour")

    def _choose(self, target: str, colour: str) -> None:
        self.colours = {**self.colours, target: colour}

    @T.observe("colours")
    def _follow(self, change: dict[str, Any]) -> None:
        for target, picker in self._pickers.items():
            picker.value = change["new"].get(target, COLOURS[target])
