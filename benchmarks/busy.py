"""Seconds to a mask beside another program that uses the same processors, and why spexlab tells OpenMP how long to wait.

    python benchmarks/busy.py --results benchmarks/results

A simulated scene of 512 pixels is looked at and asked about, with as many threads as there are processors: alone, and beside a
second process that multiplies all the time. With OpenMP's waiting as GNU has it (300,000 turns), and as spexlab sets it before
torch is loaded.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rich
from machine import machine
from report import keep_results
from rich.markdown import Markdown

import spexlab
from spexlab.extraction import FeatureCache, load_model
from spexlab.language.question import question_about

SIDE, REPEATS = 512, 6
WAYS = {"as GNU has it": "300000", "as spexlab sets it": ""}
"""What is waited, as it is said to OpenMP; "" leaves it to spexlab."""
_TOLD = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OMP_NUM_THREADS")
_NEIGHBOUR = """
import spexlab, torch
values = torch.randn(64, 128, 128)
print("ready", flush=True)
while True:
    torch.nn.functional.gelu(values)
"""


def main() -> None:
    """Measure, print, and keep the results if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, help="folder for busy.json and its table, which goes into the docs, too")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(seconds(SIDE, REPEATS)))
        return
    measured = {"machine": machine(), "rows": {name: measure(environment(turns)) for name, turns in WAYS.items()}}
    rich.print(Markdown(table(measured)))
    if options.results is not None:
        keep_results(options.results, "busy", measured, table(measured))


def environment(turns: str) -> dict[str, str]:
    """A process's environment in which OpenMP waits so many turns."""
    kept = {name: value for name, value in os.environ.items() if name not in _TOLD}
    return {**kept, "GOMP_SPINCOUNT": turns} if turns else kept


def measure(variables: Mapping[str, str]) -> dict[str, float]:
    """Seconds alone and beside a neighbour."""
    alone = _child(variables)
    with _neighbour(variables):
        return {"alone": alone, "beside another": _child(variables)}


def seconds(side: int, repeats: int) -> float:
    """The median of some first questions about a scene; its features are not kept."""
    spex = load_model()
    spex.cache = FeatureCache(0)
    scene, _ = spexlab.simulate_scene(5, sensor="sentinel-2", size=side, pixel_size=10.0)
    question, found = question_about(scene, "water"), []
    for _ in range(repeats):
        began = time.perf_counter()
        spex.segment(spex.encode(scene)[0], question)
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def _child(variables: Mapping[str, str]) -> float:
    run = subprocess.run([sys.executable, __file__, "--here"], env=variables, check=True, capture_output=True, text=True)
    return float(json.loads(run.stdout))


@contextmanager
def _neighbour(variables: Mapping[str, str]) -> Iterator[None]:
    command = [sys.executable, "-c", _NEIGHBOUR]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as process:
        try:
            next(iter(process.stdout or ()), None)
            yield
        finally:
            process.kill()


def table(measured: Mapping[str, Any]) -> str:
    """Lay out for people."""
    lines = [
        f"Machine: {measured['machine']}; all threads, one simulated scene of {SIDE} pixels. Seconds from pixels to mask.",
        "",
        "| OpenMP waits | alone | beside another program | times as long |",
        "|---|--:|--:|--:|",
    ]
    for name, row in measured["rows"].items():
        alone, beside = row["alone"], row["beside another"]
        lines.append(f"| {name} | {alone:.2f} | {beside:.2f} | {beside / alone:.1f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
