"""One line of news."""

import ipywidgets as W

from widgets.parts.report import message_html
from widgets.parts.style import styled


class News(W.HTML):
    """The last news ("info", "done"), warning or error of a panel; empty, it keeps its place.

    Parameters
    ----------
    name : str
        Its class in the style sheets.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        styled(self, name)
        self.say("info", "")

    def say(self, kind: str, text: str) -> None:
        """Show another line; `kind` is one of "info", "done", "warning" and "error"."""
        self.value = message_html(kind, text)
