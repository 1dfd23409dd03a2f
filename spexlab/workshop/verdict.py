"""What a check says about an answer."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

_MARKS = {"right": "✓ Right.", "nearly": "≈ Nearly.", "wrong": "✗ Not yet.", "open": "… Not answered yet."}


@dataclass(frozen=True, repr=False)
class Verdict:
    """Whether an answer is right, and what to look at where it is not."""

    state: Literal["right", "nearly", "wrong", "open"]
    words: str

    def __repr__(self) -> str:
        """The sentence that a notebook shows under the cell."""
        return f"{_MARKS[self.state]} {self.words}".strip()


def of_number(
    answer: Any, wanted: float, *, within: float, nearly: float, hint: str, slips: Mapping[str, float] | None = None
) -> Verdict:
    """Judge a number.

    Parameters
    ----------
    answer
        What was given.
    wanted, within, nearly
        The right number, how far from it is right, and how far nearly so; all in the answer's unit.
    hint
        What to look at where it is wrong.
    slips
        Well-known mistakes, in words, and the numbers to which they lead; they count as nearly right.
    """
    if not isinstance(answer, Real) or isinstance(answer, bool) or not math.isfinite(answer):
        return Verdict(
            "wrong", f"The answer must be one finite number, such as 12.5, but it is of the type {type(answer).__name__}."
        )
    value = float(answer)
    if abs(value - wanted) <= within:
        return Verdict("right", f"{value:.4g}")
    for mistake, number in (slips or {}).items():
        if abs(value - number) <= within * max(1.0, abs(number / wanted) if wanted else 1.0):
            return Verdict("nearly", mistake)
    side = "high" if value > wanted else "low"
    if abs(value - wanted) <= nearly:
        return Verdict("nearly", f"It is a little too {side}. {hint}")
    return Verdict("wrong", f"It is too {side}. {hint}")


def of_word(answer: Any, wanted: str, *, near: Mapping[str, str], hint: str) -> Verdict:
    """Judge one word: `near` says of other words why they are nearly right."""
    if not isinstance(answer, str):
        return Verdict("wrong", f"The answer must be a word in quotes, but it is of the type {type(answer).__name__}.")
    word = answer.strip().lower()
    if word == wanted.lower():
        return Verdict("right", wanted)
    reasons = {name.lower(): reason for name, reason in near.items()}
    return Verdict("nearly", reasons[word]) if word in reasons else Verdict("wrong", hint)
