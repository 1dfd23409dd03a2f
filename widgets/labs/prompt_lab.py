"""PromptLab: several instructions on one area, side by side."""

from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as W
import traitlets as T
import xarray as xr

from spexlab.places.references import FILES, Truths, read_reference
from spexlab.scene.area import Area
from widgets.labs.prompt_results import PromptResults
from widgets.map.area_map import AreaMap
from widgets.parts.asking import AskingApp, Task
from widgets.parts.head import Head
from widgets.parts.job import BUSY, Stopped
from widgets.parts.report import STAGES
from widgets.parts.style import button, note, styled
from widgets.parts.throttle import Throttle
from widgets.parts.upload import Upload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spexlab.extraction import Spex
    from spexlab.extraction.comparison import Answer, Baseline
    from spexlab.places.references import ReferenceLike

    Scenes = Mapping[str, tuple[xr.DataArray, ReferenceLike]]

EXAMPLES = ("trees", "where are the trees?", "vegetation", "vegetation but no trees", "a poem about trees")
MOST = 12
"""Instructions at most: more pictures can hardly be compared by eye."""
_HINT = (
    "One a line, Ctrl+Enter compares. Try wordings of one wish, or wishes that exclude each other; "
    "what cannot be asked gets its reason."
)
_NO_REFERENCE = "A label raster or polygons of what is there: every answer is scored by it."


class PromptLab(AskingApp):
    """Instructions to compare, and what the model makes of each.

    Its state is its traits; `run`, `cancel` and `wait` are the buttons' twins, `spexlab.compare` is the same without widgets.

    Parameters
    ----------
    scene : xr.DataArray, optional
        What `spexlab.open_scene` returns; the sample scene unless given.
    model : str, Path or Spex
        Name or folder of a model, or what `spexlab.load_model` returned. A named one is loaded as the app is shown if it comes with
        spexlab, else by the first run.
    baseline : Baseline, optional
        Another method to ask for the same targets, which gets a column of the table: ``BoostedTreeBaseline().fit(places)``, say.
    reference : raster, path or GeoDataFrame, optional
        What is there in truth, as `spexlab.compare` takes it; every answer is scored by it.
    others : mapping, optional
        Further scenes to score the instructions on, whole: name -> (scene, reference).

    Examples
    --------
    >>> lab = PromptLab()
    >>> lab.instructions = ["trees", "vegetation"]
    >>> lab.run(), lab.wait()
    (True, True)
    >>> list(lab.comparison.table["targets"])
    ['trees', 'vegetation']
    """

    instructions = T.List(T.Unicode(), help="What to look for, one text an instruction.")
    area = T.Dict(allow_none=True, default_value=None, help="GeoJSON of the drawn area; None is the whole scene.")
    comparison = T.Any(None, help="What is shown, a `spexlab.Comparison`; of a cancelled run, as far as it went.")
    reference = T.Any(None, help="What is there in truth, as `spexlab.compare` takes it; None scores nothing.")
    scores = T.Any(None, help="How well the instructions did in each scene, a `ScoreTable`; None without a reference.")

    def __init__(
        self,
        scene: xr.DataArray | None = None,
        *,
        model: "str | Path | Spex" = "spex-tiny",
        baseline: "Baseline | None" = None,
        reference: "ReferenceLike | None" = None,
        others: "Scenes | None" = None,
    ) -> None:
        compare = button("Compare", "spx-run", tip="Ask each of them about the area (Ctrl+Enter)")
        super().__init__("spx-prompt-lab", scene=scene, model=model, run=compare)
        self._map, self._results, self._baseline = AreaMap(self.scene), PromptResults(), baseline
        self._others, self._reference_note = dict(others or {}), note(_NO_REFERENCE)
        self._upload = Upload(
            "Choose a reference …", hint="Labels or polygons of what is there", accept=",".join(FILES), say=self._say
        )
        self._text = styled(W.Textarea(description="Instructions", rows=9, tooltip="One a line"), "spx-above", "spx-instructions")
        self._progress = W.HTML(progress_html(0, 0))
        body = styled(W.Box([self._map, self._panel()], layout=W.Layout(flex_flow="row wrap", width="100%")), "spx-body")
        self._furnish(Head(self.scene), body, self._results)
        self.instructions = list(EXAMPLES)
        self._connect()
        self.reference = reference

    def _panel(self) -> W.VBox:
        actions = styled(W.HBox([self._run, self._cancel]), "spx-actions")
        reference = styled(W.HBox([self._upload, self._reference_note]), "spx-pick", "spx-page")
        parts = [self._text, note(_HINT), reference, actions, self._progress, self._news]
        return styled(W.VBox(parts, layout=W.Layout(flex="1 1 320px", min_width="280px")), "spx-panel")

    def _connect(self) -> None:
        self._text.value = "\n".join(self.instructions)
        self.observe(self._write_text, "instructions")
        self._text.observe(self._read_text, "value")
        T.link((self, "area"), (self._map, "area"))
        self._map.observe(lambda change: self._say("error", change["new"]), "problem")
        self._keys.on_enter(self._ask)
        self._upload.on_file(self._take_reference)

    @T.observe("reference")
    def _show_reference(self, change: dict[str, Any]) -> None:
        self._reference_note.value = _NO_REFERENCE if change["new"] is None else "Answers are scored by the reference."

    def _take_reference(self, name: str, content: bytes) -> None:
        """Take a file as the reference; one that is none, or of another scene, leaves the last one."""

        def read(_: Stopped) -> None:
            truths = Truths.of(read_reference(name, content=content))
            truths.check_on(self.scene, self.scene)
            self.reference = truths
            self._reference_note.value = escape(f"Answers are scored by {name}: {truths.words}.")
            self._say("info", "")

        if not self._start(read):
            self._say("warning", BUSY)

    def _ask(self, text: str) -> None:
        self._text.value = text
        self._press()

    def _read_text(self, change: dict[str, Any]) -> None:
        self.instructions = _lines(change["new"])

    def _write_text(self, change: dict[str, Any]) -> None:
        # What is typed may hold empty lines; only other instructions replace it.
        if _lines(self._text.value) != change["new"]:
            self._text.value = "\n".join(change["new"])

    def _asked(self) -> Task:
        return partial(self._ask_each, list(self.instructions), self.area)

    def _ask_each(self, instructions: list[str], area: dict[str, Any] | None, stopped: Stopped) -> str:
        if not 0 < len(instructions) <= MOST:
            raise ValueError(f"there must be 1 to {MOST} instructions, one a line, but there are {len(instructions)}.")
        where = None if area is None else Area.of(area)
        part = self.scene if where is None else where.clip(self.scene)
        # What cannot be asked leaves the last answers where they are; from here on there are others.
        self.comparison = self.scores = None
        self._results.begin(part, instructions)
        found: list[Answer] = []
        try:
            self._collect(instructions, where, stopped, found)
        finally:
            self._show(found, part, total=len(instructions))
        self._score(instructions, stopped)
        return _summary(found) + self._loaded_in

    def _score(self, instructions: list[str], stopped: Stopped) -> None:
        """Show how well the instructions did here, if there is a reference, and in the other scenes."""
        from spexlab.extraction import Events
        from spexlab.extraction.comparison import ScoreTable, compare

        compared = {} if self.reference is None else {str(self.scene.attrs.get("title") or "this scene"): self.comparison}
        for name, (scene, reference) in self._others.items():
            self._say("info", f"Asking about {name} …")
            events = Events(cancelled=stopped)
            compared[name] = compare(scene, instructions, model=self._loaded(), reference=reference, events=events)
        if compared:
            self.scores = ScoreTable.of(compared)
            self._results.show_scores(self.scores)

    def _collect(self, instructions: list[str], area: Area | None, stopped: Stopped, found: "list[Answer]") -> None:
        from spexlab.extraction import Cancelled, Events
        from spexlab.extraction.comparison import answers

        total = len(instructions)
        self._show_progress(0, total, "")
        show: Throttle[str] = Throttle(lambda stage: self._show_progress(len(found), total, stage))
        events = Events(stage=lambda stage, _: show(STAGES[stage]), cancelled=stopped)
        try:
            beside = {"baseline": self._baseline, "reference": self.reference}
            for answer in answers(self.scene, instructions, area=area, model=self._loaded(), events=events, **beside):
                self._results.show(len(found), answer)
                found.append(answer)
                self._show_progress(len(found), total, "")
        except Cancelled as stop:
            raise Cancelled(f"{len(found)} of {total} instructions were answered before.") from stop

    def _show(self, found: "list[Answer]", part: xr.DataArray, *, total: int) -> None:
        """Show what was found, also by a run that was cancelled or has failed."""
        from spexlab.extraction.comparison import Comparison

        self._progress.value = progress_html(len(found), total, running=False)
        if found:
            self.comparison = Comparison(tuple(found), part, "" if self._baseline is None else self._baseline.name)
            self._results.finish(self.comparison)

    def _show_progress(self, done: int, total: int, stage: str) -> None:
        self._progress.value = progress_html(done, total, stage)


def progress_html(done: int, total: int, stage: str = "", *, running: bool = True) -> str:
    """How many instructions are done, answered or refused, and what the next one is at."""
    percent = 100 * done / total if total else 0
    words = f"{done} of {total} done" + (f" · {stage}" if stage and done < total else "") if total else ""
    state = "active" if done < total and running else "done"
    return (
        f'<div class="spx-step spx-step-{state}" role="group" aria-label="Progress">'
        f'<div class="spx-bar"><i style="width:{percent:.0f}%"></i></div><span>{words}&nbsp;</span></div>'
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _summary(found: "list[Answer]") -> str:
    answered = [answer.extraction for answer in found if answer.extraction is not None]
    seconds = sum(sum(extraction.seconds.values()) for extraction in answered)
    refused = len(found) - len(answered)
    return f"{len(answered)} answered" + (f", {refused} refused" if refused else "") + f", in {seconds:.1f} s."
