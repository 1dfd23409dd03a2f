"""Whether instructions reach what they ask for, and whether what must be refused is refused."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import binomtest

from spexlab.extraction import Spex, understand
from spexlab.language.instructions import Instruction
from spexlab.language.request import Request, Want

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ASKS = re.compile(r"[?？]\s*$")


@dataclass(frozen=True)
class Heard:
    """An instruction and what was understood of it."""

    wanted: Instruction
    request: Request | None
    """None where the instruction was refused."""

    @property
    def targets(self) -> tuple[str, ...]:
        """What is extracted."""
        return self.request.targets if self.request else ()

    @property
    def targets_right(self) -> bool:
        """Whether exactly the right targets are included; none, if it must be refused."""
        return set(self.targets) == set(self.wanted.include)

    @property
    def right(self) -> bool:
        """Whether targets, exceptions and limits are all right; a refused instruction has neither exceptions nor limits."""
        if not self.wanted.include or self.request is None:
            return self.targets_right
        limits = all(limit_names(want) == set(self.wanted.limits) for want in self.request.wants)
        return self.targets_right and limits and set(self.request.exclude) == set(self.wanted.exclude)


def limit_names(want: Want) -> set[str]:
    """The limits of a target by the names that lists of instructions have for them, of `spexlab.evidence.limits.LIMITS`."""
    return {*want.inside, *([want.select.order] if want.select and want.select.count == 1 else [])}


@dataclass(frozen=True)
class Share:
    """How many of how many."""

    right: int
    total: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval (Wilson 1927)."""
        found = binomtest(self.right, self.total).proportion_ci(method="wilson")
        return float(found.low), float(found.high)

    def __str__(self) -> str:
        if not self.total:
            return "–"
        low, high = self.interval
        return f"{100 * self.right / self.total:.1f} % ({100 * low:.0f} to {100 * high:.0f})"


KINDS: dict[str, Callable[[Instruction], bool]] = {
    "to refuse": lambda i: not i.include,
    "with limits": lambda i: bool(i.limits),
    "with exceptions": lambda i: bool(i.exclude),
    "several targets": lambda i: len(i.include) > 1,
    "question": lambda i: bool(_ASKS.search(i.text)),
    "one target": lambda i: len(i.include) == 1,
}
"""Kind -> whether an instruction is of it; the first that holds counts."""


def kind_of(instruction: Instruction) -> str:
    """Sort an instruction by what makes it hard."""
    return next(kind for kind, holds in KINDS.items() if holds(instruction))


def language_of(text: str) -> str:
    """Tell Chinese from English."""
    return "Chinese" if _CHINESE.search(text) else "English"


def read_instructions(path: str | Path) -> list[Instruction]:
    """Read a list of instructions: tab-separated text, targets, exceptions and, in some lists, limits; each list with commas.

    Raises
    ------
    ValueError
        If a line has fewer than three columns or more than four.
    """
    instructions = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        text, *columns = line.split("\t")
        if len(columns) not in (2, 3):
            raise ValueError(
                f"line {number} of {str(path)!r} must hold text, targets, exceptions and perhaps limits, parted by tabs; "
                f"it has {len(columns) + 1} columns."
            )
        instructions.append(Instruction(text, *(tuple(filter(None, names.split(","))) for names in columns)))
    return instructions


def hear(spex: Spex, instructions: Iterable[Instruction]) -> list[Heard]:
    """Read instructions as `spexlab.extract` would with a checkpoint."""
    return [Heard(instruction, _understood(instruction.text, spex)) for instruction in instructions]


def _understood(text: str, spex: Spex) -> Request | None:
    try:
        return understand(text, model=spex)
    except ValueError:  # it names nothing, or is no plain words
        return None


def share_right(heard: Sequence[Heard], *, targets_only: bool = False) -> Share:
    """Count those that were understood."""
    return Share(sum(h.targets_right if targets_only else h.right for h in heard), len(heard))
