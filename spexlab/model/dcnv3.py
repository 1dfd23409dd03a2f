"""DCNv3, the deformable convolution of InternImage: in plain torch, and on a GPU with Triton as one kernel (`dcnv3_fused`).

Formula and point order: InternImage (arXiv 2211.05778, equation 2) and its released operator. Every output cell sums
``kernel_size ** 2`` bilinear samples of its own group of channels, each weighted by a mask that was normalised by softmax.
"""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_FUSED_TYPES = (torch.float32, torch.float16, torch.bfloat16)


def dcnv3(
    value: Tensor,
    offset: Tensor,
    mask: Tensor,
    *,
    groups: int,
    offset_scale: float = 1.0,
    kernel_size: int = 3,
    stride: int = 1,
    padding: int = 1,
    dilation: int = 1,
) -> Tensor:
    """Sample ``value`` at learnt positions and sum the samples with learnt weights.

    Parameters
    ----------
    value
        (B, H, W, C) features, channels last; C is a multiple of ``groups``.
    offset
        (B, Ho, Wo, groups * K * K * 2) in pixels before ``offset_scale``: (dx, dy) per point, points ordered column by
        column (x is the slow index), as in the released operator.
    mask
        (B, Ho, Wo, groups * K * K) weights, already normalised over the points of a group.
    groups
        Number of channel groups; each has its own points.
    offset_scale
        Stretches the learnt offsets and the base grid alike: at 2 and zero offsets the samples lie 2 pixels apart.
    kernel_size, stride, padding, dilation
        As in a convolution with K x K taps; outside the map is zero.

    Returns
    -------
    Tensor
        (B, Ho, Wo, C), in the type of ``value``.
    """
    kernel = kernel_size, stride, padding, dilation
    fused = fused_on(value.device) if value.dtype in _FUSED_TYPES else None
    return (fused or dcnv3_plain)(value, offset, mask, groups, offset_scale, kernel)


def dcnv3_plain(
    value: Tensor, offset: Tensor, mask: Tensor, groups: int, offset_scale: float, kernel: tuple[int, int, int, int]
) -> Tensor:
    """`dcnv3` in plain torch; `kernel` is its size, stride, padding and dilation.

    The points are summed one at a time, so that without gradients no more than one sampled map exists besides the result.
    """
    batch, height, width, channels = value.shape
    points = kernel[0] ** 2
    # Positions on a map of some hundred cells need more than the 8 to 11 bits of the half types.
    precision = torch.promote_types(value.dtype, torch.float32)
    grid = _sampling_grid(
        offset.to(precision).unflatten(-1, (groups, points, 2)),
        size=(height, width),
        offset_scale=offset_scale,
        kernel=kernel,
    )  # (K*K, B*G, Ho, Wo, 2)
    weight = mask.to(precision).unflatten(-1, (groups, points)).permute(4, 0, 3, 1, 2).flatten(1, 2).unsqueeze(2)
    maps = value.to(precision).permute(0, 3, 1, 2).reshape(batch * groups, channels // groups, height, width)
    total = F.grid_sample(maps, grid[0], align_corners=False) * weight[0]
    for point in range(1, points):
        total = torch.addcmul(total, F.grid_sample(maps, grid[point], align_corners=False), weight[point])
    return total.reshape(batch, channels, *total.shape[-2:]).permute(0, 2, 3, 1).to(value.dtype)


@cache
def fused_on(device: torch.device) -> Callable[..., Tensor] | None:
    """The kernel that does all of it at once on a device, None where there is none."""
    if device.type != "cuda" or find_spec("triton") is None:
        return None
    from spexlab.model.dcnv3_fused import FusedDcnv3, works_on

    return FusedDcnv3.apply if works_on(device) else None


def _sampling_grid(offset: Tensor, *, size: tuple[int, int], offset_scale: float, kernel: tuple[int, int, int, int]) -> Tensor:
    """Positions in ``grid_sample``'s units: (B, Ho, Wo, G, K*K, 2) offsets -> (K*K, B*G, Ho, Wo, 2)."""
    kernel_size, stride, padding, dilation = kernel
    height, width = size
    rows, columns = offset.shape[1:3]
    reach = dilation * (kernel_size - 1) // 2

    def axis(count: int) -> Tensor:
        return torch.arange(count, dtype=offset.dtype, device=offset.device)

    steps = (axis(kernel_size) * dilation - reach) * offset_scale
    x = axis(columns)[:, None] * stride + (reach - padding) + steps.repeat_interleave(kernel_size)  # (Wo, K*K)
    y = axis(rows)[:, None] * stride + (reach - padding) + steps.repeat(kernel_size)  # (Ho, K*K)
    # Cell k has its centre at (2k + 1) / size - 1; offsets are distances, so they only get the factor.
    x, y = (2 * x + 1) / width - 1, (2 * y + 1) / height - 1
    base = torch.stack(torch.broadcast_tensors(x[None], y[:, None]), dim=-1)  # (Ho, Wo, K*K, 2)
    factor = offset.new_tensor([2 * offset_scale / width, 2 * offset_scale / height])
    grid = torch.addcmul(base[:, :, None], offset, factor)
    return grid.permute(4, 0, 3, 1, 2, 5).flatten(1, 2)


class DCNv3(nn.Module):
    """The layer around the operator: (B, H, W, C) -> (B, H, W, C), channels last."""

    def __init__(self, channels: int, groups: int, *, offset_scale: float = 1.0, kernel_size: int = 3) -> None:
        super().__init__()
        if channels % groups:
            msg = f"DCNv3 needs channels that divide into its groups, got {channels} channels and {groups} groups."
            raise ValueError(msg)
        points = kernel_size * kernel_size
        self.groups = groups
        self.offset_scale = offset_scale
        self.kernel_size = kernel_size
        self.input_proj = nn.Linear(channels, channels)
        self.depthwise = nn.Conv2d(channels, channels, kernel_size, padding=kernel_size // 2, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.offset = nn.Linear(channels, groups * points * 2)
        self.mask = nn.Linear(channels, groups * points)
        self.output_proj = nn.Linear(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        """Apply the layer: (B, H, W, C) -> (B, H, W, C)."""
        context = self.depthwise(features.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        context = F.gelu(self.norm(context))
        points = self.kernel_size * self.kernel_size
        mask = self.mask(context).unflatten(-1, (self.groups, points)).softmax(dim=-1).flatten(-2)
        sampled = dcnv3(
            self.input_proj(features),
            self.offset(context),
            mask,
            groups=self.groups,
            offset_scale=self.offset_scale,
            kernel_size=self.kernel_size,
            padding=self.kernel_size // 2,
        )
        return self.output_proj(sampled)
