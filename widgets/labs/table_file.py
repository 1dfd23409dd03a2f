"""A table of a lab as a file: its name, written where the kernel runs, offered for download."""

from pathlib import Path
from typing import Protocol

import ipywidgets as W

from widgets.parts.download import Download
from widgets.parts.folder import file_at
from widgets.parts.news import News
from widgets.parts.style import button, styled
from widgets.parts.trouble import told


class Written(Protocol):
    """What can be written as CSV."""

    def to_csv(self, path: str | Path) -> Path:
        """Write it."""


class TableFile(W.HBox):
    """Writes the table that is shown.

    Parameters
    ----------
    name : str
        What the file is called unless a person says otherwise.
    """

    def __init__(self, name: str) -> None:
        self.name = styled(W.Text(name, description="Save the table as", tooltip="A file where the kernel runs"), "spx-file")
        self.save = styled(button("Save CSV", "spx-plain", tip="Write the table to this file", disabled=True), "spx-save")
        self.message = News("spx-saved")
        self.download = Download(self.message.say)
        super().__init__([self.name, self.save, self.download, self.message])
        styled(self, "spx-view")
        self._table: Written | None = None
        self.save.on_click(lambda _: self._write())

    def offer(self, table: Written | None) -> None:
        """Offer to write another table; none for None."""
        self._table, self.save.disabled = table, table is None
        self.download.offer(None)
        self.message.say("info", "")

    def _write(self) -> None:
        if self._table is None:
            return
        with told(self.message.say):
            path = self._table.to_csv(file_at(self.name.value)).resolve()
            self.message.say("done", f"Written to {path}")
            self.download.offer(path)
