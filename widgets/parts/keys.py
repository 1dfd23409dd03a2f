"""Keys that ipywidgets do not report, and names of sliders that they do not give."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget


class Keys(anywidget.AnyWidget):
    """Listens for Escape in the app that holds it, and for Enter where it is instructed; takes no room.

    Where several instructions can be typed, one a line, it is Ctrl or ⌘ and Enter. In the page, it gives each slider of the app its
    description as accessible name.
    """

    _esm = Path(__file__).with_name("keys.js")

    def on_escape(self, callback: Callable[[], object]) -> None:
        """Call back whenever Escape is pressed."""

        def receive(_: Any, content: dict[str, Any], __: Any) -> None:
            if content.get("key") == "Escape":
                callback()

        self.on_msg(receive)

    def on_enter(self, callback: Callable[[str], object]) -> None:
        """Call back with what stood in the instruction, or instructions, when Enter was pressed there."""

        def receive(_: Any, content: dict[str, Any], __: Any) -> None:
            if content.get("key") == "Enter":
                callback(str(content.get("text", "")))

        self.on_msg(receive)
