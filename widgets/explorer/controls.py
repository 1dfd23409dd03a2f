"""The panel beside the map: what to look for, run, cancel, progress and results."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import ipywidgets as W

from widgets.explorer.correcting import Correcting
from widgets.explorer.stages import Stages
from widgets.explorer.thresholds import Thresholds
from widgets.map.pen import Pen
from widgets.map.where import WHOLE_SCENE
from widgets.parts.news import News
from widgets.parts.report import Row, asked_html, explanations_html, legend_html, progress_html, streaming_html
from widgets.parts.style import button, styled
from widgets.parts.tabs import Tabs
from widgets.parts.upload import Upload

if TYPE_CHECKING:
    from spexlab.extraction.evidence import TargetEvidence
    from spexlab.extraction.trust import Trust

EXAMPLES = ("vegetation", "where are the trees?", "show me the lakes and rivers", "built-up land")
"""Instructions that a click types."""


class Controls(W.VBox):
    """Every control of the panel, labelled and reachable by keyboard, in places that do not move.

    Parameters
    ----------
    panels : mapping
        What is shown below, beside the answer: name -> widget.
    pen : Pen
        What the answer is corrected with, on the map.
    run, cancel : Button
        The app's.
    news : News
        The app's.
    """

    def __init__(self, panels: Mapping[str, W.Widget], *, pen: Pen, run: W.Button, cancel: W.Button, news: News) -> None:
        self.instruction = styled(
            W.Text(description="What to look for", placeholder="e.g. vegetation, then Enter", tooltip="In everyday words"),
            "spx-instr",
        )
        self.chips = [button(example, "spx-chip", tip=f"Type “{example}”") for example in EXAMPLES]
        self.run, self.cancel, self.message = run, cancel, news
        self.clear = button("Delete area", "spx-clear", tip="Look in the whole scene again", disabled=True)
        self.upload = Upload("Load area", hint="A GeoJSON file of the area", accept=".geojson,.json", say=news.say)
        self.upload.add_class("spx-upload-area")
        self.where = styled(W.HTML(escape(WHOLE_SCENE), layout=W.Layout(flex="1 1 0")), "spx-where")
        self.progress = W.HTML(progress_html({}, {}, active=None))
        self.asked = W.HTML()
        self.legend = styled(W.HTML(legend_html([])), "spx-legend")
        self.thresholds, self.correcting = Thresholds(), Correcting(pen)
        self.words = styled(W.HTML(""), "spx-answer")
        self.tabs = Tabs(
            {
                "Answer": styled(W.VBox([self.asked, self.legend, self.correcting, self.words, self.thresholds]), "spx-page"),
                **panels,
            },
            label="Results",
        )
        chips = styled(W.HBox(self.chips), "spx-chips")
        place = styled(W.HBox([self.where, self.upload, self.clear]), "spx-place")
        actions = styled(W.HBox([self.run, self.cancel]), "spx-actions")
        super().__init__(
            [self.instruction, chips, place, actions, self.progress, self.message, self.tabs],
            layout=W.Layout(min_height="540px"),
        )
        self.add_class("spx-panel")

    def clear_results(self) -> None:
        """Show that there is no answer."""
        self.asked.value = ""
        self.show_stages(Stages())
        self.show_rows(())
        self.thresholds.offer(None)
        self.correcting.offer(None)
        self.show_words({})

    def show_where(self, text: str) -> None:
        """Say in which area the next run looks."""
        self.where.value = escape(text)

    def show_stages(self, stages: Stages) -> None:
        """Show how far the run has come."""
        self.progress.value = progress_html(stages.seconds, stages.fractions, active=stages.active)

    def show_asked(self, instruction: str, where: str, notes: Sequence[str] = ()) -> None:
        """Show which question is answered, and how it was taken."""
        self.asked.value = asked_html(instruction, where, notes)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show the statistics of the area, or of the parts that an instruction was limited to."""
        self.legend.value = legend_html(rows)

    def show_words(self, texts: Mapping[str, str]) -> None:
        """Show what has been written so far about each target."""
        self.words.value = streaming_html(texts)

    def show_explanations(self, evidence: "Sequence[TargetEvidence]", trust: "Sequence[Trust]") -> None:
        """Show how far to trust the mask of each target, and its explanation with the claims checked."""
        self.words.value = explanations_html(evidence, trust)
