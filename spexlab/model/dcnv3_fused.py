"""DCNv3 as one Triton kernel for each direction: `dcnv3` of `spexlab.model.dcnv3` on a GPU, to rounding.

The plain way writes a sampled map for each of the nine points and reads it again. Here a program keeps the sum of some cells of one
group in registers: features, offsets and weights are read once, the result is written once.
"""

import warnings
from functools import cache
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

CELLS = 32
"""Output cells of a program; each has the channels of one group, 16 in all released sizes."""


class FusionWarning(UserWarning):
    """The kernel cannot be built here, and the plain way is taken."""


@triton.jit
def _sampled(
    offset,
    mask,
    at,
    there,
    point,
    group,
    rows,
    columns,
    scale,
    groups: tl.constexpr,
    kernel: tl.constexpr,
    stride: tl.constexpr,
    padding: tl.constexpr,
    dilation: tl.constexpr,
):
    """Where output cells look, for one of their points: row and column above and left of it, how far beyond, and the weight."""
    place = (at * groups + group) * (kernel * kernel) + point
    reach: tl.constexpr = dilation * (kernel - 1) // 2
    weight = tl.load(mask + place, mask=there, other=0.0).to(tl.float32)
    dx = tl.load(offset + 2 * place, mask=there, other=0.0).to(tl.float32)
    dy = tl.load(offset + 2 * place + 1, mask=there, other=0.0).to(tl.float32)
    base_x, base_y = (at % columns) * stride + reach - padding, (at // columns) % rows * stride + reach - padding
    x = base_x.to(tl.float32) + ((point // kernel) * dilation - reach + dx) * scale
    y = base_y.to(tl.float32) + ((point % kernel) * dilation - reach + dy) * scale
    left, top = tl.floor(x), tl.floor(y)
    return top.to(tl.int64), left.to(tl.int64), y - top, x - left, weight


@triton.jit
def _cell(row, column, batch, group, height, width, groups: tl.constexpr, group_channels: tl.constexpr):
    """Where a group's channels begin at cells of the map, and which of the cells there are: outside is zero."""
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return (((batch * height + row) * width + column) * groups + group) * group_channels, inside


@triton.jit
def _block(cells, block: tl.constexpr, block_channels: tl.constexpr, group_channels: tl.constexpr):
    """What a program sums up: a block of output cells (program 0), a group (program 1), its channels; and which there are."""
    at = tl.program_id(0).to(tl.int64) * block + tl.arange(0, block)
    channel = tl.arange(0, block_channels)[None, :]
    there = at < cells
    return at, tl.program_id(1), channel, there, there[:, None] & (channel < group_channels)


@triton.jit
def forward_kernel(
    value,
    offset,
    mask,
    result,
    cells,
    height,
    width,
    rows,
    columns,
    scale,
    groups: tl.constexpr,
    group_channels: tl.constexpr,
    kernel: tl.constexpr,
    stride: tl.constexpr,
    padding: tl.constexpr,
    dilation: tl.constexpr,
    block: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Sum the samples of a block."""
    at, group, channel, there, wanted = _block(cells, block, block_channels, group_channels)
    batch = at // (rows * columns)
    total = tl.zeros((block, block_channels), dtype=tl.float32)
    for point in range(kernel * kernel):
        top, left, fy, fx, weight = _sampled(
            offset, mask, at, there, point, group, rows, columns, scale, groups, kernel, stride, padding, dilation
        )
        for corner in range(4):
            right, below = corner % 2, corner // 2
            share = tl.where(right == 1, fx, 1 - fx) * tl.where(below == 1, fy, 1 - fy)
            start, inside = _cell(top + below, left + right, batch, group, height, width, groups, group_channels)
            seen = tl.load(value + start[:, None] + channel, mask=wanted & inside[:, None], other=0.0)
            total += (weight * share)[:, None] * seen.to(tl.float32)
    out = result + ((at * groups + group) * group_channels)[:, None] + channel
    tl.store(out, total.to(result.dtype.element_ty), mask=wanted)


@triton.jit
def backward_kernel(
    value,
    offset,
    mask,
    grad,
    grad_value,
    grad_offset,
    grad_mask,
    cells,
    height,
    width,
    rows,
    columns,
    scale,
    groups: tl.constexpr,
    group_channels: tl.constexpr,
    kernel: tl.constexpr,
    stride: tl.constexpr,
    padding: tl.constexpr,
    dilation: tl.constexpr,
    block: tl.constexpr,
    block_channels: tl.constexpr,
):
    """Gradients of features (added up, as cells share them), offsets and weights from that of the result."""
    at, group, channel, there, wanted = _block(cells, block, block_channels, group_channels)
    batch = at // (rows * columns)
    given = grad + ((at * groups + group) * group_channels)[:, None] + channel
    asked = tl.load(given, mask=wanted, other=0.0).to(tl.float32)
    for point in range(kernel * kernel):
        top, left, fy, fx, weight = _sampled(
            offset, mask, at, there, point, group, rows, columns, scale, groups, kernel, stride, padding, dilation
        )
        of_weight = tl.zeros((block,), dtype=tl.float32)
        of_x = tl.zeros((block,), dtype=tl.float32)
        of_y = tl.zeros((block,), dtype=tl.float32)
        for corner in range(4):
            right, below = corner % 2, corner // 2
            across, down = tl.where(right == 1, fx, 1 - fx), tl.where(below == 1, fy, 1 - fy)
            start, inside = _cell(top + below, left + right, batch, group, height, width, groups, group_channels)
            address, known = start[:, None] + channel, wanted & inside[:, None]
            along = tl.sum(tl.load(value + address, mask=known, other=0.0).to(tl.float32) * asked, axis=1)
            of_weight += across * down * along
            of_x += tl.where(right == 1, down, -down) * along
            of_y += tl.where(below == 1, across, -across) * along
            tl.atomic_add(grad_value + address, (weight * across * down)[:, None] * asked, mask=known)
        place = (at * groups + group) * (kernel * kernel) + point
        tl.store(grad_mask + place, of_weight.to(grad_mask.dtype.element_ty), mask=there)
        tl.store(grad_offset + 2 * place, (weight * scale * of_x).to(grad_offset.dtype.element_ty), mask=there)
        tl.store(grad_offset + 2 * place + 1, (weight * scale * of_y).to(grad_offset.dtype.element_ty), mask=there)


class FusedDcnv3(torch.autograd.Function):
    """The operator with its gradients; see `spexlab.model.dcnv3.dcnv3` for what it takes."""

    @staticmethod
    def forward(
        ctx: Any, value: Tensor, offset: Tensor, mask: Tensor, groups: int, scale: float, shape: tuple[int, int, int, int]
    ) -> Tensor:
        """Sum the samples; `shape` is kernel size, stride, padding and dilation."""
        value, offset, mask = value.contiguous(), offset.contiguous(), mask.contiguous()
        result = value.new_empty(*offset.shape[:3], value.shape[-1])
        grid, sizes, constants = _launch(value, offset, groups, shape)
        with torch.cuda.device_of(value):  # Triton starts kernels on the current device
            forward_kernel[grid](value, offset, mask, result, *sizes, scale, **constants)
        ctx.save_for_backward(value, offset, mask)
        ctx.groups, ctx.scale, ctx.shape = groups, scale, shape
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor | None, ...]:
        """Gradients of features, offsets and weights."""
        value, offset, mask = ctx.saved_tensors
        # Cells share features: their gradient is summed in single precision, whatever the features have.
        of_value = torch.zeros_like(value, dtype=torch.float32)
        of_offset, of_mask = torch.empty_like(offset), torch.empty_like(mask)
        grid, sizes, constants = _launch(value, offset, ctx.groups, ctx.shape)
        given = value, offset, mask, grads[0].contiguous(), of_value, of_offset, of_mask
        with torch.cuda.device_of(value):
            backward_kernel[grid](*given, *sizes, ctx.scale, **constants)
        return of_value.to(value.dtype), of_offset, of_mask, None, None, None


def _launch(
    value: Tensor, offset: Tensor, groups: int, shape: tuple[int, int, int, int]
) -> tuple[tuple[int, int], tuple[int, ...], dict[str, int]]:
    """How many programs there are, the sizes they are given, and the constants they are built for."""
    batch, height, width, channels = value.shape
    rows, columns = offset.shape[1:3]
    cells, of_group = batch * rows * columns, channels // groups
    constants = dict(zip(("kernel", "stride", "padding", "dilation"), shape, strict=True))
    constants |= {"groups": groups, "group_channels": of_group, "block": CELLS}
    constants["block_channels"] = triton.next_power_of_2(of_group)
    return (triton.cdiv(cells, CELLS), groups), (cells, height, width, rows, columns), constants


@cache
def works_on(device: torch.device) -> bool:
    """Whether the kernels can be built and run on a device: that takes a GPU and, the first time, a C compiler."""
    value, points = torch.ones(1, 2, 2, 16, device=device, requires_grad=True), torch.zeros(1, 2, 2, 27, device=device)
    try:
        FusedDcnv3.apply(value, points[..., :18], points[..., 18:], 1, 1.0, (3, 1, 1, 1)).sum().backward()
    except Exception as error:  # noqa: BLE001 - whatever a compiler or driver raises, the plain way remains
        reason = " ".join(str(error).split())[:200]
        message = f"DCNv3's fused kernel cannot be used on {device} ({type(error).__name__}: {reason}); the slower plain way is."
        warnings.warn(message, FusionWarning, stacklevel=2)
        return False
    return True
