"""From answers in a folder to records, and from records to scores of places with intervals."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spexlab.evaluation.cases import MIN_PIXELS, Case, cases_of
from spexlab.evaluation.predictions import StoredPrediction, read_prediction
from spexlab.evidence.confusion import Confusion, pooled
from spexlab.language.claims import NO_INDEX
from spexlab.places import Place
from spexlab.scene import BandSet, PixelKind, band_set

DRAWS = 2000
"""Bootstrap samples of places."""


@dataclass(frozen=True, eq=False)
class Record:
    """One answer beside the label."""

    place: str
    group: str
    """The spot on earth; scenes of one group are pooled."""
    kind: PixelKind
    bands: BandSet
    """What the method could see."""
    target: str
    able: bool
    """Whether the method could answer."""
    confusion: Confusion
    """2 x 2; class 1 is the target."""
    claims: int
    """Claims in the explanation ..."""
    held: int
    """... and how many of them hold."""
    no_evidence: bool
    """Whether the explanation says that there is no spectral evidence."""
    seconds: float

    @property
    def pixels(self) -> int:
        """How many pixels the label calls the target; 0: all that was found is false."""
        return int(self.confusion.matrix[1].sum())


@dataclass(frozen=True)
class Estimate:
    """A mean over places with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float
    places: int

    def __str__(self) -> str:
        # One place has no interval.
        return f"{self.mean:.3f} ({self.low:.2f} to {self.high:.2f})" if self.places > 1 else f"{self.mean:.3f}"


def score(folder: str | Path, places: Iterable[Place], *, absent: bool = True) -> list[Record]:
    """Compare the answers that a folder keeps with the labels.

    Parameters
    ----------
    folder
        As `predict` filled it.
    places, absent
        As `predict` was given them.

    Raises
    ------
    FileNotFoundError
        If an answer is missing.
    ValueError
        If an answer is of another size than its place.
    """
    return [_scored(case, read_prediction(folder, case.place.name, case.target)) for case in cases_of(places, absent=absent)]


def _scored(case: Case, answer: StoredPrediction) -> Record:
    if answer.mask.shape != case.known.shape:
        raise ValueError(
            f"the answer for {case.target!r} in place {case.place.name!r} has {answer.mask.shape} pixels, the label "
            f"{case.known.shape}; predict again in another folder."
        )
    return Record(
        place=case.place.name,
        group=case.place.group,
        kind=case.kind,
        bands=band_set(case.place.scene),
        target=case.target,
        able=answer.able,
        confusion=Confusion.binary(answer.mask, case.present, case.known),
        claims=len(answer.claims),
        held=sum(bool(claim["holds"]) for claim in answer.claims),
        no_evidence=any(claim["kind"] == "index name" and claim["value"] == NO_INDEX for claim in answer.claims),
        seconds=answer.seconds,
    )


def by_place(records: Iterable[Record], target: str, kind: PixelKind | None = None) -> dict[str, Confusion]:
    """Group -> what was found of a target there, scenes pooled, where the label holds it; empty if the method can never answer."""
    wanted = [r for r in records if r.target == target and r.pixels >= MIN_PIXELS and kind in (None, r.kind)]
    groups: dict[str, list[Confusion]] = {}
    for record in wanted:
        groups.setdefault(record.group, []).append(record.confusion)
    return {group: pooled(found) for group, found in groups.items()} if any(record.able for record in wanted) else {}


Score = Callable[[Confusion], float]

SCORES: dict[str, Score] = {
    "IoU": lambda c: float(c.iou[1]),
    "F1": lambda c: float(c.f1[1]),
    "precision": lambda c: float(np.nan_to_num(c.precision[1])),
    "recall": lambda c: float(c.recall[1]),
    "overall accuracy": lambda c: c.overall_accuracy,
    "kappa": lambda c: float(np.nan_to_num(c.kappa)),
}
"""Scores of one place. Precision is the user's accuracy of the target (0 if nothing was found), recall the producer's."""


def estimate(places: Mapping[str, Confusion], value: str = "IoU") -> Estimate | None:
    """Average a score over places; None without places."""
    return mean_of_places([SCORES[value](confusion) for confusion in places.values()])


def difference(mine: Mapping[str, Confusion], theirs: Mapping[str, Confusion], value: str = "IoU") -> Estimate | None:
    """Average over the places of both what one method is ahead of another; None without such places.

    The interval is of the paired differences: a place that is hard for both does not widen it.
    """
    shared = sorted(mine.keys() & theirs.keys())
    return mean_of_places([SCORES[value](mine[group]) - SCORES[value](theirs[group]) for group in shared])


def mean_of_places(scores: Sequence[float], *, seed: int = 0) -> Estimate | None:
    """Average what was scored place by place; None without places."""
    if not scores:
        return None
    values = np.array(scores)
    means = np.random.default_rng(seed).choice(values, size=(DRAWS, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high), len(values))


def claims_that_hold(records: Sequence[Record]) -> tuple[int, int]:
    """Claims of all explanations that hold, and all claims."""
    return sum(record.held for record in records), sum(record.claims for record in records)


def false_alarms(records: Iterable[Record], target: str, kind: PixelKind) -> Estimate | None:
    """Share of the known pixels that is called a target in places where the label says that it is nowhere."""
    groups: dict[str, list[Confusion]] = {}
    for record in records:
        if record.target == target and record.kind == kind and not record.pixels:
            groups.setdefault(record.group, []).append(record.confusion)
    return mean_of_places([1.0 - pooled(found).overall_accuracy for found in groups.values()])
