"""Checks of exercises about accuracy and corrections."""

import functools
from typing import Any

import geopandas as gpd
import numpy as np

from spexlab.evaluation.assessment import Assessment, assess, draw_samples
from spexlab.evidence.confusion import Confusion
from spexlab.extraction import Extraction, extract
from spexlab.targets import label_codes
from spexlab.workshop.landscapes import landscape
from spexlab.workshop.verdict import Verdict, of_number

CLASSES = ("other", "water")
PER_CLASS = 50
MOST_CORRECTIONS = 3
_PLACE, _TARGET = "tropics", "trees"
_GAIN = 0.01


def water_samples() -> gpd.GeoDataFrame:
    """Points drawn within the mapped water of `lakes` and outside it, each with the class that is there in truth."""
    scene, labels = landscape("lakes")
    points = draw_samples(extract(scene, "water").mask.sel(target="water"), classes=CLASSES, per_class=PER_CLASS)
    there = labels.sel(x=points.geometry.x.to_xarray(), y=points.geometry.y.to_xarray(), method="nearest")
    return points.assign(**{"class": np.where(np.isin(there.values, label_codes("water")), "water", "other")})


def users_accuracy(answer: Any) -> Verdict:
    """Judge 5a."""
    found = _assessed()
    slips = {
        "That is in per cent; give the share.": 100 * float(found.users[1]),
        "That is the producer's accuracy: of the true water, how much was found.": float(found.producers[1]),
        "That is the accuracy of all classes together.": found.overall,
    }
    hint = "Of the samples that the map calls water, how many are water? Look along a row of the matrix."
    return of_number(answer, float(found.users[1]), within=0.006, nearly=0.05, hint=hint, slips=slips)


def estimated_area(answer: Any) -> Verdict:
    """Judge 5b."""
    found = _assessed()
    area = float(found.areas[1])
    slips = {
        "That is what the map says; its mistakes, as the samples tell them, are not yet corrected.": float(found.mapped[1]),
        "That is the half width of the interval.": float(found.areas_interval[1]),
    }
    hint = "assess(...).table has a column for it."
    return of_number(answer, area, within=0.006 * area, nearly=0.05 * area, hint=hint, slips=slips)


def corrected(answer: Any) -> Verdict:
    """Judge 6a."""
    scene, labels = landscape(_PLACE)
    if not isinstance(answer, Extraction) or answer.uncorrected is None:
        return Verdict("wrong", "The answer must be what .corrected(inside=...) or .corrected(outside=...) gives back.")
    if answer.targets != [_TARGET] or not answer.scene.drop_attrs().equals(scene.drop_attrs()):
        return Verdict("wrong", f"Correct the answer to {_TARGET!r} on the whole of landscape({_PLACE!r}).")
    truth = np.isin(labels.values, label_codes(_TARGET))
    was, now = (_iou(one.mask.values[0], truth) for one in (answer.uncorrected, answer))
    told = f"The IoU was {was:.3f} and is {now:.3f}"
    if len(answer.corrections) > MOST_CORRECTIONS:
        return Verdict("nearly", f"{told}, with {len(answer.corrections)} corrections, and {MOST_CORRECTIONS} are allowed.")
    if now >= was + _GAIN:
        return Verdict("right", f"{told}.")
    if now > was:
        return Verdict("nearly", f"{told}; it can rise by {_GAIN}. Point at the middle of the largest mistake.")
    return Verdict("wrong", f"{told}. Is the place that was pointed at inside or outside? What looks like it changes with it.")


def _iou(mask: Any, truth: Any) -> float:
    return float(Confusion.binary(mask, truth, np.ones_like(truth)).iou[1])


@functools.cache
def _assessed() -> Assessment:
    mapped = extract(landscape("lakes")[0], "water").mask.sel(target="water")
    return assess(mapped, water_samples(), classes=CLASSES)
