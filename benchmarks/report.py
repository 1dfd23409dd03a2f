"""What the benchmarks share: results beside each other in a folder, and blocks of the README that a script writes."""

from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def write_block(name: str, text: str, readme: Path = README) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- /name -->`` in the README.

    Raises
    ------
    ValueError
        If the README has no such block.
    """
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, found, rest = readme.read_text(encoding="utf-8").partition(start)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(
            f"{readme.name} must hold a line {start.strip()} and, below it, {end}; add them where the results shall stand."
        )
    readme.write_text(f"{before}{start}{text}{end}{after}", encoding="utf-8")
