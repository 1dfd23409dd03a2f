"""Sizes and numbers in words: "larger than half a hectare", "between 1 and 5 ha", "三亩以上"."""

import re
from collections.abc import Sequence
from typing import Literal

from spexlab.evidence.limits import Size, Unit

_WORDS = {
    "half an": 0.5, "half a": 0.5, "half": 0.5, "a quarter of an": 0.25, "a quarter of a": 0.25, "one": 1, "two": 2, "three": 3,
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "eighty": 80, "a hundred": 100, "one hundred": 100,
    "a thousand": 1000, "one thousand": 1000, "a dozen": 12, "an": 1, "a": 1,
}  # fmt: skip
_CHINESE = dict(zip("半一二两三四五六七八九十百千", (0.5, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100, 1000), strict=True))
_DIGITS = r"\d{1,3}(?:[,\u2009 ]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)?"
_FIGURE = "|".join(sorted(_WORDS, key=len, reverse=True))
_MANY = {"hundred": 100.0, "thousand": 1000.0}
_TENS = r"(?:twenty|thirty|forty|fifty|sixty|eighty)[- ](?:one|two|three|four|five|six|seven|eight|nine)"
_HALVES = r"(?:one|two|three|four|five) and a half|(?:a|one) and a half|half of an?"
NUMBER = rf"(?:{_DIGITS}|[1-9]/[1-9]|(?:{_HALVES}|{_TENS}|(?:{_FIGURE}) (?:{'|'.join(_MANY)})|{_FIGURE})\b|[{''.join(_CHINESE)}]+)"
"""Pattern of a number, in figures or in words."""

_UNITS: dict[str, tuple[float, Unit]] = {
    r"km²|km2|km\^2|sq\.? ?km|square kilomet(?:er|re)s?|平方公里|平方千米": (1.0, "km2"),
    r"m²|m2|m\^2|sqm|sq\.? ?m|square met(?:er|re)s?|平方米|平米": (1.0, "m2"),
    r"ha|hectares?|公顷": (1.0, "ha"),
    r"acres?|英亩": (0.40468564224, "ha"),
    r"mu|mou|亩": (1 / 15, "ha"),
    r"pixels?|px|个?像素|个?像元": (1.0, "pixels"),
}
_UNIT = rf"(?:{'|'.join(_UNITS)})(?![a-z0-9²])"
_LENGTHS = {
    r"km|kilomet(?:er|re)s?|公里|千米": 1000.0,
    r"m|met(?:er|re)s?|米": 1.0,
    r"miles?|mi|英里": 1609.344,
    r"yards?|yds?": 0.9144,
    r"feet|foot|ft|英尺": 0.3048,
}
LENGTH = rf"{NUMBER}[ -]?(?:{'|'.join(_LENGTHS)})(?![a-z0-9²])"
"""Pattern of a length; `metres` reads it."""
DISTANCE = rf"(?:{LENGTH}|{NUMBER} ?(?:%|percent\b|{_UNIT}))"
"""Pattern of a number with a unit that is no area, or a share."""

_MORE = (
    r"(?:larger|bigger|greater|more) than|over|above|exceeding|at least|no (?:smaller|less) than|not (?:smaller|less) than|"
    r"(?:a )?min(?:imum)?(?: area| size)?(?: of)?|[>≥]=?|大于等于|大于|超过|多于|高于|不小于|不少于|不低于|至少"
)
_LESS = (
    r"(?:smaller|less|fewer) than|under|below|at most|up to|no (?:larger|bigger|more) than|not (?:larger|bigger|more) than|"
    r"not exceeding|(?:a )?max(?:imum)?(?: area| size)?(?: of)?|[<≤]=?|小于等于|小于|不足|不到|少于|低于|不超过|不大于|不多于|至多"
)
_LEAD = r"(?:(?:with |having |of |covering |that (?:are|is|cover|covers) |which (?:are|is) )*(?:an area |areas )?(?:of )?|面积)"
_TAIL_MORE = r" ?(?:or|and) (?:more|larger|bigger|above|over|up)\b|\+|以上"
_TAIL_LESS = r" ?(?:or|and) (?:less|smaller|fewer|below|under)\b|以下|以内"
_TO = r" ?(?:and|to|-|–|到|至|和) ?"


def _area(name: str) -> str:
    return rf"(?P<{name}>{NUMBER})[ -]?(?P<{name}_unit>{_UNIT})"


SIZE = re.compile(
    rf"{_LEAD}(?:(?<![\w])|(?<=[\u4e00-\u9fff]))(?:"
    rf"(?:{_MORE}) ?{_area('above')}(?: (?:and|but) (?:{_LESS}) ?{_area('top')})?|(?:{_LESS}) ?{_area('below')}|"
    rf"(?:between |from |介于|在)?(?P<low>{NUMBER}) ?(?P<low_unit>{_UNIT})?{_TO}{_area('high')}(?:之间)?|"
    rf"{_area('least')}(?:{_TAIL_MORE})|{_area('most')}(?:{_TAIL_LESS}))"
    r"(?: (?:in size|in area|large|in extent)\b)?",
    re.IGNORECASE,
)
"""Pattern of a condition on the area of a region; `sizes_of` reads its matches."""


def number(words: str) -> float:
    """Read a number.

    >>> [number(words) for words in ("2,500", "2.5", "2,5", "half a", "two and a half", "三")]
    [2500.0, 2.5, 2.5, 0.5, 2.5, 3.0]
    """
    words = words.lower().strip().replace("half of a", "half a")
    if words in _WORDS:
        return float(_WORDS[words])
    if words.endswith(" and a half"):
        return _WORDS[words.removesuffix(" and a half")] + 0.5
    if words[0].isalpha() and words.isascii():
        return _composed(re.split("[- ]", words))
    return _chinese(words) if words[0] in _CHINESE else _digits(words)


def metres(length: str) -> float:
    """Read a length.

    >>> [metres(words) for words in ("200 m", "half a mile", "两公里")]
    [200.0, 804.672, 2000.0]
    """
    matches = ((re.fullmatch(rf"({NUMBER})[ -]?(?:{unit})", length.strip(), re.IGNORECASE), unit) for unit in _LENGTHS)
    figure, unit = next((match[1], unit) for match, unit in matches if match)
    return round(_LENGTHS[unit] * number(figure), 3)


def sizes_of(match: re.Match[str]) -> tuple[Size, ...]:
    """Read a match of `SIZE`: one bound, or two."""
    words, part = match.group().strip(), match.groupdict()
    lower = ((part[name], part[f"{name}_unit"]) for name in ("above", "least"))
    upper = ((part[name], part[f"{name}_unit"]) for name in ("below", "most", "top"))
    low, high = (part["low"], part["low_unit"] or part["high_unit"]), (part["high"], part["high_unit"])
    bounds = [*((">", *bound) for bound in (*lower, low)), *(("<", *bound) for bound in (*upper, high))]
    return tuple(_size(">" if op == ">" else "<", value, unit, words) for op, value, unit in bounds if value)


def _size(op: Literal["<", ">"], value: str, unit: str, words: str) -> Size:
    factor, name = next(known for pattern, known in _UNITS.items() if re.fullmatch(pattern, unit, re.IGNORECASE))
    return Size(op, round(factor * number(value), 6), name, words)


def _digits(words: str) -> float:
    """Read "2,500", "2,5" and "1/2"."""
    if "/" in words:
        return int(words[0]) / int(words[-1])
    if re.fullmatch(r"\d{1,3}([,\u2009 ]\d{3})+(\.\d+)?", words):
        return float(re.sub(r"[,\u2009 ]", "", words))
    return float(words.replace(",", "."))


def _composed(words: Sequence[str]) -> float:
    """Read "two hundred" and "twenty-five"."""
    *first, last = words
    start = number(" ".join(first))
    return start * _MANY[last] if last in _MANY else start + _WORDS[last]


def _chinese(words: str) -> float:
    """Read a number such as 二十五, where a digit before ten or a hundred counts them."""
    total, digit = 0.0, 0.0
    for sign in words:
        if sign in "十百千":
            total, digit = total + (digit or 1.0) * _CHINESE[sign], 0.0
        else:
            digit = _CHINESE[sign]
    return total + digit
