"""SPEX at full size on this machine: how long until the mask, how long until the next one, and how much memory it takes.

    python benchmarks/full_size.py --results benchmarks/results

InternImage-L, a Qwen2.5 of 1.5 billion parameters and SAM's mask decoder, of the released shape, with random weights: what a matrix
holds does not change how long it takes. An image of 512 pixels and 600 words of prompt. Each precision is a process of its own.
The authors' order, words first and then the mask from them, is computed from what was measured in single precision: the tower, the
prompt, and 256 words at the time that one took; their own code does no less.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import rich
import torch
from machine import machine
from report import keep_results
from rich.markdown import Markdown
from transformers import Qwen2Config
from transformers.initialization import no_init_weights

from spexlab.model.configuration import InternImageConfig, SpexConfig
from spexlab.model.spex import SpexForExtraction

SIDE, WORDS, TOKENS = 512, 600, 256
"""Pixels of the image, words of the prompt, and words that the authors' order writes before its mask."""
WRITTEN = 8
"""Words that are timed."""
FIRST_WORD, IMAGE_TOKEN, MASK_TOKEN = 1000, 151_665, 151_666
PRECISIONS = ("float32", "bfloat16")


def main() -> None:
    """Measure, print, and keep the results if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, help="folder for full_size.json and its table, which goes into the docs, too")
    parser.add_argument("--one", choices=PRECISIONS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(getattr(torch, options.one))))
        return
    rows = {}
    for precision in PRECISIONS:
        done = subprocess.run([sys.executable, __file__, "--one", precision], check=True, capture_output=True, text=True)
        rows[precision] = json.loads(done.stdout.splitlines()[-1])
    measured = {"machine": machine(), "rows": rows}
    rich.print(Markdown(table(measured)))
    if options.results is not None:
        keep_results(options.results, "full_size", measured, table(measured), block="full-size")


def full_size() -> SpexConfig:
    """The shape of the released model, asked for its mask before any word."""
    words = Qwen2Config(
        vocab_size=151_936,
        hidden_size=1536,
        intermediate_size=8960,
        num_hidden_layers=28,
        num_attention_heads=12,
        num_key_value_heads=2,
        max_position_embeddings=32_768,
        tie_word_embeddings=True,
    )
    return SpexConfig(
        vision_config=InternImageConfig(),
        text_config=words,
        condense="mask_tokens",
        image_token_id=IMAGE_TOKEN,
        mask_token_id=MASK_TOKEN,
    )


@torch.inference_mode()
def measure(dtype: torch.dtype) -> dict[str, float]:
    """Seconds of each step, and GiB at most, in this process."""
    built, model = _timed(lambda: _built(dtype))
    images = torch.randn(1, 3, SIDE, SIDE, dtype=dtype)
    model.encode(images[..., :64, :64])  # what a processor does once is no part of a picture
    encoded, features = _timed(lambda: model.encode(images))
    ids = _prompt(features.tokens.shape[1], seed=0)
    start = features.tokens.shape[1] + 1
    read, features.begun = _timed(lambda: model.begin(features, ids[:, :start]))
    asked, first = _timed(lambda: model.segment(features, ids, use_cache=True, begun=features.begun))
    again, _ = _timed(lambda: model.segment(features, _prompt(start - 1, seed=1), use_cache=True, begun=features.begun))
    longer = torch.cat([ids, ids[:, -1:]], dim=1)
    write = {"max_new_tokens": WRITTEN, "min_new_tokens": WRITTEN, "past_key_values": first.past_key_values}
    written, _ = _timed(lambda: model.generate(None, longer, **write))
    return {
        "built": built,
        "tower": encoded,
        "image": read,
        "prompt": asked,
        "next": again,
        "token": written / WRITTEN,
        "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def _built(dtype: torch.dtype) -> SpexForExtraction:
    with no_init_weights():
        model = SpexForExtraction(full_size()).to(dtype).eval()
    model.tie_weights()
    for parameter in model.parameters():
        parameter.data.normal_(std=0.02)
    return model


def _prompt(image_tokens: int, *, seed: int) -> torch.Tensor:
    """A word, the image, words, and the mask tokens."""
    words = torch.randint(FIRST_WORD, IMAGE_TOKEN, (1, WORDS), generator=torch.Generator().manual_seed(seed))
    image, mask = torch.full((1, image_tokens), IMAGE_TOKEN), torch.full((1, 4), MASK_TOKEN)
    return torch.cat([torch.full((1, 1), 7), image, words, mask], dim=1)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def table(measured: Mapping[str, Any]) -> str:
    """Lay out for people."""
    rows = measured["rows"]
    late = theirs(rows["float32"])
    lines = [
        f"Machine: {measured['machine']}. Seconds. *First mask* is tower, image and prompt; *next mask* another prompt about the",
        "same image, whose tokens the language model has read already.",
        "",
        "| precision | tower | image tokens | prompt | first mask | next mask | a word | peak memory |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *(_row(precision, row) for precision, row in rows.items()),
        "",
        f"In the authors' order, {TOKENS} words before the mask, single precision takes {late:.0f} s,",
        f"{late / ours(rows['bfloat16']):.0f} times as long as the first mask in bfloat16.",
    ]
    return "\n".join(lines) + "\n"


def _row(precision: str, row: Mapping[str, float]) -> str:
    seconds = (row["tower"], row["image"], row["prompt"], ours(row), row["next"])
    return f"| {precision} | {' | '.join(f'{one:.1f}' for one in seconds)} | {row['token']:.2f} | {row['gib']:.1f} GiB |"


def ours(row: Mapping[str, float]) -> float:
    """Seconds to the first mask."""
    return row["tower"] + row["image"] + row["prompt"]


def theirs(row: Mapping[str, float]) -> float:
    """Seconds to a mask that waits for its words."""
    return ours(row) + TOKENS * row["token"]


if __name__ == "__main__":
    main()
