"""The mask of one target judged by a reference: every pixel of it counted, or samples from which the whole is estimated."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from spexlab.evaluation.assessment.estimates import Assessment
from spexlab.evaluation.assessment.outcomefiles import write_outcomes
from spexlab.evaluation.assessment.samples import mapped_areas, mapped_at
from spexlab.evidence.confusion import Confusion
from spexlab.evidence.outcomes import OUTCOMES, outcome_map, outcomes_of
from spexlab.extraction import Extraction
from spexlab.places.references import LabelRaster, LabelShapes, Meaning, ReferenceLike, proposed, read_reference
from spexlab.places.references.kinds import UNSAID, kind_of
from spexlab.scene.ground import pixel_areas
from spexlab.scene.outputs import replacing

OTHER = "other"
"""The class of all that is not the target."""
DRAWN = "The interval holds for samples drawn at random within the mask and outside it; others may be far off."
COUNTED = "The reference covers every pixel that was judged, so these are counts: there is nothing to estimate, and no interval."


@dataclass(frozen=True, eq=False)
class Judged:
    """What a reference says of a mask."""

    target: str
    counted: Literal["pixels", "samples"]
    """What `confusion` counts."""
    confusion: Confusion
    """2 x 2, rows the reference, columns the mask; class 1 is the target."""
    outcomes: xr.DataArray | gpd.GeoDataFrame
    """(y, x) numbers in `OUTCOMES`, or the samples that lie on the map with a column "outcome"."""
    areas: Confusion | None = None
    """The same in hectares, of pixels whose size is known."""
    estimate: Assessment | None = None
    """Of samples: what they say about the whole; classes `OTHER` and the target."""
    note: str = ""
    """How far the figures can be trusted, or why there is no estimate."""
    left_out: int = 0
    """Samples that lie where nothing was looked at, or of which nothing is known."""

    @property
    def iou(self) -> float:
        """Intersection over union; of samples by the area that each stands for, where that can be estimated."""
        return float(self.confusion.iou[1] if self.estimate is None else self.estimate.iou[1])

    @property
    def precision(self) -> float:
        """User's accuracy: of what the mask holds, how much is the target; weighted as `iou`."""
        return float(self.confusion.precision[1] if self.estimate is None else self.estimate.users[1])

    @property
    def recall(self) -> float:
        """Producer's accuracy: of the target, how much the mask holds; weighted as `iou`."""
        return float(self.confusion.recall[1] if self.estimate is None else self.estimate.producers[1])

    @property
    def overall(self) -> float:
        """Share that the mask and the reference agree on; weighted as `iou`."""
        return self.confusion.overall_accuracy if self.estimate is None else self.estimate.overall

    def count(self, outcome: str) -> int:
        """How many pixels or samples ended in one of `OUTCOMES`."""
        in_mask, in_reference = divmod(OUTCOMES.index(outcome), 2)
        return int(self.confusion.matrix[in_reference, in_mask])

    @property
    def table(self) -> pd.DataFrame:
        """One row a figure: measure, value, half width of its 95 % interval (NaN where there is none), unit."""
        rows = [
            ("IoU", self.iou, np.nan, ""),
            ("precision (user's accuracy)", self.precision, self._half("users_interval"), ""),
            ("recall (producer's accuracy)", self.recall, self._half("producers_interval"), ""),
            ("overall accuracy", self.overall, np.nan if self.estimate is None else self.estimate.overall_interval, ""),
            *((outcome, self.count(outcome), np.nan, self.counted) for outcome in reversed(OUTCOMES)),
            *self._areas(),
            ("left out", self.left_out, np.nan, self.counted),
        ]
        return pd.DataFrame([(self.target, *row) for row in rows], columns=["target", "measure", "value", "plus_minus", "unit"])

    def to_csv(self, path: str | Path) -> Path:
        """Write `table` as CSV, with the note as its last row.

        Raises
        ------
        OSError
            If the file cannot be written; nothing is left behind.
        """
        note = pd.DataFrame([{"target": self.target, "measure": f"note: {self.note}"}])
        with replacing(path) as unfinished:
            pd.concat([self.table, note] if self.note else [self.table]).to_csv(unfinished, index=False)
        return Path(path)

    def outcomes_to_file(self, path: str | Path) -> Path:
        """Write `outcomes`: pixels as a cloud-optimised GeoTIFF with colours, samples with their class as GeoJSON.

        Raises
        ------
        OSError
            If the file cannot be written; nothing is left behind.
        """
        return write_outcomes(self.outcomes, path, target=self.target)

    def __str__(self) -> str:
        shown = self.table.drop(columns="target").round(3).to_string(index=False, na_rep="")
        return f"{self.target}, {self.counted} judged\n{shown}\n{self.note}".rstrip()

    def _half(self, name: str) -> float:
        return float("nan") if self.estimate is None else float(getattr(self.estimate, name)[1])

    def _areas(self) -> list[tuple[str, float, float, str]]:
        if self.estimate is not None:
            found = self.estimate
            mapped = ("area of the mask", float(found.mapped[1]), np.nan, found.unit)
            return [mapped, ("estimated area", float(found.areas[1]), float(found.areas_interval[1]), found.unit)]
        if self.areas is None:
            return []
        matrix = self.areas.matrix
        in_mask, in_reference = float(matrix[:, 1].sum()), float(matrix[1].sum())
        return [("area of the mask, where judged", in_mask, np.nan, "ha"), ("area in the reference", in_reference, np.nan, "ha")]


def judge(
    extraction: Extraction,
    reference: ReferenceLike,
    *,
    target: str | None = None,
    meaning: Meaning | None = None,
    scene: xr.DataArray | None = None,
) -> Judged:
    """Judge the mask of a target by a reference.

    A label raster, or polygons that are all of the target that there is, are counted pixel by pixel. Points, and polygons of
    several classes, are samples: they count once each, and the whole is estimated from them (`Assessment`).

    Parameters
    ----------
    extraction : Extraction
        What `spexlab.extract` found.
    reference : str, Path, geopandas.GeoDataFrame or xarray.DataArray
        As `spexlab.places.references.read_reference` takes it.
    target : str, optional
        Whose mask; may be left out where there is only one.
    meaning : Meaning, optional
        What stands for the target; told from the values where that is possible.
    scene : xr.DataArray, optional
        All of the scene, where an area of it was asked about and the reference is a raster without a CRS.

    Raises
    ------
    ValueError
        If the reference does not fit, or does not tell what is the target.
    OSError
        If it is a file that cannot be read.
    """
    name = _chosen(extraction, target)
    read = read_reference(reference)
    said = proposed(read, name) if meaning is None else meaning
    mask = extraction.mask.sel(target=name)
    if isinstance(read, LabelRaster):
        layer = read.about(name)
        said.check(layer.kinds)
        whole = extraction.scene if scene is None else scene
        return _judged_pixels(extraction, name, *layer.truth(whole, mask, yes=said.yes, unknown=said.unknown))
    _check_shapes(read, said)
    if said.complete:
        return _judged_pixels(extraction, name, *read.truth(mask, said.column, yes=said.yes, unknown=said.unknown))
    return judge_samples(extraction, _samples(read, mask, said, name), target=name)


def judge_samples(extraction: Extraction, samples: gpd.GeoDataFrame, *, target: str, trouble: str = "") -> Judged:
    """Judge a mask by samples whose class is known.

    Parameters
    ----------
    extraction : Extraction
        What `spexlab.extract` found.
    samples : geopandas.GeoDataFrame
        With a column "class" that holds the target's name or `OTHER`, in the scene's CRS.
    target : str
        Whose mask.
    trouble : str
        Why nothing is to be estimated from them; "" where they were drawn at random within the mask and outside it.
    """
    classes = (OTHER, target)
    mapped = extraction.mask.sel(target=target, drop=True).where(extraction.looked_at)
    met = mapped_at(mapped, samples, classes=classes)
    there = samples[met >= 0]
    in_mask, present = met[met >= 0] == 1, (there["class"] == target).to_numpy()
    confusion = Confusion.of(present.astype(np.int8), in_mask.astype(np.int8), classes=2)
    placed = there.assign(outcome=np.array(OUTCOMES)[outcomes_of(in_mask, present)])
    left_out, estimate = len(samples) - len(there), None
    if not trouble:
        try:
            estimate = Assessment(classes, confusion.matrix.T, *mapped_areas(mapped, classes=classes), left_out=left_out)
        except ValueError as error:  # too few samples, say: then they are counted all the same
            trouble = str(error)
    note = f"Counts of the samples alone, without an estimate: {trouble}" if trouble else DRAWN
    return Judged(target, "samples", confusion, placed, estimate=estimate, note=note, left_out=left_out)


def _judged_pixels(extraction: Extraction, target: str, present: NDArray[np.bool_], known: NDArray[np.bool_]) -> Judged:
    mask, areas = extraction.mask.sel(target=target, drop=True), pixel_areas(extraction.scene)
    judged = known & extraction.looked_at.values
    if not judged.any():
        raise ValueError("the reference must say something about the area that was looked at, but it says nothing there")
    found = outcome_map(mask, present, judged)
    counts = Confusion.binary(mask.values, present, judged)
    hectares = None if areas is None else np.bincount(found.values[judged], weights=areas[judged] / 1e4, minlength=len(OUTCOMES))
    weighted = None if hectares is None else Confusion(hectares.astype(float).reshape(2, 2).T)
    left_out = int(extraction.looked_at.values.sum() - judged.sum())
    return Judged(target, "pixels", counts, found, areas=weighted, note=COUNTED, left_out=left_out)


def _samples(read: LabelShapes, mask: xr.DataArray, said: Meaning, target: str) -> gpd.GeoDataFrame:
    """Samples in the mask's CRS with their class, without those of which nothing is known."""
    placed = read.on(mask)
    kinds = np.array([kind_of(value) for value in placed[said.column]])
    sure = ~np.isin(kinds, [*said.unknown, UNSAID])
    return placed[sure].assign(**{"class": np.where(np.isin(kinds[sure], said.yes), target, OTHER)})


def _check_shapes(read: LabelShapes, said: Meaning) -> None:
    if said.column:
        said.check(read.kinds(said.column))
    elif not said.complete:
        names = ", ".join(read.columns) or "none"
        raise ValueError(f"a column of the reference must say what is there, but none was chosen; its columns are: {names}")


def _chosen(extraction: Extraction, target: str | None) -> str:
    if target is None and len(extraction.targets) == 1:
        return extraction.targets[0]
    if target not in extraction.targets:
        raise ValueError(f"target must be one of {', '.join(extraction.targets)}, but {target!r} was given")
    return str(target)
