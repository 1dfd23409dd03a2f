"""A table of which several rows can be chosen, with a small picture in each."""

from collections.abc import Sequence
from pathlib import Path

import anywidget
import traitlets as T


class ChoiceTable(anywidget.AnyWidget):
    """Rows of text with a box to tick; a click on a row chooses it alone, and what the pointer or the keyboard is on is told.

    The browser sets every cell as text, so nothing in it can become HTML.

    Parameters
    ----------
    columns : sequence of str
        Headings of the cells.
    label : str
        What the table holds, for screen readers.
    """

    _esm = Path(__file__).with_name("choices.js")

    columns = T.List(T.Unicode(), help="Headings.").tag(sync=True)
    rows = T.List(T.List(T.Unicode()), help="Cells of each row.").tag(sync=True)
    pictures = T.Dict(T.Unicode(), help="Data URLs of small pictures, by the number of their row.").tag(sync=True)
    chosen = T.List(T.Int(), help="Numbers of the rows that are chosen, in order.").tag(sync=True)
    pointed = T.Int(-1, help="Number of the row that is pointed at, -1 for none.").tag(sync=True)
    label = T.Unicode().tag(sync=True)

    def __init__(self, columns: Sequence[str], *, label: str) -> None:
        super().__init__(columns=list(columns), label=label)

    def show(self, rows: Sequence[Sequence[str]]) -> None:
        """Show these rows, none of them chosen, without pictures yet."""
        with self.hold_sync():
            self.pictures, self.chosen, self.pointed, self.rows = {}, [], -1, [list(row) for row in rows]

    def picture(self, number: int, url: str) -> None:
        """Put a picture, as a data URL, into a row."""
        self.pictures = {**self.pictures, str(number): url}

    @T.validate("chosen")
    def _check_chosen(self, proposal: T.Bunch) -> list[int]:
        return sorted({number for number in proposal["value"] if 0 <= number < len(self.rows)})
