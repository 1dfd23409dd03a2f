"""What an instruction wants to know: where, how large, which share, how many, or whether."""

import re

from spexlab.language.request import Ask

_SEE = r"(?:see|find|detect|spot)"
_KINDS: tuple[tuple[Ask, tuple[str, ...]], ...] = (
    ("area", (r"\bhow many (?:hectares|acres|square|ha\b|km)",)),
    (
        "count",
        (r"\bhow many\b", r"\bcount\b", r"\bnumber of\b", r"\bwhat number\b", r"[多几]少?[个条片块座处]", "数[一下]", "一共多少"),
    ),
    (
        "share",
        (
            r"\b(?:share|fraction|percentage|proportion|percent)\b",
            r"\bhow much of (?:this|the|my|that|it)\b",
            "占[多了]",
            "比例",
            "百分",
        ),
    ),
    ("area", (r"\bhow (?:large|big|extensive|much)\b", r"\b(?:measure|estimate|calculate|compute|quantify)\b")),
    (
        "area",
        (
            r"\bwhat (?:area|size|amount)\b",
            r"\btotal (?:area|size)\b",
            r"\bwhat is the (?:area|size) of\b",
            "多大",
            "面积",
            "有多少",
        ),
    ),
    (
        "presence",
        (
            r"\b(?:is|are|was|were) there\b",
            r"^(?:any|is this|are these|is any)\b",
            rf"\b(?:do|can|could) (?:you|we|i|one) {_SEE}\b",
        ),
    ),
    ("presence", (r"\bdo(?:es)? (?:this|the|these) \w+ (?:contain|show|have|include)\b", r"\bhave you (?:found|seen|spotted)\b")),
    ("presence", ("有没有", "是否", "[吗么][?？]?$")),
)


def asked(text: str) -> Ask:
    """Tell what an instruction wants to know; a mask, unless it says otherwise.

    >>> [asked(text) for text in ("lakes", "How large is the lake?", "how many ponds?", "湖泊占多大比例")]
    ['mask', 'area', 'count', 'share']
    """
    return next((kind for kind, patterns in _KINDS if re.search("|".join(patterns), text, re.IGNORECASE)), "mask")
