"""Clauses of an instruction: "water in the south | the largest forest"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_AND = (
    r" (?:and then|and also|and|or|plus|as well as|along with|together with|versus|vs|&|\+|n) |/| ?[,，、] ?(?:and |or |plus )?|"
    "以及|还有|加上|和|跟|与|及"
)
_STOP = r"[;；。!?！？]\s*|\.(?=\s|$)\s*| - | (?:and )?then |, then |然后|再"
_BREAK = re.compile(rf"(?P<stop>{_STOP})|(?P<joint>{_AND})", re.IGNORECASE)


class Span(Protocol):
    """Where words stand in a text."""

    @property
    def start(self) -> int:
        """First character."""

    @property
    def end(self) -> int:
        """One after the last."""


@dataclass(frozen=True)
class Clause:
    """Part of an instruction that may have conditions of its own."""

    start: int
    """First character."""
    end: int
    """One after the last."""
    joined: bool
    """Whether "and", a comma or the like joins it to the one before; a full stop does not."""

    def holds(self, span: Span) -> bool:
        """Whether words stand in it."""
        return self.start <= span.start < self.end


def split_clauses(text: str, whole: Sequence[Span]) -> list[Clause]:
    """Part a text at commas, stops, "and" and the like, but inside none of the spans that are `whole`: "trees and shrubs"."""
    clauses, start, joined = [], 0, False
    for match in _BREAK.finditer(text):
        if any(span.start < match.end() and match.start() < span.end for span in whole):
            continue
        if text[start : match.start()].strip():
            clauses.append(Clause(start, match.start(), joined))
            joined = match["joint"] is not None
        else:
            joined = joined and match["joint"] is not None
        start = match.end()
    if text[start:].strip() or not clauses:
        clauses.append(Clause(start, len(text), joined))
    return clauses
