"""Sentences about a change, written from its measurement."""

import math
from typing import Literal

from spexlab.evidence.measurement import Measurement
from spexlab.evidence.regions import share_words
from spexlab.language.claims import area_words
from spexlab.targets import TARGETS

_VERBS = {"lost": "was lost", "gained": "was gained", "stable": "stayed"}


def change_sentence(
    m: Measurement, kind: Literal["lost", "gained", "stable"], *, dates: tuple[str, str], deviation: float | None
) -> tuple[str, str]:
    """Say how much of a target was lost, gained or stayed: the claims alone, as they are checked, and the whole sentence.

    Parameters
    ----------
    m : Measurement
        Of the mask of the change.
    dates : (str, str)
        Days before and after (ISO); "" where they are not known.
    deviation : float or None
        Standard deviation of the area in square metres.
    """
    target = TARGETS[m.target]
    verb = _VERBS[kind].replace("was", "were") if target.plural else _VERBS[kind]
    when = f"Between {dates[0]} and {dates[1]} " if all(dates) else ""
    if not m.pixels:
        claim = f"no {target.noun} {verb}"
        return claim, _sentence(when, claim, "")
    area, share = area_words(m), share_words(m.share)
    claim = f"{target.noun} {verb} on {area}, {share} of the area" if area else f"{target.noun} {verb} on {share} of the area"
    return claim, _sentence(when, claim, _deviation_words(deviation))


def _sentence(when: str, claim: str, aside: str) -> str:
    words = f"{when}{claim}{aside}."
    return words[0].upper() + words[1:]


def _deviation_words(deviation: float | None) -> str:
    """A standard deviation in the unit that areas have."""
    if deviation is None:
        return ""
    units = ((1e4, 1.0, "m²", 0), (1e7, 1e4, "ha", 1), (math.inf, 1e6, "km²", 1))
    _, size, unit, decimals = next(one for one in units if deviation < one[0])
    amount = f"{deviation / size:.{decimals}f} {unit}"
    return f" (standard deviation {amount}, by the probabilities)"
