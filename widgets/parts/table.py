"""A table whose rows can be picked by mouse or keyboard."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets as T


class TextTable(anywidget.AnyWidget):
    """Rows of text; the browser sets every cell as text, so nothing in it can become HTML.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    label : str
        What the table holds, for screen readers.
    empty : str
        What stands there while it has no rows.
    """

    _esm = Path(__file__).with_name("table.js")

    columns = T.List(T.Unicode(), help="Headings.").tag(sync=True)
    rows = T.List(T.List(T.Unicode()), help="Cells of each row.").tag(sync=True)
    colours = T.List(T.Unicode(), help="Colour of the swatch before each row; none for an empty list.").tag(sync=True)
    selected = T.Int(-1, help="Number of the row that was picked last, -1 for none.").tag(sync=True)
    label = T.Unicode().tag(sync=True)
    empty = T.Unicode().tag(sync=True)

    def __init__(self, columns: Sequence[str], *, label: str, empty: str) -> None:
        super().__init__(columns=list(columns), label=label, empty=empty)
        self._callbacks: list[Callable[[int], object]] = []
        self.on_msg(self._receive)

    def show(self, rows: Sequence[Sequence[str]], *, colours: Sequence[str] = ()) -> None:
        """Show these rows, none of them picked."""
        with self.hold_sync():
            self.colours, self.selected, self.rows = list(colours), -1, [list(row) for row in rows]

    def pick(self, number: int) -> None:
        """Mark a row and call back, as a click on it does."""
        self.selected = number
        for callback in self._callbacks:
            callback(number)

    def on_pick(self, callback: Callable[[int], object]) -> None:
        """Call back with the number of the row whenever one is picked, the same one again included."""
        self._callbacks.append(callback)

    def _receive(self, _: Any, content: dict[str, Any], __: Any) -> None:
        number = content.get("pick")
        if isinstance(number, int) and 0 <= number < len(self.rows):
            self.pick(number)
