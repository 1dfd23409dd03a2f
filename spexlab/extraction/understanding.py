"""From an instruction to what is wanted: the one way that results, command line, apps and benchmarks go."""

from pathlib import Path
from typing import TYPE_CHECKING

from spexlab.extraction.loading import shared_model
from spexlab.extraction.view import check_instruction
from spexlab.language.deciding import decide, suggestion
from spexlab.language.reading import Reading
from spexlab.language.request import Request
from spexlab.targets import UnknownTargetError

if TYPE_CHECKING:
    from spexlab.extraction.engine import Spex


def understand(instruction: str, *, model: "str | Path | Spex" = "spex-tiny") -> Request:
    """Say what an instruction asks for: targets with their conditions, and what of it is left out.

    Parameters
    ----------
    instruction : str
        Everyday words, in English or Chinese: "lakes over 5 ha in the north, and the largest forest".
    model : str, Path or Spex
        A name or folder that `load_model` knows, or what it returned.

    Returns
    -------
    Request
        What `extract` would look for; `.to_dict()` gives plain values, `.notes` sentences.

    Raises
    ------
    UnknownTargetError
        If the instruction names nothing that the model can extract.
    ValueError
        If it cannot be read: empty, too long, or markup.
    """
    words = check_instruction(instruction)
    spex = model if not isinstance(model, str | Path) else shared_model(str(model))
    reading = Reading.of(words)
    whole, *parts = spex.interpret([words, *reading.parts])
    request = decide(reading, whole, parts)
    if not request.wants:
        raise UnknownTargetError(words, spex.targets, suggestion=suggestion(reading))
    return request
