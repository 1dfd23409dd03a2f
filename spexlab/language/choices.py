"""Choices among regions: "the largest", "the three smallest", "top five", "最大的三个"."""

import re
from collections.abc import Iterator, Sequence

from spexlab.evidence.limits import SIZE_LIMITS, Limits, Order, Select
from spexlab.language.condition import Condition, inner
from spexlab.language.sizes import NUMBER, number
from spexlab.language.vocabulary import Mention

# Around "largest": how many, and what makes it a choice among regions.
_ZH_COUNTED = r"([一二两三四五六七八九十\d]+)[个片块处座条栋幢间所棵口]"
_HOW_MANY = re.compile(rf"\b({NUMBER})(?: of)?(?: the)? ?(?:very |single )?$|{_ZH_COUNTED}$", re.IGNORECASE)
_HOW_MANY_AFTER = re.compile(rf" (?!one\b)({NUMBER})\b(?! ?(?:ha|m|k))|的?(?:那|这|前)?{_ZH_COUNTED}", re.IGNORECASE)
_TOP = re.compile(
    rf"\btop[ -](?!half|quarter|third)({NUMBER})\b"
    r"(?! ?(?:%|(?:ha|m|km|px|percent|pixels|met(?:er|re)s|hectares|acres|rows|lines)\b))"
    r"(?: (?:largest|biggest))?(?: (?:by|in|of) (?:area|size|extent))?",
    re.IGNORECASE,
)
"""The five largest, without a word for large: "top five forests"."""
_ZH_TOP = re.compile(r"(?:按?(?:面积|大小)(?:排名|排序|最大)?的?)前([一二两三四五六七八九十\d]+)(?:大|名|位|个)?的?")
_ONE = re.compile(
    r"(?:\s+(?:single|connected|contiguous|visible))*"
    r"(?:\s+(?:ones?|patch(?:es)?|pieces?|regions?|areas?|stretch(?:es)?|bod(?:y|ies)|of|only|is|are)\b|\s*(?:[,.;!?)，。！？]|$)|"
    r"的?那?一?[个片块处])",
    re.IGNORECASE,
)


def choices(text: str, mentions: Sequence[Mention]) -> Iterator[Condition]:
    """The largest, the three smallest, the top five."""
    top = [*_TOP.finditer(text), *_ZH_TOP.finditer(text)]
    yield from (Condition(*inner(match), Limits(select=Select("largest", max(1, int(number(match[1])))))) for match in top)
    for at, mention in enumerate(mentions):
        if mention.kind == "order" and not any(match.start() <= mention.start < match.end() for match in top):
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
