"""An instruction without what hides its targets from a model: "houses with solar panels", "boats and lakes".

A model that hears of things that it cannot find refuses the whole. What stands apart from a target, as a list's member of its own
or behind a preposition, is left out and named, and the rest is asked alone. A thing that comes before the target ("a poem about
the lake"), or belongs to its name ("lake fish"), is what the instruction is about: that stays refused.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spexlab.language.clauses import Clause
from spexlab.language.reading import Reading
from spexlab.language.vocabulary import Mention

_BEHIND = re.compile(
    r"\b(?:with(?:out)?|having|that have|which have|on|in|at|of|for|from|under|against|full of|as|by|\w{3,}(?:ed|ing))\b",
    re.IGNORECASE,
)
_STRANGE = ("thing", "unknown")


@dataclass(frozen=True)
class Trimmed:
    """What is left of an instruction."""

    text: str
    lost: tuple[str, ...]
    """What is not, in its own words."""


def trimmed(reading: Reading) -> Trimmed | None:
    """Take out what hides the targets; None where nothing can be, or nothing would be left."""
    cuts = [cut for clause in reading.clauses for cut in _cuts(reading, clause)]
    spans = [cut for cut in cuts if cut is not None]
    if not cuts or len(spans) < len(cuts):
        return None
    ends = [0, *(place for span in spans for place in (span.start, span.end)), len(reading.text)]
    left = " ".join(reading.text[start:end].strip(" ,") for start, end in zip(ends[::2], ends[1::2], strict=True))
    return Trimmed(" ".join(left.split()), tuple(span.words for span in spans)) if left.strip() else None


@dataclass(frozen=True)
class _Cut:
    start: int
    end: int
    words: str


def _cuts(reading: Reading, clause: Clause) -> Iterator[_Cut | None]:
    """What to take out of a clause; None where it is about something else."""
    words = [word for word in reading.free if clause.holds(word)]
    strange = [word for word in words if word.kind in _STRANGE and not reading.is_aside(word)]
    if not strange:
        return
    targets = [word for word in words if word.kind == "target"]
    if not targets:
        yield _member(reading, clause, strange)
        return
    first = strange[0].start
    preposition = _preposition(reading, targets[0], strange[0]) if first > targets[0].start else None
    conditions = (one.start for one in reading.conditions if one.start > first and clause.holds(one))
    end = min(conditions, default=clause.end)
    yield None if preposition is None else _Cut(preposition, end, reading.text[preposition:end].strip(" ,.;!?"))


def _member(reading: Reading, clause: Clause, strange: Sequence[Mention]) -> _Cut | None:
    """All of a clause, with what joins it, that names nothing but things: "boats and lakes"."""
    if any(word.kind == "unknown" for word in strange) or not any(reading.named):
        return None
    number = reading.clauses.index(clause)
    start = reading.clauses[number - 1].end if number else clause.start
    end = clause.end if number or len(reading.clauses) == 1 else reading.clauses[1].start
    return _Cut(start, end, reading.text[strange[0].start : strange[-1].end])


def _preposition(reading: Reading, target: Mention, strange: Mention) -> int | None:
    """Where the preposition begins that parts a target from what is strange; None where nothing does."""
    between = reading.text[target.end : strange.end]
    matches = list(_BEHIND.finditer(between))
    return target.end + matches[0].start() if matches else None
