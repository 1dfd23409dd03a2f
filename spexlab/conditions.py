"""Conditions that an instruction sets and that no checkpoint can keep: sizes in numbers, distances, years, places left out.

The model was taught targets, exceptions and limits (`spexlab.limits`); it passes over what it never learnt. That must be said, as
a mask of all lakes looks like one of the lakes under a hectare.
"""

import re
from collections.abc import Sequence

from spexlab.limits import SIZE_LIMITS

_UNIT = r"(?:%|percent|ha\b|hectares?|acres?|k?m²|k?m2|(?:square )?(?:kilo)?met(?:er|re)s?|k?m\b|pixels?|px\b)"
_NUMBER = rf"\d[\d.,]*\s*{_UNIT}?"
_PLACE = r"(?:north|south|east|west|centre|center|middle|top|bottom|left|right|corner|edge)[\w-]*"
_MORE = r"(?:larger|bigger|greater|smaller|less|more|fewer|wider|narrower|longer|shorter|taller|higher|lower) than"
_NEXT_TO = r"(?:near|next to|close to|beside|adjacent to|along|around|surrounded by)"
_NO_PLACE = r"(?:here|there|with|them|it|me|us)"
_KINDS = (
    # Of sizes and distances: "smaller than 1 ha", "between 2 and 5 ha", "NDVI > 0.3".
    rf"{_MORE} (?:an? |half an? )?(?:{_NUMBER}|\w+)",
    rf"(?:at least|at most|over|under|above|below|within|up to) {_NUMBER}(?: (?:of|from) (?:the |an? )?\w+)?",
    rf"between {_NUMBER} ?(?:and|to) {_NUMBER}",
    rf"(?:\w+ )?[<>≤≥]=? ?{_NUMBER}",
    # Of neighbours: "near the river".
    rf"{_NEXT_TO} (?!{_NO_PLACE}\b)(?:(?:the|an?|my|our|their) )?\w+",
    # Of places: "not in the north".
    rf"(?:not|except|outside|excluding)(?: \w+)? (?:in |of |for )?(?:the )?{_PLACE}",
    # Of time: "in 2019".
    r"(?:in|since|before|after|during|until) (?:19|20)\d\d",
)
_CONDITION = re.compile("|".join(rf"(?:\b|(?<=\s)|^){kind}" for kind in _KINDS), re.IGNORECASE)
_SIZE_WORD = re.compile(r"\b(?<!as )(?:big|large|small|tiny|huge|long|narrow|wide)\b", re.IGNORECASE)


def left_out(instruction: str, limits: Sequence[str] = ()) -> tuple[str, ...]:
    """Conditions of an instruction that nothing here keeps, in its own words.

    Parameters
    ----------
    instruction
        On one line.
    limits
        What the model understood, of `spexlab.limits.LIMITS`.

    Examples
    --------
    >>> left_out("water smaller than 1 ha in the north", ["north"])
    ('smaller than 1 ha',)
    >>> left_out("the largest lake", ["largest"])
    ()
    """
    found = [match.group().strip() for match in _CONDITION.finditer(instruction)]
    if not set(limits) & set(SIZE_LIMITS):
        found += [match.group() for match in _SIZE_WORD.finditer(_CONDITION.sub(" ", instruction))]
    return tuple(dict.fromkeys(found))


def left_out_words(conditions: Sequence[str]) -> str:
    """Say that conditions were left out, as one sentence; "" where there are none."""
    if not conditions:
        return ""
    quoted = " and ".join(f"“{condition}”" for condition in conditions)
    return f"{quoted} could not be kept to and {'were' if len(conditions) > 1 else 'was'} left out."
