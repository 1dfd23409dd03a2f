"""Accepted and corrected masks as labels to learn from."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spexlab.evidence.limits import part_of
from spexlab.extraction.findings import Findings
from spexlab.places import Place
from spexlab.places.keeping import keep_place
from spexlab.scene import pixel_size
from spexlab.targets import CLASSES, COARSE_PIXEL, KNOWN_NEGATIVE, OWN, TARGETS, UNLABELLED, label_codes


def to_labels(extraction: Findings, folder: str | Path, *, name: str | None, group: str | None) -> Path:
    """Keep the masks as labels; see `Extraction.to_labels`."""
    place = labelled(extraction, name=name, group=group)
    return keep_place(place, folder)


def labelled(extraction: Findings, *, name: str | None = None, group: str | None = None) -> Place:
    """The scene with its masks as labels.

    Every region of a target counts, also those that a condition ("the largest") kept out of the mask. What lies in no mask is known
    to be none of the targets; where masks contradict each other, nothing is known.
    """
    own = next((target for target in extraction.targets if target in OWN), None)
    if own is not None:
        raise ValueError(
            f"labels hold the classes {', '.join(CLASSES)}, but {own} is a target of your own; keep it with `OwnTarget.save`."
        )
    record = extraction.provenance
    title = _slug(record["source"] or record["scene"] or "scene")
    about = {
        "sensor": record["sensor"],
        "source": record["source"],
        "label_source": f"{record['model']}, corrected by pointing {len(extraction.corrections)} times",
        "instruction": record["instruction"],
        "corrections": record["corrections"],
        "checkpoint_sha256": record["checkpoint_sha256"],
    }
    return Place(
        name=name or f"{title}-{_slug('-'.join(extraction.targets))}-{re.sub(r'[^0-9]', '', record['created'])}",
        group=group or title,
        scene=extraction.scene,
        labels=_labels(extraction),
        complete_for=tuple(dict.fromkeys(_labelled_as(extraction, target) for target in extraction.targets)),
        quality="fair",
        extra=about,
    )


def _labels(extraction: Findings) -> NDArray[np.uint8]:
    """Codes (H, W) that say of each target where it is, and where it is not."""
    found, looked_at = _found(extraction)
    labels = np.where(looked_at.all(axis=0), np.uint8(KNOWN_NEGATIVE), np.uint8(UNLABELLED))
    wanted = [_labelled_as(extraction, target) for target in extraction.targets]
    # Unions first: a class within one says more.
    for number in sorted(range(len(wanted)), key=lambda at: wanted[at] in CLASSES):
        labels[found[number]] = _code(wanted[number])
    for target, present in zip(wanted, found, strict=True):
        labels[np.isin(labels, label_codes(target)) != present] = UNLABELLED
    labels[~looked_at.all(axis=0)] = UNLABELLED
    return labels


def _found(extraction: Findings) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where each target is, and where that was looked at, both (T, H, W)."""
    probability = extraction.probability.values
    thresholds = np.array([extraction.cuts[target].threshold for target in extraction.targets], np.float32)
    with np.errstate(invalid="ignore"):
        found = probability > thresholds[:, None, None]
    shape = probability.shape[1], probability.shape[2]
    looked_at = np.isfinite(probability) & np.stack([part_of(shape, one.want) for one in extraction.evidence])
    return found & looked_at, looked_at


def _labelled_as(extraction: Findings, target: str) -> str:
    """The target as labels have it: a house is part of a wide pixel only, which counts as built-up."""
    metres = pixel_size(extraction.scene)
    return TARGETS[target].at_coarse if metres is not None and metres >= COARSE_PIXEL else target


def _code(target: str) -> int:
    """The code of a class, or for a union the class that stands for an unknown one of it."""
    stands_for = {"vegetation": "low vegetation", "built-up": "impervious"}
    return CLASSES[stands_for.get(target, target)]


def _slug(text: str) -> str:
    """Letters and digits of a text, for a file's name.

    >>> _slug("Lake Constance, 2024")
    'lake-constance-2024'
    """
    return re.sub(r"[^a-z0-9]+", "-", Path(text).stem.lower() if "/" in text else text.lower()).strip("-")[:60] or "scene"
