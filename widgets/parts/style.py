"""Small parts that several panels are made of, and what takes them away."""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as W

_SHEETS = ("style.css", "labs.css")


def sheets() -> W.HTML:
    """The style sheets, as a widget: they travel to wherever the app is shown."""
    text = "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in _SHEETS)
    return W.HTML(f"<style>{text}</style>", layout=W.Layout(display="none"))


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


def card(title: str, *content: W.Widget, name: str) -> W.VBox:
    """A framed part of an app with a heading."""
    heading = styled(W.HTML(f"<h3>{title}</h3>"), "spx-card-title")
    return styled(W.VBox([heading, *content]), "spx-panel", "spx-card", name)


def dismiss(*widgets: W.Widget) -> None:
    """Close widgets with all that they are made of: `close` alone leaves parts and pictures behind, in kernel and page."""
    for widget in widgets:
        if widget.comm is not None:  # what is closed already may be a part of itself
            widget.close()
            dismiss(*parts_of(widget))


def parts_of(widget: W.Widget) -> Iterator[W.Widget]:
    """The widgets that a widget holds in its state: children, layers, controls, layouts, styles."""
    for name in widget.keys:
        yield from _widgets_in(getattr(widget, name))


def _widgets_in(value: Any) -> Iterator[W.Widget]:
    if isinstance(value, W.Widget):
        yield value
    elif isinstance(value, list | tuple | Mapping):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _widgets_in(item)
