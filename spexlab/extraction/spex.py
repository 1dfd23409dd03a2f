"""Spex: a checkpoint that extracts."""

from collections.abc import Mapping, Sequence

import xarray as xr

from spexlab.extraction.engine import Engine
from spexlab.extraction.events import Events
from spexlab.extraction.pipeline import run_extraction
from spexlab.extraction.result import Extraction
from spexlab.extraction.understanding import all_understood
from spexlab.language.request import Request
from spexlab.scene.area import AreaLike


class Spex(Engine):
    """A SPEX checkpoint, ready to extract: what `spexlab.load_model` gives."""

    def understand(self, instruction: str | Sequence[str] | Request, *, previous: Request | Extraction | None = None) -> Request:
        """Say what an instruction asks for; see `spexlab.understand`."""
        return all_understood(instruction, self, previous=_request(previous))

    def extract(
        self,
        scene: xr.DataArray,
        instruction: str | Sequence[str] | Request,
        *,
        area: AreaLike | None = None,
        threshold: float | Mapping[str, float] | None = None,
        previous: Request | Extraction | None = None,
        events: Events | None = None,
    ) -> Extraction:
        """Find what an instruction names; see `spexlab.extract`."""
        return run_extraction(
            scene, instruction, engine=self, area=area, threshold=threshold, previous=_request(previous), events=events
        )


def _request(previous: Request | Extraction | None) -> Request | None:
    return previous.request if isinstance(previous, Extraction) else previous
