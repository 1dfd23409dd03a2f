"""What every app is made of: style sheets, keys, a line of news, and work beside the interface."""

from collections.abc import Callable
from functools import partial

import ipywidgets as W
import traitlets as T

from widgets.parts.job import Job, Stopped, Work
from widgets.parts.keys import Keys
from widgets.parts.news import News
from widgets.parts.style import dismiss, parts_of, sheets, styled
from widgets.parts.trouble import told


class App(W.VBox):
    """An app between its style sheets and its keys, with a line of news.

    Parameters
    ----------
    name : str
        Its class in the style sheets.
    """

    message = T.Unicode(help="The last news or error, as plain text.")

    def __init__(self, name: str) -> None:
        super().__init__()
        styled(self, "spx-app", name)
        self._news, self._keys = News("spx-status"), Keys()

    def __repr__(self) -> str:
        """What a notebook shows in the app's place where its kernel is gone."""
        return f"{type(self).__name__}: run this cell again to see it."

    def close(self) -> None:
        """Take the app off the page, with all that it is made of."""
        if self.comm is not None:
            super().close()
            dismiss(*parts_of(self))

    def _furnish(self, *content: W.Widget) -> None:
        self.children = [sheets(), *content, self._keys]

    def _say(self, kind: str, text: str) -> None:
        self.message = text
        self._news.say(kind, text)


class WorkingApp(App):
    """An app that does one piece of work at a time beside its interface."""

    def __init__(self, name: str) -> None:
        self._job = Job()
        super().__init__(name)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no work is being done, at most `timeout` seconds; whether that is so."""
        return self._job.wait(timeout)

    def close(self) -> None:
        """Ask the work to stop, and take the app off the page."""
        if self.comm is not None:
            self._job.cancel()
            super().close()

    def _start(self, work: Work, *, before: Callable[[], object] = lambda: None) -> bool:
        """Start this work, after `before`; False, and nothing happens, if work is being done."""

        def begin() -> None:
            before()
            self._show_work(going=True)

        return self._job.start(partial(self._do, work), before=begin)

    def _restart(self, work: Work) -> None:
        """Do this work instead of what is being done."""
        self._job.restart(partial(self._do, work))

    def _do(self, work: Work, stopped: Stopped) -> None:
        """Work in the job's thread. Whatever goes wrong ends up in the news: nobody else would see it."""
        with told(self._say):
            work(stopped)
        self._show_work(going=False)

    def _show_work(self, *, going: bool) -> None:
        """Show whether work is being done."""
