"""One run of the Explorer: from the button to the mask, the words and the checked claims."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.limits import share_of
from spexlab.scene.area import Area
from spexlab.scene.ground import mask_area, pixel_areas
from widgets.explorer.controls import Controls
from widgets.explorer.pace import left_text
from widgets.explorer.stages import Stages
from widgets.map.mapview import MapView
from widgets.map.where import place_text
from widgets.parts.report import Row
from widgets.parts.throttle import Throttle

if TYPE_CHECKING:
    from spexlab.extraction import Events, Extraction
    from spexlab.extraction.evidence import TargetEvidence

_PREVIEW = 1024
"""Pixels a side of a mask that is not complete yet, at most."""


class Run:
    """Shows on map and panel what an extraction reports while it works, from entering to leaving it.

    Parameters
    ----------
    scene : xr.DataArray
        Reflectance (band, y, x).
    instruction : str
        What is asked.
    area : dict or None
        GeoJSON; masks arrive on the scene's grid, cut to it.
    say : callable
        Told how long the run still takes, if that is long.
    """

    def __init__(
        self,
        scene: xr.DataArray,
        instruction: str,
        area: dict[str, Any] | None,
        *,
        view: MapView,
        controls: Controls,
        say: Callable[[str], object],
    ) -> None:
        self._say = say
        self._scene, self._instruction, self._area = scene, instruction, area
        self._view, self._controls = view, controls
        self._stages = Stages()
        self._rows: dict[str, Row] = {}
        self._texts: dict[str, str] = {}
        # Window by window the same array fills up; painting it each time would cost more than computing it.
        self._show_mask: dict[str, Throttle[np.ndarray]] = {}
        self._show_words: Throttle[dict[str, str]] = Throttle(controls.show_words)
        self._show_stages: Throttle[Stages] = Throttle(self._tell)

    def events(self, stopped: Callable[[], bool]) -> "Events":
        """What `extract` calls on its way; `stopped` tells it whether to give up."""
        from spexlab.extraction import Events

        return Events(stage=self._stage, mask=self._mask, words=self._words, cancelled=stopped)

    def begin_date(self) -> None:
        """Show nothing yet of the next one of several dates, which all lie on one grid."""
        self._show_mask.clear()
        self._view.clear("mask")
        self._rows, self._texts, self._stages = {}, {}, Stages()

    def is_about(self, area: dict[str, Any] | None) -> bool:
        """Whether its masks belong to this area."""
        return self._area == area

    def __enter__(self) -> Self:
        """Show the question, and nothing yet of an answer."""
        self._view.clear("mask")
        self._controls.clear_results()
        self._controls.show_asked(self._instruction, place_text(self._scene, self._area))
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: object) -> None:
        """Stand still where the run ended; if it failed, what was shown of an answer is taken back."""
        from spexlab.extraction import Cancelled

        if kind is not None and not issubclass(kind, Cancelled):
            self._show_mask.clear()
            self._view.clear("mask")
            self._controls.show_rows(())
        self._flush_masks()
        self._stages.stop()
        self._controls.show_stages(self._stages)

    def finish(self, extraction: "Extraction") -> None:
        """Replace what was shown on the way by the result itself."""
        self.show(extraction)
        self._controls.request.show(extraction.request)
        self._controls.thresholds.offer(extraction)
        self._controls.correcting.offer(extraction)
        self._stages.settle(extraction.seconds)
        self._controls.show_stages(self._stages)

    def show(self, extraction: "Extraction") -> None:
        """Show a result, or the same cut elsewhere."""
        self._show_mask.clear()  # a preview that was kept back must not come after the result
        for target in extraction.targets:
            self._view.set_mask(target, extraction.mask.sel(target=target))
        self._controls.show_asked(self._instruction, place_text(self._scene, self._area), extraction)
        self._controls.show_rows([_measured_row(one) for one in extraction.evidence])
        self._controls.show_trust(extraction.trust)
        self._controls.show_explanations(extraction.evidence)
        self._controls.show_advice(extraction.advice)

    def _stage(self, name: str, fraction: float) -> None:
        if name == "mask" and fraction == 1.0:
            self._flush_masks()  # no other window will bring up what was kept back
        self._stages.enter(name, fraction)
        self._show_stages(self._stages)

    def _tell(self, stages: Stages) -> None:
        self._controls.show_stages(stages)
        if words := left_text(stages.left):
            self._say(words)

    def _mask(self, target: str, mask: np.ndarray, _: Any) -> None:
        if target not in self._show_mask:
            self._show_mask[target] = Throttle(partial(self._draw, target), interval=0.3)
        self._show_mask[target](mask)

    def _flush_masks(self) -> None:
        for show in self._show_mask.values():
            show.flush()

    def _draw(self, target: str, mask: np.ndarray) -> None:
        inside = mask == 1  # what is not known yet is not inside
        self._view.set_mask(target, _coarse(self._grid.copy(data=inside)))
        self._rows[target] = self._counted_row(target, inside)
        self._controls.show_rows(list(self._rows.values()))

    @cached_property
    def _grid(self) -> xr.DataArray:
        """Where masks arrive, (y, x)."""
        part = self._scene if self._area is None else Area.of(self._area).clip(self._scene)
        return part.isel(band=0, drop=True)

    @cached_property
    def _pixel_areas(self) -> NDArray[np.float32] | None:
        return pixel_areas(self._grid)

    def _words(self, target: str, text: str) -> None:
        self._texts[target] = text
        self._show_words(dict(self._texts))

    def _counted_row(self, target: str, inside: np.ndarray) -> Row:
        return Row(target, share=None, pixels=int(inside.sum()), area_m2=mask_area(inside, self._pixel_areas))


def _coarse(mask: xr.DataArray) -> xr.DataArray:
    """A mask for a look on the way: a picture of a large area takes the browser longer than the model a window."""
    step = -(-max(mask.shape) // _PREVIEW)
    return mask if step == 1 else mask.coarsen(y=step, x=step, boundary="trim").max()


def _measured_row(one: "TargetEvidence") -> Row:
    m = one.measurement
    return Row(m.target, share=m.share, pixels=m.pixels, area_m2=m.area_m2, part=share_of(one.want))
