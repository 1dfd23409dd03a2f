"""The panel beside the map: what to look for, run, cancel, progress and results."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

import ipywidgets as W

from widgets.report import Row, explanations_html, legend_html, message_html, progress_html, streaming_html
from widgets.stages import Stages

EXAMPLES = ("vegetation", "where are the trees?", "show me the lakes and rivers", "built-up land")
"""Instructions that a click types."""
WHOLE_SCENE = "In the whole scene; draw to choose a part"


def style() -> W.HTML:
    """The style sheet, as a widget: it travels to wherever the app is shown."""
    sheet = files("widgets").joinpath("style.css").read_text(encoding="utf-8")
    return W.HTML(f"<style>{sheet}</style>", layout=W.Layout(display="none"))


class Controls(W.VBox):
    """Every control of the panel, labelled and reachable by keyboard, in places that do not move."""

    def __init__(self) -> None:
        self.instruction = _styled(
            W.Text(description="What to look for", placeholder="e.g. vegetation, then Enter", tooltip="In everyday words"),
            "spx-instr",
        )
        self.chips = [_button(example, "spx-chip", tip=f"Type “{example}”") for example in EXAMPLES]
        self.run = _button("Run", "spx-run", tip="Look for it in the area (Enter)")
        self.cancel = _button("Cancel", "spx-cancel", tip="Stop the run", disabled=True)
        self.clear = _button("Delete area", "spx-clear", tip="Look in the whole scene again", disabled=True)
        self.where = _styled(W.HTML(escape(WHOLE_SCENE), layout=W.Layout(flex="1 1 0")), "spx-where")
        self.progress = W.HTML(progress_html({}, {}, active=None))
        self.message = _styled(W.HTML(message_html("info", "")), "spx-status")
        self.legend = _styled(W.HTML(legend_html([])), "spx-legend")
        self.words = _styled(W.HTML(""), "spx-answer")
        result = _styled(W.VBox([self.legend, self.words], layout=W.Layout(flex="1 1 0", min_height="180px")), "spx-result")
        chips = _styled(W.HBox(self.chips), "spx-chips")
        place = _styled(W.HBox([self.where, self.clear]), "spx-place")
        actions = _styled(W.HBox([self.run, self.cancel]), "spx-actions")
        super().__init__(
            [self.instruction, chips, place, actions, self.progress, self.message, result],
            layout=W.Layout(flex="1 1 340px", min_width="280px", min_height="540px"),
        )
        self.add_class("spx-panel")

    def on_submit(self, callback: Callable[[], object]) -> None:
        """Call back when Enter is pressed in the instruction, or Run is clicked."""
        self.run.on_click(lambda _: callback())
        self.instruction.on_msg(lambda _, content, __: callback() if content.get("event") == "submit" else None)

    def begin(self) -> None:
        """Show that a run is at work: empty results, Cancel instead of Run."""
        self.run.disabled, self.cancel.disabled = True, False
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

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show the area statistics."""
        self.legend.value = legend_html(rows)

    def show_words(self, texts: Mapping[str, str]) -> None:
        """Show what has been written so far about each target."""
        self.words.value = streaming_html(texts)

    def show_explanations(self, evidence: Sequence[Mapping[str, Any]]) -> None:
        """Show the explanation of each target with its claims checked."""
        self.words.value = explanations_html(evidence)


def view_controls(composites: Sequence[str]) -> tuple[W.ToggleButtons, W.FloatSlider]:
    """The controls under the map: composite and opacity."""
    tips = [f"Show in {name}" for name in composites]
    choice = W.ToggleButtons(options=composites, description="Scene", tooltips=tips, tooltip="How the scene is shown")
    slider = W.FloatSlider(description="Mask opacity", min=0.0, max=1.0, step=0.05, readout_format=".0%", tooltip="Mask opacity")
    slider.layout.width = "240px"
    return _styled(choice, "spx-composite"), _styled(slider, "spx-opacity")


def _button(text: str, name: str, *, tip: str, disabled: bool = False) -> W.Button:
    return _styled(W.Button(description=text, tooltip=tip, disabled=disabled), name)


def _styled(widget: Any, name: str) -> Any:
    widget.add_class(name)
    return widget
