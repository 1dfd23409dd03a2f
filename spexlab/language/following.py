"""What an instruction asks for that goes on from another: "only the largest", "and the buildings too", "the same for trees".

An instruction goes on from a request if it names no target to find (only conditions, a question, or what to leave out), if it adds
one ("and ... too", "also"), asks the same of another ("the same for", "instead"), or says which of those before are wanted ("just
the lakes"). Any other names all that it wants, and starts anew.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spexlab.evidence.bounds import applies
from spexlab.evidence.limits import Limits, Near, part_of
from spexlab.language.continuation import FollowUp
from spexlab.language.figures import anew
from spexlab.language.leftovers import Taken, leftovers
from spexlab.language.loosening import Kind, loosened
from spexlab.language.merging import added, alike, near_now, sizes_now
from spexlab.language.reading import Reading
from spexlab.language.request import Request, Want
from spexlab.targets import TARGETS, target_names

_ADDING = re.compile(
    r"^\W*(?:ok(?:ay)?,? |now |then |please )*(?:and|also|plus|add|include|as well as|along with|together with)\b|"
    r"\b(?:too|as well|also|in addition)\W*$|^(?:还有|还要|再加上?|加上|以及|另外|也要)|也要",
    re.IGNORECASE,
)
_ALIKE = re.compile(
    r"\b(?:same|likewise|ditto|similarly)\b|\b(?:do|repeat|try) (?:that|this|it) (?:for|with)\b|"
    r"^\W*(?:and |now |then )*(?:for|with) |\b(?:what|how) about\b|\binstead\W*$|\bi mean(?:t)?\b|同样|一样|也是|换成|改成|改为",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"\binstead\b|\brather\b|\bno,|\bchange|\breplace|改成|改为|换成", re.IGNORECASE)
_SWAP = re.compile(
    r"\b(?:swap|replace|exchange|change|switch)\b.*\b(?:for|with|by|to|into)\b|把.*(?:换成|改成|替换成|替换为|换为|改为)",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|now|then|please|actually|no)\W+)*(?:just|only|keep(?: only| just)?)\b|^(?:只|仅)", re.IGNORECASE
)
_IF = re.compile(
    r"\b(?:only if|only when|only where|should be|must be|have to be|need to be|ought to be|but only)\b|必须|应该|要求",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:can|may|should) (?:stay|remain|be included)|\b(?:keep|include|leave|put|bring|add)\b.*\b(?:in|back|again|after all)\b",
    re.IGNORECASE,
)
_OF_THOSE = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|now|then|please|and|but)\W+)*(?:and|also|only|just|but|plus|those|the ones|the \w+ ones|ones|with|"
    r"without|taller|longer|wider|older|deeper|higher)\b|^(?:只|仅|还|再|也)|^[^你我他她谁]{1,8}的$",
    re.IGNORECASE,
)
"""How an instruction begins that says more of what was asked for, though nothing here can keep to it: "only the clean ones"."""


def follow(reading: Reading, alone: Request, previous: Request, *, back: frozenset[Kind] = frozenset()) -> Request | None:
    """Change a request as an instruction that goes on from it says; None where the instruction starts anew, or makes no sense.

    Parameters
    ----------
    reading
        The instruction's words, those of its `Continuation`.
    alone
        What it would ask for by itself.
    previous
        What it may go on from.
    back
        Kinds of conditions that it takes back.
    """
    return _Following(FollowUp(reading, back), alone, previous).request()


@dataclass(frozen=True)
class _Following:
    said: FollowUp
    alone: Request
    previous: Request

    def request(self) -> Request | None:
        strange = any(word.kind == "thing" for word in self.said.reading.free)
        wants = () if strange else self._wants()
        if not wants:
            return self._said_in_vain()
        if self.said.named:
            return self._with(wants, self._not_used(), self.alone.taken)
        return self._with(wants, self._left_out)

    def _with(self, wants: Sequence[Want], left_out: Sequence[str], taken: Taken = ()) -> Request:
        ordered = tuple(sorted(wants, key=lambda want: target_names().index(want.target)))
        lost = tuple(dict.fromkeys((*self.previous.left_out, *left_out)))
        known = tuple(one for one in dict.fromkeys((*self.previous.taken, *taken)) if one[1] in [want.target for want in wants])
        return Request(self.said.ask or self.previous.ask, ordered, lost, known, self.alone.scores, previous=self.previous)

    def _said_in_vain(self) -> Request | None:
        """The request as it was, where an instruction says more of it, or adds to it, that nothing here can keep to."""
        text = self.said.reading.text
        strange = any(word.kind == "thing" for word in self.said.reading.free) and not (_ADDING.search(text) or text.endswith("的"))
        if strange or self.said.named or self.alone.wants or not _OF_THOSE.search(text):
            return None
        left_out = self._left_out
        return self._with(self.previous.wants, left_out) if left_out else None

    def _wants(self) -> Sequence[Want]:
        if self.said.named:
            return self._of_named()
        before = self.previous.wants
        changes = self.said.changes or anew(self.said.reading.text, before)
        else_wanted = bool(self.alone.wants) and any(word.kind == "unknown" for word in self.said.reading.free)
        if not changes or else_wanted:
            return ()
        wants = [self._changed(want) for want in before if want.target not in self.said.denied or len(before) == 1]
        return () if any(want.target in self.said.denied for want in wants) else wants

    def _of_named(self) -> Sequence[Want]:
        """What becomes of the targets of before where an instruction names some."""
        ways = (self._put_back, self._swapped, self._likewise, self._of_these)
        return next(filter(None, (way() for way in ways)), ())

    def _put_back(self) -> Sequence[Want]:
        """The trees can stay in after all."""
        if not (_BACK.search(self.said.reading.text) and self.said.named <= set(self.previous.exclude)):
            return ()
        return [
            replace(want, exclude=tuple(name for name in want.exclude if name not in self.said.named))
            for want in self.previous.wants
        ]

    def _swapped(self) -> Sequence[Want]:
        """Swap the lakes for fields."""
        gone, *come = self.said.order
        old = next((want for want in self.previous.wants if want.target == gone), None)
        if not (_SWAP.search(self.said.reading.text) and come and old):
            return ()
        return added([want for want in self.previous.wants if want is not old], [alike(self._heard(name), old) for name in come])

    def _likewise(self) -> Sequence[Want]:
        """The same for fields; and the fields too."""
        text, before = self.said.reading.text, self.previous.wants
        fresh = [self._heard(name) for name in target_names() if name in self.said.named]
        if _ALIKE.search(text):
            # Of "I meant meadows, not fields" the fields.
            model = next((want for want in before if want.target in self.said.denied), before[0])
            fresh = [alike(want, model) for want in fresh]
            return added(before, fresh) if _ADDING.search(text) else fresh
        return added(before, fresh) if _ADDING.search(text) else ()

    def _of_these(self) -> Sequence[Want]:
        """Just the lakes; the lakes only if they are over 3 ha."""
        text, before, named = self.said.reading.text, self.previous.wants, self.said.named
        if not named <= set(self.previous.targets):
            return ()
        if self.said.limits.limited:
            return [self._changed(want) if want.target in named else want for want in before] if _IF.search(text) else ()
        return [want for want in before if want.target in named] if _ONLY.search(text) else ()

    def _heard(self, name: str) -> Want:
        """A target as the instruction alone asks for it."""
        return next((want for want in self.alone.wants if want.target == name), Want(target=name))

    @property
    def _left_out(self) -> tuple[str, ...]:
        reading = self.said.reading
        own: list[list[str]] = [[] for _ in reading.clauses]
        kept = [one for one in reading.conditions if one.limits and any(_can_be(one.limits, want) for want in self.previous.wants)]
        lost = leftovers(reading, sorted(self.said.denied), kept, own)[0]
        figures = anew(reading.text, self.previous.wants)
        return tuple(words for words in lost if figures is None or not figures.said(words))

    def _not_used(self) -> tuple[str, ...]:
        """What is left out of the instruction alone, without the nouns of targets that it names and nobody heard."""
        reading = self.said.reading
        words = [word for word in reading.free if word.kind == "target" and set(word.names) & self.said.named]
        nouns = {reading.text[word.start : word.end] for word in words}
        return tuple(words for words in self.alone.left_out if words not in nouns)

    def _changed(self, want: Want) -> Want:
        """A target with the conditions as they are now."""
        new, text = self.said.limits, self.said.reading.text
        figures = None if new.size or new.near else anew(text, [want])
        want = loosened(figures.put(want) if figures else want, self.said.back)
        if _SWAP.search(text) and len(new.inside) > 1 and new.inside[0] in want.inside:  # "swap the north for the centre"
            new = replace(new, inside=new.inside[1:])
        kept = want.inside if _ADDING.search(text) or not new.inside else ()
        # "South-west, not south-east": what was looked at before, and has nothing of what is now, is only looked at no more.
        outside = tuple(name for name in new.outside if name not in want.inside or not new.inside or _overlap(name, new.inside))
        members = TARGETS[want.target].members
        out = [name for name in self.said.denied if TARGETS[name].members & members or not self._part_of_any(name)]
        return replace(
            want,
            inside=tuple(dict.fromkeys(name for name in (*kept, *new.inside) if name not in new.outside)),
            outside=tuple(dict.fromkeys(name for name in (*want.outside, *outside) if name not in new.inside)),
            size=sizes_now(want.size, new.size, instead=bool(_INSTEAD.search(text))),
            near=near_now(want.near, [near for near in new.near if _is_else(near, want)]),
            bounds=tuple(dict.fromkeys((*want.bounds, *(one for one in new.bounds if applies(one, want.target))))),
            select=new.select or want.select,
            exclude=tuple(dict.fromkeys((*want.exclude, *(name for name in out if not TARGETS[name].members >= members)))),
        )

    def _part_of_any(self, name: str) -> bool:
        """Whether what is left out shares classes with any target of before."""
        return any(TARGETS[target].members & TARGETS[name].members for target in self.previous.targets)


def _can_be(limits: Limits, want: Want) -> bool:
    """Whether conditions can be set on a target; nothing is near to what it is itself."""
    return not limits.near or any(_is_else(near, want) for near in limits.near)


def _is_else(near: Near, want: Want) -> bool:
    return not TARGETS[near.target].members & TARGETS[want.target].members


def _overlap(place: str, others: Sequence[str]) -> bool:
    """Whether a part of the area has anything of others."""
    grid = (6, 6)
    return bool((part_of(grid, Limits(inside=(place,))) & part_of(grid, Limits(inside=tuple(others)))).any())
