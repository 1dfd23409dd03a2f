"""What an instruction says that may go on from another: what it names, denies, sets and takes back."""

import re
from dataclasses import dataclass
from functools import cached_property

from spexlab.evidence.limits import Limits
from spexlab.language.asking import asked
from spexlab.language.loosening import Kind, taken_back, without_taken_back
from spexlab.language.reading import Reading
from spexlab.language.request import Ask

_SHOW = re.compile(r"\b(?:show|where|mark|outline|map|highlight|display|draw)\b|标出|显示|画出", re.IGNORECASE)
_NOT_THAT = re.compile(r"\b(?:instead of|rather than) [^,.;]*|而不是[^，。；]*", re.IGNORECASE)


@dataclass(frozen=True)
class Continuation:
    """An instruction that may go on from another, and what it takes back of it."""

    text: str
    """Without the words that take something back, and those for what is not wanted any more: "in the east instead of the west"."""
    back: frozenset[Kind] = frozenset()

    @classmethod
    def of(cls, text: str) -> "Continuation":
        """Read an instruction on one line."""
        back = taken_back(text)
        return cls(" ".join(_NOT_THAT.sub("instead", without_taken_back(text) if back else text).split()), back)


@dataclass(frozen=True)
class FollowUp:
    """The words of such an instruction."""

    reading: Reading
    """Of the text of its `Continuation`."""
    back: frozenset[Kind] = frozenset()

    @property
    def order(self) -> list[str]:
        """Targets that the instruction names, as they follow each other."""
        words = [word for word in self.reading.free if word.kind == "target" and set(word.names) & self.named]
        return list(dict.fromkeys(next(name for name in word.names if name in self.named) for word in words))

    @cached_property
    def named(self) -> frozenset[str]:
        """Targets that the instruction names and does not say no to."""
        words = [word for word in self.reading.free if word.kind == "target" and not self.reading.denies(word)]
        return frozenset(name for word in words for name in word.names)

    @cached_property
    def denied(self) -> frozenset[str]:
        """Targets that it says no to."""
        words = [word for word in self.reading.free if word.kind == "target" and self.reading.denies(word)]
        return frozenset(name for word in words for name in word.names)

    @cached_property
    def limits(self) -> Limits:
        """All its conditions."""
        limits = Limits()
        for one in self.reading.conditions:
            limits = limits.joined(one.limits) if one.limits else limits
        return limits

    @property
    def ask(self) -> Ask | None:
        """What it wants to know; None where it leaves that as it was."""
        ask = asked(self.reading.unconditioned)
        return ask if ask != "mask" or _SHOW.search(self.reading.text) else None

    @property
    def changes(self) -> bool:
        """Whether it sets conditions, leaves something out, or asks of what was there, and names nothing that it wants."""
        silent = all(word.kind in ("filler", "order", "place") or self.reading.is_aside(word) for word in self.reading.free)
        return not self.named and bool(self.limits.limited or self.denied or self.back or (self.ask and silent))


def goes_on(reading: Reading) -> bool:
    """Whether an instruction makes sense only after another: it names no target that it wants, but conditions, or "them"."""
    return FollowUp(reading, taken_back(reading.text)).changes
