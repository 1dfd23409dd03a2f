"""`spexlab doctor`: whether this machine is ready for a class."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from spexlab.cli.scenes import JsonOption

if TYPE_CHECKING:
    from spexlab.doctor import Finding

NOT_READY = 1
_MARKS = {"ok": ("✓", "green"), "note": ("!", "yellow"), "problem": ("✗", "red")}


def doctor(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Where you will work; this folder unless told.")] = Path(),
    *,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port that Jupyter will be told to use.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check whether this machine is ready, and say what to do; exit 1 if something has to be mended first."""
    from spexlab.doctor import examine

    findings = examine(folder, port=port)
    ready = all(finding.state != "problem" for finding in findings)
    if as_json:
        print(json.dumps({"ready": ready, "findings": [asdict(finding) for finding in findings]}, ensure_ascii=False))
    else:
        _report(findings, ready=ready)
    if not ready:
        raise typer.Exit(NOT_READY)


def _report(findings: "list[Finding]", *, ready: bool) -> None:
    console = Console()
    for finding in findings:
        mark, colour = _MARKS[finding.state]
        console.print(Text.assemble((f"{mark} ", colour), (f"{finding.name}: ", "bold"), finding.found))
        if finding.advice:
            console.print(Text(f"    → {finding.advice}"))
    console.print(Text("This machine is ready." if ready else "This machine is not ready: mend what is marked ✗."))
