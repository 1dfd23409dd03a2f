"""transformers' Trainer with what a run of ours needs beside it.

Batches that are halved when memory runs out, checkpoints that exist whole or not at all, curves by name, and IoU as validation.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import pairwise
from typing import Any, cast

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.optim import Optimizer
from transformers import Trainer, TrainingArguments
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR, rotate_checkpoints

from spexlab.training.judging import Judge
from spexlab.training.recording import RunRecord, replace_folder
from spexlab.training.settings import TrainingSettings
from spexlab.training.sharding import asked, complete_moments
from spexlab.training.stream import Drawn, SampleStream, skipped_in

BEST, UNFINISHED = "best", "unfinished"
METRIC = "iou"
"""What early stopping watches."""

Collate = Callable[[Sequence[Any]], Mapping[str, Any]]


class RunTrainer(Trainer):
    """Trains a model whose forward returns ``loss`` and, by name, the losses that it sums.

    Parameters
    ----------
    model
        What is trained.
    stream
        Its samples.
    collate
        Makes the keyword arguments of the model's forward from a list of samples.
    judge
        Measures the model; None: no validation.
    record
        The run's folder.
    settings, arguments
        How to train, in our words and in transformers'.
    """

    def __init__(
        self,
        model: nn.Module,
        stream: SampleStream[Any],
        *,
        collate: Collate,
        judge: Judge | None,
        record: RunRecord,
        settings: TrainingSettings,
        arguments: TrainingArguments,
    ) -> None:
        super().__init__(model, arguments, data_collator=_as_list, train_dataset=stream, eval_dataset=stream)
        if self.is_fsdp_enabled:
            # It would halve what a forward reads, too: 833 nm has no neighbour within 4 nm in bfloat16. Autocast does not.
            self.accelerator.state.fsdp_plugin.mixed_precision_policy = None
        self._collate, self._judge, self._record, self._settings = collate, judge, record, settings
        self._parts = min(settings.micro_batches, settings.batch_size)
        self._measured: dict[str, float] = {}
        self._skipped = 0

    def training_step(self, model: nn.Module, inputs: Any, num_items_in_batch: Any = None) -> Tensor:
        """Compute a step's gradients from samples as they were drawn, in as many parts as memory asks for."""
        del num_items_in_batch
        drawn: list[Drawn[Any]] = inputs
        self._count_skipped(drawn)
        samples = [one.sample for one in drawn]
        while True:
            try:
                return self._gradients(model, samples)
            except (RuntimeError, MemoryError) as error:
                out_of_memory = isinstance(error, MemoryError) or should_reduce_batch_size(error)
                if not out_of_memory or self._parts >= len(samples):
                    raise
            model.zero_grad()
            clear_device_cache(garbage_collection=True)
            self._parts = min(2 * self._parts, len(samples))
            self._record.say(f"batch halved to {-(-len(samples) // self._parts)}: out of memory")

    def _gradients(self, model: nn.Module, samples: list[Any]) -> Tensor:
        model.train()
        self._measured = {}
        total = torch.zeros((), device=self.args.device)
        parts = _split(samples, self._parts)
        for number, part in enumerate(parts):
            # Processes exchange gradients once, after the last part.
            last = number == len(parts) - 1
            with nullcontext() if last else self.accelerator.no_sync(model):
                with self.accelerator.autocast():
                    outputs = model(**self._prepare_inputs(dict(self._collate(part))))
                share = len(part) / len(samples)
                self.accelerator.backward(outputs["loss"] * share)
            total += outputs["loss"].detach() * share
            for name, value in outputs.items():
                if name.endswith("_loss"):
                    self._measured[name] = self._measured.get(name, 0.0) + value.item() * share
        return total

    def _count_skipped(self, drawn: list[Drawn[Any]]) -> None:
        reasons = skipped_in(drawn)
        if reasons:
            self._skipped += len(reasons)
            self._record.say(f"{self._skipped} broken samples skipped, the last: {reasons[-1]}")

    @property
    def network(self) -> nn.Module:
        """What is trained, without what several processes wrap around it."""
        return cast("nn.Module", self.model)

    def floating_point_ops(self, inputs: Any) -> int:
        """Count nothing: transformers would look for tokens in samples."""
        del inputs
        return 0

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Pass on values by name; the run's curves are the history, so none is kept in the checkpoints."""
        del start_time
        if "loss" in logs:
            logs |= self._measured | ({"skipped": float(self._skipped)} if self._skipped else {})
        self.control = self.callback_handler.on_log(self.args, self.state, self.control, logs)

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Validate: every process does the same, so that all decide the same."""
        if self._judge is None:
            return {}
        measured = asked(self.network, partial(self._judge.validate, self.network))
        metrics = {f"eval_{name}": value for name, value in measured.items()}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _determine_best_metric(self, metrics: dict[str, float], trial: Any) -> bool:
        better = super()._determine_best_metric(metrics, trial)
        # The best weights lie in a folder of their own, not in a checkpoint, which may be gone by the end.
        self.state.best_global_step = None
        if better and self._settings.patience is not None:
            self._write(BEST, self.save_model)  # by all processes: each waits there for the others
        return better

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        if self.is_fsdp_enabled:
            complete_moments(cast("Optimizer", self.optimizer))
        name = f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
        self._write(name, lambda _: super(RunTrainer, self)._save_checkpoint(model, trial))
        if self.args.should_save:
            rotate_checkpoints(output_dir=str(self._record.folder), save_total_limit=self._settings.keep, use_mtime=False)

    def _write(self, name: str, save: Callable[[str], None]) -> None:
        """Save a folder under a temporary name, then move it: a disk that fills up costs no earlier one."""
        folder = self._record.folder
        self._saving = folder / UNFINISHED
        fresh = self._saving / name
        try:
            save(str(fresh))
            self.accelerator.wait_for_everyone()
            if self.args.should_save:
                replace_folder(fresh, folder / name)
        except (OSError, RuntimeError, SafetensorError) as error:
            message = f"{name} could not be written to {str(folder)!r}: {error}. Those before it are kept; make room and resume."
            raise OSError(message) from error
        finally:
            del self._saving
            if self.args.should_save:
                shutil.rmtree(folder / UNFINISHED, ignore_errors=True)

    def _get_output_dir(self, trial: Any) -> str:
        return str(getattr(self, "_saving", super()._get_output_dir(trial)))


def _as_list(drawn: list[Drawn[Any]]) -> Any:
    """Samples as they are: they become tensors part by part."""
    return drawn


def _split(samples: list[Any], parts: int) -> list[list[Any]]:
    """Samples in nearly equal parts, none empty."""
    edges = [round(number * len(samples) / parts) for number in range(parts + 1)]
    return [samples[start:stop] for start, stop in pairwise(edges) if stop > start]
