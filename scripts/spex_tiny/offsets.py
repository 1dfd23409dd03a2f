"""Last step: where to cut each target's mask, chosen on the places that were learnt from.

Trained for overlap with a good share of cross entropy, a network that is unsure of a rare target stays under one half everywhere:
the best overlap then lies at a lower probability. Baselines choose their thresholds on the training places; so does this.
"""

import numpy as np
from batches import TARGET_NAMES
from numpy.typing import NDArray

from spexlab.evidence.prior import spectral_prior
from spexlab.evidence.regions import find_regions
from spexlab.extraction import Spex
from spexlab.language.prompt import spie_question
from spexlab.places import Place, target_labels
from spexlab.targets import COARSE_PIXEL

OFFSETS = np.arange(-2.25, 2.26, 0.25)
MIN_PIXELS = 50
"""A place counts for a target if so many of its pixels show it."""
MIN_GROUPS = 3
"""A target is left as it is where fewer spots on earth show it."""
FALSE_ALARMS = 0.25
"""What a false alarm where a target is absent costs, against overlap where it is present."""
SIDE = 512
"""Pixels of a place that are read, at most, in each direction."""

Curves = dict[str, list[tuple[NDArray[np.float64], NDArray[np.float64]]]]
"""Group -> for each of its scenes the intersections and unions at every offset."""


def choose_offsets(spex: Spex, places: list[Place]) -> dict[str, dict[str, float]]:
    """For coarse and for fine pixels: target -> what to add to its logits for the best place-averaged IoU."""
    shown: dict[tuple[str, str], Curves] = {}
    false: dict[tuple[str, str], list[NDArray[np.float64]]] = {}
    for place in places:
        kind = "coarse" if (place.pixel_size or COARSE_PIXEL) >= COARSE_PIXEL else "fine"
        for target, logits, present, known in answers(spex, place):
            hits, alarms = (
                np.array([(logits[part] > -offset).sum() for offset in OFFSETS], float) for part in (present, known & ~present)
            )
            if present.sum() >= MIN_PIXELS:
                curves = shown.setdefault((kind, target), {})
                curves.setdefault(place.group, []).append((hits, present.sum() + alarms))
            elif not present.any():
                false.setdefault((kind, target), []).append(alarms / known.sum())
    chosen: dict[str, dict[str, float]] = {"coarse": {}, "fine": {}}
    for (kind, target), curves in shown.items():
        if len(curves) >= MIN_GROUPS:
            chosen[kind][target] = best_offset(curves, false.get((kind, target), []))
    return chosen


def answers(spex: Spex, place: Place) -> list[tuple[str, NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]]:
    """Each target's logits beside where it is and where that is known; targets of which nothing is known are left out."""
    height, width = (min(SIDE, side) // 32 * 32 for side in place.labels.shape)
    scene, labels = place.scene[:, :height, :width], place.labels[:height, :width]
    features, _ = spex.encode(scene)
    found = []
    for target in TARGET_NAMES:
        present, known = target_labels(labels, target, complete_for=place.complete_for, pixel_size=place.pixel_size)
        if target == "water":
            known = known & ~place.doubtful_water[:height, :width]
        if known.any():
            prior = spectral_prior(scene, target)
            regions = find_regions(prior.mask, prior.values) if prior else []
            question = spie_question(target, regions, index=prior.index if prior else None)
            logits = spex.segment(features, question, prior.signed if prior else None).logits
            found.append((target, logits, present & known, known))
    return found


def best_offset(curves: Curves, false_alarms: list[NDArray[np.float64]]) -> float:
    """Best mean IoU over groups, less a little for false alarms where the target is absent."""
    overlap = np.mean([sum(i for i, _ in scenes) / sum(u for _, u in scenes) for scenes in curves.values()], axis=0)
    score = overlap - FALSE_ALARMS * (np.mean(false_alarms, axis=0) if false_alarms else 0.0)
    smooth = np.convolve(np.pad(score, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    return float(OFFSETS[smooth.argmax()])
