"""How long each notebook takes by "Run All" in a browser, and how much memory its kernel needs at most.

    python benchmarks/notebooks.py --results benchmarks/results [NAME ...]

Each is opened in JupyterLab, as `make explore` starts it, in a headless Chromium, and run with its full values. An error ends the
script; what a cell writes to stderr, where a learner would stumble over it, is counted. Those that search find a catalogue on this
machine. The table goes into docs/notebooks.md, and its time into the head of each notebook, between `<!-- takes -->` and
`<!-- /takes -->`. Names choose some of them; the others keep what was measured of them before.
"""

import argparse
import json
import os
import re
import shutil
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import psutil
from playwright.sync_api import Page, sync_playwright
from report import write_block

sys.path.insert(
    0, str(Path(__file__).parents[1])
)  # the tests' way to drive JupyterLab and to serve a catalogue, and where browsers are

from scripts.browser import MISSING, find_browser
from tests.support.browser.lab import CHROMIUM, run_cells, running_lab
from tests.support.catalogue import catalogue_of_dates

FOLDER = Path(__file__).parents[1] / "notebooks"
LONGEST = 3600
"""Seconds after which a notebook counts as stuck."""
MARK = re.compile(r"(?<=<!-- takes -->).*?(?=<!-- /takes -->)")
# From the model: cells out of view have no outputs in the page.
_COMPLAINTS = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content.model.cells, found = [];
  for (let i = 0; i < cells.length; i++) for (const output of cells.get(i).outputs?.toJSON() ?? [])
    if (output.name === 'stderr') found.push(`cell ${i}: ${[output.text].flat().join('')}`);
  return found;
}"""


def main() -> None:
    """Run notebooks one after the other, and write down what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="stems, such as 01_explore; all unless given")
    parser.add_argument("--results", type=Path, required=True, help="folder for notebooks.json; docs/notebooks.md is written, too")
    arguments = parser.parse_args()
    browser_path = find_browser()
    if browser_path is None:
        sys.exit(f"error: {MISSING}")
    file = arguments.results / "notebooks.json"
    measured = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    os.environ.pop("SPEXLAB_QUICK", None)
    with TemporaryDirectory() as folder, catalogue_of_dates(Path(folder)) as settings, sync_playwright() as playwright:
        os.environ.update(settings)
        browser = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM)
        for path in notebooks(arguments.names):
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            measured[path.stem] = measure(path, page)
            page.context.close()
            print(path.stem, measured[path.stem], flush=True)
            write_time(path, measured[path.stem]["seconds"])
            file.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        browser.close()
    write_block("notebooks", table(measured))


def notebooks(names: list[str]) -> list[Path]:
    """The notebooks to run, in the order of the course."""
    every = [*sorted(FOLDER.glob("[0-9]*.ipynb"))[1:], *sorted((FOLDER / "exercises" / "solutions").glob("*.ipynb"))]
    unknown = set(names) - {path.stem for path in every}
    if unknown:
        raise SystemExit(f"there is no notebook {', '.join(sorted(unknown))}; there are {', '.join(path.stem for path in every)}")
    return [path for path in every if not names or path.stem in names]


def measure(path: Path, page: Page) -> dict[str, Any]:
    """Run one notebook in a Jupyter server of its own; seconds, and the peak of its kernel's memory in GiB."""
    with TemporaryDirectory() as folder, running_lab(Path(folder)) as lab:
        shutil.copy(path, lab.folder)
        lab.open(page, path.name)
        watch = _Memory()
        began = time.perf_counter()
        with watch:
            run_cells(page, timeout=LONGEST)
        seconds = time.perf_counter() - began
        complaints = page.evaluate(_COMPLAINTS)
        for complaint in complaints:
            print(f"{path.stem}, {complaint}", file=sys.stderr)
        return {
            "seconds": round(seconds, 1),
            "peak_gib": round(watch.peak / 2**30, 2),
            "complaints": len(complaints),
            "cores": os.cpu_count() or 1,
            "load": round(os.getloadavg()[0], 1),
        }


class _Memory:
    """The largest resident memory of the kernel and what it started, looked at twice a second."""

    def __init__(self) -> None:
        self.peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.5):
            self.peak = max(self.peak, sum(map(_resident, _kernels())))


def _kernels() -> list[psutil.Process]:
    """Kernels, and what they started; neither Jupyter's server nor the browser."""
    started = psutil.Process().children(recursive=True)
    kernels = [process for process in started if "ipykernel_launcher" in _command(process)]
    return [*kernels, *(child for kernel in kernels for child in kernel.children(recursive=True))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def write_time(path: Path, seconds: float) -> None:
    """Put the time into the notebook's head."""
    book = nbformat.read(path, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "markdown" and MARK.search(cell.source):
            cell.source = MARK.sub(words(seconds), cell.source)
            path.write_text(json.dumps(json.loads(nbformat.writes(book)), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            return


def words(seconds: float) -> str:
    """A time as one says it; rounded up, as nobody minds to be done early.

    >>> words(28.0), words(61.0), words(400.0)
    ('half a minute', '2 minutes', '7 minutes')
    """
    return "half a minute" if seconds <= 30 else "a minute" if seconds <= 60 else f"{-int(-seconds // 60)} minutes"


def table(measured: dict[str, dict[str, Any]]) -> str:
    """Lay out what was measured."""
    keys = ("peak_gib", "complaints", "cores", "load")
    rows = [
        f"| {name} | {row['seconds'] / 60:.1f} | {' | '.join(str(row[key]) for key in keys)} |"
        for name, row in sorted(measured.items())
    ]
    head = ["| notebook | minutes | GiB, at most | lines of stderr | cores | load when it ended |", "|---|--:|--:|--:|--:|--:|"]
    return "\n".join([*head, *rows]) + "\n"


if __name__ == "__main__":
    main()
