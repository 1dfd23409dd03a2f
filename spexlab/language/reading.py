"""An instruction in clauses, with what its words name, and what a model hears in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from spexlab.language.clauses import Clause, Span, split_clauses
from spexlab.language.condition import Condition
from spexlab.language.conditions import read_conditions
from spexlab.language.vocabulary import Mention, mentions

_ASIDE = re.compile(
    r"\b(?:for|in|as part of) (?:the|our|my|an?|this|his|her|their) (?:[\w-]+ ){0,4}?"
    r"(?:report|study|project|thesis|homework|survey|class|plan|inventory|article|presentation|lesson|assignment|poster|talk|"
    r"paper)\b|"
    r"\b(?:for|because|since|so that|in order to|as part of|to (?:support|help with|update|check|finish|write|illustrate|prepare))"
    r" (?:the|our|my|a|an|this|his|her|their|me|us|i|we|you|some)\b[^,.;!?，。]*|"
    r"\b(?:as|to) [\w ]*(?:geojson|shapefile|polygons?|mask|layer)\b|\bfor \w+(?=[,.;:!?]|$)|"
    r"\bhow (?:large|big|small|wide|long|extensive)\b|"
    r"\b(?:how many|the|total|in|of|number of) (?:hectares|acres|ha|km2|(?:square|sq\.?) (?:met(?:er|re)s|kilomet(?:er|re)s|k?m|"
    r"miles|feet|ft))\b|"
    r"\b(?:by|in) (?:area|size|extent)\b|"
    r"多少(?:平方公里|平方千米|平方米|平米|公顷|亩|栋|座|幢|间|棵|个|条|片|块|处)|[几多][栋座幢间棵]|百分之?[几多]|总?面积|"
    r"\b(?:big|large|small|little) (?:and|or) (?:big|large|small|little)\b|"
    r"\bin (?:red|blue|green|yellow|orange|pink|purple|white|black)\b",
    re.IGNORECASE,
)

_NO = re.compile(
    r"\b(?:no|not(?! only| just)|(?:any|every)thing but|all but|without|except|exception|exclu\w*|excl|minus|ignor\w*|skip\w*|"
    r"omit\w*|drop|remove|apart|aside|"
    r"leav(?:e|ing) out|take out|get rid of|throw out|leave(?= .*\bout\b)|take away|save for|stripped of|other than|instead|"
    r"rather than|least of all|never|nor|barring|sans|w/o)\b|n't\b|"
    r"不|除|别|(?<!有)没|去掉|忽略|扣除|减去",
    re.IGNORECASE,
)

_NO_AFTER = re.compile(
    r" (?:(?:is|are|to be|being) )?(?:excluded|left out|omitted|excepted|not included|not wanted|removed|"
    r"taken out)(?=\W*(?:$|[,.;!?]))|"
    r"(?:除外|以外|之外|不要|不算)(?=[了吧啊呢]*\W*(?:$|[，。；]))",
    re.IGNORECASE,
)
_BUT = re.compile(r"\s*(?:only|just|but|rather|instead)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Interpretation:
    """What a checkpoint hears in a text."""

    include: tuple[str, ...]
    """Targets to extract; empty if the text names none."""
    exclude: tuple[str, ...]
    """Targets to leave out of them."""
    scores: dict[str, float]
    """How sure the model is, 0-1, that each target is wanted."""
    limits: tuple[str, ...] = ()
    """Limits of place and size, of `spexlab.evidence.limits.LIMITS`."""


@dataclass(frozen=True)
class Reading:
    """An instruction in clauses, with what its words name."""

    text: str
    """The instruction on one line."""
    mentions: tuple[Mention, ...]
    """All its words."""
    conditions: tuple[Condition, ...]
    clauses: tuple[Clause, ...]

    @classmethod
    def of(cls, text: str) -> "Reading":
        """Read an instruction on one line."""
        words = mentions(text)
        conditions = read_conditions(text, words)
        whole: list[Span] = [*conditions, *(word for word in words if word.kind == "target")]
        clauses = split_clauses(text, whole)
        return cls(text, tuple(words), tuple(conditions), tuple(clauses))

    @property
    def whole(self) -> str:
        """The text for a model to hear: without what only says to what the targets are near, which it would take for wanted."""
        return self._without(self._near)

    @property
    def parts(self) -> list[str]:
        """The clauses' texts, for a model to hear, "" where one only says that; none where there is only one clause."""
        return [self._without(self._near, clause) for clause in self.clauses] if len(self.clauses) > 1 else []

    @property
    def unconditioned(self) -> str:
        """The instruction without its conditions."""
        return self._without(self.conditions)

    @property
    def _near(self) -> list[Condition]:
        return [one for one in self.conditions if one.limits is None or one.limits.near or one.limits.size]

    def _without(self, conditions: Sequence[Condition], clause: Clause | None = None) -> str:
        """The text, or that of one clause, without some conditions."""
        start, end = (clause.start, clause.end) if clause else (0, len(self.text))
        within = [one for one in conditions if start <= one.start and one.end <= end]
        cuts = [start, *(place for one in within for place in (one.start, one.end)), end]
        left = "".join(self.text[a:b] for a, b in zip(cuts[::2], cuts[1::2], strict=True))
        return " ".join(left.split())

    def at(self, span: Span) -> int:
        """Number of the clause that words stand in."""
        return max(number for number, clause in enumerate(self.clauses) if clause.start <= span.start or not number)

    @cached_property
    def free(self) -> tuple[Mention, ...]:
        """Words that are part of no condition."""
        return tuple(one for one in self.mentions if not any(c.start <= one.start < c.end for c in self.conditions))

    @cached_property
    def _asides(self) -> tuple[tuple[int, int], ...]:
        meant = [one.start for one in self.conditions] + [word.start for word in self.mentions if word.kind in ("target", "place")]
        spans = ((match.start(), match.end()) for match in _ASIDE.finditer(self.text))
        return tuple((start, end) for start, end in spans if not any(start <= place < end for place in meant))

    def is_aside(self, span: Span) -> bool:
        """Whether words only tell what the answer is for ("for my thesis"), or ask ("how large")."""
        return any(start <= span.start < end for start, end in self._asides)

    @cached_property
    def _signs(self) -> tuple[int, ...]:
        """Where the instruction says no, be it to anything but a place."""
        others: list[Span] = [
            *self.conditions,
            *(word for word in self.mentions if word.kind == "target"),
        ]  # of which 不透水面 is one
        signs = (match.start() for match in _NO.finditer(self.text))
        return tuple(sign for sign in signs if not any(one.start <= sign < one.end for one in others))

    @cached_property
    def negated(self) -> tuple[bool, ...]:
        """Whether each clause, or one that it is joined to, says no."""
        found: list[bool] = []
        for clause in self.clauses:
            inherited = clause.joined and found[-1] and not _BUT.match(self.text, clause.start)
            found.append(inherited or any(clause.start <= sign < clause.end for sign in self._signs))
        return tuple(found)

    def denies(self, span: Span) -> bool:
        """Whether the instruction says no before words."""
        number = self.at(span)
        clause = self.clauses[number]
        inherited = clause.joined and self.negated[number - 1] and not _BUT.match(self.text, clause.start)
        return inherited or self.takes_out(span) or any(clause.start <= sign < span.start for sign in self._signs)

    def takes_out(self, span: Span) -> bool:
        """Whether the instruction says no behind words: "crops excluded"."""
        return bool(_NO_AFTER.match(self.text, span.end))

    @cached_property
    def named(self) -> tuple[frozenset[str], ...]:
        """Targets that each clause names."""
        found = [set[str]() for _ in self.clauses]
        for mention in self.free:
            if mention.kind == "target":
                found[self.at(mention)] |= set(mention.names)
        return tuple(map(frozenset, found))
