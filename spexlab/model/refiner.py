"""From the mask decoder's coarse logits to full resolution, with the image's detail and the spectral prior."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import initialization as init
from transformers.models.sam.modeling_sam import SamLayerNorm

from spexlab.model.strips import strips

_LOGITS_PER_INDEX_UNIT = 10.0
"""An index 0.1 above its threshold starts as one logit for the target: the slope that soft index maps commonly get."""


class MaskRefiner(nn.Module):
    """Turns coarse logits into full-resolution ones, steered by the mask token.

    SAM answers at a quarter of its input; at 10-30 m pixels a river is one pixel wide. As in SAM-HQ and SAM 2, features of
    higher resolution join the decoder's: here the backbone's ``detail`` map (stride 1). The prior enters as an anchor: its
    distance from the threshold, times a gain that the mask token sets, is added to the logits, so that training starts from
    what the index knows and learns where the index is wrong.

    Parameters
    ----------
    detail_channels, upscaled_channels
        Channels of the backbone's detail map and of the decoder's upscaled embedding.
    token_channels
        Width of the mask token.
    width
        Channels of the refiner itself.
    scored
        Targets that a land-cover head scores in every pixel; 0 if there is none. The prompt chooses among them, and the answer is
        the chosen target's logits and a share, which the prompt sets too, of the refiner's own.
    """

    def __init__(self, detail_channels: int, upscaled_channels: int, token_channels: int, width: int, *, scored: int = 0) -> None:
        super().__init__()
        prior_channels = 2  # the signed index and whether it is known
        self.mix = nn.Conv2d(detail_channels + upscaled_channels + prior_channels, width, kernel_size=1)
        self.norm = SamLayerNorm(width, data_format="channels_first")
        self.modulate = nn.Linear(token_channels, 2 * width)
        self.deepen = nn.Conv2d(width, width, kernel_size=3, padding=1)
        self.weigh = nn.Linear(token_channels, width + 1)
        self.gain = nn.Linear(token_channels, 1)
        # By what was asked, not by the mask token: that drifts as the decoder learns, and the choice with it.
        self.choose = nn.Linear(token_channels, scored + 1) if scored else None

    def init_anchor(self) -> None:
        """Start at a gain of one, softplus of the bias, whatever the token."""
        init.zeros_(self.gain.weight)
        init.constant_(self.gain.bias, 0.5413)  # softplus(0.5413) = 1

    def forward(
        self,
        coarse: Tensor,
        upscaled: Tensor,
        detail: Tensor,
        token: Tensor,
        prompts: Tensor,
        prior: Tensor | None,
        land_cover: Tensor | None = None,
    ) -> Tensor:
        """Refine.

        Parameters
        ----------
        coarse
            Decoder logits, (B, 1, h, w).
        upscaled
            Decoder's upscaled embedding, (B, U, h, w).
        detail
            Full-resolution features, (B, C, H, W).
        token
            Mask token state, (B, D).
        prompts
            Condensed tokens that prompted the decoder, (B, P, D).
        prior
            Signed distance of the index from its threshold, (B, 1, H, W), NaN where unknown; None if there is no index.
        land_cover
            Logits of all targets, (B, T, H, W), where a land-cover head scores them.

        Returns
        -------
        Tensor
            Logits (B, 1, H, W).
        """
        size = detail.shape[-2:]
        known, signed = _split_prior(prior, detail)
        enlarged = F.interpolate(upscaled, size=size, mode="bilinear", align_corners=False)
        maps, scale_shift, weights = (detail, enlarged, signed, known), self.modulate(token), self.weigh(token)
        fine = torch.cat([self._strip(maps, scale_shift, weights, *rows) for rows in strips(*size)], dim=1)[:, None]
        anchor = F.softplus(self.gain(token))[:, :, None, None] * _LOGITS_PER_INDEX_UNIT * signed
        asked = F.interpolate(coarse, size=size, mode="bilinear", align_corners=False) + fine + anchor
        if self.choose is None or land_cover is None:
            return asked
        scores = self.choose(prompts.mean(dim=1))  # (B, T + 1): one a target, and how much of the refiner's own answer is added
        # Free weights would let other targets leak in: a softmax leaves the choice a choice.
        chosen, share = scores[:, :-1].softmax(dim=1), scores[:, -1, None, None, None].sigmoid()
        return torch.einsum("bthw,bt->bhw", land_cover, chosen)[:, None] + share * asked

    def _strip(self, maps: Sequence[Tensor], scale_shift: Tensor, weights: Tensor, top: int, bottom: int) -> Tensor:
        """Logits (B, rows, W) that the detail adds, from a row to before another.

        `weights` are (B, width + 1): one a channel, and a bias.
        """
        above, below = min(top, 1), min(maps[0].shape[2] - bottom, 1)  # neighbours that `deepen` looks at, but at the map's edges
        seen = torch.cat([one[:, :, top - above : bottom + below] for one in maps], dim=1).permute(0, 2, 3, 1)
        scale, shift = scale_shift[:, None, None].chunk(2, dim=-1)
        # Channels last all the way: nothing has to be turned for the norm and back.
        mixed = F.linear(seen, self.mix.weight.flatten(1), self.mix.bias)
        normed = F.layer_norm(mixed, mixed.shape[-1:], self.norm.weight, self.norm.bias, self.norm.eps)
        hidden = F.gelu(torch.addcmul(shift, normed, 1 + scale))
        wide = F.pad(hidden.permute(0, 3, 1, 2), (1, 1, 1 - above, 1 - below))
        deepened = F.gelu(F.conv2d(wide, self.deepen.weight, self.deepen.bias)).permute(0, 2, 3, 1)
        hidden = deepened + hidden[:, above : above + bottom - top]
        return torch.einsum("bhwc,bc->bhw", hidden, weights[:, :-1]) + weights[:, -1, None, None]


def _split_prior(prior: Tensor | None, like: Tensor) -> tuple[Tensor, Tensor]:
    """Whether the index is known (0 or 1) and its signed distance (0 where unknown), both (B, 1, H, W)."""
    if prior is None:
        nothing = like.new_zeros(like.shape[0], 1, *like.shape[-2:])
        return nothing, nothing
    known = prior.isfinite()
    return known.to(like.dtype), torch.where(known, prior, 0.0).to(like.dtype)
