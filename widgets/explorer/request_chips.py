"""How an instruction was taken, as chips: a click on one changes it, its cross takes it out, and either runs again."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as W

from spexlab.language.parts import Part, Value, changed, parts_of, without
from widgets.explorer.part_editor import PartEditor
from widgets.parts.news import News
from widgets.parts.report import swatches_html
from widgets.parts.style import button, dismiss, styled
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.language.request import Request


class RequestChips(W.VBox):
    """The request of the answer that is shown."""

    def __init__(self) -> None:
        self.row = styled(W.HBox(), "spx-parts")
        self.editor, self.message = PartEditor(), News("spx-parts-status")
        super().__init__([self.row, self.editor, self.message])
        styled(self, "spx-request")
        self._request: Request | None = None
        self._asks: Callable[[Request], object] = lambda _: None
        self.show(None)

    def on_change(self, callback: Callable[["Request"], object]) -> None:
        """Call back with a request that was changed."""
        self._asks = callback

    def show(self, request: "Request | None") -> None:
        """Show another request; None: there is none."""
        self._request = request
        self.editor.close_part()
        self._say("")
        past = self.row.children
        parts = [] if request is None else parts_of(request)
        alone = sum(part.kind == "target" for part in parts) == 1
        self.row.children = [self._chip(part, fixed=alone and part.kind == "target") for part in parts]
        self.layout.display = None if parts else "none"
        dismiss(*past)

    def _chip(self, part: Part, *, fixed: bool) -> W.HBox:
        """A part, which can be taken out unless it is `fixed`; what was left out can only be."""
        name = button(part.words, "spx-part-name", tip="Click to change it", disabled=part.kind == "left_out")
        name.on_click(lambda _: self.editor.open_part(part, partial(self._change, part)))
        shown = [W.HTML(swatches_html([str(part.value)], named=False))] if part.kind == "target" else []
        shown += [name] if fixed else [name, self._cross(part)]
        return styled(W.HBox(shown), "spx-part", f"spx-part-{part.kind.replace('_', '-')}")

    def _cross(self, part: Part) -> W.Button:
        cross = button("×", "spx-part-cross", tip=f"Leave out “{part.words}”")
        cross.on_click(lambda _: self._change(part, None))
        return cross

    def _change(self, part: Part, value: Value | None) -> None:
        if self._request is None:
            return
        self._say("")
        with told(lambda kind, text: self._say(text, kind)):
            self._asks(without(self._request, part) if value is None else changed(self._request, part, value))

    def _say(self, text: str, kind: str = "info") -> None:
        self.message.say(kind, text)
        self.message.layout.display = None if text else "none"
