"""What SPEX hands out on its way: image features, masks, scores, losses."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor
from transformers import Cache
from transformers.utils import ModelOutput


@dataclass
class SpexFeatures:
    """What the vision side knows of a batch of images; keep it to ask again without encoding again.

    Attributes
    ----------
    tokens
        Image tokens before the projector, (B, N, F).
    embedding
        Image embedding of the mask decoder, (B, D, h, w).
    detail
        Full-resolution features, (B, C, H, W); None with the RGB stem.
    size
        Height and width of the images in pixels.
    land_cover
        Logits of all targets straight from pixels and features, (B, T, H, W); None without a land-cover head.
    begun
        The language model's state after the words that every question begins with, the image among them; None if nobody read them.
    """

    tokens: Tensor
    embedding: Tensor
    detail: Tensor | None
    size: tuple[int, int]
    land_cover: Tensor | None = None
    begun: Cache | None = None

    def repeat(self, counts: int | Tensor) -> "SpexFeatures":
        """Features for several questions about each image: `counts` of them, or (B,) a number for each; each begins anew."""
        maps = (self.tokens, self.embedding, self.detail, self.land_cover)
        tokens, embedding, detail, land_cover = (m if m is None else m.repeat_interleave(counts, dim=0) for m in maps)
        return SpexFeatures(tokens, embedding, detail, self.size, land_cover)  # type: ignore[arg-type]


@dataclass
class SpexMasks:
    """A batch of masks with all that is needed to go on writing about them.

    Attributes
    ----------
    logits
        Mask logits at full resolution, (B, H, W).
    prompts
        Condensed tokens that prompted the decoder, (B, P, D).
    hidden_states
        Language-model states after the final norm, (B, L, d); of a question that was begun, those of the rest.
    past_key_values
        The language model's cache, if it was asked for.
    """

    logits: Tensor
    prompts: Tensor
    hidden_states: Tensor
    past_key_values: Cache | None


class SpexScores(NamedTuple):
    """Logits of what instructions ask for."""

    targets: Tensor
    """(B, 2, T): whether each target is wanted, and whether it is to be left out."""
    limits: Tensor
    """(B, L): whether each limit of size or place is set; L is 0 for a checkpoint that hears none."""


@dataclass
class SpexOutput(ModelOutput):
    """What :meth:`SpexForExtraction.forward` returns.

    Attributes
    ----------
    loss
        Sum of the losses whose labels were given.
    lm_loss, mask_loss, target_loss, limit_loss
        Cross entropy of the words; 2 x BCE + Dice of the mask; BCE of the target scores and of the limits.
    logits
        Token logits, (B, L, V), when `labels` were given.
    mask_logits
        (B, H, W).
    target_logits
        (B, 2, T): wanted and unwanted targets.
    limit_logits
        (B, L): limits of size and place.
    """

    loss: Tensor | None = None
    lm_loss: Tensor | None = None
    mask_loss: Tensor | None = None
    target_loss: Tensor | None = None
    limit_loss: Tensor | None = None
    logits: Tensor | None = None
    mask_logits: Tensor | None = None
    target_logits: Tensor | None = None
    limit_logits: Tensor | None = None
