"""How a run is trained: what both stages share, and what each has of its own."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

_POSITIVE = (
    "steps",
    "batch_size",
    "micro_batches",
    "learning_rate",
    "validate_every",
    "snapshot_every",
    "save_every",
    "keep",
    "patience",
)
_WITHOUT_EFFECT_ON_WEIGHTS = frozenset(
    {"micro_batches", "validate_every", "snapshot_every", "save_every", "keep", "patience", "workers", "gradient_checkpointing"}
)


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """What both stages share.

    Raises
    ------
    ValueError
        If a number cannot be meant, such as no steps at all.
    """

    steps: int = 1000
    """Optimiser steps."""
    batch_size: int = 6
    """Samples in a step, in each process."""
    micro_batches: int = 1
    """Parts in which a step's samples are computed: more parts need less memory. Doubled when memory runs out."""
    learning_rate: float = 1e-3
    """The highest: it rises linearly in the first steps and falls to zero along half a cosine."""
    warmup: int = 50
    """Steps of the rise."""
    weight_decay: float = 0.05
    """Of matrices; biases and norms do not decay."""
    sizes: tuple[int, ...] = (64, 96, 128)
    """Sides in pixels of the crops; each step draws one."""
    validate_every: int = 100
    """Steps between validations."""
    snapshot_every: int = 100
    """Steps between pictures."""
    save_every: int = 100
    """Steps between checkpoints."""
    keep: int = 2
    """Checkpoints that are kept, the newest."""
    average: float | None = None
    """Decay of the moving average of the weights that is saved at the end; None: the last weights are saved."""
    patience: int | None = None
    """Stop early after so many validations without a better IoU, and keep the best weights; None: never."""
    mixed_precision: bool = True
    """Compute in bfloat16 where that does no harm and the machine can; weights stay in single precision."""
    gradient_checkpointing: bool = False
    """Compute activations a second time rather than keep them: less memory, about a third more time."""
    broken: Literal["raise", "skip"] = "raise"
    """A sample that cannot be read: an error with its name, or skipped and counted."""
    workers: int = 0
    """Processes that prepare samples beside the one that trains."""
    seed: int = 0
    """Of weights, samples and dropout."""

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be above 0, not {value}.")
        if not self.sizes or any(side < 32 or side % 32 for side in self.sizes):
            raise ValueError(f"sizes of crops must be multiples of 32 pixels, the backbone's coarsest stride, not {self.sizes}.")
        if self.average is not None and not 0 < self.average < 1:
            raise ValueError(f"average is a share between 0 and 1, not {self.average}.")
        if self.broken not in {"raise", "skip"}:
            raise ValueError(f'broken must be "raise" or "skip", not {self.broken!r}.')

    def decisive(self) -> dict[str, Any]:
        """The settings that a run cannot change when it is resumed, because its losses would be others."""
        return {name: value for name, value in asdict(self).items() if name not in _WITHOUT_EFFECT_ON_WEIGHTS}


@dataclass(frozen=True, kw_only=True)
class PretrainSettings(TrainingSettings):
    """Settings of `pretrain`."""

    hidden_size: int = 96
    """Channels of the UperNet head, a multiple of 16."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.hidden_size <= 0 or self.hidden_size % 16:
            raise ValueError(f"hidden_size must be a multiple of 16, two channels for each of its 8 norms, not {self.hidden_size}.")


@dataclass(frozen=True, kw_only=True)
class LoraSettings:
    """What low-rank adapters learn (Hu et al., arXiv 2106.09685): the language model's attention, and more if asked."""

    rank: int = 8
    """Rank of the adapters."""
    alpha: int = 16
    """Their output is scaled by ``alpha / rank``."""
    mlp: bool = False
    """Adapt the MLPs of the language model, too."""
    whole: tuple[str, ...] = ()
    """Parts of the model that learn with all their weights beside the adapters, for example ``("condenser", "refiner")``."""


@dataclass(frozen=True, kw_only=True)
class FinetuneSettings(TrainingSettings):
    """Settings of `finetune`."""

    learning_rate: float = 3e-4
    """The highest: it rises linearly in the first steps and falls to zero along half a cosine."""
    lora: LoraSettings | None = None
    """Learn adapters instead of all weights; they are merged into the weights at the end."""
    targets: int | None = None
    """Questions about each crop of a place, 3 unless told; a SPIE sample asks its own one."""
    instructions: int = 12
    """Instructions drawn beside each crop, so that the model goes on understanding what is typed."""
    explained: float = 0.5
    """Share (0-1) of the questions whose answer is learnt in words, too; all where a checkpoint draws masks from its answers."""
