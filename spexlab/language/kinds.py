"""The form of a record of `claims`: how one quantity is measured, written, read back, quoted and compared."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spexlab.evidence.measurement import Measurement

NUMBER = r"(?<![\w.])-?\d+(?:\.\d+)?"
"""Pattern of a number as evidence words and explanations have it."""
BEFORE_NUMBER = r"(?:\(|(?<!\bthreshold)(?<!\bunder)(?<!\bover)\s)$"
"""What such a number may come after, unless it is the threshold or a bound ..."""
ANYWHERE = re.compile(rf"^$|{BEFORE_NUMBER}", re.IGNORECASE)
"""... also at the beginning."""


@dataclass(frozen=True)
class Unit:
    """What a number is counted in."""

    name: str
    """As evidence words have it behind the number; "" where they leave it to the key what is counted."""
    spellings: tuple[str, ...]
    """As texts may have it, the singular first."""
    size: float = 1.0
    """In that of what is measured."""


@dataclass(frozen=True, kw_only=True)
class ClaimKind:
    """How one quantity is measured, written, read back, quoted and compared."""

    name: str
    """What the claim is about; in the wordings, the bracket for it."""
    sentence: str = ""
    """Which sentence of an explanation speaks of it; "" if none does."""
    keys: tuple[str, ...] = ()
    """Its key in the evidence words; a second one stands for it where the mask is empty. What shares a key shares its value."""
    measured: Callable[[Measurement], float | str | None]
    """What a claim of this kind is compared with; None where nothing of the kind was measured."""
    written: Callable[[Measurement], str | None] = lambda _: None
    """The same as evidence words and sentences have it; None where they have nothing of the kind."""
    wordings: Callable[[Measurement], Sequence[str]] = lambda _: ()
    """Its sentence, or its part of one, in several wordings without a full stop; none where another kind brings it in."""
    pattern: re.Pattern[str] | None = None
    """How a text says it without digits."""
    read: Callable[[re.Match[str]], float | str | None] = lambda match: match[1].lower()
    """What a match of the pattern says; None where it is of another kind after all."""
    units: tuple[Unit, ...] = ()
    """A number of this kind has one of them ..."""
    named: re.Pattern[str] | None = None
    """... or, without a unit, comes after such words ..."""
    places: tuple[str, ...] = ()
    """... or beside one of these."""
    decimals: int = 0
    """Digits that a number of this kind has after its point at least: "0." is an index value that broke off."""
    bounded: bool = False
    """Whether "under" and "over" may stand before its number."""
    holds: Callable[[float | str, Measurement], bool] | None = None
    """Whether what a text says is so, where that is more than being the measured value."""
    whole: bool = False
    """Whether the words and numbers in a match of its pattern are claims of nothing else."""
    quoted_after: re.Pattern[str] = ANYWHERE
    """How a text ends where a language model may quote its number."""

    @property
    def counted(self) -> tuple[str, ...]:
        """What its number counts, in the singular first; empty where the number has a unit, or none."""
        return next((unit.spellings for unit in self.units if not unit.name), ())

    def said(self, m: Measurement) -> str:
        """What was measured, as a sentence has it; "" where there is nothing of the kind."""
        word = self.written(m)
        return f"{word} {self.counted[word != '1']}" if word and self.counted else word or ""
