"""Sizes and numbers in words: "larger than half a hectare", "between 1 and 5 ha", "三亩以上"."""

import re
from collections.abc import Sequence
from typing import Literal

from spexlab.evidence.limits import Size, Unit
from spexlab.language.negation import CLAUSE_ENDS

_WORDS = {
    "half an": 0.5, "half a": 0.5, "half": 0.5, "a tenth of an": 0.1, "a tenth of a": 0.1, "a quarter of an": 0.25,
    "a quarter of a": 0.25, "quarter of an": 0.25, "quarter of a": 0.25, "a quarter": 0.25, "three quarters of an": 0.75,
    "three quarters of a": 0.75, "a couple of": 2, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "eighty": 80, "a hundred": 100, "one hundred": 100, "a thousand": 1000, "one thousand": 1000,
    "a dozen": 12, "an": 1, "a": 1,
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
    r"m²|m2|m\^2|sqm|sq\.? ?m|square met(?:er|re)s?|平方米|平米|平(?!方)": (1.0, "m2"),
    r"ft²|ft2|sqft|sq\.? ?ft|square (?:feet|foot)|平方英尺": (0.09290304, "m2"),
    r"ha|hectares?|公顷|公倾": (1.0, "ha"),
    r"acres?|英亩": (0.40468564224, "ha"),
    r"mu|mou|亩": (1 / 15, "ha"),
    r"pixels?|px|个?像素|个?像元": (1.0, "pixels"),
}
_UNIT = rf"(?:{'|'.join(_UNITS)})(?![a-z0-9²])"
AREA = rf"{NUMBER}[ -]?{_UNIT}"
"""Pattern of an area; `area` reads it."""
_LENGTHS = {
    r"km|kilomet(?:er|re)s?|公里|千米": 1000.0,
    r"m|met(?:er|re)s?|米": 1.0,
    r"里(?:地|路)?(?!面)": 500.0,
    r"miles?|mi|英里": 1609.344,
    r"yards?|yds?": 0.9144,
    r"feet|foot|ft|英尺": 0.3048,
}
LENGTH = rf"{NUMBER}[ -]?(?:{'|'.join(_LENGTHS)})(?![a-z0-9²])"
"""Pattern of a length; `metres` reads it."""
DISTANCE = rf"(?:{LENGTH}|{NUMBER} ?(?:%|percent\b|{_UNIT}))"
"""Pattern of a number with a unit that is no area, or a share."""

_MORE = (
    r"(?:larger|bigger|greater|more) than|over|above|exceed(?:s|ed|ing)?|in excess of|upwards? of|beyond|at least|"
    r"(?:no|not) (?:smaller|less|under|below)(?: than)?|(?:a )?min(?:imum)?(?: area| size)?(?: of)?|[>≥]=?|"
    r"大于等于|大于|超过|超出|多于|高于|不小于|不少于|不低于|至少|起码"
)
_LESS = (
    r"(?:smaller|less|fewer) than|under|below|beneath|at most|up to|(?:no|not) (?:larger|bigger|more|over|above)(?: than)?|"
    r"not exceeding|(?:a )?max(?:imum)?(?: area| size)?(?: of)?|[<≤]=?|小于等于|小于|不足|不到|少于|低于|不超过|不大于|不多于|至多"
)
_EXTENT = r"(?:areas?|sizes?|extents?|footprints?|surfaces?)"
_LEAD = (
    rf"(?:(?:(?:with|having|of|each|that|which) )*+(?:(?:an?|its|their|whose) (?:(?:total|surface) )?{_EXTENT} )?"
    r"(?:(?:of|is|are|ranging|ranges?|measur(?:es?|ing)|cover(?:s|ing)?|occupies|occupy(?:ing)?|span(?:s|ning)?|"
    r"that is|that are) )*+|"
    r"(?:且|而且)?(?:占地)?(?:面积)?的?(?:要|在|为|是)?)"
)
_TAIL_MORE = (
    r" ?(?:or|and) (?:more|larger|bigger|greater|above|over|up(?:wards)?)\b|"
    r" (?:(?:as |at )?(?:a )?min(?:imum)?|at (?:the )?least)\b|\+|以上|往上"
)
_TAIL_LESS = (
    r" ?(?:or|and) (?:less|smaller|fewer|below|under)\b|"
    r" (?:(?:as |at )?(?:a )?max(?:imum)?|at (?:the )?most|tops)\b|以下|以内|之内"
)
_TO = r" ?(?:and|to|-|–|—|~|up to|到|至|和) ?"


def _area(name: str, *, shared: bool = False) -> str:
    """Pattern of an area; its unit may be `shared` with the one before: "larger than 3 ha but smaller than 30"."""
    unit = rf"[ -]?(?P<{name}_unit>{_UNIT})"
    return rf"(?P<{name}>{NUMBER})" + (rf"(?:{unit}|{CLAUSE_ENDS})" if shared else unit)


SIZE = re.compile(
    rf"{_LEAD}(?:(?<![\w])|(?<=[\u4e00-\u9fff]))(?:"
    rf"(?:{_MORE}) ?{_area('above')}(?:(?:,| and| but)+ (?:{_LESS}) ?{_area('top', shared=True)})?|"
    rf"(?:{_LESS}) ?{_area('below')}(?:(?:,| and| but)+ (?:{_MORE}) ?{_area('floor', shared=True)})?|"
    rf"(?:(?:between|from|of) |介于|在)?(?P<low>{NUMBER}) ?(?P<low_unit>{_UNIT})?{_TO}{_area('high')}(?:之间)?|"
    rf"{_area('least')}(?:{_TAIL_MORE})|{_area('most')}(?:{_TAIL_LESS}))"
    r"(?: (?:large|big|each|or so|in (?:area|size|extent|total))\b)*",
    re.IGNORECASE,
)
"""Pattern of a condition on the area of a region; `sizes_of` reads its matches."""

PIXELS = re.compile(
    rf"(?:(?:a |the )?pixel (?:counts?|numbers?)(?: (?:of|is|are))*|像[元素](?:个?数量?))(?:的|要)? ?"
    rf"(?:(?P<above>{_MORE})|(?P<below>{_LESS})) ?(?P<count>{NUMBER})个?",
    re.IGNORECASE,
)
"""Pattern of a condition on the number of a region's pixels; `pixels_of` reads its matches."""


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


def area(words: str) -> tuple[float, Unit]:
    """Read an area.

    >>> area("half a hectare"), area("三亩")
    ((0.5, 'ha'), (0.2, 'ha'))
    """
    matches = ((re.fullmatch(rf"({NUMBER})[ -]?(?:{unit})", words.strip(), re.IGNORECASE), known) for unit, known in _UNITS.items())
    figure, (factor, name) = next((match[1], known) for match, known in matches if match)
    return round(factor * number(figure), 6), name


def sizes_of(match: re.Match[str]) -> tuple[Size, ...]:
    """Read a match of `SIZE`: one bound, or two."""
    words, part = match.group().strip(), match.groupdict()
    lower = [(part[name], part[f"{name}_unit"]) for name in ("above", "least")]
    upper = [(part[name], part[f"{name}_unit"]) for name in ("below", "most")]
    lower.append((part["floor"], part["floor_unit"] or part["below_unit"]))
    upper.append((part["top"], part["top_unit"] or part["above_unit"]))
    low, high = (part["low"], part["low_unit"] or part["high_unit"]), (part["high"], part["high_unit"])
    bounds = [*((">", *bound) for bound in (*lower, low)), *(("<", *bound) for bound in (*upper, high))]
    return tuple(_size(">" if op == ">" else "<", value, unit, words) for op, value, unit in bounds if value)


def pixels_of(match: re.Match[str]) -> Size:
    """Read a match of `PIXELS`."""
    return Size(">" if match["above"] else "<", number(match["count"]), "pixels", match.group().strip())


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
