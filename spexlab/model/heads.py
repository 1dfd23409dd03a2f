"""The parts of SPEX between backbone, language model and mask, and the mask's loss.

Formulas: the released SPEX code (arXiv 2508.05202) and SAM's mask decoder as transformers has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import SamMaskDecoderConfig
from transformers.models.sam.modeling_sam import SamAttention, SamLayerNorm, SamMaskDecoder


class FeatureAggregator(nn.Module):
    """Maps of all levels -> one map on the grid of the reference level."""

    def __init__(
        self,
        in_channels: Sequence[int],
        out_channels: int,
        *,
        dropout: float = 0.5,
        groups: int = 16,
        reference_level: int = 2,
    ) -> None:
        super().__init__()
        levels = range(len(in_channels))
        self.order = [reference_level, *(level for level in levels if level != reference_level)]
        self.projection = nn.Conv2d(sum(in_channels), out_channels, 1)
        self.norm = nn.GroupNorm(groups, out_channels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, feature_maps: Sequence[Tensor]) -> Tensor:
        """Fuse levels (B, C_i, H_i, W_i) into (B, out_channels, H_ref, W_ref)."""
        size = feature_maps[self.order[0]].shape[-2:]
        resized = [
            level if level.shape[-2:] == size else F.interpolate(level, size=size, mode="bilinear", align_corners=True)
            for level in (feature_maps[index] for index in self.order)
        ]
        return self.dropout(F.gelu(self.norm(self.projection(torch.cat(resized, dim=1)))))


class MaskNeck(nn.Module):
    """Fused features -> the mask decoder's image embedding: (B, in, h, w) -> (B, out, h, w)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.norm1 = SamLayerNorm(out_channels, data_format="channels_first")
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.norm2 = SamLayerNorm(out_channels, data_format="channels_first")

    def forward(self, features: Tensor) -> Tensor:
        """Apply both convolutions, each normalised over channels."""
        return self.norm2(self.conv2(self.norm1(self.conv1(features))))


class Projector(nn.Module):
    """Image tokens -> the language model's embedding space: (..., in) -> (..., out)."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(in_features, out_features)
        self.linear2 = nn.Linear(out_features, out_features)

    def forward(self, tokens: Tensor) -> Tensor:
        """Apply both Linear layers with GELU between."""
        return self.linear2(F.gelu(self.linear1(tokens)))


class TokenCondenser(nn.Module):
    """Hidden states of a span -> a fixed number of prompt tokens for the mask decoder."""

    def __init__(self, hidden: int, out: int, *, num_tokens: int = 4, widths: Sequence[int] | None = None) -> None:
        super().__init__()
        self.num_tokens = num_tokens
        sizes = [hidden, *((8 * out, 2 * out) if widths is None else widths), out]
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))

    def pool(self, states: Tensor, span: Tensor) -> Tensor:
        """Average the span's states in ``num_tokens`` bins, as ``AdaptiveAvgPool1d`` does over each sample's own span.

        Parameters
        ----------
        states
            (B, L, D) hidden states.
        span
            (B, L) bool, True on the states that count, in order; they need not be adjacent.

        Returns
        -------
        Tensor
            (B, num_tokens, D). Bins overlap where the length is not a multiple of ``num_tokens``; a shorter span
            repeats states.

        Raises
        ------
        ValueError
            If a sample's span is empty.
        """
        length = span.sum(1, keepdim=True)
        if not bool(length.all()):
            msg = "Every sample needs at least one True in its span, got an empty span: mark the states to condense."
            raise ValueError(msg)
        bins = torch.arange(self.num_tokens, device=span.device)
        start = (bins * length) // self.num_tokens  # (B, N)
        end = -((-(bins + 1) * length) // self.num_tokens)  # rounded up
        rank = (span.cumsum(1) - 1).unsqueeze(1)  # (B, 1, L)
        inside = span.unsqueeze(1) & (rank >= start.unsqueeze(2)) & (rank < end.unsqueeze(2))
        weight = inside.to(states.dtype) / (end - start).unsqueeze(2).to(states.dtype)
        return weight @ states

    def forward(self, states: Tensor, span: Tensor) -> Tensor:
        """Condense (B, L, D) states where the (B, L) ``span`` is True into (B, num_tokens, out)."""
        tokens = self.pool(states, span)
        for layer in self.layers[:-1]:
            tokens = F.relu(layer(tokens))
        return self.layers[-1](tokens)


class DoubleSoftmaxAttention(SamAttention):
    """SAM's attention with a second softmax over the already normalised weights, which makes them nearly uniform.

    Released SPEX weights were trained so (their code passed False where transformers 4.46 expected a tensor or None);
    nothing else should be.
    """

    def forward(  # type: ignore[override]
        self, query: Tensor, key: Tensor, value: Tensor, **_: object
    ) -> tuple[Tensor, Tensor]:
        """Attend: query (B, P, Nq, D), key and value (B, P, Nk, D) -> (B, P, Nq, D) and the weights."""
        prompts = query.shape[1]
        query = self._separate_heads(self.q_proj(query), self.num_attention_heads)
        key = self._separate_heads(self.k_proj(key), self.num_attention_heads)
        value = self._separate_heads(self.v_proj(value), self.num_attention_heads)
        weights = (query @ key.transpose(2, 3) * self.scaling).softmax(dim=-1).softmax(dim=-1)
        attended = self._recombine_heads((weights @ value).transpose(1, 2), prompts)
        return self.out_proj(attended), weights


@dataclass
class MaskDecoderOutput:
    """What the mask decoder knows about one target of one image."""

    logits: Tensor
    """(B, 1, 4h, 4w) mask logits for an (h, w) image embedding."""
    upscaled: Tensor
    """(B, D / 8, 4h, 4w) image embedding after the decoder's upscaling."""
    token: Tensor
    """(B, D) state of the mask token."""
    iou: Tensor
    """(B,) the decoder's own guess of the mask's intersection over union; SPEX never trained it."""


class SpexMaskDecoder(SamMaskDecoder):
    """SAM's mask decoder with its position code and default dense prompt, for one mask on a grid of any shape."""

    def __init__(self, channels: int = 256, *, mlp_channels: int = 2048, heads: int = 8, double_softmax: bool = False) -> None:
        config = SamMaskDecoderConfig(
            hidden_size=channels, mlp_dim=mlp_channels, num_attention_heads=heads, iou_head_hidden_dim=channels
        )
        config._attn_implementation = "sdpa"
        super().__init__(config)
        self.positional_embedding: Tensor
        # SAM keeps these two in its prompt encoder; SPEX uses nothing else of it.
        self.register_buffer("positional_embedding", torch.randn(2, channels // 2))
        self.no_mask_embed = nn.Embedding(1, channels)
        if double_softmax:
            for layer in self.transformer.layers:
                layer.cross_attn_token_to_image = DoubleSoftmaxAttention(config)

    def position(self, height: int, width: int) -> Tensor:
        """Position code (1, D, height, width) of the cell centres, x before y (random Fourier features of SAM)."""
        # Angles reach several turns; half types would blur them.
        gaussian = self.positional_embedding.to(torch.promote_types(self.positional_embedding.dtype, torch.float32))
        y = (torch.arange(height, device=gaussian.device, dtype=gaussian.dtype) + 0.5) / height
        x = (torch.arange(width, device=gaussian.device, dtype=gaussian.dtype) + 0.5) / width
        centres = torch.stack(torch.broadcast_tensors(x, y[:, None]), dim=-1)  # (h, w, 2)
        angle = 2 * torch.pi * ((2 * centres - 1) @ gaussian)
        return torch.cat([angle.sin(), angle.cos()], dim=-1).permute(2, 0, 1).unsqueeze(0)

    def no_prompt(self, image_embedding: Tensor) -> Tensor:
        """SAM's learnt "no mask" as a dense prompt (1, D, 1, 1) for a (B, D, h, w) image embedding."""
        return self.no_mask_embed.weight[:, :, None, None].to(image_embedding.dtype)

    def forward(  # type: ignore[override]
        self, image_embedding: Tensor, prompts: Tensor, dense_prompt: Tensor | None = None
    ) -> MaskDecoderOutput:
        """Decode one mask a sample.

        Parameters
        ----------
        image_embedding
            (B, D, h, w) from `MaskNeck`.
        prompts
            (B, N, D) prompt tokens from `TokenCondenser`.
        dense_prompt
            (B, D, h, w) what is known about each cell; None where nothing is (SAM's learnt "no mask").
        """
        batch, channels, height, width = image_embedding.shape
        if dense_prompt is None:
            dense_prompt = self.no_prompt(image_embedding)
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight]).expand(batch, -1, -1)
        tokens, cells = self.transformer(
            point_embeddings=torch.cat([own, prompts.to(own.dtype)], dim=1).unsqueeze(1),
            image_embeddings=image_embedding + dense_prompt,
            image_positional_embeddings=self.position(height, width).to(image_embedding.dtype),
            attention_similarity=None,
        )
        token = tokens[:, 0, 1]  # after the IoU token; the further mask tokens serve SAM's multi-mask output
        cells = cells.transpose(2, 3).reshape(batch, channels, height, width)
        upscaled = self.activation(self.upscale_layer_norm(self.upscale_conv1(cells)))
        upscaled = self.activation(self.upscale_conv2(upscaled))
        filters = self.output_hypernetworks_mlps[0](token)
        return MaskDecoderOutput(
            logits=torch.einsum("bd,bdhw->bhw", filters, upscaled).unsqueeze(1),
            upscaled=upscaled,
            token=token,
            iou=self.iou_prediction_head(tokens[:, 0, 0])[:, 0],
        )


def bce_loss(logits: Tensor, target: Tensor, valid: Tensor | None = None) -> Tensor:
    """Binary cross entropy of (B, H, W) logits, averaged over all valid pixels of the batch (0 if there are none)."""
    weight = None if valid is None else valid.to(logits.dtype)
    total = F.binary_cross_entropy_with_logits(logits, target.to(logits.dtype), weight=weight, reduction="sum")
    return total / (logits.numel() if weight is None else weight.sum().clamp(min=1))


def dice_loss(logits: Tensor, target: Tensor, valid: Tensor | None = None) -> Tensor:
    """Dice loss of (B, H, W) logits as released: squared sums in the denominator, averaged over the samples.

    Pixels outside ``valid`` count neither in the overlap nor in the areas; samples without a valid pixel not at all.
    """
    valid = torch.ones_like(logits, dtype=torch.bool) if valid is None else valid
    probability, target = logits.sigmoid() * valid, target.to(logits.dtype) * valid
    counted = valid.flatten(1).any(1).to(logits.dtype)
    overlap = (probability * target).flatten(1).sum(1)
    areas = (probability.square().flatten(1).sum(1) + 1e-3) + (target.square().flatten(1).sum(1) + 1e-3)
    loss = (1 - 2 * overlap / areas) * counted
    return loss.sum() / (counted.sum() + torch.finfo(torch.float32).eps)


def mask_loss(logits: Tensor, target: Tensor, valid: Tensor | None = None) -> Tensor:
    """Two parts cross entropy, one part Dice, SPEX's weights.

    Parameters
    ----------
    logits
        (B, H, W) at the size of the target.
    target
        (B, H, W), 1 inside and 0 outside.
    valid
        (B, H, W) bool, False where the truth is unknown; None where all of it is known, which is the released loss.
    """
    return 2.0 * bce_loss(logits, target, valid) + dice_loss(logits, target, valid)
