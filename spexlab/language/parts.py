"""A request in parts, each of which can be taken out or changed: what a person edits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from spexlab.evidence.bounds import Bound, applies
from spexlab.evidence.limits import Near, Select, Size
from spexlab.language.phrasing import condition_words
from spexlab.language.request import Request, Want, check_request
from spexlab.targets import target_names

Kind = Literal["ask", "target", "exclude", "inside", "outside", "size", "near", "select", "bounds", "left_out"]
Value = str | Size | Near | Select | Bound

_ASKED = {"area": "how large", "share": "which share", "count": "how many", "presence": "is there any"}
_LISTS: tuple[Kind, ...] = ("bounds", "size", "near", "inside", "outside", "exclude")


@dataclass(frozen=True)
class Part:
    """One thing that a request says."""

    kind: Kind
    value: Value
    words: str
    """For a person to read."""
    want: int = 0
    """Number of the target that it belongs to; 0 for a part of the whole request."""
    at: int = 0
    """Its number among those of its kind there."""


def parts_of(request: Request) -> list[Part]:
    """All that a request says, each target before its conditions; a mask needs no question."""
    question = [Part("ask", request.ask, _ASKED[request.ask])] if request.ask != "mask" else []
    wanted = [part for number, want in enumerate(request.wants) for part in _of(want, number)]
    return [*question, *wanted, *(Part("left_out", words, words, at=at) for at, words in enumerate(request.left_out))]


def without(request: Request, part: Part) -> Request:
    """The request without a part: of a target, without all its conditions; of a question, a mask.

    Raises
    ------
    ValueError
        If no target would be left.
    """
    return _with(request, part, ())


def changed(request: Request, part: Part, value: Value) -> Request:
    """The request with another value in the place of a part's.

    Raises
    ------
    ValueError
        If it makes no sense then, such as a target twice, or a target near itself.
    """
    return _with(request, part, (value,))


def _of(want: Want, number: int) -> Iterator[Part]:
    yield Part("target", want.target, want.target, number)
    if want.select:
        yield Part("select", want.select, _select_words(want.select), number)
    for kind in _LISTS:
        for at, value in enumerate(getattr(want, kind)):
            yield Part(kind, value, _words(kind, value), number, at)


def _words(kind: Kind, value: Any) -> str:
    lead = {"inside": "in the ", "outside": "not in the ", "exclude": "without "}.get(kind, "")
    return lead + (value if isinstance(value, str) else condition_words(value))


def _select_words(select: Select) -> str:
    return f"the {select.count} {select.order}" if select.count > 1 else f"the {select.order}"


def _with(request: Request, part: Part, values: tuple[Any, ...]) -> Request:
    """The request with these values, none or one, in the place of a part's; one that somebody edited stands on its own."""
    request = replace(request, previous=None, slips=())
    if part.kind == "ask":
        return replace(request, ask=values[0] if values else "mask")
    if part.kind == "left_out":
        return replace(request, left_out=_put(request.left_out, part.at, values))
    wants = list(request.wants)
    want = wants.pop(part.want)
    wants += [] if part.kind == "target" and not values else [_changed(want, part, values)]
    ordered = tuple(sorted(wants, key=lambda one: target_names().index(one.target)))
    targets = {one.target for one in ordered}
    taken = tuple(pair for pair in request.taken if pair[1] in targets)
    made = replace(request, wants=ordered, taken=taken)
    check_request(made)
    return made


def _changed(want: Want, part: Part, values: tuple[Any, ...]) -> Want:
    if part.kind == "target":
        bounds = tuple(bound for bound in want.bounds if applies(bound, values[0]))
        return replace(want, target=values[0], called=(), bounds=bounds)
    if part.kind == "select":
        return replace(want, select=values[0] if values else None)
    changes: dict[str, Any] = {part.kind: _put(getattr(want, part.kind), part.at, values)}
    return replace(want, **changes)


def _put(old: tuple[Any, ...], at: int, values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys((*old[:at], *values, *old[at + 1 :])))
