"""What the PromptLab found: small multiples, agreement, overlap, and the table with its file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ipywidgets as W
import xarray as xr

from widgets.labs.prompt_report import agreement_html, answer_html, card_html, overlap_html, table_html
from widgets.labs.thumbnails import Thumbnails
from widgets.parts.download import Download
from widgets.parts.folder import file_at
from widgets.parts.news import News
from widgets.parts.style import button, card, dismiss, styled
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.extraction.comparison import Answer, Comparison


class PromptResults(W.VBox):
    """Answers as they come, in places that are there from the start of a run."""

    def __init__(self) -> None:
        self._pictures: Thumbnails | None = None
        self._comparison: Comparison | None = None
        self.cards: list[W.HTML] = []
        self._grid = styled(W.Box(), "spx-multiples")
        self.overlap, self.table = styled(W.HTML(), "spx-scroll"), styled(W.HTML(), "spx-scroll")
        self.file = styled(
            W.Text("comparison.csv", description="Save the table as", tooltip="A file where the kernel runs"), "spx-file"
        )
        self.save = styled(button("Save CSV", "spx-plain", tip="Write the table to this file", disabled=True), "spx-save")
        self.saved = News("spx-saved")
        self.save.on_click(lambda _: self._write())
        self.download = Download(self.saved.say)
        files = styled(W.HBox([self.file, self.save, self.download, self.saved]), "spx-view")
        overlap = card("Overlap of each two masks (intersection over union)", self.overlap, name="spx-overlap-card")
        table = card("In figures", self.table, files, name="spx-table-card")
        super().__init__([self._grid, overlap, table])
        styled(self, "spx-results")
        self.layout.display = "none"

    def begin(self, scene: xr.DataArray, instructions: Sequence[str]) -> None:
        """Make room for answers about a part of a scene (band, y, x)."""
        self._pictures = Thumbnails(scene)
        plain = self._pictures.plain()
        waiting = [
            card_html(number, words, picture=plain, ratio=self._pictures.ratio, state="waiting")
            for number, words in enumerate(instructions, 1)
        ]
        past, self.cards = self.cards, [W.HTML(html) for html in [*waiting, ""]]
        self._grid.children = self.cards
        dismiss(*past)
        self._offer(None)
        self.overlap.value = self.table.value = ""
        self.saved.say("info", "")
        self.layout.display = "flex"

    def show(self, number: int, answer: "Answer") -> None:
        """Put an answer into its place, counted from 0."""
        if self._pictures is not None:
            self.cards[number].value = answer_html(number + 1, answer, self._pictures)

    def finish(self, comparison: "Comparison") -> None:
        """Show what the answers have in common."""
        if self._pictures is not None and comparison.extractions:
            self.cards[-1].value = agreement_html(comparison, self._pictures)
        self.overlap.value, self.table.value = overlap_html(comparison), table_html(comparison)
        self._offer(comparison)

    def _offer(self, comparison: "Comparison | None") -> None:
        self._comparison, self.save.disabled = comparison, comparison is None
        self.download.offer(None)

    def _write(self) -> None:
        if self._comparison is None:
            return
        with told(self.saved.say):
            path = self._comparison.to_csv(file_at(self.file.value)).resolve()
            self.saved.say("done", f"Written to {path}")
            self.download.offer(path)
