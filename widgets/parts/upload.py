"""A file of the person's own machine, sent to the kernel."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets as T

LARGEST = 1 << 30
"""Bytes that a file may have, as it is held in memory."""


class Upload(anywidget.AnyWidget):
    """A button that asks for a file and sends it piece by piece, so that it may be larger than a server's messages.

    Parameters
    ----------
    label, hint : str
        What the button says.
    accept : str
        Endings of the files to offer, with commas.
    say : callable
        Called with ("error", text) if a file is not taken.
    """

    _esm = Path(__file__).with_name("upload.js")

    label = T.Unicode().tag(sync=True)
    hint = T.Unicode().tag(sync=True)
    accept = T.Unicode().tag(sync=True)

    def __init__(self, label: str, *, hint: str, accept: str, say: Callable[[str, str], object]) -> None:
        super().__init__(label=label, hint=hint, accept=accept)
        self._say = say
        self._pieces = bytearray()
        self._callbacks: list[Callable[[str, bytes], object]] = []
        self.on_msg(self._receive)

    def on_file(self, callback: Callable[[str, bytes], object]) -> None:
        """Call back with the name and the content of a file when it has arrived."""
        self._callbacks.append(callback)

    def _receive(self, _: Any, content: dict[str, Any], buffers: Sequence[bytes | memoryview]) -> None:
        if "failed" in content:
            self._pieces = bytearray()
            self._say("error", f"{content.get('name')} could not be read ({content['failed']}); choose it again.")
            return
        name, size, at = str(content.get("name", "")), int(content.get("size", 0)), int(content.get("at", 0))
        if size > LARGEST:
            self._say("error", f"a file has at most {LARGEST >> 30} GiB, but {name} has {size / 2**30:.1f}; give its path instead.")
            self.send({"name": name, "at": size})
            return
        if at == 0:
            self._pieces = bytearray()
        if at != len(self._pieces):  # of an upload that another one has overtaken
            return
        self._pieces += buffers[0]
        self.send({"name": name, "at": len(self._pieces)})
        if len(self._pieces) >= size:
            whole, self._pieces = bytes(self._pieces), bytearray()
            for callback in self._callbacks:
                callback(name, whole)
