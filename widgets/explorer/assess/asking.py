"""Draws points, walks through them one by one, and asks at each whether the target is there."""

from collections.abc import Callable

import ipywidgets as W

from widgets.explorer.assess.walk import Said, Walk
from widgets.parts.style import button, note, styled

MOST = 2000
"""Points that are drawn at most."""
_HINT = (
    "Draw a sample: half of the points lie within the mask, half outside, in random order. "
    "Or click the map where you know what is there."
)
_HIDDEN = "The mask is hidden meanwhile, so that it does not sway you."


class AskedPoints(W.VBox):
    """Asks about the points of a walk."""

    def __init__(self) -> None:
        self.walk = Walk()
        self.number = _field(
            W.BoundedIntText(50, min=4, max=MOST, step=2, description="Points"), "Half within the mask, half outside"
        )
        self.seed = _field(W.BoundedIntText(0, min=0, max=10**6, description="Seed"), "The same seed draws the same points")
        self.draw = button("Draw a sample", "spx-export", tip="Draw points at random; those that are there go")
        self.question = styled(W.HTML(), "spx-question")
        self.yes = button("Yes", "spx-export", tip="The target is there")
        self.no = button("No", "spx-export", tip="Something else is there")
        self.unsure = button("Can't tell", "spx-export", tip="Leave this point out")
        self.back = button("Back", "spx-export", tip="Ask about the point before once more")
        self.told = note(_HINT)
        self._answers = styled(W.HBox([self.yes, self.no, self.unsure, self.back]), "spx-chips")
        drawing = styled(W.HBox([self.number, self.seed, self.draw]), "spx-draw")
        super().__init__([drawing, self.question, self._answers, self.told])
        styled(self, "spx-group")
        self._target = ""
        self._moved: Callable[[], object] = lambda: None
        self._drawn: Callable[[], object] = lambda: None
        self.draw.on_click(lambda _: self._drawn())
        said: tuple[tuple[W.Button, Said], ...] = ((self.yes, "yes"), (self.no, "no"), (self.unsure, "unsure"))
        for pressed, answer in said:
            pressed.on_click(lambda _, answer=answer: self._move(lambda: self.walk.say(answer)))
        self.back.on_click(lambda _: self._move(self.walk.back))
        self.show()

    @property
    def blind(self) -> bool:
        """Whether the mask is to be hidden: while points that were drawn at random are asked about."""
        return self.walk.drawn and self.walk.current is not None

    def on_draw(self, callback: Callable[[], object]) -> None:
        """Call back when a sample is to be drawn."""
        self._drawn = callback

    def on_move(self, callback: Callable[[], object]) -> None:
        """Call back when something was said, or another point is asked about."""
        self._moved = callback

    def ask_for(self, target: str) -> None:
        """Ask about another target; what was said is of the last one."""
        if target != self._target:
            self._target = target
            self.forget()

    def forget(self) -> None:
        """Take all points away."""
        self.walk = Walk()
        self.show()

    def pick(self, x: float, y: float) -> None:
        """Ask about a point of the map."""
        self._move(lambda: self.walk.pick(x, y))

    def show(self) -> None:
        """Show what is asked now."""
        walk, total = self.walk, len(self.walk.spots)
        asking = walk.current is not None
        words = f"Point {walk.at + 1} of {total}: is it {self._target} here?" if asking else f"All {total} points are answered."
        self.question.value = f"<b>{words}</b>" if total else ""
        self._answers.layout.display = None if total else "none"
        for pressed in (self.yes, self.no, self.unsure):
            pressed.disabled = not asking
        self.back.disabled = walk.at == 0
        self.told.value = _HIDDEN if self.blind else _HINT

    def _move(self, move: Callable[[], None]) -> None:
        move()
        self.show()
        self._moved()


def _field(widget: W.Widget, tip: str) -> W.Widget:
    widget.tooltip = tip
    return styled(widget, "spx-field")
