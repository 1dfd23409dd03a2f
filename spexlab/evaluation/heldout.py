"""Scores of a checkpoint for the checkpoint's own folder, where a mask is told from which scores it may be judged by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

from spexlab.evaluation.scores import Record, by_place, mean_of_places
from spexlab.extraction.scorecard import FILE, HeldOut, Scorecard, read_scorecard, write_scorecard
from spexlab.places import Place
from spexlab.scene import BandSet, PixelKind
from spexlab.targets import TARGETS
from spexlab.training.domain import training_domain

Scored = Mapping[tuple[PixelKind, BandSet, str], Mapping[str, float]]
"""Kind of pixels, set of bands and target -> group -> IoU."""


def scored(records: Iterable[Record]) -> Scored:
    """IoU of every place; scenes that were cut down to fewer bands count among those that have no others."""
    known = list(records)
    wanted = ((kind, bands, target) for kind in get_args(PixelKind) for bands in get_args(BandSet) for target in TARGETS)
    return {key: dict(_groups(known, *key)) for key in wanted}


def held_out(scores: Scored) -> list[HeldOut]:
    """Average over places, where there are any."""
    means = ((key, mean_of_places(list(places.values()))) for key, places in scores.items())
    return [
        HeldOut(target, kind, bands, mean.places, *(round(value, 4) for value in (mean.mean, mean.low, mean.high)))
        for (kind, bands, target), mean in means
        if mean is not None
    ]


def keep_scores(folder: str | Path, records: Iterable[Record], *, checkpoint: str, training: Sequence[Place]) -> Path:
    """Write scores into a checkpoint's ``evaluation.json``: from then on its masks are judged by them.

    Parameters
    ----------
    folder
        The checkpoint's.
    records
        Scores on places that it never saw. They replace those of the same targets, pixels and bands that stand there already.
    checkpoint
        SHA-256 of its weights; scores of others are forgotten.
    training
        What it learnt from, for the ranges outside of which a scene is unlike all of them; where there is none, those that stand
        there already are kept.
    """
    old = read_scorecard(Path(folder) / FILE, checkpoint=checkpoint)
    rows = {(row.target, row.pixels, row.bands): row for row in (*old.held_out, *held_out(scored(records)))}
    domain = training_domain(training) if training else old.domain
    return write_scorecard(folder, Scorecard(tuple(rows.values()), domain), checkpoint=checkpoint)


def _groups(records: Iterable[Record], kind: PixelKind, bands: BandSet, target: str) -> Iterator[tuple[str, float]]:
    for group, confusion in by_place([record for record in records if record.bands == bands], target, kind).items():
        yield group, float(confusion.iou[1])
