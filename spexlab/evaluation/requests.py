"""Whether whole requests are understood: each field of `Request.to_dict`, for sentences with what they ask for beside them.

A list has a line a sentence, four columns parted by tabs: the sentence; the request that it goes on from, if any; what is to come
of it, or "refused"; and the words that are to be named as left out, parted by " / ". Requests are noted as in
``count: water[inside north, > 5 ha, near cropland 200, not near buildings 500, largest 3, without snow]; trees``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spexlab.extraction.engine import Engine
from spexlab.extraction.understanding import understood
from spexlab.language.request import Request
from spexlab.targets import TARGETS

FIELDS = ("ask", "target", "exclude", "inside", "outside", "size", "near", "select", "left_out")
"""Of a request: what it asks, and of all its targets together."""
REFUSED = "refused"

_WANT = re.compile(r"(?P<target>[\w -]+?)\s*(?:\[(?P<conditions>.*)\])?")
_SQUARE_METRES = {"m2": 1.0, "ha": 1e4, "km2": 1e6, "pixels": 1e12}
"""Pixels are no metres: a size in them equals no other."""
_LITTLE = re.compile(
    r"(?:an?|the|of|in|on|at|to|from|by|with|that|which|who|is|are|was|were|any|some|than|their|its|my|our|these|those|的|了)"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence and what is to come of it."""

    text: str
    previous: Mapping[str, Any] | None
    """What it goes on from, in plain values."""
    expected: Mapping[str, Any] | None
    """In plain values; None where it is to be refused."""


@dataclass(frozen=True)
class Understood:
    """A sentence, and what came of it."""

    said: Sentence
    request: Mapping[str, Any] | None
    """In plain values; None where it was refused."""

    @property
    def fields(self) -> dict[str, bool]:
        """Field -> whether it is right; none is, where only one of both was refused."""
        wanted, got = self.said.expected, self.request
        if wanted is None or got is None:
            return dict.fromkeys(FIELDS, wanted is got)
        return {name: _field(wanted, name) == _field(got, name) for name in FIELDS}

    @property
    def right(self) -> bool:
        """Whether all of it is."""
        return all(self.fields.values())

    @property
    def told(self) -> bool:
        """Whether nothing was dropped in silence: what is lacking in it is named as left out, and so is all that had to be."""
        wanted, got = self.said.expected, self.request
        if wanted is None or got is None:
            return got is None
        lost, named = _field(wanted, "left_out"), _field(got, "left_out")
        lacking = any(not _field(wanted, name) <= _field(got, name) for name in FIELDS[1:-1])
        return lost <= named and (not lacking or bool(named - lost))


def read_requests(path: str | Path) -> list[Sentence]:
    """Read a list of sentences.

    Raises
    ------
    ValueError
        If a line has not four columns, or its request cannot be read.
    """
    said = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        columns = line.split("\t")
        if len(columns) != 4:
            raise ValueError(f"line {number} of {str(path)!r} must have four columns, but has {len(columns)}; part them by tabs.")
        text, previous, expected, left_out = columns
        wanted = None if expected == REFUSED else noted(expected, left_out.split(" / ") if left_out else ())
        said.append(Sentence(text, noted(previous) if previous else None, wanted))
    return said


def noted(note: str, left_out: Iterable[str] = ()) -> dict[str, Any]:
    """Read a request from its note.

    Examples
    --------
    >>> [want["target"] for want in noted("count: water[inside north, largest 3]; trees")["wants"]]
    ['water', 'trees']
    """
    ask, colon, rest = note.rpartition(": ")
    wants = [_noted_want(part.strip()) for part in rest.split(";")]
    return {"ask": ask if colon else "mask", "wants": wants, "left_out": list(left_out)}


def _noted_want(note: str) -> dict[str, Any]:
    match = _WANT.fullmatch(note)
    if match is None or match["target"] not in TARGETS:
        raise ValueError(f"a request is noted as in 'water[inside north, > 5 ha]', but {note!r} was given; write a target first.")
    want: dict[str, Any] = {"target": match["target"]} | {name: [] for name in ("exclude", "inside", "outside", "size", "near")}
    want["select"] = None
    for condition in filter(None, (match["conditions"] or "").split(", ")):
        _note_condition(want, condition.strip())
    return want


def _note_condition(want: dict[str, Any], note: str) -> None:
    first, _, rest = note.partition(" ")
    if first in ("inside", "outside"):
        want[first].append(rest)
    elif first == "without":
        want["exclude"].append(rest)
    elif first in ("largest", "smallest"):
        want["select"] = {"order": first, "count": int(rest)}
    elif first in (">", "<"):
        value, unit = rest.split()
        want["size"].append({"op": first, "value": float(value), "unit": unit})
    else:
        want["near"].append(_noted_near(note))


def _noted_near(note: str) -> dict[str, Any]:
    match = re.fullmatch(r"(?P<no>not )?near (?P<target>\D+?)(?: (?P<metres>[\d.]+))?", note)
    if match is None:
        raise ValueError(f"a condition is noted as 'inside north', '> 5 ha' or 'not near trees 50', not {note!r}; write it so.")
    metres = match["metres"] and float(match["metres"])
    return {"target": match["target"], "metres": metres, "negate": bool(match["no"])}


def understand_all(said: Iterable[Sentence], spex: Engine) -> list[Understood]:
    """Read sentences as `spexlab.understand` does with a checkpoint."""
    return [Understood(one, _understood(one, spex)) for one in said]


def _understood(said: Sentence, spex: Engine) -> dict[str, Any] | None:
    previous = None if said.previous is None else Request.from_dict(said.previous)
    try:
        return understood(said.text, spex, previous=previous).to_dict()
    except ValueError:  # it names nothing, or goes on from nothing
        return None


def _field(request: Mapping[str, Any], name: str) -> frozenset[Any]:
    """What a request has of a field, as a set: the order in which things are said is none of their meaning."""
    if name == "ask":
        return frozenset({request["ask"]})
    if name == "left_out":
        return frozenset(word for words in request["left_out"] for word in _words(words))
    return frozenset(item for want in request["wants"] for item in _items(want, name))


def _words(text: str) -> list[str]:
    """The words of a text but for those without a meaning: "in 2019" leaves out what "2019" does."""
    words = re.findall(r"[\u4e00-\u9fff]|[a-z0-9'.]+", text.lower().strip("."))
    return [word for word in words if not _LITTLE.fullmatch(word)]


def _items(want: Mapping[str, Any], name: str) -> Iterable[Any]:
    """What one target has of a field; numbers to three digits, sizes in one unit."""
    target = want["target"]
    if name == "target":
        return [target]
    if name == "select":
        return [(target, *want["select"].values())] if want["select"] else []
    if name == "size":
        return [(target, size["op"], f"{size['value'] * _SQUARE_METRES[size['unit']]:.3g}") for size in want["size"]]
    if name == "near":
        return [(target, near["target"], near["metres"] and f"{near['metres']:.3g}", near["negate"]) for near in want["near"]]
    return [(target, item) for item in want[name]]
