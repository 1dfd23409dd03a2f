"""Which targets an instruction wants, and which it leaves out of them: what a model hears in it, held against its words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from spexlab.language.reading import Interpretation, Reading
from spexlab.language.vocabulary import Mention
from spexlab.targets import TARGETS, target_names

_LIKELY, _POSSIBLE = 0.2, 0.004
"""How sure a model must be of a target that a word names: beside strange words, whose company it knows, and elsewhere."""

_ELSE_ASKED = re.compile(
    r"^\W*(?:and |so |but )?(?:"
    r"how (?!many\b|much\b|large\b|big\b|small\b|extensive\b|about\b|is the area|wide ?spread)|"
    r"how much (?:is|are|does|do|did|for)\b|"
    r"what (?:name|sort|kind)s?\b|who|whose|whom|why|when|write|tell me about|explain|describe|translate|sing|play|buy|sell|book"
    r")\b|'s \w+,? who\b|\bmade (?:of|from)\b|\blook(?:ed)? like\b|多[深高久远长宽厚]|谁|为什么|什么时候",
    re.IGNORECASE,
)
"""Questions and wishes that name a target and are about something else: "how deep is the river?"."""

_MAY_SAY_NO = re.compile(
    r"\b(?:no|not|without|except\w*|exclu\w*|excl|minus|ignor\w*|skip\w*|omit\w*|drop\w*|remov\w*|apart|aside|save|other|"
    r"instead|rather|never|none|nothing|nor|bar|barring|sans|w/o|less|free|clear\w*|leav\w*|disregard\w*|discount\w*|but|only|"
    r"take|subtract\w*|hide|cut|filter|unless|unlike|outside|beyond|different|than)\b|n't\b|-|[不除别没去减扣非外无]",
    re.IGNORECASE,
)
"""Words that may leave something out."""


@dataclass(frozen=True)
class Hearing:
    """An instruction's words, and what a model hears in them."""

    reading: Reading
    whole: Interpretation
    """What it hears in all of it."""
    parts: tuple[Interpretation, ...]
    """What it hears in each clause."""
    by_words: bool = True
    """Whether words alone may name a target where the model hears none."""

    @cached_property
    def wanted(self) -> tuple[str, ...]:
        """Targets, in the order of `TARGETS`."""
        heard, added = set(self.whole.include), self._added()
        if not heard:
            clear = self.by_words and self._understood
            return in_order(added | self._named(_POSSIBLE) if clear else self._named(_LIKELY, of_things=False))
        standing = {name for name in heard if self._stands_for(name)}
        return in_order(self._less_denied((standing or heard) | added))

    def _less_denied(self, names: set[str]) -> set[str]:
        """Without parts of others that every word for them says no to: "vegetation, crops excluded"."""
        nouns = [word for word in self.reading.free if word.kind == "target"]
        said = {name for word in nouns if not self.reading.denies(word) for name in word.names}
        denied = {name for word in nouns for name in word.names} - said
        return {name for name in names if name not in denied or not any(_is_part(name, other) for other in names)}

    @property
    def _understood(self) -> bool:
        """Whether no word of the instruction is strange, and none asks for something else."""
        return not _ELSE_ASKED.search(self.reading.text) and all(map(self._is_clear, self.reading.free))

    def _is_clear(self, word: Mention) -> bool:
        return word.kind not in ("unknown", "thing") or self.reading.is_aside(word) or self._qualifies(word)

    def _qualifies(self, word: Mention) -> bool:
        """Whether an unknown word stands right before one that means a target, as "round" does in "round ponds"."""
        text = self.reading.text
        return word.kind == "unknown" and any(
            other.kind == "target" and other.core and not text[word.end : other.start].strip()
            for other in self.reading.free
            if other.start >= word.end
        )

    @cached_property
    def exclude(self) -> frozenset[str]:
        """Targets to leave out of others."""
        return self._heard_denied | self._parts_denied

    @cached_property
    def _heard_denied(self) -> frozenset[str]:
        """What is heard to be left out; not what words name, where no word of the instruction says no."""
        named = frozenset[str]().union(*self.reading.named)
        return frozenset(name for name in self.whole.exclude if name not in named or _MAY_SAY_NO.search(self.reading.text))

    def _named(self, least: float, *, of_things: bool = True) -> set[str]:
        """What words name that the instruction does not say no to, and the model thinks at `least` so likely."""
        nouns = [word for word in self.reading.free if word.kind == "target" and not self.reading.denies(word)]
        asked = [word for word in nouns if of_things or not self._behind_a_thing(word)]
        named = {max(word.names, key=lambda name: self.whole.scores.get(name, 0.0)) for word in asked}
        return {name for name in named if self.whole.scores.get(name, 0.0) > least}

    def _behind_a_thing(self, word: Mention) -> bool:
        """Whether a clause is about something else that stands before a word: "a poem about the lake"."""
        clause = self.reading.clauses[self.reading.at(word)]
        return any(other.kind == "thing" and clause.start <= other.start < word.start for other in self.reading.free)

    def _added(self) -> set[str]:
        """What clauses name and a model hears in them, though perhaps not in the whole."""
        clauses = zip(self.reading.named, self.parts, self.reading.negated, strict=True)
        said = (self._heard_in(number, named, part) for number, (named, part, negated) in enumerate(clauses) if not negated)
        return set().union(*said) - self._heard_denied

    def _heard_in(self, number: int, named: frozenset[str], part: Interpretation) -> set[str]:
        """What a clause names and a model hears in it; else what it thinks likely, or possible if nothing is strange."""
        if part.include or named & set(self.whole.include):
            return set(named) & set(part.include)
        clear = all(self._is_clear(word) for word in self.reading.free if self.reading.at(word) == number)
        return {name for name in named if part.scores.get(name, 0.0) > (_POSSIBLE if clear else _LIKELY)}

    def _stands_for(self, name: str) -> bool:
        """Whether any words may have meant a target that is heard in the whole."""
        unknown = any(word.kind == "unknown" and not self.reading.is_aside(word) for word in self.reading.free)
        heard = len(self.parts) > 1 and any(name in part.include for part in self.parts)
        return unknown or heard or any(name in named for named in self.reading.named)

    @cached_property
    def _parts_denied(self) -> frozenset[str]:
        """What words say no to behind it, and parts of what is wanted: "vegetation, but leave the low grass out"."""
        nouns = [word for word in self.reading.free if word.kind == "target" and self.reading.denies(word)]
        denied = {name for word in nouns for name in word.names if name not in self.wanted}
        taken_out = {name for word in nouns if self.reading.takes_out(word) for name in word.names}
        return frozenset(name for name in denied if name in taken_out or any(_is_part(name, target) for target in self.wanted))


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Targets in the order of `TARGETS`, each once."""
    chosen = set(names)
    return tuple(name for name in target_names() if name in chosen)


def _is_part(name: str, whole: str) -> bool:
    return TARGETS[name].members < TARGETS[whole].members
