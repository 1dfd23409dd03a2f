"""What our models share as transformers models."""

from torch import nn
from transformers import PreTrainedModel


class SpexPreTrainedModel(PreTrainedModel):
    """A transformers model whose `_init_weights` is called for every module, children first."""

    def _initialize_weights(self, module: nn.Module, is_custom_code: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002
        # transformers skips modules without parameters of their own in models outside its package, for the sake of code that
        # overwrites loaded weights; ours initialises through transformers and needs the parents called.
        super()._initialize_weights(module)
