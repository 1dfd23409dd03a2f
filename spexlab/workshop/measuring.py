"""Checks of exercises about indices, thresholds and radiometry."""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spexlab.evidence.prior import spectral_index
from spexlab.scene.sensors import get_sensor
from spexlab.targets import label_codes
from spexlab.workshop.landscapes import LANDSCAPES, landscape
from spexlab.workshop.verdict import Verdict, of_number, of_word

_STEPS = 400
_INDICES = ("NDVI", "NDWI", "MNDWI", "NDBI")


def threshold(answer: Any) -> Verdict:
    """Judge 2a by the overlap with the truth, as many thresholds are nearly as good."""
    number = of_number(answer, 0.0, within=1.0, nearly=1.0, hint="NDVI lies between -1 and 1.")
    if number.state != "right":
        return number
    values, truth = _index("city", "NDVI"), _truth("city", "vegetation")
    best, at = _best("city", "vegetation", "NDVI")
    reached = _iou(values > float(answer), truth)
    if reached >= best - 0.01:
        return Verdict("right", f"The IoU is {reached:.2f}, and {best:.2f} is the best that a threshold of NDVI can reach here.")
    hint = "the mask takes in what is no vegetation" if float(answer) < at else "the mask leaves out thin vegetation"
    told = f"The IoU is {reached:.2f}, but {best:.2f} can be reached: {hint}; move it with IndexLab."
    return Verdict("nearly" if reached >= best - 0.1 else "wrong", told)


def index(answer: Any) -> Verdict:
    """Judge 2b by the best threshold of each index."""
    scores = {name: _best("mountains", "water", name)[0] for name in _INDICES}
    wanted = max(scores, key=lambda name: scores[name])
    near = {
        name: f"Its best IoU is {score:.2f}, but another reaches {scores[wanted]:.2f}."
        for name, score in scores.items()
        if name != wanted and score >= scores[wanted] - 0.1
    }
    hint = "Snow and shade look like water to some of them; try each in IndexLab, above and below its threshold."
    return of_word(answer, wanted, near=near, hint=hint)


def radiometry(answer: Any) -> Verdict:
    """Judge 4a."""
    product = get_sensor(LANDSCAPES["farmland"].sensor)
    try:
        scale, offset = (float(number) for number in answer)
    except (TypeError, ValueError):
        return Verdict("wrong", "The answer must be two numbers in brackets: (scale, offset).")
    right = np.isclose(scale, product.scale or np.nan, rtol=0.01), np.isclose(offset, product.offset, atol=0.005)
    if all(right):
        return Verdict("right", "These are the numbers of Landsat's Collection 2.")
    if right[0]:
        return Verdict("nearly", "The scale is right. With this offset dark water would not be dark: look at the smallest numbers.")
    if right[1]:
        return Verdict(
            "nearly", "The offset is right. With this scale vegetation would not reflect 0.3 to 0.5 in the near infrared."
        )
    return Verdict("wrong", "The bands are those of Landsat 8, Collection 2, level 2: open_scene without scale= names its numbers.")


def forgotten_offset(answer: Any) -> Verdict:
    """Judge 4b."""
    scene, _ = landscape("farmland")
    product = get_sensor(LANDSCAPES["farmland"].sensor)
    off = float(spectral_index(scene - product.offset, "NDVI").mean() - spectral_index(scene, "NDVI").mean())
    slips = {"The sign is the other way round: wrong minus right.": -off}
    hint = "Compute NDVI of numbers * scale, and of numbers * scale + offset, and subtract their means."
    return of_number(answer, off, within=0.01, nearly=0.05, hint=hint, slips=slips)


@functools.cache
def _best(place: str, target: str, name: str) -> tuple[float, float]:
    """The best overlap that an index reaches on either side of a threshold, and that threshold."""
    values, truth = _index(place, name), _truth(place, target)
    limits = np.nanpercentile(values, np.linspace(0.1, 99.9, _STEPS))
    reached = [(_iou(values > at if above else values < at, truth), float(at)) for at in limits for above in (True, False)]
    return max(reached)


def _index(place: str, name: str) -> NDArray[np.float32]:
    values: NDArray[np.float32] = spectral_index(landscape(place)[0], name).values
    return values


def _truth(place: str, target: str) -> NDArray[np.bool_]:
    return np.isin(landscape(place)[1].values, label_codes(target))


def _iou(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float((mask & truth).sum() / max((mask | truth).sum(), 1))
