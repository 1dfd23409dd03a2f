"""The panel beside the map: what to look for, run, cancel, progress and results."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as W

from widgets.explorer.stages import Stages
from widgets.map.where import WHOLE_SCENE
from widgets.parts.report import Row, asked_html, explanations_html, legend_html, message_html, progress_html, streaming_html
from widgets.parts.style import button, styled
from widgets.parts.tabs import Tabs
from widgets.parts.upload import Upload

EXAMPLES = ("vegetation", "where are the trees?", "show me the lakes and rivers", "built-up land")
"""Instructions that a click types."""


class Controls(W.VBox):
    """Every control of the panel, labelled and reachable by keyboard, in places that do not move.

    Parameters
    ----------
    panels : mapping
        What is shown below, beside the answer: name -> widget.
    """

    def __init__(self, panels: Mapping[str, W.Widget]) -> None:
        self.instruction = styled(
            W.Text(description="What to look for", placeholder="e.g. vegetation, then Enter", tooltip="In everyday words"),
            "spx-instr",
        )
        self.chips = [button(example, "spx-chip", tip=f"Type “{example}”") for example in EXAMPLES]
        self.run = button("Run", "spx-run", tip="Look for it in the area (Enter)")
        self.cancel = button("Cancel", "spx-cancel", tip="Stop the run", disabled=True)
        self.clear = button("Delete area", "spx-clear", tip="Look in the whole scene again", disabled=True)
        self.upload = Upload("Load area", hint="A GeoJSON file of the area", accept=".geojson,.json", say=self.show_message)
        self.upload.add_class("spx-upload-area")
        self.where = styled(W.HTML(escape(WHOLE_SCENE), layout=W.Layout(flex="1 1 0")), "spx-where")
        self.progress = W.HTML(progress_html({}, {}, active=None))
        self.message = styled(W.HTML(message_html("info", "")), "spx-status")
        self.asked = W.HTML()
        self.legend = styled(W.HTML(legend_html([])), "spx-legend")
        self.words = styled(W.HTML(""), "spx-answer")
        self.tabs = Tabs({"Answer": styled(W.VBox([self.asked, self.legend, self.words]), "spx-page"), **panels}, label="Results")
        chips = styled(W.HBox(self.chips), "spx-chips")
        place = styled(W.HBox([self.where, self.upload, self.clear]), "spx-place")
        actions = styled(W.HBox([self.run, self.cancel]), "spx-actions")
        super().__init__(
            [self.instruction, chips, place, actions, self.progress, self.message, self.tabs],
            layout=W.Layout(min_height="540px"),
        )
        self.add_class("spx-panel")

    def on_submit(self, callback: Callable[[], object]) -> None:
        """Call back when Run is clicked."""
        self.run.on_click(lambda _: callback())

    def begin(self) -> None:
        """Show that a run is at work: empty results, Cancel instead of Run."""
        self.run.disabled, self.cancel.disabled = True, False
        self.clear_results()

    def clear_results(self) -> None:
        """Show that there is no answer."""
        self.asked.value = ""
        self.show_stages(Stages())
        self.show_rows(())
        self.show_words({})

    def end(self) -> None:
        """Show that the next run can start."""
        self.run.disabled, self.cancel.disabled = False, True

    def show_where(self, text: str) -> None:
        """Say in which area the next run looks."""
        self.where.value = escape(text)

    def show_stages(self, stages: Stages) -> None:
        """Show how far the run has come."""
        self.progress.value = progress_html(stages.seconds, stages.fractions, active=stages.active)

    def show_message(self, kind: str, text: str) -> None:
        """Show a line of news ("info", "done"), a warning or an error."""
        self.message.value = message_html(kind, text)

    def show_asked(self, instruction: str, where: str, notes: Sequence[str] = ()) -> None:
        """Show which question is answered, and how it was taken."""
        self.asked.value = asked_html(instruction, where, notes)

    def show_rows(self, rows: Sequence[Row], *, part: str = "") -> None:
        """Show the statistics of the area, or of the part that an instruction was limited to."""
        self.legend.value = legend_html(rows, part=part)

    def show_words(self, texts: Mapping[str, str]) -> None:
        """Show what has been written so far about each target."""
        self.words.value = streaming_html(texts)

    def show_explanations(self, evidence: Sequence[Mapping[str, Any]]) -> None:
        """Show the explanation of each target with its claims checked."""
        self.words.value = explanations_html(evidence)
