"""Words of an instruction that say which part of a mask is wanted."""

import re
from dataclasses import dataclass

from spexlab.evidence.limits import Limits


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


def inner(match: re.Match[str]) -> tuple[int, int]:
    """Where a match starts and ends without the spaces around it."""
    words = match.group()
    return match.end() - len(words.lstrip()), match.start() + len(words.rstrip())
