"""What an instruction asks for: targets, each with its own conditions, and what of it is left out."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Self, TypeVar

from spexlab.evidence.bounds import Bound, source_of
from spexlab.evidence.limits import Limits, Near, Size, limit_words, share_of
from spexlab.targets import TARGETS, UnknownTargetError

T = TypeVar("T")
Ask = Literal["mask", "area", "share", "count", "presence"]


@dataclass(frozen=True, kw_only=True)
class Want(Limits):
    """A target that is wanted, and what of it."""

    target: str
    exclude: tuple[str, ...] = ()
    """Targets whose area is taken out of it."""
    called: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What the instruction calls one of it, and many: lake, lakes; nothing where it is no such noun."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; every key is always there."""
        return {"target": self.target, "exclude": list(self.exclude), **super().to_dict()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], **more: Any) -> Self:
        """Read what `to_dict` gave."""
        return super().from_dict(record, target=record["target"], exclude=tuple(record["exclude"]), **more)


@dataclass(frozen=True)
class Request:
    """What is wanted, under which conditions, and what of the instruction cannot be kept to."""

    ask: Ask
    """What the instruction wants to know."""
    wants: tuple[Want, ...]
    """At least one; in the order of `spexlab.targets.TARGETS`."""
    left_out: tuple[str, ...] = ()
    """Words of the instruction that carry meaning and are not used."""
    taken: tuple[tuple[str, str], ...] = ()
    """Words of the instruction and the target that they were taken for, where it is wider than the words: mangroves, trees."""
    scores: Mapping[str, float] = field(default_factory=dict, compare=False, repr=False)
    """How sure the model is, 0-1, that each target is wanted."""
    previous: "Request | None" = field(default=None, compare=False, repr=False)
    """What it goes on from, if anything."""
    slips: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """Words of the instruction that were misspelt, and as what they were read."""

    @property
    def targets(self) -> tuple[str, ...]:
        """What is wanted."""
        return tuple(want.target for want in self.wants)

    @property
    def exclude(self) -> tuple[str, ...]:
        """Targets that are taken out of any other."""
        return tuple(dict.fromkeys(name for want in self.wants for name in want.exclude))

    @property
    def neighbours(self) -> tuple[str, ...]:
        """Targets that any other must be near to, or far from."""
        return tuple(dict.fromkeys(near.target for want in self.wants for near in want.near))

    @property
    def notes(self) -> list[str]:
        """How the instruction was taken, and what of it was left out, as sentences; none where it was taken as it stands."""
        return [*self.kept_to, *filter(None, [left_out_words(self.left_out)])]

    @property
    def incomplete(self) -> str:
        """What an answer leaves out, in the one line that sets it apart from a complete one; "" where it leaves out nothing."""
        return f"Left out: {', '.join(f'“{words}”' for words in self.left_out)}" if self.left_out else ""

    @property
    def kept_to(self) -> list[str]:
        """How what was used of the instruction was taken, as sentences."""
        without = _each(self.wants, lambda want: want.exclude, _without)
        limited = (
            *_each(self.wants, _limits, limit_words),
            *_each(self.wants, lambda want: want.bounds, _bounded),
            _silent(name for name in self.neighbours if name not in self.targets),
        )
        taken = [f"“{words}” was taken for {TARGETS[target].noun}." for words, target in self.taken]
        before = "This goes on from the request before." if self.previous else ""
        return [sentence for sentence in (before, _read_as(self.slips), *without, *limited, *taken) if sentence]

    @property
    def limited_to(self) -> str:
        """To what shares belong where it is not the whole area: "of the north"; by target, where targets differ."""
        return "; ".join(filter(None, _each(self.wants, _limits, _share)))

    def as_typed(self, typed: Callable[[str], str], slips: tuple[tuple[str, str], ...]) -> Self:
        """The same of an instruction in which these slips were mended, with words as they were `typed`."""
        left_out, taken = tuple(map(typed, self.left_out)), tuple((typed(words), name) for words, name in self.taken)
        return replace(self, left_out=left_out, taken=taken, slips=slips)

    def measurable(
        self, *, metres: bool, targets: Collection[str] = tuple(TARGETS), indices: Collection[str] | None = None
    ) -> Self:
        """The same without what cannot be measured, which is left out.

        Sizes and distances may need metres; near are these targets; bounds are of these indices, of any where None is known yet.
        """
        limits: list[Size | Near] = []
        for want in self.wants:
            limits += [*want.size]
            limits += [*want.near]
        lost = [limit.words or str(limit) for limit in limits if not _measured(limit, metres, targets)]
        unseen = {bound for want in self.wants for bound in want.bounds if indices is not None and bound.index not in indices}
        lost += [bound.words or str(bound) for want in self.wants for bound in want.bounds if bound in unseen]
        wants = tuple(
            replace(
                want,
                size=tuple(size for size in want.size if _measured(size, metres, targets)),
                near=tuple(near for near in want.near if _measured(near, metres, targets)),
                bounds=tuple(bound for bound in want.bounds if bound not in unseen),
            )
            for want in self.wants
        )
        return replace(self, wants=wants, left_out=tuple(dict.fromkeys((*self.left_out, *lost))))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], *, bounds: Mapping[str, Sequence[Mapping[str, Any]]] | None = None) -> Self:
        """Read what `to_dict` gave, and what `bounds` did.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is no such record.
        """
        wants = [
            Want.from_dict(want, bounds=tuple(Bound(**one) for one in (bounds or {}).get(want["target"], ())))
            for want in record["wants"]
        ]
        return cls(record["ask"], tuple(wants), tuple(record["left_out"]))

    @property
    def bounds(self) -> dict[str, list[dict[str, Any]]]:
        """Target -> what an index must be in its pixels ("dense"), as plain values; empty where nothing of the kind was asked."""
        return {want.target: [vars(bound) for bound in want.bounds] for want in self.wants if want.bounds}

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; every key is always there."""
        return {"ask": self.ask, "wants": [want.to_dict() for want in self.wants], "left_out": list(self.left_out)}


def check_request(request: Request, targets: Collection[str] = tuple(TARGETS)) -> None:
    """Refuse a request that makes no sense, or wants what is not among these targets.

    Raises
    ------
    ValueError
        If it wants nothing, a target twice, or one without, or near to, what it is itself.
    """
    named = [name for want in request.wants for name in (want.target, *want.exclude, *(near.target for near in want.near))]
    unknown = next((name for name in named if name not in targets), None)
    if unknown is not None:
        raise UnknownTargetError(unknown, targets)
    if not request.wants:
        raise ValueError("a request must want at least one target, but none is left; name one.")
    twice = next((want.target for number, want in enumerate(request.wants) if want.target in request.targets[:number]), None)
    if twice is not None:
        raise ValueError(f"a request must want each target once, but {twice} is wanted twice; give it all conditions at once.")
    for want in request.wants:
        _check_others(want)


def _check_others(want: Want) -> None:
    members = TARGETS[want.target].members
    near = next((near.target for near in want.near if TARGETS[near.target].members & members), None)
    if near is not None:
        raise ValueError(f"a target can only be near to another, but {want.target} is, or is part of, {near}; name another.")
    out = next((name for name in want.exclude if TARGETS[name].members >= members), None)
    if out is not None:
        raise ValueError(
            f"a target can only be without a part of it, but nothing of {want.target} is left without {out}; name another."
        )


def _measured(limit: Size | Near, metres: bool, targets: Collection[str]) -> bool:  # noqa: FBT001 - calls are just above
    """Whether a condition can be kept, where there may be metres, and these targets can be found."""
    if isinstance(limit, Size):
        return metres or limit.unit == "pixels"
    return limit.target in targets and (metres or limit.metres is None)


def _bounded(bounds: Sequence[Bound], target: str = "") -> str:
    said = " and ".join(_bound_words(bound) for bound in bounds)
    return f"As asked, {f'of {target} ' * bool(target)}only pixels {said} were kept." if said else ""


def _bound_words(bound: Bound) -> str:
    """With an NDVI above 0.6 (what “dense” was taken for; USGS, Remote Sensing Phenology)."""
    why = "; ".join(filter(None, (bound.words and f"what “{bound.words}” was taken for", source_of(bound))))
    return f"{bound} ({why})" if why else str(bound)


def _silent(names: Iterable[str]) -> str:
    nouns = " and ".join(TARGETS[name].noun for name in names)
    return f"To tell how near that is, the area was searched for {nouns} as well." if nouns else ""


def _read_as(slips: Sequence[tuple[str, str]]) -> str:
    pairs = ", ".join(f"“{typed}” {'was read ' * (not number)}as “{read}”" for number, (typed, read) in enumerate(slips))
    return f"{pairs}." if pairs else ""


def _limits(want: Want) -> Limits:
    return Limits(**{one.name: getattr(want, one.name) for one in fields(Limits)})


def _share(limits: Limits, target: str = "") -> str:
    return f"{target} {share_of(limits)}".strip() if limits.limited else ""


def _each(wants: Sequence[Want], of: Callable[[Want], T], say: Callable[..., str]) -> Iterable[str]:
    """One sentence for all targets where they agree, else one for each."""
    if len({of(want) for want in wants}) == 1:
        return [say(of(wants[0]))]
    return [say(of(want), TARGETS[want.target].noun) for want in wants]


def _without(exclude: Sequence[str], target: str = "") -> str:
    return f"As asked, {f'{target} ' * bool(target)}without {' and '.join(exclude)}." if exclude else ""


def left_out_words(conditions: Sequence[str]) -> str:
    """Say that conditions were left out, as one sentence; "" where there are none."""
    if not conditions:
        return ""
    quoted = " and ".join(f"“{condition}”" for condition in conditions)
    return f"{quoted} could not be kept to and {'were' if len(conditions) > 1 else 'was'} left out."
