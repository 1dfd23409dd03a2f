"""Scores of a checkpoint for the checkpoint's own folder, where a mask is told from which scores it may be judged by."""

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from spexlab.evaluation.scores import Record, by_place, mean_of_places
from spexlab.extraction.scorecard import HeldOut
from spexlab.scene import BandSet, PixelKind
from spexlab.targets import TARGETS

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


def _groups(records: Iterable[Record], kind: PixelKind, bands: BandSet, target: str) -> Iterator[tuple[str, float]]:
    for group, confusion in by_place([record for record in records if record.bands == bands], target, kind).items():
        yield group, float(confusion.iou[1])
