"""The callback between transformers' Trainer and a run's folder."""

import time
from functools import partial
from typing import Any

import torch
from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spexlab.training.judging import Judge
from spexlab.training.recording import RunRecord
from spexlab.training.run import Wish
from spexlab.training.sharding import asked

_POLL = 0.1
"""Seconds between two looks at the control file while paused."""
_CURVES = ("loss", "learning_rate", "grad_norm")


class RunReporter(TrainerCallback):
    """Writes progress, curves and pictures, and obeys the folder's wishes.

    Parameters
    ----------
    record
        The run's folder.
    judge
        Draws what the model sees at a time; None: nothing is drawn.
    every
        Steps between pictures.
    """

    def __init__(self, record: RunRecord, judge: Judge | None, *, every: int) -> None:
        self._record, self._judge, self._every = record, judge, every
        self.stopped = False
        """Whether the run ended because someone stopped it."""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Write down where the run begins, with a picture of what it knows before."""
        del args
        self._record.begin(step=state.global_step, total_steps=state.max_steps)
        if state.global_step == 0:
            self._draw(0, kwargs["model"])
        return control

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> TrainerControl:
        """Wait as long as the run is paused."""
        del state
        if self._wish(args) == "pause":
            self._record.state("paused")
            while self._wish(args) == "pause":
                time.sleep(_POLL)
            self._record.state("running")
        return control

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> TrainerControl:
        """Write down the step; end here if that is wanted."""
        self._record.progress(state.global_step)
        if state.global_step % self._every == 0 or state.global_step == state.max_steps:
            self._draw(state.global_step, kwargs["model"])
        if self._wish(args) == "stop" and state.global_step < state.max_steps:
            self.stopped = control.should_save = control.should_training_stop = True
        return control

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> TrainerControl:
        """Append to the curves what was measured; timings and totals of the Trainer are left out."""
        del args
        logs: dict[str, float] = kwargs["logs"]
        values = {name: value for name, value in logs.items() if name in _CURVES or name.endswith("_loss") or name == "skipped"}
        values |= {name.replace("eval_", "validation_", 1): value for name, value in logs.items() if name.startswith("eval_")}
        self._record.curves(state.global_step, {name: v for name, v in values.items() if name not in {"train_loss", "eval_loss"}})
        return control

    def _draw(self, step: int, model: nn.Module) -> None:
        if self._judge is not None:
            self._record.snapshot(step, asked(model, partial(self._judge.picture, model)))

    def _wish(self, args: TrainingArguments) -> Wish:
        """The first process reads for all: read by each for itself, one might stop while the others wait for it."""
        wishes = [self._record.wish()]
        if args.world_size > 1:
            torch.distributed.broadcast_object_list(wishes)
        return wishes[0]
