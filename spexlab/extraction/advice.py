"""What to ask next where a mask says little: it covers nearly all of the area, or hardly any of it."""

from dataclasses import dataclass
from typing import Any

from spexlab.evidence.measurement import Measurement
from spexlab.evidence.regions import share_words
from spexlab.targets import TARGETS

NEARLY_ALL, HARDLY_ANY = 0.95, 0.001
"""Shares of what was looked at beyond which an outline tells little."""


@dataclass(frozen=True)
class Advice:
    """What a mask does not tell, and instructions that would."""

    target: str
    text: str
    """One sentence."""
    questions: tuple[str, ...]
    """Instructions to ask next; none where none would tell more."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {"target": self.target, "text": self.text, "questions": list(self.questions)}

    def __str__(self) -> str:
        return f"{self.text} Ask next: {', '.join(f'“{one}”' for one in self.questions)}." if self.questions else self.text


def advise(measured: Measurement) -> Advice | None:
    """Advise on a mask of extremes; None for one that tells its own story, and where nothing was looked at."""
    target, noun, many = measured.target, TARGETS[measured.target].noun, TARGETS[measured.target].plural
    if not measured.valid_pixels:
        return None
    if measured.share >= NEARLY_ALL:
        all_of_it = "all" if measured.share == 1 else f"nearly all ({share_words(measured.share)})"
        text = f"{noun} {'cover' if many else 'covers'} {all_of_it} of what was looked at, so the outline tells little."
        return Advice(target, text[0].upper() + text[1:], _narrower(target))
    if measured.share < HARDLY_ANY:
        some = f"Hardly any {noun}" if measured.pixels else f"No {noun}"
        text = f"{some} {'were' if many else 'was'} found; a lower threshold shows where the model comes closest to it."
        return Advice(target, text, _wider(target))
    return None


def _narrower(target: str) -> tuple[str, ...]:
    """Parts of a target, or of what is wider than it."""
    members = TARGETS[target].members
    parts = [name for name in TARGETS if TARGETS[name].members < members]
    if parts:
        return tuple(parts)
    return tuple(f"{wider} but no {target}" for wider in _wider(target))


def _wider(target: str) -> tuple[str, ...]:
    """Targets that hold a target and more."""
    return tuple(name for name in TARGETS if TARGETS[name].members > TARGETS[target].members)
