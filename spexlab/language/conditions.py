"""Conditions that an instruction sets: places, sizes, distances, counts; and those that nothing here keeps, such as years.

The model was taught which targets an instruction names, and hears some limits, but neither figures nor what is left out ("not in
the north"). Conditions are therefore read from the words themselves, in their usual forms, in English and Chinese; what the model
hears decides only where a word may be a limit or not ("top", "largest").
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from spexlab.evidence.bounds import QUALITIES, quality_of
from spexlab.evidence.limits import SIZE_LIMITS, Limits, Near, Order, Select
from spexlab.language.distances import nearness
from spexlab.language.sizes import DISTANCE, NUMBER, SIZE, number, sizes_of
from spexlab.language.vocabulary import Mention

_COMPASS = r"(?:(?:north|south)(?:ern)?(?:[- ]?(?:east|west)(?:ern)?)?|(?:east|west)(?:ern)?)"
_SIDE = rf"(?:upper|lower|top|bottom|left|right|cent(?:re|er|ral)|middle|{_COMPASS})"
_TOWARDS = rf"(?:the )?(?:{_COMPASS}|left|right|top|bottom|middle|cent(?:re|er)|foot)"
_THE = r"(?:(?:the|an?|my|our|their|every|any) )"
_SEEN = r"(?:area|scene|image|map|picture|rectangle|box|polygon|frame|region|selection|view|tile|photo|raster|square|landscape)"
_OF_IT = rf"(?:the|this|my|that) (?:whole |selected )?{_SEEN}\b"
_OF_ELSE = rf"(?:of|from) (?!{_OF_IT}|this|it\b){_THE}?\w+"
_MORE = (
    r"(?:larger|bigger|greater|smaller|less|more|fewer|wider|narrower|longer|shorter|taller|higher|lower|deeper|shallower|older|younger|"
    r"closer|farther|steeper) than"
)
_NEXT_TO = r"(?:near(?:by)?|next to|close to|beside|adjacent to|along|around|surrounded by|touching|bordering)"
_NO_NEIGHBOUR = r"(?:here|there|with|them|it|me|us|for|or|and|to|at|in|on|of|this|that|these|those)"
_KINDS = (
    # Of sizes that are no areas, and of other figures: "20 m wide", "larger than a pitch", "NDVI > 0.3".
    rf"{_MORE} (?:{DISTANCE}|{_THE}?(?!\d)\w+(?: (?:field|pitch|lake|pond|house)s?)?|{NUMBER})",
    rf"(?:at least|at most|over|under|above|below|within|up to) (?:{DISTANCE}|{NUMBER})(?: (?:of|from) {_THE}?\w+)?",
    rf"between {NUMBER} ?(?:and|to) (?:{DISTANCE}|{NUMBER})",
    rf"(?:{DISTANCE}|{NUMBER}) (?:wide|long|high|tall|deep)\b",
    rf"(?:\w+ ?)?[<>≤≥]=? ?(?:{DISTANCE}|{NUMBER})",
    r"(?:second|third|fourth|fifth|2nd|3rd|[4-9]th) (?:largest|biggest|smallest)",
    # Of neighbours: "near the river"; "far from a road" says no distance.
    rf"(?:not |too |very |that |so )*(?:far|distant|remote)(?: away)?(?: from| of)? {_THE}?\w+",
    rf"{_NEXT_TO} (?!{_NO_NEIGHBOUR}\b|{_THE}?{_SIDE}\b){_THE}?\w+(?:['’]s? \w+)?",
    rf"by {_THE}(?:river|stream|canal|lake|pond|sea|coast|shore|water|road)s?\b",
    rf"between {_THE}\w+ and {_THE}?\w+",
    rf"within {_THE}(?!{_SEEN}|{_SIDE})\w+",
    # Of places that are no part of the area: "north of the river", "the left bank", "from top to bottom".
    rf"from {_TOWARDS} to {_TOWARDS}",
    rf"(?<!is )(?<!are )(?:(?:in|on|at|to) )?{_TOWARDS}(?:[- ](?:bank|coast|shore|side|part|edge|end))? {_OF_ELSE}",
    rf"(?:on the )?(?:{_COMPASS}|left|right)(?:[- ](?:bank|coast|shore|facing)\b)(?: \w+)?",
    # Of time: "in 2019".
    r"(?:in|since|before|after|during|until) (?:19|20)\d\d\b(?! ?(?:ha|m|k|px|pixels|acres|square)\b)",
)
_CHINESE = (r"[^，。、,.\s的]{1,4}(?:附近|旁边|旁)", r"(?:河|城|路|山|湖|江)以[东南西北]", r"第[二三四五]大")
_UNKEPT = re.compile("|".join([*(rf"(?:\b|(?<=\s)|^){kind}" for kind in _KINDS), *_CHINESE]), re.IGNORECASE)

# Around the name of a place.
_NOT_IN = re.compile(
    r"(?:\b(?:not(?! only| just)|no|except(?:ing)?|outside|excluding|without|(?:every|any)where but|(?:all|everything) but|"
    r"away from|ignoring|leaving out|skip(?:ping)?)"
    r"(?: at all| anything| those| ones| the ones| that| which| is| are| lie| lies| located| for| even)*"
    r"(?: in| of| on| for| from| at)?(?: the| its)?|不在|除了?|不要|不含|不包括|排除|去掉)\s*(?:影像|图像|图|区域|地图)?$",
    re.IGNORECASE,
)
_ONLY_IN = re.compile(
    r"\b(?:nothing|not|none|drop|ignore|leave out|remove|skip|forget)(?: all| everything| anything)? (?:but|outside|except)"
    r"(?: in| of| on)?(?: the| its)? $",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"的?(?:除外|以外|之外|外|不要|不算)|(?: part| half| side)? (?:excluded|left out|aside|excepted)\b", re.IGNORECASE
)
_BEFORE = re.compile(
    r"(?:\b(?:but |only |just |both |all |lying |located |situated |found )*"
    r"(?:in|on|at|to|towards?|within|inside|from|of|over|across|throughout|covering|along|for|restricted to) )?"
    r"(?:the |its |this )?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?: (?:part|half|side|corner|edge|third|quarter|quadrant|region|section|area|end|portion|zone|sector|border|margin)s?\b)?"
    rf"(?: of {_OF_IT})?(?: only\b)?",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:,|/|and|or|nor|&|和|与|、|以及)?\s*(?:in |on |at )?(?:the )?", re.IGNORECASE)

# What makes a word a place: "north", "on the left", "the upper half", "leftmost lakes".
_POINTS = re.compile(rf"{_COMPASS}|[东南西北]|角|\b(?:corner|half|part|side)$", re.IGNORECASE)
_IN = re.compile(r"(?:\b(?:in|on|at|to|towards?|within|inside|across|over|from) (?:the|its)|在)$", re.IGNORECASE)
_PART = re.compile(r"\s*(?:part|half|side|corner|third|quarter|only|edge)\b|的", re.IGNORECASE)
_SIDED = re.compile(r"(?:(?:left|right|top|bottom)most|(?:left|right)-hand|upper|lower)", re.IGNORECASE)

# What stands for a target that was named before, and what parts it from it.
_REFERRING = re.compile(r"them|it|those|these", re.IGNORECASE)
_PAUSE = re.compile(r",|;|\.|\band\b|，|。|、")

# Around "largest": how many, and what makes it a choice among regions.
_COUNTED = r"([一二两三四五六七八九十\d]+)[个片块处座条]"
_HOW_MANY = re.compile(rf"(?:\btop )?\b({NUMBER})(?: of)?(?: the)? ?(?:very |single )?$|{_COUNTED}$", re.IGNORECASE)
_HOW_MANY_AFTER = re.compile(rf" (?!one\b)({NUMBER})\b(?! ?(?:ha|m|k))|的?{_COUNTED}", re.IGNORECASE)
_ONE = re.compile(
    r"(?:\s+(?:single|connected|contiguous|visible))*"
    r"(?:\s+(?:ones?|patch(?:es)?|pieces?|regions?|areas?|stretch(?:es)?|bod(?:y|ies)|of|only|is|are)\b|\s*(?:[,.;!?)，。！？]|$)|"
    r"的?那?一?[个片块处])",
    re.IGNORECASE,
)


# Around a target: what an index can tell of it, "dense forest", "where the grass is dry".
_QUALITY = "|".join(word for one in QUALITIES.values() for word in one.english)
_ZH_QUALITY = "|".join(word for one in QUALITIES.values() for word in one.chinese)
_QUALITY_BEFORE = re.compile(rf"(?:\b({_QUALITY}) |({_ZH_QUALITY})的?)$", re.IGNORECASE)
_QUALITY_AFTER = re.compile(
    rf"(?: (?:that|which|where it|where they))? (?:is|are|looks?|grows?|was|were) "
    rf"(?:very |rather |still |quite |all )?({_QUALITY})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Condition:
    """Words that say which part of a mask is wanted."""

    start: int
    """First character."""
    end: int
    """One after the last."""
    limits: Limits | None
    """What they ask for; None where nothing here can keep it."""
    unsure: tuple[str, ...] = ()
    """Limits of which the model must hear one for the words to count: "right" may be a side or an agreement."""


def read_conditions(text: str, mentions: Sequence[Mention]) -> list[Condition]:
    """Conditions of an instruction on one line, in order; no two overlap.

    Parameters
    ----------
    text
        The instruction.
    mentions
        `spexlab.language.vocabulary.mentions` of it.
    """
    found: list[Condition] = []
    for source in (
        _near(text, mentions),
        _bounds(text, mentions),
        _sizes(text),
        _unkept(text, mentions),
        _chosen(text, mentions),
        _places(text, mentions),
    ):
        found += [one for one in source if not any(one.start < other.end and other.start < one.end for other in found)]
    return sorted(found, key=lambda one: one.start)


def _near(text: str, mentions: Sequence[Mention]) -> Iterator[Condition]:
    """Within 200 m of a field; next to them."""
    named: list[Mention] = []
    for mention in mentions:
        referring = mention.kind == "filler" and _REFERRING.fullmatch(text, mention.start, mention.end)
        if mention.kind != "target" and not referring:
            continue
        near = nearness(text, mention.start, mention.end)
        meant = mention if not referring else near and _referred(text[: near.start], named)
        if near and meant:
            words = text[near.start : near.end]
            limits = Limits(near=tuple(Near(meant.names[0], metres, farther, words) for metres, farther in near.bounds))
            yield Condition(near.start, near.end, limits)
        named += [] if referring else [mention]


def _referred(text: str, named: Sequence[Mention]) -> Mention | None:
    """What "them" stands for at the end of a text: not what "them" is said of, "the lakes, and the houses next to them"."""
    if not named:
        return None
    *_, last = named
    others = [one for one in named if set(one.names).isdisjoint(last.names)]
    return others[-1] if others and not _PAUSE.search(text, last.end) else last


def _bounds(text: str, mentions: Sequence[Mention]) -> Iterator[Condition]:
    """Dense forest; the grass that is dry."""
    for mention in (one for one in mentions if one.kind == "target"):
        for match in (_QUALITY_BEFORE.search(text[: mention.start]), _QUALITY_AFTER.match(text, mention.end)):
            word = next(filter(None, match.groups())) if match else ""
            quality = quality_of(word.lower())
            if match and quality and quality.targets & set(mention.names):
                yield Condition(*_inner(match), Limits(bounds=(replace(quality.bound, words=word),)))


def _sizes(text: str) -> Iterator[Condition]:
    return (Condition(*_inner(match), Limits(size=sizes_of(match))) for match in SIZE.finditer(text))


def _unkept(text: str, mentions: Sequence[Mention]) -> Iterator[Condition]:
    """Within 100 m of a power line: to the end of what is named."""
    for match in _UNKEPT.finditer(text):
        start, end = _inner(match)
        yield Condition(
            start, max([end, *(one.end for one in mentions if one.kind == "thing" and one.start < end < one.end)]), None
        )


def _inner(match: re.Match[str]) -> tuple[int, int]:
    """Where a match starts and ends without the spaces around it."""
    words = match.group()
    return match.end() - len(words.lstrip()), match.start() + len(words.rstrip())


def _chosen(text: str, mentions: Sequence[Mention]) -> Iterator[Condition]:
    """The largest, the three smallest."""
    for at, mention in enumerate(mentions):
        if mention.kind == "order":
            order = next(name for name in SIZE_LIMITS if name in mention.names)
            yield _choice(text, mention, order, mentions[at + 1 :])


def _choice(text: str, mention: Mention, order: Order, following: Sequence[Mention]) -> Condition:
    before, after = _HOW_MANY.search(text[: mention.start].rstrip()), _HOW_MANY_AFTER.match(text, mention.end)
    start, end = before.start() if before else mention.start, after.end() if after else mention.end
    counted = before or after
    count = int(number(next(filter(None, counted.groups())))) if counted else 1
    noun = next((one.kind for one in following if one.kind not in ("filler", "place", "quality")), "")
    sure = noun == "target" or counted or _ONE.match(text, end)
    return Condition(start, end, Limits(select=Select(order, max(count, 1))), () if sure else (order,))


def _places(text: str, mentions: Sequence[Mention]) -> Iterator[Condition]:
    """In the north; not in the north and the east."""
    named = [mention for mention in mentions if mention.kind == "place"]
    while named:
        group = [named.pop(0)]
        while named and _AND.fullmatch(text, group[-1].end, named[0].start):
            group.append(named.pop(0))
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
    framed = _IN.search(before.rstrip()) or _PART.match(text, last) or any(_points(text, one) for one in group)
    return Condition(start, end, Limits(inside=names), () if only or noun or framed else names)


def _points(text: str, mention: Mention) -> bool:
    """Whether words can only be a side: "north", "upper half", "东", but not "ne"."""
    words = text[mention.start : mention.end]
    return bool(_POINTS.search(words)) and (len(words) > 2 or not words.isascii())
