"""How far to trust a mask, which is another question than whether the sentences agree with it.

The level starts from the held-out IoU of the target in such pixels and bands: good from 0.7 with an interval that begins at 0.5 or
above, fair from 0.4, else poor; unknown where fewer than three places were measured. Every doubt takes it down a step: the scene
lies outside what the checkpoint was trained on; the cut was not calibrated for such pixels and bands; half of the mask lies near
the threshold; the index finds less than half of the mask, or, under an empty mask, something. A mask that may be shadow is poor,
and so is one of unknown worth in a scene that lies outside.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spexlab.evidence.measurement import Measurement
from spexlab.evidence.prior import Prior
from spexlab.evidence.shadow import Shadow
from spexlab.evidence.strips import loaded, strips
from spexlab.extraction.calibration import Cut
from spexlab.extraction.scorecard import HeldOut
from spexlab.targets import TARGETS

Level = Literal["good", "fair", "poor", "unknown"]
_STEPS: tuple[Level, ...] = ("poor", "fair", "good")
GOOD, GOOD_FROM, FAIR = 0.7, 0.5, 0.4
"""Held-out IoU of a good mask, where its interval must begin, and IoU of a fair one."""
FEWEST_PLACES = 3
NEAR = 0.1
"""A probability this close to the threshold might as well lie on its other side."""
HALF = 0.5
SOMETHING = 0.01
"""Share of the area that an index must find before an empty mask is doubted."""
_PIXELS = {"coarse": "pixels of 10-30 m", "fine": "pixels narrower than a house"}
_BANDS = {"swir": "short-wave infrared", "nir": "near infrared", "visible": "visible bands only"}


@dataclass(frozen=True)
class Background:
    """What is known of a target in a scene before there is a mask."""

    held_out: HeldOut | None
    """IoU of the target on places never seen, in such pixels and bands; None where it was not measured."""
    calibrated: bool
    """Whether the checkpoint's cut was chosen for such pixels and bands."""
    outside: tuple[str, ...] | None
    """In what the scene lies outside what the checkpoint was trained on; None where that is not known."""


@dataclass(frozen=True)
class Agreement:
    """A mask beside what the target's index alone finds."""

    index: str
    iou: float
    """Of both; 1 where both are empty."""
    of_mask: float | None
    """Part of the mask that the index finds too; None where the mask is empty."""
    of_area: float
    """Part of the area that the index finds."""


@dataclass(frozen=True)
class Trust:
    """How far to trust one target's mask."""

    target: str
    mean: float | None
    """Mean probability inside the mask; None where it is empty."""
    spread: float | None
    """Standard deviation of it."""
    near: float | None
    """Part of the mask whose probability is within `NEAR` of the threshold."""
    threshold: float
    by_hand: bool
    """Whether somebody chose the threshold; the checkpoint's own is what the held-out IoU was measured at."""
    agreement: Agreement | None
    """None where the bands allow no index."""
    shadow: Shadow | None
    """None where no shadow passes for the target."""
    background: Background
    corrections: int = 0
    """How often somebody corrected the mask by pointing; the held-out IoU is that of masks that nobody corrected."""

    @property
    def level(self) -> Level:
        """How far, by the rule that this module begins with."""
        score = self.background.held_out
        if self.shadow and self.shadow.likely:
            return "poor"
        if score is None or score.places < FEWEST_PLACES:
            return "poor" if self.background.outside else "unknown"
        start = 2 if score.iou >= GOOD and score.low >= GOOD_FROM else int(score.iou >= FAIR)
        return _STEPS[max(0, start - len(list(self._doubts())))]

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks against the mask, as parts of a sentence, the gravest first."""
        score = self.background.held_out
        are = "are" if TARGETS[self.target].plural else "is"
        weak = f"{self.target} {are} often missed or mistaken in such scenes" if score and score.iou < FAIR else ""
        dark = _shadow_words(self.shadow) if self.shadow and self.shadow.likely else ""
        return tuple(reason for reason in (dark, weak, *self._doubts()) if reason)

    @property
    def text(self) -> str:
        """Two sentences: what speaks against the mask, and how such masks did on places never seen."""
        return f"Trust in this mask is {self.level}: {self.why}"

    @property
    def why(self) -> str:
        """The text without the level."""
        reasons = "; ".join(self.reasons) or "nothing that was measured here speaks against it"
        return f"{reasons}. {self.held_out_words}"

    @property
    def held_out_words(self) -> str:
        """The held-out IoU, as a sentence."""
        score = self.background.held_out
        if score is None:
            return f"How well {self.target} can be found in such pixels and bands was not measured."
        places = "1 place" if score.places == 1 else f"{score.places} places"
        interval = f"{score.low:.2f} to {score.high:.2f}, {places}" if score.places > 1 else places
        where = f"{_PIXELS[score.pixels]}, {_BANDS[score.bands]}"
        return f"On places never seen ({where}) the IoU of {self.target} is {score.iou:.2f} ({interval})."

    @property
    def details(self) -> dict[str, str]:
        """All that the level was made from, in words: name -> what was found."""
        return (
            {
                "Probability inside": "no pixel" if self.mean is None else f"{self.mean:.2f} on average, spread {self.spread:.2f}",
                "Threshold": f"{self.threshold:.2f}, {self._cut_words}",
                "Near the threshold": "no pixel" if self.near is None else f"{self.near:.0%} of the mask, within {NEAR}",
                "Agreement with the index": _agreement_words(self.agreement),
                "Held-out IoU": self.held_out_words,
                "Trained on such scenes": _outside_words(self.background.outside),
            }
            | ({"Like shadow": f"{self.shadow.share:.0%} of the mask, in {self.shadow.regions:,} regions"} if self.shadow else {})
            | ({"Corrections": f"{self.corrections}, by pointing"} if self.corrections else {})
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        record: dict[str, Any] = asdict(self)
        background = record.pop("background")
        outside = background["outside"]
        return {
            **record,
            **background,
            "outside": None if outside is None else list(outside),
            "level": self.level,
            "reasons": list(self.reasons),
            "text": self.text,
        }

    def __str__(self) -> str:
        return self.text

    @property
    def _cut_words(self) -> str:
        return "set by hand" if self.by_hand else "calibrated" if self.background.calibrated else "not calibrated for such scenes"

    def _doubts(self) -> Iterator[str]:
        """What takes the level down a step each."""
        if self.background.outside:
            yield f"the scene {self.background.outside[0]}"
        if not self.background.calibrated and not self.by_hand:
            yield "the threshold was not calibrated for such pixels and bands"
        if self.near is not None and self.near >= HALF:
            yield f"{self.near:.0%} of the mask lies near the threshold"
        found = self.agreement
        if found and found.of_mask is not None and found.of_mask < HALF:
            yield f"{found.index} finds only {found.of_mask:.0%} of the mask"
        if found and found.of_mask is None and found.of_area >= SOMETHING:
            yield f"{found.index} finds {found.of_area:.0%} of the area, the mask nothing"


def assess(
    mask: NDArray[np.bool_],
    probability: Any,
    *,
    measurement: Measurement,
    cut: Cut,
    looked_at: NDArray[np.bool_],
    prior: Prior | None,
    background: Background,
    corrections: int = 0,
) -> Trust:
    """Measure how far to trust a mask.

    Parameters
    ----------
    mask : (H, W) bool array
    probability : (H, W) float array
        NaN where it is unknown; in memory or lazy.
    measurement : Measurement
        Of the mask.
    cut : Cut
        Where the probability was cut.
    looked_at : (H, W) bool array
        Pixels that the mask could hold.
    prior : Prior or None
        What the target's index says.
    background : Background
        What is known beforehand.
    corrections : int
        How often the mask was corrected by pointing.
    """
    mean, spread, near = _inside(probability, mask, cut.threshold)
    return Trust(
        target=measurement.target,
        mean=mean,
        spread=spread,
        near=near,
        threshold=cut.threshold,
        by_hand=cut.by_hand,
        agreement=None if prior is None else _agreement(mask, prior, looked_at),
        shadow=measurement.shadow,
        background=background,
        corrections=corrections,
    )


def _agreement(mask: NDArray[np.bool_], prior: Prior, looked_at: NDArray[np.bool_]) -> Agreement:
    known_pixels, mine, theirs, both = 0, 0, 0, 0
    for rows in strips(len(mask)):
        known = looked_at[rows] & np.isfinite(loaded(prior.values[rows]))
        ours, its = mask[rows] & known, loaded(prior.mask[rows]) & known
        known_pixels, both = known_pixels + int(known.sum()), both + int((ours & its).sum())
        mine, theirs = mine + int(ours.sum()), theirs + int(its.sum())
    either = mine + theirs - both
    return Agreement(
        index=prior.index,
        iou=both / either if either else 1.0,
        of_mask=both / mine if mine else None,
        of_area=theirs / max(known_pixels, 1),
    )


def _inside(probability: Any, mask: NDArray[np.bool_], threshold: float) -> tuple[float, float, float] | tuple[None, None, None]:
    """Mean and spread of the probability in a mask, and the part of it that lies near the threshold; of an empty one None."""
    pixels = int(mask.sum())
    if not pixels:
        return None, None, None
    parts = [rows for rows in strips(len(mask)) if mask[rows].any()]

    def summed(of: Callable[[NDArray[np.float64]], Any]) -> float:
        return sum(float(np.sum(of(loaded(probability[rows])[mask[rows]].astype(np.float64)))) for rows in parts)

    mean = summed(lambda p: p) / pixels
    spread = math.sqrt(summed(lambda p: (p - mean) ** 2) / pixels)
    return mean, spread, summed(lambda p: np.abs(p - threshold) < NEAR) / pixels


def _shadow_words(shadow: Shadow) -> str:
    level = f"{shadow.share:.0%} of them are as dark and flat as shaded ground, in {shadow.regions:,} scattered regions"
    return f"many of these pixels may be shadow, or water as dark as shadow ({level})"


def _agreement_words(found: Agreement | None) -> str:
    if found is None:
        return "the bands allow no index"
    mine = "" if found.of_mask is None else f", it finds {found.of_mask:.0%} of the mask"
    return f"IoU {found.iou:.2f} with {found.index}{mine}"


def _outside_words(outside: tuple[str, ...] | None) -> str:
    if outside is None:
        return "not known"
    return "no: the scene " + "; it ".join(outside) if outside else "yes"
