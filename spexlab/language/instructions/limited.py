"""Limits of size and place, put into words: "the largest lake", "only in the northern half"."""

import random
from dataclasses import dataclass

from spexlab.evidence.limits import LIMITS, SIZE_LIMITS
from spexlab.language.instructions.lexicon import Lexicon, fill, pick

LIMITED = 0.18
"""Share of accepted instructions that set a limit."""

_SIDES = tuple(name for name in LIMITS if name not in SIZE_LIMITS)


@dataclass(frozen=True, slots=True)
class Limited:
    """Where in a sentence its limits stand; every part may be empty."""

    limits: tuple[str, ...] = ()
    """What they are, in the order of `spexlab.evidence.limits.LIMITS`."""
    size: str = ""
    """Superlative before the noun."""
    side: str = ""
    """Adjective before the noun."""
    after: str = ""
    """After the noun phrase, with the space or comma before it."""
    opening: str = ""
    """Before the request."""
    closing: str = ""
    """A sentence after the request."""


def draw_limits(lexicon: Lexicon, rng: random.Random, *, sentences: bool = True) -> Limited:
    """Draw one or two limits and the words for them.

    Parameters
    ----------
    lexicon : Lexicon
    rng : random.Random
    sentences : bool
        Whether a limit may be a sentence of its own.
    """
    draw = rng.random()
    size = ("largest" if rng.random() < 0.68 else "smallest") if draw < 0.44 else ""
    sides = rng.sample(_SIDES, 2 if rng.random() < 0.06 else 1) if draw > 0.36 else []
    words = {"size": pick(rng, lexicon.limits.sizes[size]) if size else "", **_side_words(sides, lexicon, rng)}
    limits = tuple(name for name in LIMITS if name == size or name in sides)
    place = rng.random() if sides else 0.0
    part = rng.random()
    size_after = f" {_filled('one', words, lexicon, rng)}" if size and 0.62 < part <= 0.84 else ""
    size_closing = _filled("one_sentence", words, lexicon, rng) if size and part > 0.84 and sentences else ""
    side_after = f" {_filled('where', words, lexicon, rng)}" if sides and (0.2 < place <= 0.78 or not sentences) else ""
    closing = _filled("sentence", words, lexicon, rng) if sides and sentences and 0.78 < place <= 0.9 else ""
    return Limited(
        limits=limits,
        size=words["size"] if size and not (size_after or size_closing) else "",
        side=words["sided"] if sides and place <= 0.2 and not side_after else "",
        after=side_after + size_after,
        opening=_filled("opening", words, lexicon, rng) if sides and sentences and place > 0.9 else "",
        closing=pick(rng, (". ", ", ", "; ")).join(text for text in (closing, size_closing) if text),
    )


def no_limit(lexicon: Lexicon, rng: random.Random) -> str:
    """Say something after a noun phrase that sounds like a limit and is none."""
    return " " + _filled("none", _side_words([pick(rng, _SIDES)], lexicon, rng), lexicon, rng)


def _side_words(sides: list[str], lexicon: Lexicon, rng: random.Random) -> dict[str, str]:
    joint = pick(rng, (" and ", " and the ", " or ", " and in the "))
    side = joint.join(pick(rng, lexicon.limits.sides[name]) for name in sides)
    sided = pick(rng, (" and ", " or ", " and the ")).join(pick(rng, lexicon.limits.sided[name]) for name in sides)
    return {"side": side, "sided": sided}


def _filled(group: str, words: dict[str, str], lexicon: Lexicon, rng: random.Random) -> str:
    return fill(pick(rng, lexicon.limits.frames[group]), words | {"is": "is"}, rng=rng, lists=lexicon.words)
