"""What bfloat16 would bring spex-tiny on this processor, and what it would change in its masks.

    python benchmarks/precision.py --results benchmarks/results

Simulated scenes of 512 pixels, one thread. Two ways: matrix products and convolutions in bfloat16 while all else stays in single
precision, and all layers under autocast. Masks are compared with those of single precision, target by target.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import rich
import torch
import xarray as xr
from machine import machine
from numpy.typing import NDArray
from report import keep_results
from rich.markdown import Markdown

import spexlab
from spexlab.extraction import FeatureCache, Spex, load_model
from spexlab.language.question import question_about

SCENES, SIDE, REPEATS = 4, 512, 3
GOAL = 0.998
"""IoU of masks below which a faster way is another answer."""


@contextmanager
def products() -> Iterator[None]:
    """Matrix products and convolutions in bfloat16."""
    backends = (torch.backends.mkldnn.matmul, torch.backends.mkldnn.conv)
    before = [backend.fp32_precision for backend in backends]
    for backend in backends:
        backend.fp32_precision = "bf16"
    try:
        yield
    finally:
        for backend, precision in zip(backends, before, strict=True):
            backend.fp32_precision = precision


WAYS: dict[str, Callable[[], Any]] = {
    "float32": nullcontext,
    "bfloat16 products": products,
    "bfloat16 autocast": lambda: torch.autocast("cpu", torch.bfloat16),
}


def main() -> None:
    """Measure, print, and keep the results if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, help="folder for precision.json and its table, which goes into the docs, too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    spex = load_model()
    spex.cache = FeatureCache(0)
    scenes = [spexlab.simulate_scene(seed, sensor="sentinel-2", size=SIDE, pixel_size=10.0)[0] for seed in range(SCENES)]
    measured = {"machine": machine(), "scenes": SCENES, "rows": measure(spex, scenes)}
    rich.print(Markdown(table(measured)))
    if options.results is not None:
        keep_results(options.results, "precision", measured, table(measured))


def measure(spex: Spex, scenes: list[xr.DataArray]) -> dict[str, dict[str, Any]]:
    """Way -> seconds to encode and to ask, and the IoU of each target's masks with those of the first way."""
    rows: dict[str, dict[str, Any]] = {}
    plain: dict[tuple[int, str], NDArray[np.bool_]] = {}
    for name, way in WAYS.items():
        with way():
            spex.encode(scenes[0])  # what a processor does once is no part of a window
            encode, ask = (min(one(spex, scenes[0]) for _ in range(REPEATS)) for one in (_encoding, _asking))
            masks = {key: mask for number, scene in enumerate(scenes) for key, mask in _masks(spex, scene, number)}
        plain = plain or masks
        rows[name] = {"encode": encode, "ask": ask, "iou": _overlaps(masks, plain)}
    return rows


def _encoding(spex: Spex, scene: xr.DataArray) -> float:
    began = time.perf_counter()
    spex.encode(scene)
    return time.perf_counter() - began


def _asking(spex: Spex, scene: xr.DataArray) -> float:
    features, _ = spex.encode(scene)
    question = question_about(scene, "water")
    began = time.perf_counter()
    spex.segment(features, question)
    return time.perf_counter() - began


def _masks(spex: Spex, scene: xr.DataArray, number: int) -> Iterator[tuple[tuple[int, str], NDArray[np.bool_]]]:
    features, _ = spex.encode(scene)
    for target in spex.targets:
        cut = spex.calibration.cut(target, scene)
        logits = spex.segment(features, question_about(scene, target)).logits
        yield (number, target), cut.probability(logits) > cut.threshold


def _overlaps(
    masks: Mapping[tuple[int, str], NDArray[np.bool_]], plain: Mapping[tuple[int, str], NDArray[np.bool_]]
) -> dict[str, float]:
    """Target -> IoU over all scenes; targets that neither finds are left out."""
    found = {}
    for target in dict.fromkeys(target for _, target in masks):
        pairs = [(mask, plain[key]) for key, mask in masks.items() if key[1] == target]
        either = sum(int((a | b).sum()) for a, b in pairs)
        if either:
            found[target] = sum(int((a & b).sum()) for a, b in pairs) / either
    return found


def table(measured: Mapping[str, Any]) -> str:
    """Lay out for people."""
    rows: Mapping[str, Any] = measured["rows"]
    first = rows["float32"]
    lines = [
        f"Machine: {measured['machine']}; one thread, {measured['scenes']} simulated scenes of {SIDE} pixels. Seconds a window;",
        f"IoU with the masks of single precision, the lowest of all targets. A faster way is taken from IoU {GOAL} on.",
        "",
        "| precision | encode | times as fast | ask | lowest IoU | taken |",
        "|---|--:|--:|--:|--:|---|",
    ]
    for name, row in rows.items():
        target, iou = min(row["iou"].items(), key=lambda item: item[1])
        worst = "–" if name == "float32" else f"{iou:.4f}, {target}"
        taken = "yes" if name == "float32" or iou >= GOAL else "no"
        cells = (f"{row['encode']:.2f}", f"{first['encode'] / row['encode']:.2f}", f"{row['ask']:.2f}", worst, taken)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
