"""What an instruction wants to know: where, how large, which share, how many, or whether."""

import re

from spexlab.language.request import Ask

_SEE = r"(?:see|find|detect|spot)"
_HOW = re.compile(r"\bhow (?:many|much|large|big)\b", re.IGNORECASE)
_WHERE = re.compile(r"\W*where\b", re.IGNORECASE)
_KINDS: tuple[tuple[Ask, tuple[str, ...]], ...] = (
    ("share", (r"\bhow many (?:percent|per cent|%)", r"\bpct\b", r"^\W*(?:percent|per cent)\b", r"^\s*%")),
    ("area", (r"\bhow many (?:hectares|acres|square|sq\b|ha\b|km|m2|m²)", r"多少(?:亩|公顷|平方|平米)")),
    (
        "count",
        (
            r"\bhow many\b",
            r"\bcount\b",
            r"\bnumber of\b",
            r"\bwhat number\b",
            r"[多几]少?[个条片块座处栋幢间棵]",
            "数[一下]",
            "一共多少",
            r"\btally\b",
        ),
    ),
    (
        "share",
        (
            r"\b(?:share|fraction|percentage|proportion|percent)\b",
            r"\b(?:what portion|portion of (?:this|the (?:image|area|scene|map|picture|photo)))\b",
            r"\bhow much of (?:this|the|my|that|it)\b",
            "占[多了]",
            "占比",
            "覆盖[率度](?![高低大小])",
            "比例",
            "百分",
        ),
    ),
    ("area", (r"\bhow (?:large|big|extensive|much)\b", r"\b(?:measure|estimate|calculate|compute|quantify)\b")),
    (
        "area",
        (
            r"\bwhat (?:area|size|amount)\b",
            r"^(?:the )?area (?:covered|occupied|taken up|under)\b",
            r"^(?:the |give me the |tell me the )?(?:total |overall |whole )?area of\b",
            r"\b(?:sum|add|tot) ?up\b",
            r"\b(?:sum|total) of\b",
            r"\btotal (?:area|size|surface|extent|acreage|footprint)\b",
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
            r"^(?:any|is this|are these|is any)\b(?! size)",
            r"^(?:do|does|did|is|are|was|were|could|can|might|may|will) (?:any|at least|there)\b",
            r"\b(?:whether|if) there (?:is|are|was|were|might be|could be)\b",
            rf"\b(?:do|can|could) (?:you|we|i|one) {_SEE}\b(?! me\b)",
            r"\bdo (?:we|you|i|they) (?:even )?have (?:any|some)\b",
            r"\bdo(?:es)? (?:this|the|these) \w+ (?:even |actually |really )?(?:contain|show|have|include)\b",
            r"\bhave you (?:found|seen|spotted)\b",
            "有没有",
            "是否",
            "[吗么][?？]?$",
        ),
    ),
)


def asked(text: str) -> Ask:
    """Tell what an instruction wants to know; a mask, unless it says otherwise.

    >>> [asked(text) for text in ("lakes", "How large is the lake?", "how many ponds?", "湖泊占多大比例")]
    ['mask', 'area', 'count', 'share']
    """
    if _WHERE.match(text) and not _HOW.search(text):
        return "mask"
    return next((kind for kind, patterns in _KINDS if re.search("|".join(patterns), text, re.IGNORECASE)), "mask")
