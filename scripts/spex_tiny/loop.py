"""What every stage's loop needs: schedule, optimiser, averaged weights, a log."""

import copy
import csv
import math
import time
from pathlib import Path

import torch
from torch import nn


class Average:
    """Exponential moving average of weights: less noise than the last step's (Polyak & Juditsky 1992)."""

    def __init__(self, module: nn.Module, decay: float = 0.998) -> None:
        self.module, self.decay = copy.deepcopy(module).eval(), decay

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move towards the module's weights, faster in the first steps."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for mine, theirs in zip(self.module.parameters(), module.parameters(), strict=True):
            mine.lerp_(theirs, 1 - decay)


class Log:
    """One row a report, to the screen and to a CSV."""

    def __init__(self, path: Path) -> None:
        self.path, self.start = path, time.monotonic()
        if not path.exists():
            path.write_text("stage,step,seconds,name,value\n")

    def __call__(self, stage: str, step: int, **values: float) -> None:
        """Write down values by name."""
        seconds = time.monotonic() - self.start
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerows([stage, step, f"{seconds:.0f}", k, f"{v:.5g}"] for k, v in values.items())
        print(f"{stage} {step} {seconds:.0f}s", *(f"{k}={v:.4g}" for k, v in values.items()), flush=True)


def schedule(step: int, steps: int, warmup: int) -> float:
    """Linear warm-up, then a half cosine to zero."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def optimiser(modules: list[nn.Module], rate: float) -> torch.optim.AdamW:
    """AdamW; biases, norms and other vectors do not decay."""
    parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
    matrices = [p for p in parameters if p.ndim > 1]
    vectors = [p for p in parameters if p.ndim <= 1]
    return torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}], lr=rate)
