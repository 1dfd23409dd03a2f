"""Parts of the area that an instruction names: "in the north", "not in the south and the east", "only the upper left"."""

import re
from collections.abc import Iterator, Sequence

from spexlab.evidence.limits import Limits
from spexlab.language.condition import Condition
from spexlab.language.negation import DROPPING, ZH_DROPPING
from spexlab.language.vocabulary import Mention

COMPASS = r"(?:(?:north|south)(?:ern)?(?:[- ]?(?:east|west)(?:ern)?)?|(?:east|west)(?:ern)?)"
"""Pattern of a point of the compass."""
SEEN = r"(?:area|scene|image|map|picture|rectangle|box|polygon|frame|region|selection|view|tile|photo|raster|square|landscape)"
"""Pattern of what is looked at."""
OF_IT = rf"(?:the|this|my|that) (?:whole |selected )?{SEEN}\b"
"""Pattern of the whole of it."""

# Around the name of a place.
_NOT_IN = re.compile(
    rf"(?:\b(?:not(?! only| just)|neither|no|outside|minus|besides|barring|save|other than|rather than|(?:away|apart|aside) from|"
    rf"avoid(?:ing)?|forget(?: about)?|{DROPPING}|"
    r"(?:(?:every|any)where|all|everything|anything) (?:but|except|save|bar|besides|outside|other than))"
    r"(?: at all| anything| whatever| what| everything| those| ones| the ones| that| which| is| are| lie| lies| located| for|"
    r" even| the parts?| the areas?| the regions?| parts| areas| regions)*"
    rf"(?: in| of| on| for| from| at)?(?: the| its| that)?|不在|除了?|{ZH_DROPPING})\s*(?:影像|图像|图|区域|地图)?$",
    re.IGNORECASE,
)
_ONLY_IN = re.compile(
    r"\b(?:nothing|not|none|drop|ignore|leave out|remove|skip|forget)(?: all| everything| anything)? (?:but|outside|except)"
    r"(?: in| of| on)?(?: the| its)? $",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"(?:区域|部分|地区|一带|那边)?的?(?:除外|以外|之外|外|不要|不算)|"
    r"(?: part| half| side)? (?:excluded|left out|aside|excepted)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:\b(?:but |only |just |both |all |lying |located |situated |found )*"
    r"(?:in|on|at|to|towards?|within|inside|from|of|over|across|throughout|covering|along|for|restricted to) )?"
    r"(?:the |its |this )?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?: (?:part|half|side|corner|edge|third|quarter|quadrant|region|section|area|end|portion|zone|sector|border|margin)s?\b)?"
    rf"(?: of {OF_IT})?(?: only\b)?",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:,|/|and|or|nor|&|和|与|、|以及)?\s*(?:(?:in|on|at|from) )?(?:the )?", re.IGNORECASE)
_AND_NOT = re.compile(rf"(?:{_AND.pattern}|,? (?:and|or|nor) (?:also )?not (?:(?:in|on|at|from) )?(?:the )?)", re.IGNORECASE)

# What makes a word a place: "north", "on the left", "the upper half", "leftmost lakes".
_POINTS = re.compile(rf"{COMPASS}|^[ns][ew]$|[东南西北中]|角|\b(?:corner|half|part|side)$", re.IGNORECASE)
_IN = re.compile(r"(?:\b(?:in|on|at|to|towards?|within|inside|across|over|from) (?:the|its)|在)$", re.IGNORECASE)
_PART = re.compile(r"\s*(?:part|half|side|corner|third|quarter|only|edge)\b|的", re.IGNORECASE)
_OPENS, _CLOSES = re.compile(r"[,;(:]\s*$"), re.compile(r"\s*(?:[,;).]|$)")
_OF_A_FIGURE = re.compile(r" (?:limit|bound|threshold)s?\b", re.IGNORECASE)
"""Behind "lower" and "upper", which then are no side."""
_SIDED = re.compile(r"(?:(?:left|right|top|bottom)most|(?:left|right)-hand|upper|lower)", re.IGNORECASE)


def sides(text: str, mentions: Sequence[Mention]) -> Iterator[Condition]:
    """In the north; not in the north and the east."""
    named = [mention for mention in mentions if mention.kind == "place"]
    while named:
        group = [named.pop(0)]
        joint = _AND_NOT if _NOT_IN.search(text[: group[0].start]) else _AND
        while named and joint.fullmatch(text, group[-1].end, named[0].start):
            group.append(named.pop(0))
        if _OF_A_FIGURE.match(text, group[-1].end):
            continue
        yield _place(text, group, next((one for one in mentions if one.start >= group[-1].end), None))


def _place(text: str, group: Sequence[Mention], following: Mention | None) -> Condition:
    """Places that are named together, with the words around them."""
    names = tuple(dict.fromkeys(name for mention in group for name in mention.names))
    before, last = text[: group[0].start], group[-1].end
    no, only, no_after = _NOT_IN.search(before), _ONLY_IN.search(before), _NOT_AFTER.match(text, last)
    end = max(match.end() for match in (_AFTER.match(text, last), no_after) if match)
    if (no or no_after) and not only:
        return Condition(no.start() if no else len(before), end, Limits(outside=names))
    start = next(match.start() for match in (only, _BEFORE.search(before)) if match)
    if following and following.kind == "unknown" and re.fullmatch(r" [A-Z]", text[last : following.start + 1]):
        return Condition(start, following.end, None)  # "in northern India" is no part of the area
    noun = following and following.kind == "target" and _SIDED.fullmatch(text, group[0].start, last)
    alone = _OPENS.search(before) and _CLOSES.match(text, end) and text[group[0].start : end].lower() not in ("right", "left")
    framed = alone or _IN.search(before.rstrip()) or _PART.match(text, last) or any(_points(text, one) for one in group)
    return Condition(start, end, Limits(inside=names), () if only or noun or framed else names)


def _points(text: str, mention: Mention) -> bool:
    """Whether words can only be a side: "north", "upper half", "NW", "东"."""
    words = text[mention.start : mention.end]
    return bool(_POINTS.search(words))
