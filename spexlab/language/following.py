"""What an instruction asks for that goes on from another: "only the largest", "and the buildings too", "the same for trees".

An instruction goes on from a request if it names no target to find (only conditions, a question, or what to leave out), if it adds
one ("and ... too", "also"), or if it asks the same of another ("the same for", "instead"). Any other names all that it wants, and
starts anew.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from spexlab.evidence.bounds import applies
from spexlab.evidence.limits import SQUARE_METRES, Limits, Near, Size
from spexlab.language.asking import asked
from spexlab.language.leftovers import leftovers
from spexlab.language.reading import Reading
from spexlab.language.request import Ask, Request, Want
from spexlab.targets import TARGETS, target_names

_ADDING = re.compile(
    r"^\W*(?:ok(?:ay)?,? |now |then |please )*(?:and|also|plus|add|include|as well as|along with|together with)\b|"
    r"\b(?:too|as well|also|in addition)\W*$|^(?:还有|还要|再加上?|加上|以及|另外|也要)",
    re.IGNORECASE,
)
_ALIKE = re.compile(
    r"\b(?:same|likewise|ditto|similarly)\b|\b(?:do|repeat|try) (?:that|this|it) (?:for|with)\b|"
    r"^\W*(?:and |now |then )*(?:for|with) |\b(?:what|how) about\b|\binstead\W*$|同样|一样|也是|换成|改成|改为",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"\binstead\b|\brather\b|\bno,|\bchange|\breplace|改成|改为|换成", re.IGNORECASE)
_NOT_THAT = re.compile(r"\b(?:instead of|rather than) [^,.;]*|而不是[^，。；]*", re.IGNORECASE)
_ALL = re.compile(
    r"\b(?:all|every one) (?:of (?:them|those|it)|again)\b|\beverything again\b|^(?:all|全部|所有的?)\W*$", re.IGNORECASE
)
_SHOW = re.compile(r"\b(?:show|mark|outline|map|highlight|display|draw)\b|标出|显示|画出", re.IGNORECASE)


def about_more(text: str) -> str:
    """An instruction without what it says that is not wanted any more: "in the east instead of the west"."""
    return " ".join(_NOT_THAT.sub("instead", text).split())


def goes_on(reading: Reading) -> bool:
    """Whether an instruction makes sense only after another: it names no target that it wants, but conditions, or "them"."""
    return _Following(reading, None, None).changes


def follow(reading: Reading, alone: Request, previous: Request) -> Request | None:
    """Change a request as an instruction that goes on from it says; None where the instruction starts anew, or makes no sense.

    Parameters
    ----------
    reading
        The instruction's words, `about_more`.
    alone
        What it would ask for by itself.
    previous
        What it may go on from.
    """
    return _Following(reading, alone, previous).request()


@dataclass(frozen=True)
class _Following:
    reading: Reading
    alone: Request | None
    previous: Request | None

    def request(self) -> Request | None:
        if self.alone is None or self.previous is None or any(word.kind == "thing" for word in self.reading.free):
            return None
        wants = self._wants(self.alone, self.previous)
        if not wants:
            return None
        left_out, taken = (self._left_out, ()) if not self.named else (self._not_used(self.alone), self.alone.taken)
        ordered = tuple(sorted(wants, key=lambda want: target_names().index(want.target)))
        left_out = tuple(dict.fromkeys((*self.previous.left_out, *left_out)))
        taken = tuple(one for one in dict.fromkeys((*self.previous.taken, *taken)) if one[1] in [want.target for want in wants])
        return Request(self._ask(self.previous), ordered, left_out, taken, self.alone.scores, previous=self.previous)

    def _wants(self, alone: Request, previous: Request) -> Sequence[Want]:
        if self.named:
            heard = {want.target: want for want in alone.wants}
            fresh = [heard.get(name, Want(target=name)) for name in target_names() if name in self.named]
            if fresh and _ALIKE.search(self.reading.text):
                return [_alike(want, previous.wants[0]) for want in fresh]
            return _added(previous.wants, fresh) if fresh and _ADDING.search(self.reading.text) else ()
        else_wanted = bool(alone.wants) and any(word.kind == "unknown" for word in self.reading.free)
        if not self.changes or else_wanted:
            return ()
        wants = [self._changed(want) for want in previous.wants if want.target not in self.denied or len(previous.wants) == 1]
        return () if any(want.target in self.denied for want in wants) else wants

    @cached_property
    def named(self) -> frozenset[str]:
        """Targets that the instruction names and does not say no to."""
        words = [word for word in self.reading.free if word.kind == "target" and not self.reading.denies(word)]
        return frozenset(name for word in words for name in word.names)

    @cached_property
    def denied(self) -> frozenset[str]:
        """Targets that it says no to."""
        words = [word for word in self.reading.free if word.kind == "target" and self.reading.denies(word)]
        return frozenset(name for word in words for name in word.names)

    @property
    def changes(self) -> bool:
        """Whether it sets conditions, leaves something out, or asks of what was there, and names nothing that it wants."""
        text = self.reading.text
        asks = asked(self.reading.unconditioned) != "mask" or _ALL.search(text)
        silent = all(word.kind in ("filler", "order", "place") or self.reading.is_aside(word) for word in self.reading.free)
        return not self.named and bool(self.limits.limited or self.denied or (asks and silent))

    @cached_property
    def limits(self) -> Limits:
        """All its conditions."""
        limits = Limits()
        for one in self.reading.conditions:
            limits = limits.joined(one.limits) if one.limits else limits
        return limits

    @property
    def _left_out(self) -> tuple[str, ...]:
        own: list[list[str]] = [[] for _ in self.reading.clauses]
        return leftovers(self.reading, sorted(self.denied), [one for one in self.reading.conditions if one.limits], own)[0]

    def _not_used(self, alone: Request) -> tuple[str, ...]:
        """What is left out of the instruction alone, without the nouns of targets that it names and nobody heard."""
        words = [word for word in self.reading.free if word.kind == "target" and set(word.names) & self.named]
        nouns = {self.reading.text[word.start : word.end] for word in words}
        return tuple(words for words in alone.left_out if words not in nouns)

    def _ask(self, previous: Request) -> Ask:
        ask = asked(self.reading.unconditioned)
        return ask if ask != "mask" or _SHOW.search(self.reading.text) else previous.ask

    def _changed(self, want: Want) -> Want:
        """A target with the conditions as they are now."""
        new, text = self.limits, self.reading.text
        kept = want.inside if _ADDING.search(text) or not new.inside else ()
        members = TARGETS[want.target].members
        out = [name for name in self.denied if TARGETS[name].members & members or not self._part_of_any(name)]
        return replace(
            want,
            inside=tuple(dict.fromkeys(name for name in (*kept, *new.inside) if name not in new.outside)),
            outside=tuple(dict.fromkeys(name for name in (*want.outside, *new.outside) if name not in new.inside)),
            size=_sizes(want.size, new.size, instead=bool(_INSTEAD.search(text))),
            near=(*(old for old in want.near if not any(_alike_near(old, one) for one in new.near)), *new.near),
            bounds=tuple(dict.fromkeys((*want.bounds, *(one for one in new.bounds if applies(one, want.target))))),
            select=new.select or (None if _ALL.search(text) else want.select),
            exclude=tuple(dict.fromkeys((*want.exclude, *out))),
        )

    def _part_of_any(self, name: str) -> bool:
        """Whether what is left out shares classes with any target of before."""
        targets = self.previous.targets if self.previous else ()
        return any(TARGETS[target].members & TARGETS[name].members for target in targets)


def _alike_near(one: Near, other: Near) -> bool:
    return (one.target, one.negate) == (other.target, other.negate)


def _sizes(old: Sequence[Size], new: Sequence[Size], *, instead: bool) -> tuple[Size, ...]:
    """The bounds on a size as they are now: a new one takes the place of the old of its side, and of one that contradicts it."""
    if not new:
        return tuple(old)
    kept = [size for size in old if not instead and all(size.op != one.op and _agree(size, one) for one in new)]
    return (*kept, *new)


def _agree(one: Size, other: Size) -> bool:
    """Whether an upper and a lower bound leave anything between them."""
    if (one.unit == "pixels") != (other.unit == "pixels"):
        return True
    low, high = sorted((one, other), key=lambda size: size.op == "<")
    return low.value * SQUARE_METRES.get(low.unit, 1.0) < high.value * SQUARE_METRES.get(high.unit, 1.0)


def _alike(want: Want, model: Want) -> Want:
    """A target with the conditions of another, but for those that it has of its own, or that are about itself."""
    members = TARGETS[want.target].members
    near = tuple(near for near in model.near if not TARGETS[near.target].members & members)
    exclude = tuple(name for name in model.exclude if TARGETS[name].members & members and name != want.target)
    return replace(
        want,
        exclude=want.exclude or exclude,
        inside=want.inside or model.inside,
        outside=want.outside or model.outside,
        size=want.size or model.size,
        near=want.near or near,
        select=want.select or model.select,
        bounds=want.bounds or tuple(one for one in model.bounds if applies(one, want.target)),
    )


def _added(old: Sequence[Want], new: Sequence[Want]) -> list[Want]:
    """Targets with more of them; what is named again is as it is named now."""
    fresh = {want.target for want in new}
    return [*(want for want in old if want.target not in fresh), *new]
