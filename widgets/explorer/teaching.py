"""Teach the model with the samples that were kept, watch it learn, and go on with what it learnt."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as W

import spexlab
from widgets.parts.folder import file_at
from widgets.parts.news import News
from widgets.parts.style import button, dismiss, note, styled
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.extraction import Spex
    from spexlab.training import TrainingRun

_HINT = "A copy of the model learns by LoRA, for some minutes on two cores; meanwhile you can go on asking the one that is there."
_ENDED = ("finished", "stopped")


class TeachingPanel(W.VBox):
    """Starts a lesson on the folder of kept samples, and shows it in a `TrainingMonitor`.

    Parameters
    ----------
    samples : callable
        The folder of samples, as it is typed now.
    """

    def __init__(self, samples: Callable[[], str]) -> None:
        self._samples = samples
        self._model: Callable[[], str | Path | Spex] = lambda: "spex-tiny"
        self._use: Callable[[Path], object] = lambda _: None
        self._run: TrainingRun | None = None
        self.steps = styled(
            W.BoundedIntText(description="Steps", value=80, min=1, max=10_000, tooltip="How long it learns"), "spx-field"
        )
        self.teach = button("Teach the model", "spx-export", tip="Fine-tune a copy of the model on the kept samples")
        self.take = button("Use what was learnt", "spx-export", tip="The next run asks the model that was taught", disabled=True)
        self.message, self._place = News("spx-teach-status"), W.VBox()
        buttons = styled(W.HBox([self.teach, self.take]), "spx-chips")
        super().__init__([self.steps, buttons, self.message, note(_HINT), self._place])
        styled(self, "spx-group")
        self.teach.on_click(lambda _: self._teach())
        self.take.on_click(lambda _: self._take())

    def on_use(self, callback: Callable[[Path], object], *, model: "Callable[[], str | Path | Spex]") -> None:
        """Call back with the folder of a taught model; `model` gives the one that lessons start from."""
        self._use, self._model = callback, model

    def _teach(self) -> None:
        with told(self.message.say):
            from spexlab.training.teaching import teach_from

            if self._run is not None and not self._run.over:
                raise ValueError("a lesson is being taught already; stop it, or wait until it has ended.")
            samples = self._samples().strip()
            out = file_at(f"{samples}-lessons/{datetime.now(UTC):%Y%m%d-%H%M%S}")
            self._run = teach_from(file_at(samples), out=out, model=self._model(), steps=self.steps.value)
            self.take.disabled = True
            self._watch(spexlab.TrainingMonitor(self._run))
            self.message.say("info", f"Learning; the run is kept in {out}.")

    def _watch(self, monitor: Any) -> None:
        past, self._place.children = self._place.children, [monitor]
        dismiss(*past)
        monitor.observe(lambda change: self._told(change["new"]), "state")
        self._told(monitor.state)

    def _told(self, state: str) -> None:
        self.take.disabled = state not in _ENDED
        if state in _ENDED:
            self.message.say("done", "Learnt. A mask of the next run may be compared with the one that is shown.")

    def _take(self) -> None:
        if self._run is not None:
            self._use(self._run.model)
            self.message.say("done", f"The next run asks {self._run.model}.")
