"""What the apps share that ask a model about a scene: run, cancel, and how it ended."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as W
import traitlets as T
import xarray as xr

import spexlab
from spexlab.scene import check_scene
from widgets.parts.ahead import AHEAD
from widgets.parts.app import WorkingApp
from widgets.parts.job import BUSY, Stopped
from widgets.parts.style import button
from widgets.parts.trouble import told

if TYPE_CHECKING:
    from spexlab.extraction import Spex

_NOTICED = 0.5
"""Seconds of loading that a person notices."""
Task = Callable[[Stopped], str]
"""Answers a question that is fixed, shows the answer, and returns what there is to say of it."""


class AskingApp(WorkingApp):
    """An app whose button asks a model about a scene; a subclass says what is asked, and answers it, in `_asked`.

    Parameters
    ----------
    name : str
        Its class in the style sheets.
    scene : xr.DataArray or None
        What `spexlab.open_scene` returns; the sample scene for None.
    model : str, Path or Spex
        Name or folder of a model, or what `spexlab.load_model` returned. A named one is loaded as the app is shown if it comes with
        spexlab, else by the first run; it is the same model, with the same memory of images, in every app and in `spexlab.extract`.
    run : Button
        What starts a run.

    Raises
    ------
    ValueError
        If `scene` is no scene.
    """

    status = T.Enum(("ready", "running", "done", "cancelled", "failed"), default_value="ready", help="Where the last run stands.")

    def __init__(self, name: str, *, scene: xr.DataArray | None, model: "str | Path | Spex", run: W.Button) -> None:
        self.scene = check_scene(spexlab.sample_scene() if scene is None else scene)
        self._model, self._loading = model, 0.0
        super().__init__(name)
        self._run, self._cancel = run, button("Cancel", "spx-cancel", tip="Stop the run (Esc)", disabled=True)
        self._run.on_click(lambda _: self._press())
        self._cancel.on_click(lambda _: self.cancel())
        self._keys.on_escape(self.cancel)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Show the app; what its first run will need is loaded while a person looks at the map."""
        if isinstance(self._model, str | Path):
            AHEAD.begin(self._model)
        return super()._repr_mimebundle_(**kwargs)

    def run(self) -> bool:
        """Start to answer what is asked; False, and nothing happens, if work is being done."""
        # What is asked is fixed now: the first run loads the model, and meanwhile the next question may be typed.
        return self._answer(self._asked())

    def cancel(self) -> None:
        """Ask the run to stop; what it has answered by then stays."""
        if self.status == "running":
            self._say("info", "Stopping …")
            self._job.cancel()

    def _asked(self) -> Task:
        """What the app's traits ask now."""
        raise NotImplementedError

    def _press(self) -> None:
        """Run as the button does: if it cannot be, that is told."""
        if not self.run():
            self._say("warning", BUSY)

    def _answer(self, task: Task) -> bool:
        return self._start(partial(self._carry_out, task), before=self._begin)

    def _answer_next(self, task: Task) -> None:
        """Answer now, or as soon as what is at work has ended."""

        def work(stopped: Stopped) -> None:
            self._begin()
            self._show_work(going=True)
            self._carry_out(task, stopped)

        if not self._answer(task):
            self._restart(work)

    def _begin(self) -> None:
        AHEAD.give_up()
        self.status = "running"
        self._say("info", f"Loading {self._model} …" if isinstance(self._model, str | Path) else "")

    def _carry_out(self, task: Task, stopped: Stopped) -> None:
        """Answer in the job's thread, and say how it ended, whatever happens."""
        with told(partial(self._end, "failed")):
            # Imported here: torch takes seconds, in which the map can be looked at already.
            from spexlab.extraction import Cancelled

            try:
                summary = task(stopped)
            except Cancelled as stop:
                self._end("cancelled", "info", f"Cancelled: {stop}")
            else:
                self._end("done", "done", summary)

    def _end(self, status: str, kind: str, text: str) -> None:
        self._say(kind, text)
        self.status = status

    def _show_work(self, *, going: bool) -> None:
        self._run.disabled, self._cancel.disabled = going, not going or self.status != "running"

    def _loaded(self) -> "Spex":
        """The model, at work or about to be; a name or a folder means the one that the whole process shares."""
        if not isinstance(self._model, str | Path):
            return self._model
        from spexlab.extraction.loading import shared_model, size_in_words

        start, takes = time.monotonic(), size_in_words(self._model)
        self._say("info", f"Loading {self._model}: {takes} …" if takes else f"Loading {self._model} …")
        spex = shared_model(str(self._model))
        self._loading = time.monotonic() - start
        self._say("info", "")
        return spex

    @property
    def _loaded_in(self) -> str:
        """What the last run waited for the model, which its own seconds do not count; "" where it was there."""
        return f" Loading the model took {self._loading:.1f} s more." if self._loading >= _NOTICED else ""
