"""The moving average of the weights: less noise than the last step's (Polyak and Juditsky 1992)."""

from pathlib import Path
from typing import Any

from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

FILE = "average.safetensors"


class Averaging(TrainerCallback):
    """Keeps the average of a model's weights while it learns, in its checkpoints too.

    Parameters
    ----------
    model
        What learns.
    decay
        Share (0-1) of the average that stays at each step; smaller in the first steps, whose weights are soon worth nothing.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        def average(mean: Tensor, weight: Tensor, steps: Tensor | int) -> Tensor:
            kept = min(decay, (1 + int(steps)) / (10 + int(steps)))
            return mean.lerp(weight, 1 - kept)

        self._average = AveragedModel(model, avg_fn=average)

    @property
    def model(self) -> nn.Module:
        """The averaged model."""
        module: nn.Module = self._average.module
        return module

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Go on from the checkpoint's average where a run is resumed."""
        del control
        kept = _file(args, state)
        if state.global_step and kept.exists():
            load_model(self._average.module, kept)
            self._average.n_averaged.fill_(state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        """Take in the step's weights."""
        del args, state, control
        self._average.update_parameters(given["model"])

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Keep the average beside the checkpoint's weights."""
        del control
        if args.should_save:
            save_model(self._average.module, str(_file(args, state)))


def _file(args: TrainingArguments, state: TrainerState) -> Path:
    return Path(str(args.output_dir)) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}" / FILE
