"""Save a session to a file, and take it up again."""

from collections.abc import Callable

import ipywidgets as W

from widgets.parts import button, note, styled
from widgets.report import message_html

_HINT = "Keeps scene, area, settings, instructions and where each result came from; the masks are made anew by a click."


class SessionPanel(W.VBox):
    """The name of a session's file, and what to do with it."""

    def __init__(self) -> None:
        self.path = styled(
            W.Text(description="Session", value="explorer-session.json", tooltip="A JSON file", continuous_update=False),
            "spx-field",
        )
        self.save = button("Save session", "spx-save", tip="Write the session to the file")
        self.restore = button("Restore session", "spx-restore", tip="Open what the file holds")
        self.message = styled(W.HTML(message_html("info", "")), "spx-session-status")
        super().__init__([self.path, styled(W.HBox([self.save, self.restore]), "spx-chips"), self.message, note(_HINT)])
        styled(self, "spx-group")

    def on_save(self, callback: Callable[[str], object]) -> None:
        """Call back with the file's name when the session is to be saved."""
        self.save.on_click(lambda _: callback(self.path.value))

    def on_restore(self, callback: Callable[[str], object]) -> None:
        """Call back with the file's name when a session is to be restored."""
        self.restore.on_click(lambda _: callback(self.path.value))

    def say(self, kind: str, text: str) -> None:
        """Show a line of news ("info", "done") or an error."""
        self.message.value = message_html(kind, text)
