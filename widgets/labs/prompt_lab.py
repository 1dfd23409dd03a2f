"""PromptLab: several instructions on one area, side by side."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as W
import traitlets as T
import xarray as xr

import spexlab
from spexlab.scene import check_scene
from spexlab.scene.area import clip
from widgets.labs.frame import head, sheets
from widgets.labs.prompt_results import PromptResults
from widgets.map.area_map import AreaMap
from widgets.parts.job import Job, Throttle
from widgets.parts.keys import Keys
from widgets.parts.report import STAGES, message_html
from widgets.parts.style import button, note, styled

if TYPE_CHECKING:
    from spexlab.extraction import Spex
    from spexlab.extraction.comparison import Answer

_log = logging.getLogger(__name__)
EXAMPLES = ("trees", "where are the trees?", "vegetation", "vegetation but no trees", "a poem about trees")
MOST = 12
"""Instructions at most: more pictures can hardly be compared by eye."""
_HINT = (
    "One a line, Ctrl+Enter compares. Try wordings of one wish, or wishes that exclude each other; "
    "what cannot be asked gets its reason."
)


class PromptLab(W.VBox):
    """Instructions to compare, and what the model makes of each.

    Its state is its traits; `run`, `cancel` and `wait` are the buttons' twins, `spexlab.compare` is the same without widgets.

    Parameters
    ----------
    scene : xr.DataArray, optional
        What `spexlab.open_scene` returns; the sample scene unless given.
    model : str, Path or Spex
        Name or folder of a model, which the first run loads, or what `spexlab.load_model` returned.

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
    status = T.Enum(("ready", "running", "done", "cancelled", "failed"), default_value="ready", help="Where the last run stands.")
    message = T.Unicode(help="The last news or error, as plain text.")
    comparison = T.Any(None, help="What is shown, a `spexlab.Comparison`; of a cancelled run, as far as it went.")

    def __init__(self, scene: xr.DataArray | None = None, *, model: "str | Path | Spex" = "spex-tiny") -> None:
        self.scene = check_scene(spexlab.sample_scene() if scene is None else scene)
        self._model, self._job, self._keys = model, Job(), Keys()
        self._map, self._results = AreaMap(self.scene), PromptResults()
        self._text = styled(W.Textarea(description="Instructions", rows=9, tooltip="One a line"), "spx-above", "spx-instructions")
        self._run = styled(button("Compare", "spx-run", tip="Ask each of them about the area (Ctrl+Enter)"))
        self._cancel = button("Cancel", "spx-cancel", tip="Stop the run (Esc)", disabled=True)
        self._progress, self._news = W.HTML(progress_html(0, 0)), styled(W.HTML(message_html("info", "")), "spx-status")
        body = styled(W.Box([self._map, self._panel()], layout=W.Layout(flex_flow="row wrap", width="100%")), "spx-body")
        super().__init__([sheets(), head(self.scene), body, self._results, self._keys])
        styled(self, "spx-app", "spx-prompt-lab")
        self.instructions = list(EXAMPLES)
        self._connect()

    def run(self) -> bool:
        """Start to ask `instructions` about `area`; False, and nothing happens, if a run is at work."""
        return self._job.start(partial(self._work, list(self.instructions), self.area))

    def cancel(self) -> None:
        """Ask the run to stop; the answers that are there stay."""
        if self._job.running:
            self._say("info", "Stopping …")
            self._job.cancel()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the run is over, at most `timeout` seconds; whether it is."""
        return self._job.wait(timeout)

    def _panel(self) -> W.VBox:
        actions = styled(W.HBox([self._run, self._cancel]), "spx-actions")
        parts = [self._text, note(_HINT), actions, self._progress, self._news]
        return styled(W.VBox(parts, layout=W.Layout(flex="1 1 320px", min_width="280px")), "spx-panel")

    def _connect(self) -> None:
        self._text.value = "\n".join(self.instructions)
        self.observe(self._write_text, "instructions")
        self._text.observe(self._read_text, "value")
        T.link((self, "area"), (self._map, "area"))
        self._map.observe(lambda change: self._say("error", change["new"]), "problem")
        self._run.on_click(lambda _: self.run())
        self._cancel.on_click(lambda _: self.cancel())
        self._keys.on_escape(self.cancel)
        self._keys.on_enter(self._ask_all)

    def _ask_all(self, text: str) -> None:
        self._text.value = text
        self.run()

    def _read_text(self, change: dict[str, Any]) -> None:
        self.instructions = _lines(change["new"])

    def _write_text(self, change: dict[str, Any]) -> None:
        # What is typed may hold empty lines; only other instructions replace it.
        if _lines(self._text.value) != change["new"]:
            self._text.value = "\n".join(change["new"])

    def _work(self, instructions: list[str], area: dict[str, Any] | None, stopped: Callable[[], bool]) -> None:
        """Run in the job's thread. Whatever goes wrong ends up in the panel: nobody else would see it."""
        self._begin()
        # Imported here: torch takes seconds, in which the map can be looked at already.
        from spexlab.extraction import Cancelled

        found: list[Answer] = []
        try:
            self._ask(instructions, area, stopped, found)
        except Cancelled:
            self._end("cancelled", "info", f"Cancelled after {len(found)} of {len(instructions)} instructions.", area, found)
        except (ValueError, OSError) as error:
            self._end("failed", "error", str(error), area, found)
        except Exception as error:  # noqa: BLE001  in a thread it would be lost
            _log.exception("the comparison failed")
            self._end("failed", "error", f"{type(error).__name__}: {error}", area, found)
        else:
            self._end("done", "done", _summary(found), area, found)

    def _ask(
        self, instructions: list[str], area: dict[str, Any] | None, stopped: Callable[[], bool], found: "list[Answer]"
    ) -> None:
        from spexlab.extraction import Events
        from spexlab.extraction.comparison import answers

        if not 0 < len(instructions) <= MOST:
            raise ValueError(f"there must be 1 to {MOST} instructions, one a line, but there are {len(instructions)}.")
        part = self._part(area)
        # What cannot be asked leaves the last answers where they are; from here on there are others.
        self.comparison = None
        self._results.begin(part, instructions)
        self._show_progress(0, len(instructions), "")
        show: Throttle[str] = Throttle(lambda stage: self._show_progress(len(found), len(instructions), stage))
        events = Events(stage=lambda stage, _: show(STAGES[stage]), cancelled=stopped)
        try:
            for answer in answers(self.scene, instructions, area=area, model=self._loaded(), events=events):
                self._results.show(len(found), answer)
                found.append(answer)
                self._show_progress(len(found), len(instructions), "")
        finally:
            self._progress.value = progress_html(len(found), len(instructions), running=False)

    def _begin(self) -> None:
        self.status = "running"
        self._run.disabled, self._cancel.disabled = True, False
        self._say("info", f"Loading {self._model} …" if isinstance(self._model, str | Path) else "")

    def _end(self, status: str, kind: str, text: str, area: dict[str, Any] | None, found: "list[Answer]") -> None:
        from spexlab.extraction.comparison import Comparison

        if found:
            self.comparison = Comparison(tuple(found), self._part(area))
            self._results.finish(self.comparison)
        self._run.disabled, self._cancel.disabled = False, True
        self._say(kind, text)
        self.status = status

    def _part(self, area: dict[str, Any] | None) -> xr.DataArray:
        return self.scene if area is None else clip(self.scene, area)

    def _loaded(self) -> "Spex":
        if isinstance(self._model, str | Path):
            self._model = spexlab.load_model(self._model)
            self._say("info", "")
        return self._model

    def _show_progress(self, done: int, total: int, stage: str) -> None:
        self._progress.value = progress_html(done, total, stage)

    def _say(self, kind: str, text: str) -> None:
        self.message = text
        self._news.value = message_html(kind, text)


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
