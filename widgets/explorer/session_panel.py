"""Save a session to a file, and take it up again."""

from collections.abc import Callable
from pathlib import Path

import ipywidgets as W

from widgets.parts.download import Download
from widgets.parts.news import News
from widgets.parts.style import button, note, styled
from widgets.parts.upload import Upload

_HINT = "Keeps scene, area, settings, instructions and where each result came from; the masks are made anew by a click."


class SessionPanel(W.VBox):
    """The name of a session's file, and what to do with it."""

    def __init__(self) -> None:
        self.path = styled(
            W.Text(description="Session", value="explorer-session.json", tooltip="A JSON file", continuous_update=False),
            "spx-field",
        )
        self.message = News("spx-session-status")
        self.say = self.message.say
        self.save = button("Save session", "spx-save", tip="Write the session to the file")
        self.restore = button("Restore session", "spx-restore", tip="Open what the file holds")
        self.upload = Upload("Upload session", hint="A session saved on your computer", accept=".json", say=self.say)
        self.download = Download(self.say)
        buttons = styled(W.HBox([self.save, self.restore, self.upload]), "spx-chips")
        super().__init__([self.path, buttons, self.message, self.download, note(_HINT)])
        styled(self, "spx-group")

    def on_save(self, callback: Callable[[str], object]) -> None:
        """Call back with the file's name when the session is to be saved."""
        self.save.on_click(lambda _: callback(self.path.value))

    def on_restore(self, callback: Callable[[str], object]) -> None:
        """Call back with the file's name when a session is to be restored."""
        self.restore.on_click(lambda _: callback(self.path.value))

    def saved(self, path: Path) -> None:
        """Say where the session was written, and offer it."""
        self.say("done", f"Session written to {path}.")
        self.download.offer(path)
