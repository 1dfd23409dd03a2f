"""What a training step takes, by size of model and by what learns: seconds, crops a minute, and memory.

    python benchmarks/training.py --results benchmarks/results

Fine-tuning on simulated places: two crops of 128 pixels, a question about each, half of them answered in words, and an instruction;
forward, backward and an AdamW step, as `finetune` takes them, by the median of some steps. Larger models have random weights of
published shapes: what a matrix holds does not change how long it takes. Each row is a process of its own; its peak is that of the
process, the libraries (about 0.6 GiB) included.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rich
import torch
from full_size import full_size
from machine import machine
from report import keep_results
from rich.markdown import Markdown
from torch import nn
from transformers import PreTrainedConfig, Qwen2Config
from transformers.initialization import no_init_weights

from spexlab.extraction import load_model
from spexlab.model.configuration import InternImageConfig, SpexConfig
from spexlab.model.processor import SpexProcessor
from spexlab.places import PlaceMixture, simulated_places
from spexlab.training import FinetuneSettings, LoraSettings
from spexlab.training.lessons import PlaceLessons, Writer
from spexlab.training.loop import bfloat16_pays
from spexlab.training.lora import adapted, trainable
from spexlab.training.trainee import LessonCollator, SpexTrainee

STEPS, CROPS, SIDE = 4, 2, 128
"""Steps that are taken, the first of which is not timed; crops in each; their side in pixels."""


@dataclass(frozen=True)
class Row:
    """A way to train."""

    model: str
    adapters: bool = False
    mixed: bool = True
    """bfloat16 where it does no harm."""
    again: bool = False
    """Activations are computed a second time rather than kept."""


TINY, MIDDLE, FULL = "spex-tiny", "InternImage-T, Qwen2.5-0.5B", "InternImage-L, Qwen2.5-1.5B"
ROWS = (
    Row(TINY),
    Row(TINY, mixed=False),
    Row(TINY, adapters=True),
    Row(MIDDLE),
    Row(MIDDLE, again=True),
    Row(MIDDLE, adapters=True),
    Row(FULL, adapters=True, again=True),
)


def main() -> None:
    """Measure, print, and keep the results if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, help="folder for training.json and its table, which goes into the docs, too")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(measure(ROWS[options.one])))
        return
    rows = []
    for number, row in enumerate(ROWS):
        done = subprocess.run([sys.executable, __file__, "--one", str(number)], check=True, capture_output=True, text=True)
        rows.append({**vars(row), **json.loads(done.stdout.splitlines()[-1])})
        print(f"{row}: done", file=sys.stderr, flush=True)
    measured = {"machine": machine(), "bfloat16": bfloat16_pays(), "rows": rows}
    rich.print(Markdown(table(measured)))
    if options.results is not None:
        keep_results(options.results, "training", measured, table(measured))


def shape(name: str) -> SpexConfig:
    """A model's configuration; all read what spex-tiny's processor writes."""
    tiny: SpexConfig = load_model(TINY).model.config
    if name == TINY:
        return tiny
    vision, words = (_middle if name == MIDDLE else _full)()
    fields = {key: value for key, value in tiny.to_dict().items() if key not in {"vision_config", "text_config", "calibration"}}
    bands = {"stem": "wavelength", "spectral_width": 16, "detail_channels": 32, "index_channels": len(tiny.indices)}
    seen = InternImageConfig(**{**vision.to_dict(), **bands})
    return SpexConfig(**{**fields, "tie_word_embeddings": True}, vision_config=seen, text_config=words)


def _middle() -> tuple[PreTrainedConfig, PreTrainedConfig]:
    sizes = {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14}
    words = Qwen2Config(vocab_size=151_936, num_key_value_heads=2, tie_word_embeddings=True, **sizes)
    return InternImageConfig(embed_dim=64, depths=[4, 4, 18, 4], groups=[4, 8, 16, 32], offset_scale=1.0, post_norm=False), words


def _full() -> tuple[PreTrainedConfig, PreTrainedConfig]:
    released = full_size()
    return released.vision_config, released.text_config


def measure(row: Row) -> dict[str, float]:
    """Seconds of a step, weights that learn, all weights, and GiB at most, in this process."""
    config = shape(row.model)
    model = _built(config, row)
    optimiser = torch.optim.AdamW([weight for weight in model.parameters() if weight.requires_grad], lr=1e-4)
    batches, found = _batches(config), []
    for batch in batches:
        began = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=row.mixed and bfloat16_pays()):
            loss = model(**batch)["loss"]
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        found.append(time.perf_counter() - began)
    learns, weights = trainable(model)
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": statistics.median(found[1:]), "learns": learns, "weights": weights, "gib": gib}


def _built(config: SpexConfig, row: Row) -> nn.Module:
    with no_init_weights():
        model = SpexTrainee(config)
    model.tie_weights()
    for weight in model.parameters():
        weight.data.normal_(std=0.02)
    if row.again:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    return (adapted(model, LoraSettings()) if row.adapters else model).train()


def _batches(config: SpexConfig) -> list[dict[str, Any]]:
    settings = FinetuneSettings(sizes=(SIDE,), targets=1, instructions=1)
    processor = SpexProcessor.for_model(config, load_model(TINY).processor.tokenizer)
    places = PlaceMixture.of(simulated_places(2, size=SIDE, sensors=[("sentinel-2", 10.0)]))
    lessons, collate = PlaceLessons(places, Writer(processor, settings.explained), settings), LessonCollator(processor, config)
    rng = random.Random(0)

    def one(step: int) -> Any:
        return lessons.make(lessons.pick(rng)[1], rng, random.Random(step))

    return [collate([one(step) for _ in range(CROPS)]) for step in range(STEPS)]


def table(measured: Mapping[str, Any]) -> str:
    """Lay out for people."""
    lines = [
        f"Machine: {measured['machine']}. {CROPS} crops of {SIDE} pixels a step, a question about each; Adam's moments are part of",
        "the memory.",
        "",
        "| model | weights | learn | precision | activations | s a step | crops a minute | peak memory |",
        "|---|--:|--:|---|---|--:|--:|--:|",
    ]
    for row in measured["rows"]:
        precision = "bfloat16, mixed" if row["mixed"] and measured["bfloat16"] else "float32"
        cells = [row["model"], _count(row["weights"]), f"{_count(row['learns'])}, {_what(row)}", precision]
        cells += ["computed again" if row["again"] else "kept", f"{row['seconds']:.1f}", f"{60 * CROPS / row['seconds']:.0f}"]
        lines.append(f"| {' | '.join(cells)} | {row['gib']:.1f} GiB |")
    return "\n".join(lines) + "\n"


def _what(row: Mapping[str, Any]) -> str:
    return "adapters" if row["adapters"] else "all"


def _count(weights: int) -> str:
    if weights < 1e6:
        return f"{weights / 1e3:.0f} k"
    return f"{weights / 1e6:.1f} M" if weights < 1e8 else f"{weights / 1e6:.0f} M"


if __name__ == "__main__":
    main()
