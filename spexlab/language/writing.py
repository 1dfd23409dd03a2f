"""Measurements to words: the evidence that SPEX is given about a mask, and the explanation that it learns to write from it.

What there is to say, and how, stands in `claims`.
"""

import random
import re

from spexlab.evidence.measurement import Measurement
from spexlab.language.claims import CLAIM_KINDS
from spexlab.language.kinds import NUMBER
from spexlab.targets import TARGETS


def evidence_words(m: Measurement) -> str:
    """Write a measurement as compactly as a language model needs it; what was not measured is left out.

    The numbers are those that `explanation` uses, character by character.
    """
    told: dict[str, list[str]] = {}
    for kind in CLAIM_KINDS:
        word = kind.written(m)
        if kind.keys and word is not None:
            told.setdefault(kind.keys[0 if m.pixels else -1], []).append(word)
    return "Measured: {" + ", ".join(f"'{key}': {_literal(', '.join(words))}" for key, words in told.items()) + "}"


def explanation(m: Measurement, rng: random.Random | None = None) -> str:
    """Say in two to four plain sentences what a measurement says, with the numbers of `evidence_words`.

    Parameters
    ----------
    m : Measurement
    rng : random.Random, optional
        Chooses among the wordings; without it the first of each is taken.
    """
    return " ".join(sentences(m, rng).values())


def sentences(m: Measurement, rng: random.Random | None = None) -> dict[str, str]:
    """Name, as the records of `claims` have it, -> sentence: `explanation`, sentence by sentence."""
    fill = _grammar(m) | {kind.name: kind.said(m) for kind in CLAIM_KINDS}
    told: dict[str, str] = {}
    for kind in CLAIM_KINDS:
        wordings = kind.wordings(m)
        if wordings:
            wording = rng.choice(wordings) if rng else wordings[0]
            told[kind.sentence] = told.get(kind.sentence, "") + wording.format_map(fill)
    return {name: f"{text[0].upper()}{text[1:]}." for name, text in told.items()}


def _literal(word: str) -> str:
    """A word as Python writes it; a number that has no unit stands bare."""
    return word if re.fullmatch(NUMBER, word) else repr(word)


def _grammar(m: Measurement) -> dict[str, str]:
    """The target, and verbs that agree with it."""
    target = TARGETS[m.target]
    return {
        "target": target.noun,
        "covers": "cover" if target.plural else "covers",
        "is": "are" if target.plural else "is",
        "was": "were" if target.plural else "was",
    }
