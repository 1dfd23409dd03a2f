"""Small parts that several panels are made of."""

from html import escape
from importlib.resources import files
from typing import Any

import ipywidgets as W


def style() -> W.HTML:
    """The style sheet, as a widget: it travels to wherever the app is shown."""
    sheet = files("widgets.parts").joinpath("style.css").read_text(encoding="utf-8")
    return W.HTML(f"<style>{sheet}</style>", layout=W.Layout(display="none"))


def styled(widget: Any, *names: str) -> Any:
    """Give a widget classes of the style sheet."""
    for name in names:
        widget.add_class(name)
    return widget


def button(text: str, name: str, *, tip: str, disabled: bool = False) -> W.Button:
    """A button with a class of the style sheet."""
    return styled(W.Button(description=text, tooltip=tip, disabled=disabled), name)


def note(text: str = "") -> W.HTML:
    """A quiet line of explanation."""
    return styled(W.HTML(escape(text)), "spx-note")
