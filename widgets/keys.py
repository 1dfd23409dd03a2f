"""Keys that ipywidgets do not report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget


class Keys(anywidget.AnyWidget):
    """Listens for Escape in the app that holds it; takes no room."""

    _esm = Path(__file__).with_name("keys.js")

    def on_escape(self, callback: Callable[[], object]) -> None:
        """Call back whenever Escape is pressed."""

        def receive(_: Any, content: dict[str, Any], __: Any) -> None:
            if content.get("key") == "Escape":
                callback()

        self.on_msg(receive)
