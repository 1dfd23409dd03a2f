"""What the PromptLab found: small multiples, agreement, scores, overlap, and the tables with their files."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ipywidgets as W
import xarray as xr

from widgets.labs.prompt_report import agreement_html, answer_html, card_html, overlap_html, table_html
from widgets.labs.score_report import scores_html
from widgets.labs.table_file import TableFile
from widgets.labs.thumbnails import Thumbnails
from widgets.parts.style import card, dismiss, styled

if TYPE_CHECKING:
    from spexlab.extraction.comparison import Answer, Comparison, ScoreTable


class PromptResults(W.VBox):
    """Answers as they come, in places that are there from the start of a run."""

    def __init__(self) -> None:
        self._pictures: Thumbnails | None = None
        self.cards: list[W.HTML] = []
        self._grid = styled(W.Box(), "spx-multiples")
        self.overlap, self.table = styled(W.HTML(), "spx-scroll"), styled(W.HTML(), "spx-scroll")
        self.file, self.scores_file = TableFile("comparison.csv"), TableFile("scores.csv")
        self.scores = styled(W.HTML(), "spx-scroll")
        self._scored = card("Against the reference", self.scores, self.scores_file, name="spx-scores-card")
        overlap = card("Overlap of each two masks (intersection over union)", self.overlap, name="spx-overlap-card")
        table = card("In figures", self.table, self.file, name="spx-table-card")
        super().__init__([self._grid, self._scored, overlap, table])
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
        self.overlap.value = self.table.value = ""
        self.file.offer(None)
        self.show_scores(None)
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
        self.file.offer(comparison)

    def show_scores(self, scores: "ScoreTable | None") -> None:
        """Show how well the answers did by a reference; None: there is none."""
        self._scored.layout.display = "none" if scores is None else None
        self.scores.value = "" if scores is None else scores_html(scores)
        self.scores_file.offer(scores)
