"""Correct the answer by pointing at the map: what belongs to a target and what does not, undo and redo."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ipywidgets as W

from widgets.map.pen import Drawn, Pen
from widgets.parts.style import button, note, styled

if TYPE_CHECKING:
    from spexlab.extraction import Extraction

INSIDE, OUTSIDE = "#1a9850", "#d73027"
"""Colours of what was pointed at as belonging to the target, and as not."""
_TOOLS = {"Move map": "", "+ belongs": "inside", "− does not": "outside"}
_DRAWN: dict[str, Drawn] = {"click or stroke": "stroke", "click or outline": "outline"}
_HINT = "Click the map, or draw with the button held. What is pointed at is obeyed, and what looks alike nearby changes with it."


@dataclass(frozen=True)
class Said:
    """What somebody pointed at, and what is said of it."""

    target: str
    side: str
    """inside or outside."""
    geometry: dict[str, Any]
    """GeoJSON."""

    def applied(self, extraction: "Extraction") -> "Extraction":
        """Correct an answer by it."""
        corrected: Extraction = extraction.corrected(target=self.target, **{self.side: self.geometry})
        return corrected


Change = Callable[["Extraction"], "Extraction"]


class Correcting(W.VBox):
    """The tools with which the answer that is shown is corrected.

    Parameters
    ----------
    pen : Pen
        What is drawn with.
    """

    def __init__(self, pen: Pen) -> None:
        self._pen = pen
        self._changed: Callable[[Change], object] = lambda _: None
        self._taken_back: list[Said] = []
        self._extraction: Extraction | None = None
        self.tool = W.ToggleButtons(
            options=_TOOLS,
            description="Correct",
            tooltips=["Drag the map, click for a spectrum", "Point at what belongs to the target", "Point at what does not"],
            tooltip="What pointing at the map means",
        )
        self.drawn = W.ToggleButtons(
            options=_DRAWN,
            description="Draw",
            tooltips=["A line", "Everything inside"],
            tooltip="What is drawn with the button held",
        )
        self.target = W.Dropdown(description="Target", tooltip="Whose mask is corrected")
        self.undo = button("Undo", "spx-plain", tip="Take the last correction back", disabled=True)
        self.redo = button("Redo", "spx-plain", tip="Make it again", disabled=True)
        self.told = note()
        first = W.HBox([styled(self.tool, "spx-tool")])
        self._second = W.HBox([styled(self.drawn, "spx-tool"), styled(self.target, "spx-whose")])
        self._third = W.HBox([self.undo, self.redo, self.told])
        super().__init__([styled(row, "spx-tools") for row in (first, self._second, self._third)])
        styled(self, "spx-correcting")
        self.undo.on_click(lambda _: self._take_back())
        self.redo.on_click(lambda _: self._make_again())
        for chooser in (self.tool, self.drawn):
            chooser.observe(lambda _: self._hold(), "value")
        self.tool.observe(lambda change: self._prepare() if change["new"] else None, "value")
        pen.on_gesture(self._gestured)
        self.show(None)

    def on_change(self, callback: Callable[[Change], object]) -> None:
        """Call back with what makes the answer that is shown another one."""
        self._changed = callback

    def offer(self, extraction: "Extraction | None") -> None:
        """Offer to correct another answer; nothing can be made again."""
        self._taken_back.clear()
        self.show(extraction)

    def show(self, extraction: "Extraction | None") -> None:
        """Show what was corrected in an answer; None: there is nothing to correct."""
        self._extraction = extraction
        targets = () if extraction is None else tuple(extraction.targets)
        if tuple(self.target.options) != targets:
            self.target.options = targets
            self.target.value = targets[0] if targets else None
        self.layout.display = None if targets else "none"
        self.target.layout.display = None if len(targets) > 1 else "none"
        if not targets:
            self.tool.value = ""
        self._tell()
        self._hold()

    def _tell(self) -> None:
        made = () if self._extraction is None else self._extraction.corrections
        self.undo.disabled, self.redo.disabled = not made, not self._taken_back
        count = "1 correction" if len(made) == 1 else f"{len(made)} corrections"
        self.told.value = f"{count}. {_HINT}" if made else _HINT
        if self._pen.attached:
            self._pen.show([(dict(one.geometry), INSIDE if one.inside else OUTSIDE) for one in made])

    def _hold(self) -> None:
        using = bool(self.tool.value)
        self._second.layout.display = None if using else "none"
        idle = self.undo.disabled and self.redo.disabled
        self._third.layout.display = None if using or not idle else "none"
        if self._pen.attached:
            self._pen.hold(self.drawn.value if using else None)

    def _prepare(self) -> None:
        self._changed(lambda extraction: extraction.prepared())

    def _gestured(self, geometry: dict[str, Any]) -> None:
        if self._extraction is not None:
            self._taken_back.clear()
            self._changed(Said(str(self.target.value), str(self.tool.value), geometry).applied)

    def _take_back(self) -> None:
        def without_last(extraction: "Extraction") -> "Extraction":
            if not extraction.corrections:
                return extraction
            last = extraction.corrections[-1]
            self._taken_back.append(Said(last.target, "inside" if last.inside else "outside", dict(last.geometry)))
            return extraction.undone()

        self._changed(without_last)

    def _make_again(self) -> None:
        if self._taken_back:
            self._changed(self._taken_back.pop().applied)
