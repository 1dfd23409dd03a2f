"""From an instruction to what is wanted: the one way that results, command line, apps and benchmarks go."""

from collections.abc import Sequence
from typing import Any

from spexlab.extraction.engine import Engine
from spexlab.extraction.view import check_instruction
from spexlab.language.deciding import decide, suggestion
from spexlab.language.following import about_more, follow, goes_on
from spexlab.language.reading import Interpretation, Reading
from spexlab.language.request import Request
from spexlab.targets import TARGETS, UnknownTargetError


def understood(instruction: str, engine: Engine, *, previous: Request | None = None) -> Request:
    """Do what `spexlab.understand` does, with a checkpoint that is loaded."""
    words = check_instruction(instruction)
    reading = Reading.of(about_more(words) if previous else words)
    whole, *parts = _heard([reading.whole, *reading.parts], engine)
    request = decide(reading, whole, parts).measurable(metres=True, targets=engine.targets)
    changed = follow(reading, request, previous) if previous else None
    if changed:
        return changed
    if not request.wants:
        more = previous is None and goes_on(reading)
        raise UnknownTargetError(words, engine.targets, suggestion=suggestion(reading), goes_on=more)
    return request


def all_understood(instruction: str | Sequence[str], engine: Engine, *, previous: Request | None = None) -> Request:
    """One request of one instruction, or of several that are asked at once: each keeps its own conditions.

    Raises
    ------
    ValueError
        If there is none, or two ask for the same target.
    """
    lines = lines_of(instruction)
    requests = [understood(line, engine, previous=previous) for line in lines]
    if len(requests) == 1:
        return requests[0]
    owners: dict[str, str] = {}
    for line, target in ((line, name) for line, request in zip(lines, requests, strict=True) for name in request.targets):
        if owners.setdefault(target, line) != line:
            raise ValueError(
                f"instructions that are asked at once must be about different targets, but {owners[target]!r} and {line!r} are "
                f"both about {target}; ask one after the other."
            )
    asks = {request.ask for request in requests}
    return Request(
        ask=asks.pop() if len(asks) == 1 else "mask",
        wants=tuple(sorted((want for one in requests for want in one.wants), key=lambda want: list(TARGETS).index(want.target))),
        left_out=tuple(dict.fromkeys(words for one in requests for words in one.left_out)),
        taken=tuple(dict.fromkeys(pair for one in requests for pair in one.taken)),
        scores={name: max(one.scores.get(name, 0.0) for one in requests) for one in requests for name in one.scores},
    )


def lines_of(instruction: str | Sequence[str]) -> list[str]:
    """Instructions that can be read, a line each.

    Raises
    ------
    ValueError
        If there is none, or one cannot be read.
    """
    one = isinstance(instruction, str) or not isinstance(instruction, Sequence)
    lines: list[Any] = [instruction] if one else list(instruction)
    return [check_instruction(line) for line in lines or [""]]


def _heard(texts: Sequence[str], engine: Engine) -> list[Interpretation]:
    """What a model hears in texts; nothing in one without words."""
    said = [text for text in texts if text]
    heard = iter(engine.interpret(said) if said else ())
    return [next(heard) if text else Interpretation((), (), {}) for text in texts]
