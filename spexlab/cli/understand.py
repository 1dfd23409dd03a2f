"""`spexlab understand`: what an instruction asks for."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spexlab.cli.scenes import JsonOption

if TYPE_CHECKING:
    from spexlab.language.request import Request


def understand(
    instruction: Annotated[str, typer.Argument(metavar="INSTRUCTION", help='What is asked: "lakes over 5 ha in the north".')],
    *,
    previous: Annotated[
        str | None,
        typer.Option(metavar="INSTRUCTION|JSON", help="What it goes on from: an instruction, or what `--json` printed of one."),
    ] = None,
    model: Annotated[str, typer.Option(help="A bundled checkpoint, a folder, or a Hugging Face id.")] = "spex-tiny",
    as_json: JsonOption = False,
) -> None:
    """Say what an instruction asks for, under which conditions, and what of it is left out; no scene is needed."""
    from spexlab.extraction import understand as run

    request = run(instruction, previous=None if previous is None else _previous(previous, model), model=model)
    if as_json:
        print(json.dumps(request.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        _report(request)


def _previous(text: str, model: str) -> "Request":
    """A request by what `--json` printed, or by the instruction that asked for it."""
    from spexlab.extraction import understand as run
    from spexlab.language.request import Request

    if not text.lstrip().startswith("{"):
        return run(text, model=model)
    try:
        return Request.from_dict(json.loads(text))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"--previous must be an instruction, or the JSON that `spexlab understand --json` prints, but it is neither ({error})."
        ) from error


def _report(request: "Request") -> None:
    from spexlab.evidence.limits import region_words

    console = Console()
    table = Table("target", "without", "in", "not in", "regions", box=None)
    for want in request.wants:
        lists = (", ".join(names) or "–" for names in (want.exclude, want.inside, want.outside))
        table.add_row(want.target, *lists, region_words(want) or "all regions")
    console.print(table)
    for note in request.notes:
        console.print(Text(note))
