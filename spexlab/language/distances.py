"""How near to what, in words: "within 200 m of a field", "touching the forest", "至少500米".

What the distance is from is a target's word; the words around it say how far. `nearness` reads them where such a word stands.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spexlab.language.negation import DROPPING
from spexlab.language.sizes import LENGTH, metres

_ARTICLE = (
    r"(?:(?:the|an?|any|some|every|each|all|those|these|this|that|other|another|nearest|closest|next|"
    r"(?:edges?|borders?|banks?|shores?|shorelines?|margins?|boundary|boundaries|coasts?) of) )*+"
)
_FROM = r"(?: ?\b(?:away |distance |distant |off )?(?:from|of|to|off|around))?"
# The stars take all that they can and give nothing back (+): many words that fit several of them would take for ever.
_BE = (
    r"(?:(?:that|which|who) )?+(?:(?:is|are|be|lies?|lying|stands?|standing|located|situated|found|sits?|sitting|stays?|staying|"
    r"runs?|running|grows?|growing|set back|built|placed|kept|all|both|always|directly) )*+"
)
_AT = r"(?:(?:at|in|with|within) )?(?:(?:a|the) )?(?:distance (?:of |is |to )?)?"
_CLOSER = (
    r"(?:within|less than|closer than|nearer than|under|below|up to|at most|no more than|no (?:farther|further) than|"
    r"not (?:more|farther|further) than|inside(?: of)?|in a (?:radius|distance|buffer) of|<=?|≤|a max(?:imum)? of)"
)
_FARTHER = (
    r"(?:at least|more than|(?:farther|further|greater) than|over|above|beyond|no (?:closer|nearer|less) than|"
    r"not (?:closer|nearer|less) than|outside(?: of)?|>=?|≥|a min(?:imum)? of)"
)
_BY = r"(?:(?<=located )|(?<=situated )|(?<!ed )(?<!up )(?<!own ))by"
_ROUND = r"(?<=\w )(?<!the )(?<!a )(?<!all )(?<!some )(?<!any )round"
_TOUCHING = (
    r"(?:(?:right |directly |immediately )?next to|touch(?:es|ing)?|adjacent to|adjoin(?:ing|s)?|abut(?:ting|s)?(?: on)?|"
    r"border(?:s|ing|ed)?(?: on| by)?|contiguous (?:to|with)|in contact with|neighbou?ring|alongside|along|around|"
    rf"(?:right |just |close )?(?:beside|{_BY})|(?:very |quite |really )?(?:close (?:to|by)|near(?:by)?(?: to)?)|{_ROUND}|"
    r"back(?:s|ing)? on(?:to)?|in the (?:vicinity|neighbou?rhood) of|in proximity to|hug(?:s|ging)?|"
    r"fring(?:es?|ing|ed (?:by|with))|lin(?:es?|ing|ed (?:by|with))|flank(?:s|ing|ed by)?|skirt(?:s|ing|ed by)?|"
    r"(?:on|at|along|by) the (?:very )?(?:edges?|banks?|shores?|sides?|margins?|borders?|fringes?|coasts?|waterside) of)"
)
_AWAY = r"(?:(?:well |safely |clearly )?(?<!far )(?<!farther )(?<!further )away from|clear of|not (?:too )?close to)"
_NOT = (
    rf"(?:\b(?:not|never|no|none|nothing|do not|does not|don't|doesn't|isn't|aren't|other than|apart from|{DROPPING})"
    r"(?: anything| any| those| the ones| all| (?:the )?(?:parts?|areas?|regions?))? )"
)
_LEAD = rf"(?:(?:but|only|just|also|those|the ones|anything) )*+{_BE}"
_START = r"(?:(?<![\w-])|(?<=[\u4e00-\u9fff]))"

_BETWEEN = rf"{_BE}{_AT}between (?P<low>{LENGTH}|[\d.,]+) (?:and|to) (?P<high>{LENGTH}){_FROM}"
_NEAR = rf"{_AT}(?:{_CLOSER} )(?:{_AT})(?P<near>{LENGTH}){_FROM}"
_FAR = rf"{_AT}(?:{_FARTHER} )(?P<far>{LENGTH}){_FROM}"
_OR = rf"(?P<most>{LENGTH}) or (?:less|closer|nearer){_FROM}|(?P<least>{LENGTH}) or (?:more|farther|further){_FROM}"
_BEFORE = re.compile(
    rf"{_START}{_LEAD}(?P<no>{_NOT})?{_BE}(?:{_BETWEEN}|{_NEAR}|{_FAR}|{_OR}|(?P<touch>{_TOUCHING})|"
    rf"(?P<away>{_AWAY})) (?:both )?{_ARTICLE}$",
    re.IGNORECASE,
)
_RADIUS = re.compile(
    rf"{_START}(?:with)?in an? (?P<near>{LENGTH}) (?:radius|buffer|distance|zone) (?:around|of|from|to) {_ARTICLE}$", re.IGNORECASE
)
_HAVING = re.compile(
    rf"{_START}(?:(?:that|which) )?(?:(?:have|has|having|with|got) (?P<no>no )?|"
    rf"(?P<without>(?:no |without )(?:any )?|(?:do not|don't|does not) have (?:any )?)){_ARTICLE}$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r" (?:(?P<beside>near(?: ?by)?|close by|around|next to (?:them|it))\b(?! \w)|"
    rf"(?:{_CLOSER} )(?P<near>{LENGTH})(?! ?(?:of|from|to)\b)(?: (?:of|from) (?:them|it))?)",
    re.IGNORECASE,
)

_ZH_FROM = r"(?:[与和跟]|距离|距|离)"
_ZH_LESS = r"(?:的?距离)?(?:小于|不到|少于|不超过|不足|低于|在|最多|至多)?"
_ZH_MORE = r"(?:的?距离)?(?:至少|超过|大于|不少于|不低于|不小于|多于|起码)"
_ZH_WITHIN = r"(?:的?(?:范围|缓冲[区带]))?(?:以内|之内|内|以下|里)"
_ZH_BY = "靠近|紧邻|毗邻|毗连|邻近|临近|紧?挨着|紧靠|贴近|沿着"
_ZH_BEFORE = re.compile(
    rf"(?:(?P<no>不要?|没有?|非|别)(?P<near_to>{_ZH_BY}|[与和跟])|(?P<close>{_ZH_BY}|沿)|(?P<away>远离|避开)|(?P<from>{_ZH_FROM}))$"
)
_ZH_AROUND = r"(?:的?(?:周围|岸边?|沿岸|附近|周边|四周|两侧|两岸|两边|两旁|沿线|外围))"
_ZH_OUT = r"(?:以上|以外|之外|开外|外)"
_ZH_AFTER = re.compile(
    rf"(?:{_ZH_AROUND}|边|旁)?(?:(?:{_ZH_MORE}(?P<far>{LENGTH}){_ZH_OUT}?|{_ZH_LESS}(?P<least>{LENGTH}){_ZH_OUT})|"
    rf"{_ZH_LESS}(?P<near>{LENGTH})(?:{_ZH_WITHIN})?)"
)
_ZH_BESIDE = re.compile(rf"(?:{_ZH_AROUND}|旁边|边上|岸边|边缘)|(?:旁|边)(?=[的，,。有是在\d一二两三四五六七八九十半大小最]|$)")
_ZH_HAVING = re.compile(rf"(?P<near>{LENGTH})(?:{_ZH_WITHIN})(?P<no>没)?有$")
_ZH_JOINED = re.compile(r"(?:不?相邻|不?接壤|不?相接|不?相连|不?毗邻|不?接触)")


@dataclass(frozen=True)
class Nearness:
    """How far from a word, by the words around it."""

    start: int
    """First character, the word included."""
    end: int
    """One after the last."""
    bounds: tuple[tuple[float | None, bool], ...]
    """Metres, None where it is next to, and whether it is farther than that."""


def nearness(text: str, start: int, end: int) -> Nearness | None:
    """Read how far from the word text[start:end] something is to be; None where the words around it say nothing of it."""
    found = (read(text, start, end) for read in (_before, _having, _chinese))
    return next(filter(None, found), None)


def _before(text: str, start: int, end: int) -> Nearness | None:
    match = _RADIUS.search(text[:start]) or _BEFORE.search(text[:start])
    if match is None:
        return None
    bounds = tuple((far, other != bool(match.groupdict().get("no"))) for far, other in _bounds(match))
    return Nearness(match.start(), end, bounds)


def _bounds(match: re.Match[str]) -> Iterator[tuple[float | None, bool]]:
    """Metres, and whether it is farther than that."""
    part = match.groupdict()
    if part.get("low"):
        unit = re.sub(r"^[\d.,]+", "", part["high"]) if re.fullmatch(r"[\d.,]+", part["low"]) else ""
        yield metres(part["high"]), False
        yield metres(part["low"] + unit), True
    for name, farther in (("near", False), ("most", False), ("far", True), ("least", True)):
        if part.get(name):
            yield metres(part[name]), farther
    if part.get("touch") or part.get("away"):
        yield None, bool(part.get("away"))


def _having(text: str, start: int, end: int) -> Nearness | None:
    """Lakes that have a forest within 50 m."""
    before, after = _HAVING.search(text[:start]), _AFTER.match(text, end)
    if before is None or after is None:
        return None
    distance = metres(after["near"]) if after["near"] else None
    return Nearness(before.start(), after.end(), ((distance, bool(before["no"] or before["without"])),))


def _chinese(text: str, start: int, end: int) -> Nearness | None:
    having = _ZH_HAVING.search(text[:start])
    if having and text[end : end + 1] == "的":
        return Nearness(having.start(), end + 1, ((metres(having["near"]), bool(having["no"])),))
    before, after = _ZH_BEFORE.search(text[:start]), _ZH_AFTER.match(text, end)
    first = before.start() if before else start
    if after:
        farther = bool(after["far"] or after["least"])
        length = after["far"] or after["least"] or after["near"]
        return Nearness(first, after.end(), ((metres(length), farther != bool(before and before["no"])),))
    joined, beside = _ZH_JOINED.match(text, end), _ZH_BESIDE.match(text, end)
    if before and (before["close"] or before["away"] or before["near_to"] not in (None, *"与和跟")):
        return Nearness(first, beside.end() if beside else end, ((None, bool(before["no"] or before["away"])),))
    if joined and before:
        return Nearness(first, joined.end(), ((None, bool(before["no"]) or joined.group().startswith("不")),))
    return Nearness(start, beside.end(), ((None, False),)) if beside else None
