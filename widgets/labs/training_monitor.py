"""TrainingMonitor: live curves and samples of a training run, here or in another process; pause, resume, stop and keep."""

import threading
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as W
import pandas as pd
import traitlets as T

from widgets.labs.training_report import curves_html, figures_html, head_html, sample_html
from widgets.parts.app import App
from widgets.parts.style import button, card, styled
from widgets.parts.throttle import Throttle
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.training.run import Snapshot, TrainingRun

_LOOK = 0.4
"""Seconds between two looks at the folder."""
_REDRAW = 0.5
"""Seconds between two drawings of the curves, at least."""
_WISHES = {
    "pause": "Asked to pause; the step at work is finished first.",
    "resume": "Asked to go on.",
    "stop": "Asked to stop; what was learnt is saved first.",
}
_CURVES = "curves.csv"
_NO_SAMPLE = "Pictures of what the model sees appear here."
_BAD_SAMPLE = "This picture cannot be shown:"
_NO_RUN = "No run has begun in this folder; it is shown here as soon as one does."


class TrainingMonitor(App):
    """Watches a run through its folder, so the training may run in a thread, another notebook, or on a cluster's node.

    Its buttons work while a cell waits by ``await run``; `spexlab.training.curves.plot_curves` draws its curves without widgets.

    Parameters
    ----------
    run : TrainingRun, str or Path
        A run or its folder, which need not exist yet.

    Examples
    --------
    >>> monitor = TrainingMonitor("runs/not-yet-begun")
    >>> monitor.state
    'waiting'
    >>> monitor.close()
    """

    state = T.Unicode(help="What the run is doing: waiting, running, paused, stopped, finished or failed.")
    step = T.Int(help="Steps taken.")
    sample = T.Int(-1, help="Steps after which the picture that is shown was made; -1 while there is none.")

    def __init__(self, run: "TrainingRun | str | Path") -> None:
        # Imported here, as its package brings torch along.
        from spexlab.training.run import TrainingRun

        self._closed = threading.Event()
        super().__init__("spx-training-monitor")
        self.run = TrainingRun(run) if isinstance(run, str | Path) else run
        self._head, self._figures, self._curves = W.HTML(), W.HTML(), styled(W.HTML(), "spx-scroll")
        self._pause = styled(button("Pause", "spx-plain", tip="Wait before the next step; nothing is lost"), "spx-pause")
        self._resume = styled(button("Resume", "spx-plain", tip="Go on after a pause"), "spx-resume")
        self._stop = styled(button("Stop and keep", "spx-plain", tip="Save what was learnt, then end"), "spx-stop")
        self._steps = styled(
            W.SelectionSlider(options=[("–", -1)], description="After step", tooltip="Steps of training", disabled=True),
            "spx-steps",
        )
        self._picture = W.HTML()
        actions = styled(W.HBox([self._pause, self._resume, self._stop, self._news]), "spx-view")
        top = styled(W.VBox([self._figures, actions]), "spx-panel")
        curves = card("Curves", self._curves, name="spx-curves-card")
        samples = card("Samples", self._steps, self._picture, name="spx-samples-card")
        self._furnish(styled(self._head, "spx-head"), top, curves, samples)
        self._wish, self._lock = "", threading.RLock()  # buttons and the watching thread both look
        self._samples: list[Snapshot] = []
        self._samples_change = False
        self._seen: dict[str, Any] = {}
        self._table, self._stale = pd.DataFrame(columns=["step", "seconds", "name", "value"]), True
        self._draw: Throttle[TrainingRun] = Throttle(self._draw_curves, interval=_REDRAW)
        self._connect()
        self._show_empty(_NO_SAMPLE)
        self.look()
        threading.Thread(target=self._watch, name="spexlab-monitor", daemon=True).start()

    def pause(self) -> None:
        """Ask the run to wait before its next step."""
        self.run.pause()
        self._ask("pause")

    def resume(self) -> None:
        """Let a paused run go on."""
        self.run.resume()
        self._ask("resume")

    def stop(self) -> None:
        """Ask the run to save what was learnt, and end."""
        self.run.stop()
        self._ask("stop")

    def look(self) -> None:
        """Show what the folder says now; what has not changed is not drawn again."""
        with self._lock, told(self._say):
            self._look()

    def _look(self) -> None:
        mark = _mark(self.run.folder / _CURVES)
        if self._seen.get("curves", ()) != mark:
            self._table, self._stale = self.run.curves(), True
            self._seen["curves"] = mark  # only now, as half a file is looked at again
        self._show_state()
        if self._stale:
            self._draw(self.run)
        if self._changed("samples", samples := self.run.snapshots()):
            self._offer(samples)

    def close(self) -> None:
        """Stop watching, and take the monitor off the page."""
        self._closed.set()
        super().close()

    def _connect(self) -> None:
        for pressed, act in ((self._pause, self.pause), (self._resume, self.resume), (self._stop, self.stop)):
            pressed.on_click(lambda _, act=act: act())
        T.link((self, "sample"), (self._steps, "value"))
        self.observe(lambda _: self._show_sample(), "sample")

    def _watch(self) -> None:
        # A notebook that closes all widgets leaves this one without a channel.
        while not self._closed.wait(_LOOK) and self.comm is not None:
            self.look()

    def _show_state(self) -> None:
        from spexlab.training.run import GOING

        run = self.run
        state, message = run.state, run.message
        if state != self.state:
            self._wish, self._stale = "", True  # of what has ended the curves run to their own end
        self.state, self.step = state, run.step
        self._head.value = head_html(str(run.folder), state)
        self._figures.value = figures_html(self.step, run.total_steps, self._table, going=state in GOING)
        kind = "error" if state == "failed" else "done" if state == "finished" else "info"
        nothing = _NO_RUN if state == "waiting" else ""
        self._say(kind, _WISHES.get(self._wish, message) or nothing)
        self._pause.disabled = state != "running" or self._wish == "pause"
        self._resume.disabled = state != "paused" or self._wish == "resume"
        self._stop.disabled = state not in {"running", "paused"} or self._wish == "stop"

    def _ask(self, wish: str) -> None:
        with self._lock, told(self._say):
            self._wish = wish
            self._show_state()

    def _changed(self, name: str, now: Any) -> bool:
        before = self._seen.get(name, ())
        self._seen[name] = now
        return bool(before != now)

    def _draw_curves(self, run: "TrainingRun") -> None:
        from spexlab.training.curves import plot_curves

        self._stale, self._curves.value = False, curves_html(plot_curves(run))

    def _offer(self, samples: "list[Snapshot]") -> None:
        """Offer the pictures; who looked at the latest follows to the next."""
        follows = not self._samples or self.sample == self._samples[-1].step
        self._samples, shown = samples, self.sample
        steps = [sample.step for sample in samples]
        self._steps.disabled = not steps
        self._samples_change = True  # new options select the first of them for a moment
        self._steps.options = [(f"{step:,}", step) for step in steps] or [("–", -1)]
        self._steps.value = shown if shown in steps and not follows else (steps or [-1])[-1]
        self._samples_change = False
        self._show_sample()

    def _show_sample(self) -> None:
        if self._samples_change:
            return
        chosen = next((sample for sample in self._samples if sample.step == self.sample), None)
        with told(lambda _, text: self._show_empty(f"{_BAD_SAMPLE} {text}")):
            if chosen is None:
                self._show_empty(_NO_SAMPLE)
            else:
                self._picture.value = sample_html(chosen)

    def _show_empty(self, text: str) -> None:
        self._picture.value = f'<div class="spx-empty">{escape(text)}</div>'


def _mark(path: Path) -> tuple[int, int] | None:
    """What changes when a file does; None where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size
