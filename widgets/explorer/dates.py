"""Which of several dates is shown: a slider over the map."""

from collections.abc import Mapping
from typing import Any

import ipywidgets as W
import traitlets as T
import xarray as xr

from spexlab.scene import check_scene
from spexlab.scene.series import is_series, moments
from widgets.parts.style import styled


def by_date(scene: xr.DataArray) -> dict[str, xr.DataArray]:
    """The scenes (band, y, x) of a series by their days (ISO), in order; a scene of one date under "".

    Raises
    ------
    ValueError
        If it is neither.
    """
    if not is_series(scene):
        return {"": check_scene(scene)}
    return {str(one.attrs["date"])[:10]: one for one in moments(scene)}


class DateBar(W.HBox):
    """A slider with a stop a date; away while there is only one."""

    date = T.Unicode(help='Day (ISO) that is shown; "" where the scene is of one date.')
    busy = T.Bool(help="Whether dates must stay as they are, as a run goes through them.")

    def __init__(self) -> None:
        self.slider = W.SelectionSlider(
            options=[""], description="Date", continuous_update=False, tooltip="Which date is shown (arrow keys)"
        )
        super().__init__([styled(self.slider, "spx-date")])
        styled(self, "spx-dates")
        T.dlink((self, "busy"), (self.slider, "disabled"))
        self._offering = False
        self.slider.observe(self._slide, "value")
        self.observe(lambda change: setattr(self.slider, "value", change["new"]), "date")
        self.offer({"": None})

    def offer(self, dates: Mapping[str, object]) -> None:
        """Offer other dates; the newest is shown."""
        newest, self._offering = list(dates)[-1], True
        try:
            self.slider.options, self.slider.value = list(dates), newest
        finally:
            self._offering = False
        self.date = newest
        self.layout.display = "" if len(dates) > 1 else "none"

    def _slide(self, change: dict[str, Any]) -> None:
        if not self._offering:  # other options move the slider, too
            self.date = change["new"]
