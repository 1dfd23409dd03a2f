"""DCNv3, the deformable convolution of InternImage: the plain way, and the fused kernel where there is a GPU.

    python benchmarks/dcnv3.py --results benchmarks/results

The maps are those of InternImage-L's four stages for windows of 512 pixels. Beside the seconds stands the bound that memory sets:
what has to be read and written at the least, over what a copy of 256 MiB moves in a second.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import rich
import torch
from machine import machine
from report import keep_results
from rich.markdown import Markdown
from torch import Tensor

from spexlab.model.dcnv3 import dcnv3_plain, fused_on

STAGES = ((128, 160, 10), (64, 320, 20), (32, 640, 40), (16, 1280, 80))
"""Side, channels and groups."""
POINTS, KERNEL, REPEATS = 9, (3, 1, 1, 1), 5


def main() -> None:
    """Measure, print, and keep the results if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, help="folder for dcnv3.json and its table, which goes into the docs, too")
    options = parser.parse_args()
    measured = measure(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    rich.print(Markdown(table(measured)))
    if options.results is not None:
        keep_results(options.results, "dcnv3", measured, table(measured))


def measure(device: torch.device) -> dict[str, Any]:
    """Bytes a second of a copy, and for each stage, type and way seconds forward, and forward and back."""
    copied = torch.ones(64 << 20, device=device)
    bandwidth = 2 * copied.nbytes / seconds(copied.clone, device)
    ways = {"plain": dcnv3_plain} | ({} if (fused := fused_on(device)) is None else {"fused": fused})
    rows = []
    for kind in (torch.float32, torch.bfloat16) if device.type == "cuda" else (torch.float32,):
        for side, channels, groups in STAGES:
            given = inputs(side, channels, groups, device, kind)
            least = 2 * given[0].nbytes + given[1].nbytes + given[2].nbytes
            row = {"side": side, "channels": channels, "type": str(kind).removeprefix("torch."), "bound": least / bandwidth}
            rows += [
                row | {"way": name} | timed(partial(way, *given, groups, 1.0, KERNEL), given, device) for name, way in ways.items()
            ]
    where = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{machine()}; {torch.get_num_threads()} threads"
    return {"machine": where, "bandwidth": bandwidth, "rows": rows}


def inputs(side: int, channels: int, groups: int, device: torch.device, kind: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Features, offsets and weights of one window on a processor, of eight on a GPU."""
    torch.manual_seed(0)
    windows = 8 if device.type == "cuda" else 1
    value = torch.randn(windows, side, side, channels, device=device, dtype=kind)
    offset = torch.randn(windows, side, side, groups * POINTS * 2, device=device, dtype=kind)
    mask = torch.rand(windows, side, side, groups, POINTS, device=device).softmax(dim=-1).flatten(-2).to(kind)
    return value.requires_grad_(), offset.requires_grad_(), mask.requires_grad_()


def timed(way: Callable[[], Tensor], given: tuple[Tensor, ...], device: torch.device) -> dict[str, float]:
    """Seconds forward, without gradients, and forward and back."""

    def back() -> None:
        torch.autograd.grad(way().sum(), given)

    with torch.no_grad():
        forward = seconds(way, device)
    return {"forward": forward, "both": seconds(back, device)}


def seconds(work: Callable[[], object], device: torch.device) -> float:
    """The shortest of some runs, after one that builds what has to be built."""
    wait: Callable[[], None] = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    work()
    spent = []
    for _ in range(REPEATS):
        wait()
        began = time.perf_counter()
        work()
        wait()
        spent.append(time.perf_counter() - began)
    return min(spent)


def table(measured: Mapping[str, Any]) -> str:
    """Lay out for people."""
    lines = [
        f"Machine: {measured['machine']}. A copy moves {measured['bandwidth'] / 1e9:.0f} GB a second. Milliseconds.",
        "",
        "| map | type | way | forward | share of the bound | forward and back |",
        "|---|---|---|--:|--:|--:|",
    ]
    for row in measured["rows"]:
        cells = (f"{1000 * row['forward']:.2f}", f"{100 * row['bound'] / row['forward']:.0f} %", f"{1000 * row['both']:.2f}")
        lines.append(f"| {row['side']}², {row['channels']} channels | {row['type']} | {row['way']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
