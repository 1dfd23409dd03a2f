"""Ask several instructions about one area, and compare the masks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from spexlab.extraction.asking import the_model
from spexlab.extraction.comparison.answer import Answer
from spexlab.extraction.comparison.baseline import Baseline, baseline_mask, overlap
from spexlab.extraction.comparison.scoring import scored
from spexlab.extraction.events import Events
from spexlab.extraction.result import Extraction
from spexlab.extraction.spex import Spex
from spexlab.extraction.view import View
from spexlab.places.references import ReferenceLike, Truths
from spexlab.scene import check_scene
from spexlab.scene.area import AreaLike
from spexlab.scene.outputs import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Comparison:
    """Answers to several instructions about one area."""

    answers: tuple[Answer, ...]
    """In the order of the instructions."""
    scene: xr.DataArray
    """The scene (band, y, x) cut to the area's bounding box."""
    baseline: str = ""
    """Name of the method beside the model; "" if there is none."""

    COLUMNS = (
        "instruction",
        "targets",
        "limits",
        "share",
        "pixels",
        "area_m2",
        "regions",
        "claims",
        "claims_replaced",
        "iou",
        "precision",
        "recall",
        "baseline_share",
        "baseline_iou",
        "seconds",
        "features_reused",
        "notes",
        "error",
    )
    """Columns of `table`."""

    @property
    def extractions(self) -> list[Extraction]:
        """The extractions, without the instructions that were refused."""
        return [answer.extraction for answer in self.answers if answer.extraction is not None]

    @property
    def table(self) -> pd.DataFrame:
        """One row an instruction: targets, share (0-1) and area of all its targets together, claims, seconds, error.

        `claims_replaced` counts those that stand in sentences written from the measurement, as the model's own did not agree.

        `iou`, `precision` and `recall` are by the reference, if there is one, of all targets of an instruction together.

        `baseline_share` and `baseline_iou` are of the method beside the model, if any: what it sees, and how far it agrees.

        Where `limits` names parts of the area ("of the north"), the share is of these only; `notes` says how the words were taken.
        """
        return pd.DataFrame([answer.record for answer in self.answers], columns=list(self.COLUMNS))

    @property
    def best(self) -> Answer | None:
        """The answer with the highest IoU by the reference, the first of equals; None without a reference."""
        judged = [answer for answer in self.answers if not np.isnan(answer.scores["iou"])]
        return max(judged, key=lambda answer: answer.scores["iou"], default=None)

    @cached_property
    def agreement(self) -> xr.DataArray:
        """(y, x) share of the answered instructions whose mask holds the pixel, 0-1: all agree at 0 and 1. NaN without data.

        Raises
        ------
        ValueError
            If no instruction was answered.
        """
        if not self.extractions:
            raise ValueError("no instruction was answered, so there are no masks to compare; see `table` for the reasons")
        share = np.mean(self._masks, axis=0, dtype=np.float32)
        known = np.isfinite(self.extractions[0].probability[0].values)
        grid = self.extractions[0].mask.isel(target=0, drop=True)
        return grid.copy(data=np.where(known, share, np.nan)).rename("agreement")

    @cached_property
    def iou(self) -> pd.DataFrame:
        """Intersection over union of each two masks (all targets of an instruction together); NaN where both are empty."""
        values = [[overlap(one, other) for other in self._masks] for one in self._masks]
        names = [answer.instruction for answer in self.answers if answer.extraction is not None]
        return pd.DataFrame(values, index=names, columns=names, dtype=float)

    @cached_property
    def _masks(self) -> list[NDArray[np.bool_]]:
        return [answer.mask for answer in self.answers if answer.extraction is not None]

    def plot(self) -> "Figure":
        """Draw every mask over the scene, and the agreement."""
        from spexlab.extraction.comparison.figure import draw

        return draw(self.answers, self.scene, agreement=self.agreement if self.extractions else None)

    def to_csv(self, path: str | Path) -> Path:
        """Write `table` as CSV.

        Raises
        ------
        OSError
            If the file cannot be written; nothing is left behind.
        """
        with replacing(path) as unfinished:
            self.table.to_csv(unfinished, index=False)
        return Path(path)

    def __repr__(self) -> str:
        return f"<Comparison of {len(self.answers)} instructions, {len(self.extractions)} answered>"

    def _repr_html_(self) -> str:
        """The table; pandas escapes every cell."""
        return str(self.table.to_html(index=False, na_rep=""))


def compare(
    scene: xr.DataArray,
    instructions: Sequence[str],
    *,
    area: AreaLike | None = None,
    model: str | Path | Spex = "spex-tiny",
    baseline: Baseline | None = None,
    reference: ReferenceLike | Truths | None = None,
    events: Events | None = None,
) -> Comparison:
    """Ask several instructions about one area.

    Image features are encoded for the first and reused by the others, as far as the model's cache holds them.

    Parameters
    ----------
    scene : xarray.DataArray
        (band, y, x) reflectance 0-1.
    instructions : sequence of str
        An instruction that is refused gets a row that says why; the others are answered all the same.
    area, model, events
        As in `spexlab.extract`.
    baseline : Baseline, optional
        Another method to ask for the same targets, for example ``BoostedTreeBaseline().fit(places)`` of `spexlab.evaluation`.
    reference : raster, path or GeoDataFrame, optional
        What is there in truth, to score every answer by: labels with the codes of `spexlab.targets`, as `simulate_scene` gives
        them, or polygons with a column that names targets; or a mask of 0 and 1, or polygons of one thing, which are the truth of
        all that is asked. `ScoreTable.of` puts several scenes together.

    Raises
    ------
    ValueError
        If there is no instruction, or the scene, area, model or reference cannot be used.
    Cancelled
        If `events.cancelled` said so.
    """
    view = View.of(check_scene(scene), area)
    found = answers(scene, instructions, area=view.area, model=model, baseline=baseline, reference=reference, events=events)
    return Comparison(tuple(found), view.clipped, "" if baseline is None else baseline.name)


def answers(
    scene: xr.DataArray,
    instructions: Sequence[str],
    *,
    area: AreaLike | None = None,
    model: str | Path | Spex = "spex-tiny",
    baseline: Baseline | None = None,
    reference: ReferenceLike | Truths | None = None,
    events: Events | None = None,
) -> Iterator[Answer]:
    """Answer instructions one by one; see `compare`."""
    if isinstance(instructions, str) or not instructions:
        raise ValueError(f"instructions must be a list of at least one, but {instructions!r} was given")
    # Once and first: a scene or an area that cannot be used is no fault of an instruction.
    view = View.of(check_scene(scene), area)
    truths = None if reference is None else Truths.of(reference)
    if truths is not None:
        truths.check_on(scene, view.clipped)
    spex = the_model(model)
    for instruction in instructions:
        try:
            found = spex.extract(scene, instruction, area=view.area, events=events)
        except ValueError as error:
            yield Answer(instruction, None, str(error))
        else:
            beside = None if baseline is None else baseline_mask(baseline, view.clipped, found)
            confusion = None if truths is None else scored(found, truths, scene)
            yield Answer(instruction, found, baseline=beside, confusion=confusion)
