"""A file of the kernel's machine, saved on the person's own: in Voila and behind a Hub there may be no other way to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets as T

from widgets.parts.trouble import told


class Download(anywidget.AnyWidget):
    """A button that saves a file through the browser; it cannot be pressed while there is none.

    Parameters
    ----------
    say : callable
        Called with ("error", text) if the file cannot be read any more.
    """

    _esm = Path(__file__).with_name("download.js")

    name = T.Unicode(help="Name of the file; empty while there is none.").tag(sync=True)

    def __init__(self, say: Callable[[str, str], object]) -> None:
        super().__init__()
        self._path: Path | None = None
        self._say = say
        self.on_msg(self._receive)

    def offer(self, path: Path | None) -> None:
        """Offer a file; None takes the offer back."""
        self._path, self.name = path, "" if path is None else path.name

    def _receive(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("wanted") and self._path is not None:
            with told(self._say):
                self.send({"name": self.name, "view": content.get("view")}, buffers=[self._path.read_bytes()])
