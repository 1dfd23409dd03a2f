"""Conditions that an instruction sets and that no checkpoint can keep: sizes in numbers, distances, years, places left out.

The model was taught targets, exceptions and limits (`spexlab.evidence.limits`); it passes over what it never learnt, or takes
"without the north" for "the north". That must be said, as a mask of all lakes looks like one of the lakes under a hectare. What is
found here are the usual forms, in English and a few in Chinese; a condition in other words still goes unnoticed.
"""

import re
from collections.abc import Sequence

from spexlab.evidence.limits import SIZE_LIMITS

_UNIT = r"(?:%|percent|ha\b|hectares?|acres?|k?m²|k?m2|(?:square )?(?:kilo)?met(?:er|re)s?|k?m\b|pixels?|px\b)"
_NUMBER = rf"(?:\d+(?:[.,]\d+)*|one|two|three|four|five|six|ten|twenty|half an?|a hundred)\b ?{_UNIT}?"
_COMPASS = r"(?:(?:north|south)(?:ern)?(?:[- ]?(?:east|west)(?:ern)?)?|(?:east|west)(?:ern)?)"
_PLACE = rf"(?:(?:the )?{_COMPASS}|the (?:cent(?:re|er)|middle|top|bottom|left|right))\b(?: (?:part|half|side|corner|edge)\b)?"
_MORE = r"(?:larger|bigger|greater|smaller|less|more|fewer|wider|narrower|longer|shorter|taller|higher|lower) than"
_NEXT_TO = r"(?:near|next to|close to|beside|adjacent to|along|around|surrounded by)"
_NO_PLACE = r"(?:here|there|with|them|it|me|us|for|or|and|to|at|in|on|of)"
_THE = r"(?:(?:the|an?|my|our|their) )"
_SEEN = r"(?:area|scene|image|map|picture|rectangle|box|polygon|frame|region|selection|view)"
_NOT_IN = (
    rf"(?:not(?! only| just)|except|outside|excluding|without|everywhere but|all but)(?: \w+)??(?: in| of| on| for| from)? {_PLACE}"
)
_KINDS = (
    # Of sizes and distances: "smaller than 1 ha", "between 2 and 5 ha", "20 m wide", "NDVI > 0.3", "the three largest".
    rf"{_MORE} (?:{_NUMBER}|{_THE}?\w+(?: (?:field|pitch|lake|pond|house)s?)?)",
    rf"(?:at least|at most|over|under|above|below|within|up to) {_NUMBER}(?: (?:of|from) {_THE}?\w+)?",
    rf"between {_NUMBER} ?(?:and|to) {_NUMBER}",
    rf"{_NUMBER} (?:wide|long|high|tall|deep)\b",
    rf"(?:\w+ ?)?[<>≤≥]=? ?{_NUMBER}",
    r"(?:two|three|four|five|ten|\d+|second|third) (?:largest|biggest|smallest)",
    # Of neighbours: "near the river".
    rf"{_NEXT_TO} (?!{_NO_PLACE}\b){_THE}?\w+",
    rf"by {_THE}(?:river|stream|canal|lake|pond|sea|coast|shore|water|road)s?\b",
    rf"between {_THE}\w+ and {_THE}?\w+",
    rf"within {_THE}(?!{_SEEN})\w+",
    # Of places: "not in the north".
    _NOT_IN,
    # Of time: "in 2019".
    rf"(?:in|since|before|after|during|until) (?:19|20)\d\d\b(?! ?{_UNIT})",
)
_CHINESE = (
    r"[大小]于[\d.]+ ?(?:公顷|平方米|平方公里|亩|米)?",
    r"[^，。、,.\s的]{1,4}(?:附近|旁边|旁)",
    r"不在[东南西北中]+[部边方]?",
)
_CONDITION = re.compile("|".join([*(rf"(?:\b|(?<=\s)|^){kind}" for kind in _KINDS), *_CHINESE]), re.IGNORECASE)
_NEGATED = re.compile(rf"\b{_NOT_IN}", re.IGNORECASE)
_SIZE_WORD = re.compile(r"\b(?:big|bigger|large|larger|small|smaller|tiny|huge)\b", re.IGNORECASE)
_DIRECTION = re.compile(rf"\b(?:{_COMPASS}|top|bottom|left|right|cent(?:re|er)|middle)\b", re.IGNORECASE)
_SIDES = {"top": "north", "bottom": "south", "left": "west", "right": "east", "center": "centre", "middle": "centre"}


def left_out(instruction: str, limits: Sequence[str] = ()) -> tuple[str, ...]:
    """Conditions of an instruction that nothing here keeps, in its own words.

    Parameters
    ----------
    instruction
        On one line.
    limits
        What the model understood, of `spexlab.evidence.limits.LIMITS`.

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


def without_negated(instruction: str, limits: Sequence[str]) -> tuple[str, ...]:
    """Limits without those that the instruction excludes: a model may hear "the south" in "without the south".

    What is asked for elsewhere in the instruction stays, also where it is part of what is excluded.

    Examples
    --------
    >>> without_negated("the largest lake outside the southern part", ["largest", "south"])
    ('largest',)
    >>> without_negated("water in the east but not in the southeast", ["east", "south-east"])
    ('east',)
    """
    excluded = _directions(" ".join(match.group() for match in _NEGATED.finditer(instruction)))
    asked = _directions(_NEGATED.sub(" ", instruction))
    parts = set[str]().union(*(name.split("-") for name in excluded))
    return tuple(limit for limit in limits if limit in asked or not set(limit.split("-")) <= parts)


def _directions(words: str) -> set[str]:
    """Directions that words name, as `spexlab.evidence.limits` calls them: "the South Eastern corner" is south-east."""
    plain = [re.sub(r"ern|[- ]", "", match.group().lower()) for match in _DIRECTION.finditer(words)]
    return {re.sub(r"(?<=th)(?=east|west)", "-", _SIDES.get(word, word)) for word in plain}


def left_out_words(conditions: Sequence[str]) -> str:
    """Say that conditions were left out, as one sentence; "" where there are none."""
    if not conditions:
        return ""
    quoted = " and ".join(f"“{condition}”" for condition in conditions)
    return f"{quoted} could not be kept to and {'were' if len(conditions) > 1 else 'was'} left out."
