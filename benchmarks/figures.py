"""The figures of the README, from what the benchmarks kept: good ones and bad ones, the same each time.

python benchmarks/figures.py      prints them; they are written whenever a benchmark writes a block
"""

import json
from pathlib import Path

ROWS = (("vegetation", "10-30 m"), ("water", "10-30 m"), ("buildings", "0.1-5 m"))
"""Where it is ahead of what one would try first, where it is behind, and the one use of narrow pixels."""
CORRECTED, CLICKS = ("water, 10-30 m", "built-up, 10-30 m"), (0, 3, 10)
"""Where clicks help, and where they hardly do."""


def text(results: Path) -> str:
    """Lay the figures out, from the files in a folder of results."""
    tables = (results / "accuracy.md").read_text(encoding="utf-8").split("IoU, pixels of ")
    rows = [_iou(next(table for table in tables if table.startswith(pixels)), target, pixels) for target, pixels in ROWS]
    lists = json.loads((results / "requests.json").read_text(encoding="utf-8"))["lists"]
    right, of = (sum(one[key] for name, one in lists.items() if name.startswith("blind")) for key in ("right", "of"))
    asked = f"| whole requests understood, blind lists | {right} of {of} sentences | – |"
    return (
        "\n".join(["| | measured (95 %) | boosted trees |", "|---|--:|--:|", *rows, *_corrected(results), asked, _speed(results)])
        + "\n"
    )


def _corrected(results: Path) -> list[str]:
    table, after = (results / "corrections.md").read_text(encoding="utf-8"), ", ".join(map(str, CLICKS[:-1]))
    rows = [(name, _row(table, name)) for name in CORRECTED]
    return [
        f"| IoU of {name} pixels, after {after} and {CLICKS[-1]} clicks on what is wrong, {row['places']} places "
        f"| {', '.join(row[f'{count} clicks'] for count in CLICKS)} | – |"
        for name, row in rows
    ]


def _iou(table: str, target: str, pixels: str) -> str:
    row = _row(table, target)
    return f"| IoU of {target}, pixels of {pixels}, {row['places']} places | {row['spex-tiny (95 %)']} | {row['boosted trees']} |"


def _row(table: str, name: str) -> dict[str, str]:
    """A row of a table by the words above its columns."""
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines() if line.startswith("|")]
    return dict(zip(lines[0], next(line for line in lines if line[0] == name), strict=True))


def _speed(results: Path) -> str:
    measured = json.loads((results / "latency.json").read_text(encoding="utf-8"))
    run = next(row for row in measured["rows"] if row["size"] == 1024)["runs"][0]
    cores = measured["machine"].split(", ")[1]
    return f"| seconds from a click to the whole mask, 1024 × 1024 pixels, {cores} | {run['whole']:.1f} | – |"


if __name__ == "__main__":
    print(text(Path(__file__).parent / "results"), end="")
