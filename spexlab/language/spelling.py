"""Slips of the finger, mended before anything is read: "fileds touching watre".

A word is mended if it is no English word, or a rare one, and few slips make it of one that instructions are made of: letters that
are swapped, doubled, left out or hit on the key beside. What a slip costs, and how much may be spent on a word, grows with how
unlike the two are and how long the word is; of two that are as near, the commoner one is meant. Names keep their letters.
"""

import re
import string
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from math import log10

from spellchecker import SpellChecker

from spexlab.language.instructions.noise import KEYS_BESIDE
from spexlab.language.vocabulary import is_known, vocabulary

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_SWAPPED, _DOUBLED, _BESIDE, _VOWEL, _ANY = 0.7, 0.6, 0.8, 0.8, 1.0
"""What slips cost: letters in another order, one twice or one of two, the key beside, one vowel for another or none, any other."""
_SPENT = {3: 0.8, 4: 1.0, 5: 1.0, 6: 1.5, 7: 1.5}
"""What may be spent on a word, by its letters; longer ones have more of them to go wrong ..."""
_MOST = 2.0
"""... up to this."""
_COMMON, _MEANT = 0.06, 0.3
"""What a tenfold frequency is worth, in slips; and what it is that a word is asked for, rather than known as no target."""
_RARE, _COMMONER = 500, 50
"""A word of the dictionary up to so rare ("tress", "forrest") may be a slip of one so many times commoner."""
_VOWELS = frozenset("aeiou")
_CONDITION_WORDS = """
within without less more than larger bigger greater smaller fewer wider closer nearer farther further least most under over above
below between exceeding minimum maximum near nearby next touching adjacent adjoining bordering beside along around neighbouring
away distance far from hectare hectares acre acres square metre metres meter meters kilometre kilometres kilometer kilometers mile
miles yards feet pixels half quarter two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty
hundred thousand dozen percent north south east west northern southern eastern western centre center middle upper lower except
excluding outside inside same instead largest biggest smallest count number share area many much large
"""
_CONDITIONS = frozenset(_CONDITION_WORDS.split())


@dataclass(frozen=True)
class Respelt:
    """A text and what was mended in it."""

    text: str
    slips: tuple[tuple[str, str], ...] = ()
    """Words as they were typed, and as they were read, in their order."""

    def as_typed(self, words: str) -> str:
        """Part of the text with its words as they were typed."""
        for typed, read in self.slips:
            words = re.sub(rf"\b{re.escape(read)}\b", typed, words)
        return words


def respelt(text: str) -> Respelt:
    """Mend the slips in an instruction on one line.

    >>> respelt("fileds touching watre").text
    'fields touching water'
    """
    text, together = _parted(text)
    matches = list(_WORD.finditer(text))
    names = _names(text, matches)
    read = {match.group(): _meant(match.group().lower()) for match in matches if match.start() not in names}
    slips = {typed: meant for typed, meant in read.items() if meant}
    mended = _WORD.sub(
        lambda match: match.group() if match.start() in names else _cased(slips.get(match.group(), ""), match.group()), text
    )
    return Respelt(mended, (*together, *((typed, _cased(meant, typed)) for typed, meant in slips.items())))


def _parted(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A text in which what typed.toml lists is as it is meant, and what was changed."""
    slips: list[tuple[str, str]] = []

    def mended(match: re.Match[str], meant: str) -> str:
        slips.append((match.group(), _cased(match.expand(meant), match.group())))
        return slips[-1][1]

    for typed, meant in _typed():
        text = typed.sub(partial(mended, meant=meant), text)
    return text, tuple(slips)


@cache
def _typed() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of what is typed, and what is meant."""
    table: dict[str, str] = tomllib.loads(resources.files(__package__).joinpath("typed.toml").read_text(encoding="utf-8"))
    return tuple((re.compile(rf"\b{typed}(?!\w)", 0 if typed[0].isupper() else re.IGNORECASE), table[typed]) for typed in table)


def _names(text: str, matches: Sequence[re.Match[str]]) -> set[int]:
    """Where words stand that only a name writes with a capital: not in a text of capitals, nor at the head of a sentence."""
    capital = [match for match in matches if match.group()[0].isupper()]
    if 2 * len(capital) > len(matches):
        return set()
    heads = re.compile(r"(?:^|[.!?:;]\s*)$")
    return {match.start() for match in capital if not heads.search(text[: match.start()])}


def _cased(meant: str, typed: str) -> str:
    """A word in the case in which another was typed; that one where there is none."""
    if not meant:
        return typed
    return meant.upper() if typed.isupper() and len(typed) > 1 else meant.capitalize() if typed[0].isupper() else meant


def learn_words() -> None:
    """Read the words anew, as somebody taught a target of their own."""
    for kept in (_meant, _words, _asked_for):
        kept.cache_clear()


@cache
def _meant(typed: str) -> str:
    """The word that a misspelt one stands for; "" where it is a word, or like none."""
    often = _frequency(typed.removesuffix("'s"))
    if len(typed) < min(_SPENT) or is_known(typed) or typed in _words() or often > _RARE:
        return ""
    spent = min(_SPENT.get(len(typed), _MOST), _ANY if often else _MOST)
    as_long = (word for word in _words() if abs(len(word) - len(typed)) * _DOUBLED <= spent and _begin_alike(typed, word))
    if typed.endswith("ys") and typed[:-2] + "ies" in _words():
        return typed[:-2] + "ies"
    if not often and (apart := _run_together(typed)):
        return apart
    near = ((_distance(typed, word), word) for word in as_long if _frequency(word) >= _COMMONER * often)
    alike = [(cost - _worth(word), word) for cost, word in near if cost <= spent]
    return min(alike, default=(0.0, ""))[1]


def _run_together(typed: str) -> str:
    """Two words that were typed as one, and name something together: "parkinglots"; "" where there are none."""
    parts = ((typed[:at], typed[at:]) for at in range(3, len(typed) - 2))
    return next((" ".join(pair) for pair in parts if pair in vocabulary()), "")


def _worth(word: str) -> float:
    """How much likelier a word is to be meant than another that is as near, in slips."""
    return _COMMON * log10(1 + _frequency(word)) + _MEANT * (word in _asked_for())


def _begin_alike(one: str, other: str) -> bool:
    """Whether two words begin with the same letter, or with two in another order: the first is hardly ever another."""
    return one[0] == other[0] or one[:2] == other[1::-1]


def _distance(typed: str, word: str) -> float:
    """What the slips cost from a word to what was typed: the distance of Damerau and Levenshtein, weighted by the slip."""
    before: list[float] = []
    row = [sum(_dropped(word, at) for at in range(count)) for count in range(len(word) + 1)]
    for i, letter in enumerate(typed):
        last, row, older = row, [row[0] + _added(typed, i)], before
        for j, meant in enumerate(word):
            costs = [last[j] + _changed(letter, meant), last[j + 1] + _added(typed, i), row[j] + _dropped(word, j)]
            if i and j and letter == word[j - 1] and typed[i - 1] == meant:
                costs.append(older[j - 1] + _SWAPPED)
            row.append(min(costs))
        before = last
    return row[-1]


def _changed(letter: str, meant: str) -> float:
    if letter == meant:
        return 0.0
    return _BESIDE if letter in KEYS_BESIDE.get(meant, "") or {letter, meant} <= _VOWELS else _ANY


def _added(typed: str, at: int) -> float:
    return _DOUBLED if at and typed[at] == typed[at - 1] else _ANY


def _dropped(word: str, at: int) -> float:
    return _DOUBLED if at and word[at] == word[at - 1] else _VOWEL if word[at] in _VOWELS else _ANY


@cache
def _words() -> frozenset[str]:
    """The words that instructions are made of."""
    tokens = {token for phrase in vocabulary() for token in phrase}
    return frozenset(word for word in tokens | _CONDITIONS if len(word) > 2 and set(word) <= set(string.ascii_lowercase))


@cache
def _asked_for() -> frozenset[str]:
    return _CONDITIONS.union(
        *(phrase for phrase, meant in vocabulary().items() if len(phrase) < 4 and meant.kind not in ("thing", "filler"))
    )


@cache
def _dictionary() -> SpellChecker:
    return SpellChecker(language="en", distance=1)


def _frequency(word: str) -> int:
    return int(_dictionary().word_frequency[word])
