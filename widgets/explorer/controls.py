"""The panel beside the map: what to look for, run, cancel, progress and results."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import ipywidgets as W

from widgets.explorer.correcting import Correcting
from widgets.explorer.request_chips import RequestChips
from widgets.explorer.stages import Stages
from widgets.explorer.thresholds import Thresholds
from widgets.map.pen import Pen
from widgets.map.where import WHOLE_SCENE
from widgets.parts.news import News
from widgets.parts.report import (
    Row,
    advice_html,
    asked_html,
    explanations_html,
    legend_html,
    progress_html,
    streaming_html,
)
from widgets.parts.style import button, dismiss, styled
from widgets.parts.tabs import Tabs
from widgets.parts.trust import trusts_html
from widgets.parts.upload import Upload

if TYPE_CHECKING:
    from spexlab.extraction import Extraction
    from spexlab.extraction.advice import Advice
    from spexlab.extraction.evidence import TargetEvidence
    from spexlab.extraction.trust import Trust

EXAMPLES = ("trees", "lakes and rivers", "built-up land")
"""Instructions that a click types."""
STALE = "The area was changed: these masks and figures belong to the one before. Run again."


class Controls(W.VBox):
    """Every control of the panel, labelled and reachable by keyboard, in places that do not move.

    Parameters
    ----------
    panels : mapping
        What is shown below, beside the answer: name -> widget.
    over_time : Widget
        What the answers of several dates tell together.
    pen : Pen
        What the answer is corrected with, on the map.
    run, cancel : Button
        The app's.
    news : News
        The app's.
    """

    def __init__(
        self, panels: Mapping[str, W.Widget], *, over_time: W.Widget, pen: Pen, run: W.Button, cancel: W.Button, news: News
    ) -> None:
        self.instruction = styled(
            W.Text(description="What to look for", placeholder="e.g. trees, then Enter", tooltip="In everyday words"),
            "spx-instr",
            "spx-quiet",
        )
        self.chips = [button(example, "spx-chip", tip=f"Type “{example}”") for example in EXAMPLES]
        self.run, self.cancel, self.message = run, cancel, news
        self.clear = button("Delete area", "spx-clear", tip="Look in the whole scene again", disabled=True)
        self.upload = Upload("Load area", hint="A GeoJSON file of the area", accept=".geojson,.json", say=news.say)
        self.upload.add_class("spx-upload-area")
        self.where = styled(W.HTML(escape(WHOLE_SCENE), layout=W.Layout(flex="1 1 0")), "spx-where")
        self.progress = W.HTML(progress_html({}, {}, active=None))
        self.asked, self.stale = W.HTML(), W.HTML()
        self.request = RequestChips()
        self.questions = styled(W.HBox(), "spx-chips", "spx-questions")
        self.advice, self.trust = W.HTML(), W.HTML()
        self._asks: Callable[[str], object] = lambda _: None
        self.legend, self.over_time = styled(W.HTML(legend_html([])), "spx-legend"), over_time
        self.thresholds, self.correcting = Thresholds(), Correcting(pen)
        self.words = styled(W.HTML(""), "spx-answer")
        self.tabs = Tabs(
            {"Answer": styled(W.VBox(self._answer()), "spx-page"), **panels},
            label="Results",
        )
        chips = styled(W.HBox(self.chips), "spx-chips")
        place = styled(W.HBox([self.where, self.upload, self.clear]), "spx-place")
        ask = styled(W.HBox([self.instruction, self.run, self.cancel]), "spx-actions", "spx-ask")
        super().__init__([ask, chips, place, self.progress, self.message, self.tabs])
        styled(self, "spx-panel")

    def _answer(self) -> list[W.Widget]:
        """What an answer is made of: what is not to be missed first."""
        found = [self.stale, self.asked, self.request, self.legend, self.over_time, self.advice, self.questions, self.trust]
        return [*found, self.thresholds, self.correcting, self.words]

    def on_question(self, callback: Callable[[str], object]) -> None:
        """Call back with an instruction when one that was offered is chosen."""
        self._asks = callback

    def clear_results(self) -> None:
        """Show that there is no answer."""
        self.asked.value = ""
        self.request.show(None)
        self.show_stages(Stages())
        self.show_rows(())
        self.thresholds.offer(None)
        self.correcting.offer(None)
        self.show_words({})
        self.show_advice(())
        self.show_trust(())
        self.show_stale(stale=False)

    def show_where(self, text: str) -> None:
        """Say in which area the next run looks."""
        self.where.value = escape(text)

    def show_stages(self, stages: Stages) -> None:
        """Show how far the run has come."""
        self.progress.value = progress_html(stages.seconds, stages.fractions, active=stages.active)

    def show_asked(self, instruction: str, where: str, answer: "Extraction | None" = None) -> None:
        """Show which question is answered, how it was taken, and what of it the answer leaves out."""
        self.asked.value = asked_html(instruction, where, answer)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show the statistics of the area, or of the parts that an instruction was limited to."""
        self.legend.value = legend_html(rows)

    def show_advice(self, advice: "Sequence[Advice]") -> None:
        """Say what masks do not tell, and offer the instructions that would."""
        self.advice.value = advice_html(advice)
        past = self.questions.children
        names = dict.fromkeys(question for one in advice for question in one.questions)
        chips = [button(name, "spx-chip", tip=f"Ask for “{name}”") for name in names]
        for chip in chips:
            chip.on_click(lambda pressed: self._asks(pressed.description))
        self.questions.children = chips
        dismiss(*past)

    def show_stale(self, *, stale: bool) -> None:
        """Say that the answer is about another area than the one that is drawn now."""
        self.stale.value = f'<div class="spx-left-out" role="status">{STALE}</div>' if stale else ""

    def show_words(self, texts: Mapping[str, str]) -> None:
        """Show what has been written so far about each target."""
        self.words.value = streaming_html(texts)

    def show_trust(self, trust: "Sequence[Trust]") -> None:
        """Show how far to trust the mask of each target."""
        self.trust.value = trusts_html(trust)

    def show_explanations(self, evidence: "Sequence[TargetEvidence]") -> None:
        """Show the explanation of each target with the claims checked."""
        self.words.value = explanations_html(evidence)
