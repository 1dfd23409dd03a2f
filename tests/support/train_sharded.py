"""Fine-tuning by processes that share a model's weights: `accelerate launch --config_file FSDP_CONFIG ... train_sharded.py FOLDER`.

Accelerate spreads weights over GPUs only. Here it is told that the processors are GPUs: all that follows, torch's FSDP included, is
what runs on those.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from accelerate.state import PartialState
from accelerate.utils import DistributedType

from spexlab.training import FinetuneSettings, LoraSettings, TrainingRun, finetune
from tests.support.tiny import tiny_spex
from tests.support.train_tiny import lake, tiny_run


def tune(out: Path, *, resume: bool = False, **changes: Any) -> TrainingRun:
    """Tune a tiny checkpoint on two lakes, nothing left to chance, and validate on another."""
    start = tiny_spex()
    start.model.config.feature_dropout = start.model.config.vision_config.drop_path_rate = 0.0
    quick = {"steps": 3, "batch_size": 2, "sizes": (32,), "save_every": 1, "validate_every": 2, "snapshot_every": 2, "warmup": 1}
    settings = FinetuneSettings(**{**quick, "mixed_precision": False, "instructions": 1, **changes})
    return finetune([lake(0), lake(1)], out=out, model=start, settings=settings, validation=[lake(100)], resume=resume)


def adapt(out: Path, **changes: Any) -> TrainingRun:
    """Tune by adapters, and keep the best."""
    return tune(out, lora=LoraSettings(rank=2), patience=3, **changes)


def _processors_are_gpus() -> None:
    begin: Any = PartialState.__init__

    def told(self: PartialState, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        if self.distributed_type == DistributedType.MULTI_CPU:
            self.distributed_type = DistributedType.MULTI_GPU

    PartialState.__init__ = told  # type: ignore[method-assign]


def _all(folder: Path) -> None:
    TrainingRun(folder / "whole").stop()
    tune(folder / "whole")
    tune(folder / "whole", resume=True)
    adapt(folder / "adapters")
    tiny_run(folder / "backbone", drop_path=0.0, validation=1)
    with suppress(ValueError):  # which the run's folder tells
        tune(folder / "average", average=0.9)


if __name__ == "__main__":
    torch.set_num_threads(1)
    _processors_are_gpus()
    _all(Path(sys.argv[1]))
