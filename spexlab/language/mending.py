"""A text about a mask without what is wrong in it: what does not agree, or is no language, is said again from the measurement."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spexlab.evidence.measurement import Measurement
from spexlab.language.checking import CheckedClaim, check, check_claims, read_claims
from spexlab.language.writing import sentences

_SENTENCE = re.compile(r"\S.*?(?:[.!?](?=\s+[A-Z0-9]|\s*$)|(?=\n)|$)", re.DOTALL)
_WORD = re.compile(r"\w+")
_STUCK = re.compile(r"([^\d]{2,60}?)\1{3,}|(.{12,120}?)\2{2,}", re.DOTALL)
"""A piece four times in a row, or a phrase three times."""
_BROKEN = re.compile(
    r"\s[.,;:!?](?:\s|$)"  # a number or word is missing before a mark
    r"|\b(?:a|an|and|at|by|in|is|of|or|the|to|with)[.!?]$"
    r"|\bcovers?\b(?:(?![.!?]\s).)*\b(?:is|are) (?:covered|above|below)\b"  # two sentences in one
    r"|[^\W\d_]{31,}|[bcdfghjklmnpqrstvwxz]{6,}"  # no word is as long, or has as many consonants in a row
)
_GAPS = re.compile(r" {2,}")
_WORDS, _DIFFERENT = 12, 1 / 3
"""From so many words on, fewer different ones than this share are a loop, though no piece of it repeats to the letter."""


@dataclass(frozen=True)
class Mended:
    """A text all of whose claims hold."""

    text: str
    claims: tuple[CheckedClaim, ...]
    """`replaced` where the sentence stands for one that was wrong."""


@dataclass(frozen=True)
class _Sentence:
    text: str
    claims: tuple[CheckedClaim, ...]

    @property
    def about(self) -> set[str]:
        """The sentences of `writing.sentences` that it stands for; to name the target is said along with anything."""
        named = {claim.sentence for claim in self.claims if claim.kind not in ("presence", "absence")}
        return named - {""} or {claim.sentence for claim in self.claims} - {""}

    @property
    def wrong(self) -> set[str] | None:
        """What of it has to be said again; None where all is well."""
        failed = {claim.sentence for claim in self.claims if not claim.holds}
        return self.about if is_degenerate(self.text) else failed or None


def is_degenerate(text: str) -> bool:
    """Whether a text goes round in circles, breaks off, or is made of no words, as that of a language model that lost its thread.

    >>> is_degenerate("Water is undernderndernder"), is_degenerate("Water averages 0.2 and ."), is_degenerate("Water covers 2 ha.")
    (True, True, False)
    """
    words = _WORD.findall(text.lower())
    loops = len(words) >= _WORDS and len(set(words)) < _DIFFERENT * len(words)
    return loops or bool(_STUCK.search(text) or _BROKEN.search(text))


def mend(text: str, m: Measurement) -> Mended:
    """Put the template's sentence, with what was measured, in the place of each one that is wrong.

    A sentence is wrong if a claim of it does not hold, if it is degenerate, or if it repeats one. With it goes what else the text
    says of the same, as the template says it whole, and what leans on it without a claim of its own. Where the text lost its
    thread, or nothing of it is left, all that it leaves unsaid is said, too. Runs of blanks become one.
    """
    text = _GAPS.sub(" ", text)
    parts = _sentences(text, m)
    wrong = set[str]().union(*(part.wrong or () for part in parts))
    staying = _staying(parts, wrong)
    kept, dropped = ([part for part, stays in zip(parts, staying, strict=True) if stays == keep] for keep in (True, False))
    if kept and not dropped:
        return Mended(text, tuple(check_claims(text, m)))
    templates = sentences(m)
    again = wrong | _lost(kept, dropped, set(templates))
    said, at = [(name, sentence, True) for name, sentence in templates.items() if name in again], ""
    for part in kept:
        at = min(part.about, key=list(templates).index, default=at)
        said.append((at, part.text, False))
    return _joined([(part[1], part[2]) for part in sorted(said, key=lambda part: ["", *templates].index(part[0]))], m)


def _lost(kept: Sequence[_Sentence], dropped: Sequence[_Sentence], names: set[str]) -> set[str]:
    """What is not said any more without the dropped sentences; all that is left unsaid where the text lost its thread."""
    lost = set[str]().union(*(part.about for part in dropped))
    lost = names if not kept or any(is_degenerate(part.text) for part in dropped) else lost
    return lost.difference(*(part.about for part in kept))


def _sentences(text: str, m: Measurement) -> list[_Sentence]:
    claims = [check(claim, m) for claim in read_claims(text)]
    return [
        _Sentence(match.group().strip(), tuple(claim for claim in claims if match.start() <= claim.start < match.end()))
        for match in _SENTENCE.finditer(text)
    ]


def _staying(parts: Sequence[_Sentence], wrong: set[str]) -> list[bool]:
    """For each sentence, whether it may stay."""
    staying: list[bool] = []
    for number, part in enumerate(parts):
        repeats = part.text in [earlier.text for earlier in parts[:number]]
        leans = not part.claims and bool(staying) and not staying[-1]
        staying.append(part.wrong is None and not repeats and not leans and not (part.about and part.about <= wrong))
    return staying


def _joined(said: Sequence[tuple[str, bool]], m: Measurement) -> Mended:
    text, new = "", list[tuple[int, int]]()
    for sentence, replaced in said:
        start = len(text) + bool(text)
        text += " " * bool(text) + sentence
        new += [(start, len(text))] * replaced
    claims = check_claims(text, m)
    return Mended(text, tuple(replace(claim, replaced=any(a <= claim.start < b for a, b in new)) for claim in claims))
