"""From an instruction to what is wanted: the one way that results, command line, apps and benchmarks go."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from spexlab.extraction.engine import Engine
from spexlab.extraction.view import check_instruction
from spexlab.language.continuation import Continuation, goes_on
from spexlab.language.deciding import decide, suggestion
from spexlab.language.following import follow
from spexlab.language.phrasing import request_words
from spexlab.language.reading import Interpretation, Reading
from spexlab.language.request import Request, check_request
from spexlab.language.spelling import respelt
from spexlab.language.trimming import trimmed
from spexlab.targets import UnknownTargetError, target_names


def understood(instruction: str, engine: Engine, *, previous: Request | None = None) -> Request:
    """Do what `spexlab.understand` does, with a checkpoint that is loaded."""
    words = check_instruction(instruction)
    spelt = respelt(words)
    more = Continuation.of(spelt.text) if previous else Continuation(spelt.text)
    reading = Reading.of(more.text)
    request = _decided(reading, engine)
    request = (follow(reading, request, previous, back=more.back) if previous else None) or _without_strange(
        reading, engine, request
    )
    if not request.wants:
        on = previous is None and goes_on(reading)
        raise UnknownTargetError(words, engine.targets, suggestion=suggestion(reading), goes_on=on)
    return request.as_typed(spelt.as_typed, spelt.slips)


def _decided(reading: Reading, engine: Engine, *, by_words: bool = True) -> Request:
    """What an instruction asks for by itself."""
    whole, *parts = _heard([reading.whole, *reading.parts], engine)
    return decide(reading, whole, parts, by_words=by_words).measurable(metres=True, targets=engine.targets)


def _without_strange(reading: Reading, engine: Engine, request: Request) -> Request:
    """What is left of an instruction in which nothing was heard, without the things that may have hidden its targets."""
    rest = None if request.wants else trimmed(reading)
    if rest is None:
        return request
    heard = _decided(Reading.of(rest.text), engine, by_words=False)
    return replace(heard, left_out=(*heard.left_out, *rest.lost))


def all_understood(instruction: str | Sequence[str] | Request, engine: Engine, *, previous: Request | None = None) -> Request:
    """One request of one instruction, or of several that are asked at once: each keeps its own conditions.

    A request is taken as it is.

    Raises
    ------
    ValueError
        If there is none, or two ask for the same target; if a request makes no sense, or is to go on from another.
    """
    if isinstance(instruction, Request):
        return _as_given(instruction, engine, previous)
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
        wants=tuple(sorted((want for one in requests for want in one.wants), key=lambda want: target_names().index(want.target))),
        left_out=tuple(dict.fromkeys(words for one in requests for words in one.left_out)),
        taken=tuple(dict.fromkeys(pair for one in requests for pair in one.taken)),
        slips=tuple(dict.fromkeys(pair for one in requests for pair in one.slips)),
        scores={name: max(one.scores.get(name, 0.0) for one in requests) for one in requests for name in one.scores},
    )


def _as_given(request: Request, engine: Engine, previous: Request | None) -> Request:
    if previous is not None:
        raise ValueError("a request says all that is wanted, but one to go on from was given too; leave out `previous`.")
    check_request(request, engine.targets)
    return request


def lines_of(instruction: str | Sequence[str] | Request) -> list[str]:
    """Instructions that can be read, a line each; of a request, its words.

    Raises
    ------
    ValueError
        If there is none, or one cannot be read.
    """
    if isinstance(instruction, Request):
        return [request_words(instruction)]
    one = isinstance(instruction, str) or not isinstance(instruction, Sequence)
    lines: list[Any] = [instruction] if one else list(instruction)
    return [check_instruction(line) for line in lines or [""]]


def _heard(texts: Sequence[str], engine: Engine) -> list[Interpretation]:
    """What a model hears in texts; nothing in one without words."""
    said = [text for text in texts if text]
    heard = iter(engine.interpret(said) if said else ())
    return [next(heard) if text else Interpretation((), (), {}) for text in texts]
