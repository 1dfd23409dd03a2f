"""Sentences about a change, written from its measurement."""

import math
from typing import Literal

from spexlab.evidence.measurement import Measurement
from spexlab.evidence.regions import share_words
from spexlab.language.claims import area_words
from spexlab.targets import TARGETS

_VERBS = {"lost": "was lost", "gained": "was gained", "stable": "stayed"}


def change_sentence(
    m: Measurement, kind: Literal["lost", "gained", "stable"], *, expected: float | None, deviation: float | None
) -> tuple[str, str]:
    """Say how much of a target was lost, gained or stayed: the claims alone, as they are checked, and the whole sentence.

    Parameters
    ----------
    m : Measurement
        Of the mask of the change.
    expected, deviation : float or None
        Square metres by the chances of all pixels, and their standard deviation; None without a CRS.
    """
    target = TARGETS[m.target]
    verb = _VERBS[kind].replace("was", "were") if target.plural else _VERBS[kind]
    if not m.pixels:
        claim = f"no {target.noun} {verb}"
        return claim, _sentence(claim, "")
    area, share = area_words(m), share_words(m.share)
    claim = f"{target.noun} {verb} on {area}, {share} of the area" if area else f"{target.noun} {verb} on {share} of the area"
    return claim, _sentence(claim, _chance_words(expected, deviation))


def _sentence(claim: str, aside: str) -> str:
    words = f"{claim}{aside}."
    return words[0].upper() + words[1:]


def _chance_words(expected: float | None, deviation: float | None) -> str:
    """What the chances say of an area, beside what the mask does."""
    if expected is None or deviation is None:
        return ""
    return f" (by the probabilities {_amount(expected)}, standard deviation {_amount(deviation)})"


def _amount(area: float) -> str:
    """Square metres in the unit that areas of masks have."""
    units = ((1e4, 1.0, "m²", 0), (1e7, 1e4, "ha", 1), (math.inf, 1e6, "km²", 1))
    _, size, unit, decimals = next(one for one in units if area < one[0])
    return f"{area / size:.{decimals}f} {unit}"
