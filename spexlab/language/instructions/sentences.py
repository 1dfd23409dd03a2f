"""Sentences around a noun phrase: requests in many forms, with a context, an afterthought and slips of attention."""

import random
import re
from collections.abc import Mapping
from itertools import accumulate

from spexlab.language.instructions.lexicon import Lexicon, fill, pick
from spexlab.language.instructions.noise import typed
from spexlab.language.instructions.phrases import Phrase

_NUMBERED = {"plural": "plural_question", "mass": "mass_question"}
_SLIP = 0.14
"""Share of sentences with a word too few, too many or in the wrong place."""
_NEGATED = re.compile(r"n't|\bno|\bnot\b|cannot|forget|miss")
_MARK = re.compile("\x00(\\w+)\x00")


class Weights:
    """Names to draw from, each with its weight."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._names, self._sums = tuple(weights), tuple(accumulate(weights.values()))

    def draw(self, rng: random.Random) -> str:
        """Draw a name by its weight."""
        return rng.choices(self._names, cum_weights=self._sums)[0]


_REQUESTS = Weights(
    {
        "imperative": 0.19,
        "question": 0.12,
        "telegraphic": 0.19,
        "statement": 0.07,
        "loose": 0.14,
        "passive": 0.07,
        "fragment": 0.11,
        "being": 0.03,
        "clause": 0.025,
        "mention": 0.055,
    }
)


def extra(group: str, lexicon: Lexicon, rng: random.Random, *, words: Mapping[str, str] | None = None) -> str:
    """Fill one of the group's frames."""
    return fill(pick(rng, lexicon.frames[group]), words or {}, rng=rng, lists=lexicon.words)


def sentence(phrase: Phrase, lexicon: Lexicon, rng: random.Random) -> tuple[str, bool]:
    """Ask for a phrase in one sentence, or two, and say whether that is a question."""
    group = _REQUESTS.draw(rng)
    if group in ("being", "clause") and not phrase.words()[group]:
        group = "imperative"
    if group == "question" and rng.random() < 0.2:
        group = _NUMBERED.get(phrase.number, group)
    frames = lexicon.whole if phrase.followed else lexicon.frames
    words = phrase.words()
    slipped = rng.random() < _SLIP
    shown = {name: f"\x00{name}\x00" for name in words} if slipped else words
    text = fill(pick(rng, frames[group]), shown, rng=rng, lists=lexicon.words)
    if group == "mention":
        text += pick(rng, (". ", ". ", ", ", "; ", "? ", " - ", " so ", ", so ", "! ", ": "))
        text += fill(pick(rng, lexicon.frames["request"]), shown, rng=rng, lists=lexicon.words)
    if slipped:
        text = _MARK.sub(lambda match: words[match[1]], _slipped(text, lexicon, rng))
    return text, "question" in group


def request(
    phrase: Phrase, lexicon: Lexicon, rng: random.Random, *, opening: str = "", closing: str = "", plain: bool = False
) -> str:
    """Ask for a phrase: a sentence, perhaps with a greeting, a context and an afterthought.

    `opening` and `closing` stand right before and after the sentence; `plain` adds no afterthought.
    """
    text, question = sentence(phrase, lexicon, rng)
    if closing:
        text += pick(rng, (". ", ". ", ", ", "; ", " - ", "? " if question else ". ")) + closing
    elif not plain and rng.random() < 0.11:
        text += pick(rng, (" ", ", ", " ")) + extra("suffix", lexicon, rng, words=phrase.words())
    if opening:
        text = f"{opening} {text}"
    if rng.random() < 0.14:
        text = extra("context", lexicon, rng) + " " + text
    if rng.random() < 0.09:
        text = extra("greeting", lexicon, rng) + " " + text
    return typed(text, rng, known=lexicon.known, question=question and not closing)


def _slipped(text: str, lexicon: Lexicon, rng: random.Random) -> str:
    """Drop, add or swap words other than the marked ones; what says no stays whole."""
    words = text.split(" ")
    free = [at for at, word in enumerate(words) if "\x00" not in word]
    kind = rng.randrange(4)
    if kind == 0 or len(free) < 2 or _NEGATED.search(text):
        words.insert(rng.randint(0, len(words)), fill(pick(rng, lexicon.words["common"]), {}, rng=rng, lists=lexicon.words))
    elif kind == 1:
        at = pick(rng, free[:-1])
        words[at], words[at + 1] = words[at + 1], words[at]
    else:
        for at in sorted(rng.sample(free, kind - 1), reverse=True):
            del words[at]
    return " ".join(words)
