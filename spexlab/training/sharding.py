"""Weights of which every process keeps a part (FSDP2): they are put together where a model is asked, and where it is saved."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule, register_fsdp_forward_method
from torch.optim import Optimizer

FSDP_CONFIG = Path(__file__).with_name("fsdp.yaml")
"""What `accelerate launch --config_file` reads: all weights, gradients and moments of Adam are spread over the processes."""
_ASK = "spexlab_ask"
T = TypeVar("T")


def is_sharded(model: nn.Module) -> bool:
    """Whether the process has a part of the weights only."""
    return isinstance(model, FSDPModule)


def asked(model: nn.Module, ask: Callable[[], T]) -> T:
    """Ask something of a model by other methods than its `forward`; processes that share its weights ask it at the same time."""
    if not is_sharded(model):
        return ask()
    if not hasattr(model, _ASK):
        # Torch puts weights together before `forward`, and before what is registered as such.
        holder: Any = model
        setattr(holder, _ASK, lambda work: work())
        register_fsdp_forward_method(holder, _ASK)
    answer: T = getattr(model, _ASK)(partial(_begun, model, ask))
    return answer


def _begun(model: nn.Module, ask: Callable[[], T]) -> T:
    # Where whole weights are kept is found at their first use: in inference mode, no gradient could ever pass through them.
    for module in model.modules():
        if isinstance(module, FSDPModule) and module is not model:
            module.unshard()
            module.reshard()
    return ask()


def whole_weights(accelerator: Accelerator, model: nn.Module) -> dict[str, Tensor]:
    """Put the weights together on the CPU; all processes have to take part, and the first gets them."""
    weights: dict[str, Tensor] = accelerator.get_state_dict(model)
    return weights


def complete_moments(optimizer: Optimizer) -> None:
    """Give weights that no step has used yet the zeros that others began with: torch reads no spread checkpoint without them."""
    known = next(iter(optimizer.state.items()), None)
    for weight in (weight for group in optimizer.param_groups for weight in group["params"]):
        if known is not None and weight.requires_grad and weight not in optimizer.state:
            used, state = known
            optimizer.state[weight] = {
                name: torch.zeros_like(weight if value.shape == used.shape else value) for name, value in state.items()
            }
