"""Figures that take the place of those of before: "make it 500 m", "change that to 2 ha", "距离改成一公里"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from spexlab.evidence.limits import Near, Size, Unit
from spexlab.language.request import Want
from spexlab.language.sizes import AREA, LENGTH, NUMBER, area, metres, number

_VERB = (
    r"\b(?:make|set|change|bump|push|cap|double|halve|widen|narrow|extend|increase|reduce|raise|lower|expand|shrink|try|use|take|put|"
    r"keep)"
)
_WHAT = r"(?:it|that|this|them|the (?:distance|size|limit|radius|buffer|threshold|area|number|count|min(?:imum)?|max(?:imum)?))"
_TO = (
    rf"(?:{_VERB}(?: {_WHAT})?(?: (?:up|down|out))?(?: (?:to|at|with))?|"
    r"(?:距离|面积|范围)?(?:改成|改为|变成|换成|调到|扩大到|缩小到|设为))"
)
_ONLY = (
    r"(?:\b(?:same|now|but|rather|only|just|and|(?P<closer>within|under|less than|up to)|(?P<farther>at least|over|more than)) )+"
)
_ENDS = r"(?= ?(?:away|from (?:it|them|there)|instead|now|please|$|[,.;!?，。]))"
_LENGTH = re.compile(rf"(?:{_TO} ?|{_ONLY}|^)(?P<length>{LENGTH}){_ENDS}", re.IGNORECASE)
_AREA = re.compile(rf"{_TO} ?(?P<area>{AREA})|^(?P<alone>{AREA})\b", re.IGNORECASE)
_MOST, _LEAST = re.compile(r"\bcap\b|\bmax", re.IGNORECASE), re.compile(r"\bmin|\bfloor\b", re.IGNORECASE)
_COUNT = re.compile(
    rf"\b(?:make|change) (?:it|that|this) (?:to |the )?(?P<count>{NUMBER})\W*$|(?:改成|改为)(?P<zh>{NUMBER})个", re.IGNORECASE
)


@dataclass(frozen=True)
class Figures:
    """What an instruction gives anew; None where it gives nothing of the kind."""

    words: str
    """In the instruction's words."""
    distance: float | None = None
    """Metres."""
    farther: bool | None = None
    """Than that, or not; None where the words leave that as it was."""
    size: tuple[float, Unit] | None = None
    op: Literal["<", ">"] | None = None
    """Of the size, where the words tell: "cap it at 20 ha"."""
    count: int | None = None

    def said(self, words: str) -> bool:
        """Whether words are part of those that give the figure."""
        return words.lower() in self.words.lower()

    def put(self, want: Want) -> Want:
        """A target with these figures in the place of its own; what it has none of, it does not get."""
        if self.distance is not None:
            return replace(want, near=tuple(self._moved(one) for one in want.near))
        if self.size is not None and want.size:
            op = self.op or want.size[-1].op
            return replace(want, size=(*(one for one in want.size if one.op != op), Size(op, *self.size)))
        if self.count is not None and want.select:
            return replace(want, select=replace(want.select, count=self.count))
        return want

    def _moved(self, near: Near) -> Near:
        return replace(near, metres=self.distance, negate=near.negate if self.farther is None else self.farther, words="")


def anew(text: str, wants: Sequence[Want]) -> Figures | None:
    """Read a figure that changes one of these targets' own; None where the text gives none, or they have none of its kind.

    Examples
    --------
    >>> from spexlab.evidence.limits import Near
    >>> anew("make it 500 m", [Want(target="trees", near=(Near("water", 200.0),))]).distance
    500.0
    """
    length = _LENGTH.search(text) if any(len(want.near) == 1 for want in wants) else None
    if length:
        farther = True if length["farther"] else False if length["closer"] else None
        return Figures(length.group(), distance=metres(length["length"]), farther=farther)
    size = _AREA.search(text) if any(want.size for want in wants) else None
    if size:
        op: Literal["<", ">"] | None = "<" if _MOST.search(size.group()) else ">" if _LEAST.search(size.group()) else None
        return Figures(size.group(), size=area(size["area"] or size["alone"]), op=op)
    count = _COUNT.search(text) if any(want.select for want in wants) else None
    return Figures(count.group(), count=int(number(count["count"] or count["zh"]))) if count else None
