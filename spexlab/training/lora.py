"""Low-rank adapters on the language model, by peft."""

import warnings
from typing import Any, cast

from torch import nn

from spexlab.model.spex import SpexForExtraction
from spexlab.training.settings import LoraSettings

_ATTENTION = r"self_attn\.[qkvo]_proj"
_MLP = r"mlp\.(?:gate|up|down)_proj"


def adapted(model: SpexForExtraction, settings: LoraSettings) -> nn.Module:
    """A model in which only adapters, and the parts that learn as a whole, are trainable.

    Raises
    ------
    ValueError
        If a part that is to learn as a whole is none of the model's.
    """
    from peft import LoraConfig, get_peft_model

    parts = [name for name, _ in model.named_children()]
    for name in settings.whole:
        if name not in parts:
            raise ValueError(f"parts that learn as a whole must be among {', '.join(parts)}, but {name!r} was given.")
    places = f"(?:{_ATTENTION}|{_MLP})" if settings.mlp else _ATTENTION
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        target_modules=rf"language_model\.model\.layers\.\d+\.{places}",
        modules_to_save=list(settings.whole) or None,
    )
    with warnings.catch_warnings():
        # peft asks transformers under a name that the latter gives up in its next major version: nothing a user could mend.
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning)
        return cast("nn.Module", get_peft_model(cast("Any", model), config))


def merged(trained: nn.Module) -> SpexForExtraction:
    """The model with its adapters added to its weights; one without adapters as it is."""
    adapters: Any = trained
    return cast("SpexForExtraction", adapters.merge_and_unload() if hasattr(trained, "merge_and_unload") else trained)


def unwrapped(trained: nn.Module) -> SpexForExtraction:
    """The network itself, with its adapters in place if it has any."""
    adapters: Any = trained
    return cast("SpexForExtraction", adapters.get_base_model() if hasattr(trained, "get_base_model") else trained)


def trainable(model: nn.Module) -> tuple[int, int]:
    """Weights that learn, and all weights."""
    counts = [(p.numel(), p.requires_grad) for p in model.parameters()]
    return sum(n for n, learns in counts if learns), sum(n for n, _ in counts)
