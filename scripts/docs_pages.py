"""A hook of mkdocs: pages that are made of files elsewhere in the repository, so that each text stands in one place.

Notebooks, the model card, the guide for teachers, the changelog, and the help of each command.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from nbconvert import MarkdownExporter

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
CARD = ROOT / "spexlab" / "checkpoints" / "spex-tiny" / "README.md"


def on_files(files: Files, *, config: Any) -> Files:
    """Add the pages to those of docs/."""
    for path in sorted([*NOTEBOOKS.glob("[0-9]*.ipynb"), *(NOTEBOOKS / "exercises").glob("*.ipynb")]):
        if path.stem != "00_app":
            name = path.relative_to(NOTEBOOKS).with_suffix(".md").as_posix()
            files.append(File.generated(config, f"notebooks/{name}", content=notebook(path)))
    pages = {
        "model-card.md": model_card(),
        "teaching.md": (NOTEBOOKS / "exercises" / "TEACHING.md").read_text(encoding="utf-8"),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        "reference/cli.md": command_line(),
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def notebook(path: Path) -> str:
    """Cells as text and code; notebooks are kept without outputs, and the tests run them."""
    return str(MarkdownExporter().from_filename(str(path))[0])


def model_card() -> str:
    """The checkpoint's card without its metadata, with its picture where the site has it."""
    text = re.sub(r"\A---\n.*?\n---\n", "", CARD.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"(?:\.\./)+docs/images/", "images/", text)


def command_line() -> str:
    """The help of every command."""
    return "\n".join(["# Command line", "", *_helps()])


def _helps() -> Iterator[str]:
    from typer.main import get_command

    from spexlab.cli import app

    program: Any = get_command(app)
    for name, command in sorted(program.commands.items()):
        yield f"## spexlab {name}\n\n{command.help}\n"
        rows = list(_rows(command))
        if rows:
            yield from ["| | |", "|---|---|", *rows, ""]


def _rows(command: Any) -> Iterator[str]:
    for parameter in command.params:
        if parameter.name != "help":
            named = parameter.metavar if parameter.param_type_name == "argument" else ", ".join(parameter.opts)
            yield f"| `{named or parameter.name.upper()}` | {_cell(parameter.help or '')} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
