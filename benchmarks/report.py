"""What the benchmarks share: results beside each other in a folder, and blocks of README.md and docs/ that a script writes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from figures import text as figures

from spexlab.scene.outputs import replacing

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))


def keep_results(folder: Path, name: str, numbers: Any, text: str, *, block: str | None = None) -> None:
    """Write numbers as NAME.json and their table as NAME.md into a folder, and the table into the docs.

    Parameters
    ----------
    folder
        Made if need be.
    name
        Of the files.
    numbers
        What JSON can hold.
    text
        The table, as Markdown.
    block
        Name of the block in the docs; that of the files unless given, "" for none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = json.dumps(numbers, indent=1, ensure_ascii=False) + "\n"
    for path, content in ((folder / f"{name}.json", record), (folder / f"{name}.md", text)):
        with replacing(path) as unfinished:
            unfinished.write_text(content, encoding="utf-8")
    if block != "":
        write_block(block or name, text)


def write_block(name: str, text: str) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- /name -->`` on the page that has it, and the figures in the README.

    Raises
    ------
    ValueError
        If no page has such a block.
    """
    replace_block(name, text, PAGES)
    replace_block("figures", figures(Path(__file__).parent / "results"), [README])


def replace_block(name: str, text: str, pages: Sequence[Path]) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- /name -->`` on the first of some pages that has it.

    Raises
    ------
    ValueError
        If none has it.
    """
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    for page in pages:
        before, found, rest = page.read_text(encoding="utf-8").partition(start)
        _, closed, after = rest.partition(end)
        if found and closed:
            page.write_text(f"{before}{start}{text}{end}{after}", encoding="utf-8")
            return
    raise ValueError(
        f"one of {', '.join(page.name for page in pages)} must hold a line {start.strip()} and, below it, {end}; add them where "
        "the results shall stand."
    )
