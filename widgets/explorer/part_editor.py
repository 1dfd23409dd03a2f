"""The fields in which one part of a request is changed."""

from collections.abc import Callable
from typing import Any

import ipywidgets as W

from spexlab.evidence.bounds import Bound
from spexlab.evidence.limits import LIMITS, SIZE_LIMITS, Near, Select, Size
from spexlab.language.parts import Part, Value
from spexlab.targets import target_names
from widgets.parts.style import button, dismiss, styled

_ASKS = {"where it is": "mask", "how large": "area", "which share": "share", "how many": "count", "is there any": "presence"}
_PLACES = [name for name in LIMITS if name not in SIZE_LIMITS]
_OPS = {"larger than": ">", "smaller than": "<"}
_UNITS = {"ha": "ha", "m²": "m2", "km²": "km2", "pixels": "pixels"}
_SIDES = {"within": False, "at least": True}


class PartEditor(W.HBox):
    """Fields for one part, with a button that takes the change; nothing until a part is opened."""

    def __init__(self) -> None:
        super().__init__()
        styled(self, "spx-part-editor")
        self.fields: list[Any] = []
        self.take = button("Run so", "spx-plain", tip="Take the change and run again")
        self.leave = button("Close", "spx-plain", tip="Leave it as it is")
        self._taken: Callable[[Value], object] = lambda _: None
        self._read: Callable[[], Value] = str
        self.take.on_click(lambda _: self._taken(self._read()))
        self.leave.on_click(lambda _: self.close_part())
        self.close_part()

    def open_part(self, part: Part, taken: Callable[[Value], object]) -> None:
        """Show the fields of a part; `taken` is called with its new value."""
        self.close_part()
        self._taken = taken
        self.fields, self._read = _fields(part.value, part.kind)
        self.children = [*self.fields, self.take, self.leave]
        self.layout.display = None

    def close_part(self) -> None:
        """Show no part."""
        self.layout.display = "none"
        self.children = []
        dismiss(*self.fields)
        self.fields = []

    def close(self) -> None:
        """Take it off the page, with the buttons that are not shown."""
        dismiss(self.take, self.leave)
        super().close()


def _fields(value: Value, kind: str) -> tuple[list[Any], Callable[[], Value]]:
    """The fields of a value, and what reads them."""
    if isinstance(value, Size):
        return _size_fields(value)
    if isinstance(value, Bound):
        return _bound_fields(value)
    if isinstance(value, Near):
        return _near_fields(value)
    if isinstance(value, Select):
        order, count = (
            _choice(SIZE_LIMITS, value.order, "Which regions"),
            W.BoundedIntText(value.count, min=1, max=999, tooltip="How many"),
        )
        return [count, order], lambda: Select(order.value, count.value)
    options = _ASKS if kind == "ask" else _PLACES if kind in ("inside", "outside") else list(target_names())
    chosen = _choice(options, value, {"ask": "What to know", "inside": "Where", "outside": "Where not"}.get(kind, "Target"))
    return [chosen], lambda: str(chosen.value)


def _size_fields(size: Size) -> tuple[list[Any], Callable[[], Value]]:
    op, unit = _choice(_OPS, size.op, "Larger or smaller"), _choice(_UNITS, size.unit, "Unit")
    value = W.BoundedFloatText(size.value, min=0.0, max=1e12, tooltip="How large")
    return [op, value, unit], lambda: Size(op.value, value.value, unit.value)


def _bound_fields(bound: Bound) -> tuple[list[Any], Callable[[], Value]]:
    op = _choice({"above": ">", "below": "<"}, bound.op, "Above or below")
    value = W.BoundedFloatText(bound.value, min=-1.0, max=1.0, step=0.05, tooltip="Of the index")

    def read() -> Bound:
        made = Bound(bound.index, op.value, value.value)
        return bound if made == bound else made

    return [W.Label(bound.index), op, value], read


def _near_fields(near: Near) -> tuple[list[Any], Callable[[], Value]]:
    side, target = _choice(_SIDES, near.negate, "How far"), _choice(list(target_names()), near.target, "From what")
    metres = W.BoundedFloatText(near.metres or 0.0, min=0.0, max=1e6, tooltip="Metres; 0 is touching or next to")
    said = W.Label("m (0: next to) of")

    def read() -> Near:
        return Near(target.value, metres.value or None, negate=side.value)

    return [side, metres, said, target], read


def _choice(options: Any, value: Any, tip: str) -> W.Dropdown:
    return W.Dropdown(options=options, value=value, tooltip=tip)
