"""A request in everyday words, which `spexlab.understand` reads as the same request again."""

from collections.abc import Iterator, Sequence

from spexlab.evidence.bounds import Bound
from spexlab.evidence.limits import Near, Size
from spexlab.language.request import Ask, Request, Want
from spexlab.targets import TARGETS

_OPENINGS: dict[Ask, str] = {
    "mask": "",
    "area": "how large is the area of ",
    "share": "what share of the area is ",
    "count": "how many regions of ",
    "presence": "is there any ",
}


def request_words(request: Request) -> str:
    """Say what a request asks for.

    >>> request_words(Request("mask", (Want(target="water", inside=("north",), size=(Size(">", 5.0, "ha"),)),)))
    'water larger than 5 ha in the north'
    """
    return "; ".join(_OPENINGS[request.ask] + _want_words(want) for want in request.wants)


def condition_words(condition: Size | Near | Bound) -> str:
    """Say a condition on a region, or on every pixel."""
    if isinstance(condition, Bound):
        return f"{condition.words}: {condition}".removeprefix(": ")
    if isinstance(condition, Size):
        return f"{'larger' if condition.op == '>' else 'smaller'} than {condition.value:g} {condition.unit}"
    if condition.metres is None:
        return f"{'not ' * condition.negate}next to {TARGETS[condition.target].noun}"
    start = "at least" if condition.negate else "within"
    return f"{start} {condition.metres:g} m {'from' if condition.negate else 'of'} {TARGETS[condition.target].noun}"


def _want_words(want: Want) -> str:
    loose = (str(bound) for bound in want.bounds if not bound.words)
    parts = [_noun(want), *loose, *_regions(want), *_places(want)]
    without = " and ".join(TARGETS[name].noun for name in want.exclude)
    return " ".join(parts) + (f", without {without}" if without else "")


def _noun(want: Want) -> str:
    noun = " ".join([*(bound.words for bound in want.bounds if bound.words), TARGETS[want.target].noun])
    if want.select is None:
        return noun
    many = f"{want.select.count} " if want.select.count > 1 else ""
    return f"the {many}{want.select.order} region{'s' * bool(many)} of {noun}"


def _regions(want: Want) -> Iterator[str]:
    yield from map(condition_words, want.size)
    yield from map(condition_words, want.near)


def _places(want: Want) -> Iterator[str]:
    for start, names in (("in", want.inside), ("not in", want.outside)):
        if names:
            yield f"{start} {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(f"the {name}" for name in names)
