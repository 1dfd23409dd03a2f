"""Files of an assessment: its figures as a table, and where mask and reference differ."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as W

from widgets.parts.download import Download
from widgets.parts.folder import file_at
from widgets.parts.news import News
from widgets.parts.style import button, dismiss, styled
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.evaluation.assessment import Judged


class AssessFiles(W.VBox):
    """Writes what is shown, and offers it for download."""

    def __init__(self) -> None:
        name = W.Text("assessment", description="Name", tooltip="What the files' names begin with", continuous_update=False)
        self.name = styled(name, "spx-field")
        self.table = button("Figures", "spx-export", tip="CSV: one row a figure, with its interval")
        self.errors = button("Errors", "spx-export", tip="Hit, missed, falsely found: GeoTIFF of pixels, GeoJSON of samples")
        self.message = News("spx-assess-files")
        self.downloads = {pressed: Download(self.message.say) for pressed in (self.table, self.errors)}
        self._offered = styled(W.HBox(), "spx-chips")
        super().__init__([styled(W.HBox([self.name, self.table, self.errors]), "spx-pick"), self.message, self._offered])
        self._judged: Judged | None = None
        self.table.on_click(lambda _: self._write(self.table, ".csv", lambda judged, path: judged.to_csv(path)))
        self.errors.on_click(lambda _: self._write(self.errors, self._ending, lambda judged, path: judged.outcomes_to_file(path)))

    def show(self, judged: "Judged | None") -> None:
        """Offer the files of an assessment; none for None."""
        self._judged = judged
        self.message.say("info", "")
        for pressed in self.downloads:
            pressed.disabled = judged is None
            self._offer(pressed, None)

    def close(self) -> None:
        """Take the panel off the page, with the offers that are not shown."""
        super().close()
        dismiss(*self.downloads.values())

    @property
    def _ending(self) -> str:
        return "-errors.tif" if self._judged is not None and self._judged.counted == "pixels" else "-errors.geojson"

    def _write(self, pressed: W.Button, ending: str, write: Callable[["Judged", Path], Path]) -> None:
        with told(self.message.say):
            if self._judged is None:
                raise ValueError("there is nothing to write yet; give a reference first.")
            if not self.name.value.strip():
                raise ValueError("a file needs a name, but the field is empty; type one.")
            path = write(self._judged, file_at(f"{self.name.value.strip()}{ending}")).resolve()
            self.message.say("done", f"Written to {path}.")
            self._offer(pressed, path)

    def _offer(self, pressed: W.Button, path: Path | None) -> None:
        self.downloads[pressed].offer(path)
        self._offered.children = [one for one in self.downloads.values() if one.name]
