"""What an instruction takes back of the one before: "any size", "everywhere", "drop the distance", "不限面积"."""

import re
from dataclasses import replace
from typing import Any, Literal

from spexlab.language.negation import CLAUSE_ENDS, DROPPING, ZH_DROPPING
from spexlab.language.request import Want

Kind = Literal["size", "near", "place", "select", "quality", "all"]

_DROP = (
    rf"(?:forget(?: about)?|lift|clear|cancel|undo|delete|lose|scrap|no(?: more)?|never mind|{DROPPING}|"
    r"do(?: not|n't) (?:care about|mind|need|apply)|regardless of|whatever|no matter|irrespective of|any|all)"
)
_THE = r"(?: (?:the|any|all|that|this|a|their|about|what|of))*"
_LIMIT = r"(?: ?(?:limits?|conditions?|filters?|restrictions?|thresholds?|constraints?|requirements?|rules?|part|thing|bit)\b)?"
_NEED_NOT = r"(?:do not|don't|does not|doesn't|needn't|need not|no longer)(?: (?:have|need) to)?"
_ZH_DROP = rf"(?:不限制?|取消|不管|不论|无论|删除|不考虑|解除|{ZH_DROPPING})"
_ZH_LIMIT = r"(?:的?(?:限制|条件|要求|范围)|(?=\s*[了吧啊呢]*(?:$|[，。；、])))"


def _dropped(words: str, chinese: str) -> str:
    return (
        rf"\b{_DROP}{_THE} (?:{words})\b{_LIMIT}{CLAUSE_ENDS}|"
        rf"\b(?:{words}){_LIMIT} (?:does not|doesn't|do not|don't|no longer) matters?\b|"
        rf"{_ZH_DROP}(?:{chinese}){_ZH_LIMIT}|(?:{chinese})(?:不限|不重要|无所谓|都可以|都行)"
    )


_KINDS: dict[Kind, tuple[str, ...]] = {
    "size": (
        _dropped(r"(?:minimum |maximum )?(?:sizes?|areas?)|how (?:large|big|small)|(?:min|max)(?:imum)?", "面积|大小|尺寸"),
        r"\b(?:large|big) (?:or|and) small\b",
    ),
    "near": (
        _dropped(
            r"distances?(?: (?:to|from|of) (?:(?:the|an?|any) )?\w+)?|how (?:far|near|close)|neighbou?rhood|proximity", "距离|远近"
        ),
        rf"\b{_NEED_NOT} (?:be )?(?:near|next to|close to|by|beside)\b(?: (?:to )?(?:(?:the|an?|any) )?\w+)?",
    ),
    "place": (
        _dropped(r"places?|locations?|positions?|regions?|parts?|sides?|where", "位置|地区|区域|方位|范围"),
        r"\bnot (?:just|only) (?:in|on|at|from) the [\w-]+|\b(?:everywhere|anywhere)\b|\ball over(?: the place)?\b",
        r"\b(?:the|this|my) (?:whole|entire|full|complete) (?:image|area|scene|picture|map|region|box|tile|thing)\b",
        r"\ball of the (?:image|area|scene|picture|map)\b|全图(?:范围)?|整个(?:区域|影像|图像|图|范围)|到处|所有(?:地方|区域)",
    ),
    "select": (
        r"\b(?:all|every one)(?: of (?:them|those|it)| again)\b|\beverything again\b|^(?:all|全部|所有的?)\W*$",
        r"\bnot (?:just|only) the (?:\w+ ){0,2}(?:largest|biggest|smallest)\b|不(?:只是?|仅)最[大小]的?",
    ),
    "all": (
        _dropped(r"conditions?|filters?|limits?|restrictions?|constraints?|rules?", "所有条件|全部条件|条件|所有限制|限制"),
        r"\bunconditional(?:ly)?\b|\b(?:reset|start over)\b",
    ),
}
_PATTERNS = {kind: re.compile("|".join(patterns), re.IGNORECASE) for kind, patterns in _KINDS.items()}
_FIELDS: dict[Kind, dict[str, Any]] = {
    "size": {"size": ()},
    "quality": {"bounds": ()},
    "near": {"near": ()},
    "place": {"inside": (), "outside": ()},
    "select": {"select": None},
}


def taken_back(text: str) -> frozenset[Kind]:
    """Kinds of conditions that an instruction takes back.

    >>> sorted(taken_back("any size, and everywhere")), sorted(taken_back("lakes larger than 5 ha"))
    (['place', 'size'], [])
    """
    return frozenset(kind for kind, pattern in _PATTERNS.items() if pattern.search(text))


def without_taken_back(text: str) -> str:
    """An instruction without the words that take something back."""
    for pattern in _PATTERNS.values():
        text = pattern.sub(" ", text)
    return " ".join(text.split())


def loosened(want: Want, kinds: frozenset[Kind]) -> Want:
    """A target without conditions of these kinds."""
    if "all" in kinds:
        kinds = frozenset(_FIELDS)
    for kind in kinds:
        want = replace(want, **_FIELDS[kind])
    return want
