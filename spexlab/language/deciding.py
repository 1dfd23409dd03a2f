"""From the words of an instruction, and what a model hears in them, to a `Request`.

The rules:

- What the model hears in the whole instruction is wanted. A clause adds a target that is heard in it and named by one of its words,
  unless the clause says no; a target that no clause and no word stands for was misheard. Where nothing is heard in the whole,
  the words count that name a target: all of them if no word is strange, else those that the model thinks likely.
- Conditions are read from the words (`spexlab.language.conditions`) and belong to the targets of their own clause. One behind the
  last of several targets ("water and trees in the north") belongs also to those before it that have none of their own behind them;
  a side before the first ("northern lakes and forests") also to those that follow bare. In a clause that names no target, or before
  all targets ("in the north, ..."), they belong to all targets without a condition of that kind.
- What is left out belongs to the targets of its clause, or to those before it, as far as it is part of them.
- Every word is used, known to carry no meaning, or left out and named (`spexlab.language.leftovers`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from spexlab.evidence.bounds import applies
from spexlab.evidence.limits import Limits
from spexlab.language.asking import asked
from spexlab.language.condition import Condition
from spexlab.language.hearing import Hearing, in_order
from spexlab.language.leftovers import leftovers
from spexlab.language.reading import Interpretation, Reading
from spexlab.language.request import Request, Want
from spexlab.language.vocabulary import closest, counted
from spexlab.targets import TARGETS

_OPENING = re.compile(r"(?:in|on|at|within|inside|for|look at|take|consider|over|across)\b|在", re.IGNORECASE)

_GOES_ON = re.compile(r"(?:\band|\bbut|&|和|且|并)\s*$", re.IGNORECASE)


def decide(reading: Reading, whole: Interpretation, parts: Iterable[Interpretation], *, by_words: bool = True) -> Request:
    """Decide what an instruction wants; nothing, where it names nothing that can be extracted.

    Parameters
    ----------
    reading
        The instruction's words.
    whole
        What a model hears in all of it.
    parts
        What it hears in each of `reading.parts`.
    by_words
        Whether words alone may name a target where the model hears none.
    """
    return _Decision(Hearing(reading, whole, tuple(parts) or (whole,), by_words)).request()


@dataclass(frozen=True)
class _Decision:
    hearing: Hearing

    @property
    def reading(self) -> Reading:
        return self.hearing.reading

    @property
    def wanted(self) -> tuple[str, ...]:
        return self.hearing.wanted

    def request(self) -> Request:
        limits, kept = self._limits()
        wants = tuple(
            Want(target=name, exclude=self._excluded(name), called=self._called(name), **vars(limits[name])) for name in self.wanted
        )
        used = [name for want in wants for name in (want.target, *want.exclude)]
        left_out, taken = leftovers(self.reading, used, kept, [sorted(own) for own in self.own])
        return Request(asked(self.reading.unconditioned), wants, left_out, taken, self.hearing.whole.scores)

    @cached_property
    def own(self) -> tuple[frozenset[str], ...]:
        """Wanted targets that each clause stands for."""
        named = self.reading.named
        found = [set[str]() for _ in self.hearing.parts]
        for name in self.wanted:
            by_word = [number for number, names in enumerate(named) if name in names]
            by_ear = [number for number, part in enumerate(self.hearing.parts) if name in part.include]
            for number in by_word or by_ear or range(len(found)):
                found[number].add(name)
        return tuple(map(frozenset, found))

    @cached_property
    def heard(self) -> tuple[Condition, ...]:
        """Conditions that can be kept to, and surely are some."""
        limits = set(self.hearing.whole.limits).union(*(part.limits for part in self.hearing.parts))
        return tuple(one for one in self.reading.conditions if one.limits and (not one.unsure or limits & set(one.unsure)))

    def _limits(self) -> tuple[dict[str, Limits], list[Condition]]:
        """Target -> what its conditions say together, and the conditions that found one; those of its own clause come first."""
        found: dict[str, Limits] = {name: Limits() for name in self.wanted}
        owners = {one: self._owners(one) for one in self.heard}
        kept = [one for one, names in self._sized(owners) if _add(found, names, one)]
        own = dict(found)
        for one in (one for one, names in owners.items() if not names and not self._elses(one)):
            lacking = {name for name in self._concerned(one) if one.limits and not _share_a_kind(own[name], one.limits)}
            kept += [one] if _add(found, lacking, one) else []
        for one in (one for one in owners if one not in kept and one.limits and one.limits.near):
            kept += [one] if _add(found, self._after(one), one) else []  # "fields, and within 100 m of them, water"
        return found, kept

    def _elses(self, condition: Condition) -> bool:
        """Whether the clause of "the largest" or of a size names something that is not wanted: it is said of that."""
        number = self.reading.at(condition)
        chosen = condition.limits and (condition.limits.select or condition.limits.size)
        return bool(chosen and self.reading.named[number] and not self.own[number] and not self.reading.negated[number])

    def _sized(self, owners: dict[Condition, frozenset[str]]) -> Iterator[tuple[Condition, frozenset[str]]]:
        """Without targets whose regions an earlier clause chose: of "ponds under 1 ha and lakes over 5 ha" a mask can keep one."""
        first: dict[str, int] = {}
        for one, names in owners.items():
            chosen = one.limits and (one.limits.size or one.limits.near or one.limits.select)
            number = self._at(one) if chosen else None
            yield one, frozenset(name for name in names if number is None or first.setdefault(name, number) == number)

    def _at(self, condition: Condition) -> int:
        """Number of the clause that a condition belongs to: "houses near the river and far from trees" is one in two parts."""
        number = self.reading.at(condition)
        clause = self.reading.clauses[number]
        alone = condition.limits and (condition.limits.size or condition.limits.near) and not self.own[number]
        if not (alone and number and clause.joined and _GOES_ON.search(self.reading.text, 0, clause.start)):
            return number
        return number - 1 if any(self.reading.at(one) == number - 1 for one in self.heard) else number

    def _concerned(self, condition: Condition) -> frozenset[str]:
        """Targets before a condition that stands alone, or if there are none, after it."""
        number = self.reading.at(condition)
        return frozenset().union(*self.own[:number]) or frozenset().union(*self.own[number:])

    def _after(self, condition: Condition) -> frozenset[str]:
        """Targets of the first clause after a condition that names any."""
        return next((own for own in self.own[self.reading.at(condition) + 1 :] if own), frozenset())

    def _owners(self, condition: Condition) -> frozenset[str]:
        """Targets of a condition's clause, and those that it reaches from there; none if it holds for all."""
        number = self._at(condition)
        own, nouns = self.own[number], self._nouns(number)
        first = not any(self.own[:number]) and all(condition.start < noun for noun in nouns)
        if first and _OPENING.match(self.reading.text, condition.start):
            return frozenset()
        if own and any(noun < condition.start for noun in nouns):
            if own <= frozenset().union(*self.own[:number]):  # "lakes and forests, the lakes in the north"
                return own
            before = (one for one in self._before(number) if not (condition.limits and condition.limits.near) or self._bare(one))
            return own.union(*(self.own[one] for one in before))
        if own and condition.limits and (condition.limits.inside or condition.limits.outside):
            return own.union(*(self.own[after] for after in self._bare_after(number)))
        return own

    def _nouns(self, number: int) -> list[int]:
        """Where the words stand that name a clause's targets."""
        own, free = self.own[number], self.reading.free
        return [word.start for word in free if word.kind == "target" and own & set(word.names) and self.reading.at(word) == number]

    def _before(self, number: int) -> Iterable[int]:
        """Clauses joined to the front of one, up to the first that has a condition behind its target."""
        while number and self.reading.clauses[number].joined:
            number -= 1
            behind = [
                one for one in self.heard if self.reading.at(one) == number and any(n < one.start for n in self._nouns(number))
            ]
            if behind:
                return
            yield number

    def _bare(self, number: int) -> bool:
        """Whether a clause ends with its noun: "lakes and forests near the road", but not "where the lake is, and ..."."""
        end = self.reading.clauses[number].end
        return any(not self.reading.text[word.end : end].strip() for word in self.reading.free if word.start in self._nouns(number))

    def _bare_after(self, number: int) -> Iterable[int]:
        """Clauses joined to the end of one that are a noun and no more."""
        for after in range(number + 1, len(self.hearing.parts)):
            clause = self.reading.clauses[after]
            limited = any(self.reading.at(one) == after for one in self.heard)
            if not clause.joined or limited or clause.start not in self._nouns(after):
                return
            yield after

    def _excluded(self, target: str) -> tuple[str, ...]:
        out = (name for name in self.hearing.exclude if target in self._without(name))
        return in_order(name for name in out if not TARGETS[name].members >= TARGETS[target].members)

    def _called(self, target: str) -> tuple[str, ...]:
        """The one noun by which the instruction names a target, if one can count what it is of."""
        words = [word for word in self.reading.free if word.kind == "target" and target in word.names]
        return counted(self.reading.text[words[0].start : words[0].end], target) if len(words) == 1 else ()

    def _without(self, excluded: str) -> frozenset[str]:
        """Targets that something is taken out of."""
        places = [number for number, names in enumerate(self.reading.named) if excluded in names]
        number = places[0] if places else len(self.hearing.parts) - 1
        near = self.own[number] or frozenset().union(*self.own[:number]) or frozenset(self.wanted)
        part = frozenset(name for name in near if TARGETS[name].members & TARGETS[excluded].members)
        return part or near


def _add(found: dict[str, Limits], names: Iterable[str], condition: Condition) -> bool:
    """Give targets a condition; whether any could take it.

    Of two choices among regions ("largest") only the first counts, and nothing is near to what it is itself, or is part of.
    """
    limits = condition.limits or Limits()
    around = frozenset[str]().union(*(TARGETS[near.target].members for near in limits.near))
    free = [
        name
        for name in names
        if not (found[name].select and limits.select)
        and not TARGETS[name].members & around
        and all(applies(bound, name) for bound in limits.bounds)
    ]
    for name in free:
        found[name] = found[name].joined(limits)
    return bool(free)


def _share_a_kind(one: Limits, other: Limits) -> bool:
    """Whether both set a condition of one kind, such as a place inside; an upper and a lower size, or distance, are two kinds."""
    sizes = {size.op for size in one.size} & {size.op for size in other.size}
    distances = {(near.target, near.negate) for near in one.near} & {(near.target, near.negate) for near in other.near}
    others = ((one.bounds, other.bounds), (one.inside, other.inside), (one.outside, other.outside), (one.select, other.select))
    return bool(sizes or distances) or any(mine and theirs for mine, theirs in others)


def suggestion(reading: Reading) -> str:
    """What an instruction that names nothing to extract may have meant: a word misspelt, or the rest of a union; or ""."""
    named = in_order(name for names in reading.named for name in names)
    if len(named) == 1 and any(reading.negated):
        union = next((name for name in TARGETS if TARGETS[name].members > TARGETS[named[0]].members), "")
        return f"{union} but not {named[0]}" if union else ""
    words = [reading.text[word.start : word.end] for word in reading.free if word.kind == "unknown"]
    return next(filter(None, map(closest, words)), "")
