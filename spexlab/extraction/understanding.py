"""From an instruction to what is wanted: the one way that results, command line, apps and benchmarks go."""

from spexlab.extraction.engine import Engine
from spexlab.extraction.view import check_instruction
from spexlab.language.deciding import decide, suggestion
from spexlab.language.reading import Reading
from spexlab.language.request import Request
from spexlab.targets import UnknownTargetError


def understood(instruction: str, engine: Engine) -> Request:
    """Do what `spexlab.understand` does, with a checkpoint that is loaded."""
    words = check_instruction(instruction)
    reading = Reading.of(words)
    whole, *parts = engine.interpret([words, *reading.parts])
    request = decide(reading, whole, parts)
    if not request.wants:
        raise UnknownTargetError(words, engine.targets, suggestion=suggestion(reading))
    return request
