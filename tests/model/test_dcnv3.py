import itertools
import math

import pytest
import torch
from torch import Tensor

from spexlab.model.dcnv3 import DCNv3, dcnv3

CASES = [
    {"size": (5, 7), "groups": 2, "offset_scale": 2.0},
    {"size": (6, 4), "groups": 1, "offset_scale": 1.0, "stride": 2},
    {"size": (6, 5), "groups": 3, "offset_scale": 1.5, "padding": 2, "dilation": 2},
    {"size": (4, 6), "groups": 2, "offset_scale": 1.0, "kernel_size": 5, "padding": 2},
    {"size": (5, 5), "groups": 1, "offset_scale": 1.0, "padding": 0},
    {"size": (1, 1), "groups": 2, "offset_scale": 2.0},
]


def make(
    size: tuple[int, int], *, groups: int, spread: float = 1.5, batch: int = 2, channels_per_group: int = 3, **options: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Seeded float64 inputs."""
    generator = torch.Generator().manual_seed(1)
    kernel, stride = int(options.get("kernel_size", 3)), int(options.get("stride", 1))
    padding, dilation = int(options.get("padding", 1)), int(options.get("dilation", 1))
    out = [(side + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 for side in size]
    value = torch.randn(batch, *size, groups * channels_per_group, generator=generator, dtype=torch.float64)
    offset = spread * torch.randn(batch, *out, groups * kernel**2 * 2, generator=generator, dtype=torch.float64)
    mask = torch.randn(batch, *out, groups, kernel**2, generator=generator, dtype=torch.float64).softmax(-1).flatten(-2)
    return value, offset, mask


def pixel(image: Tensor, x: float, y: float) -> Tensor:
    """Bilinear sample of an (H, W, C) map; outside is zero."""
    total = torch.zeros(image.shape[-1], dtype=image.dtype)
    for column, row in itertools.product((math.floor(x), math.floor(x) + 1), (math.floor(y), math.floor(y) + 1)):
        if 0 <= row < image.shape[0] and 0 <= column < image.shape[1]:
            total += (1 - abs(x - column)) * (1 - abs(y - row)) * image[row, column]
    return total


def naive(
    value: Tensor,
    offset: Tensor,
    mask: Tensor,
    *,
    groups: int,
    offset_scale: float,
    kernel_size: int = 3,
    stride: int = 1,
    padding: int = 1,
    dilation: int = 1,
) -> Tensor:
    """The operator's definition, point by point."""
    batch, rows, columns = offset.shape[:3]
    reach = dilation * (kernel_size - 1) // 2
    result = torch.zeros(batch, rows, columns, groups, value.shape[-1] // groups, dtype=value.dtype)
    offset = offset.unflatten(-1, (groups, kernel_size, kernel_size, 2))
    mask = mask.unflatten(-1, (groups, kernel_size, kernel_size))
    for b, row, column, g, i, j in itertools.product(*map(range, (batch, rows, columns, groups, kernel_size, kernel_size))):
        dx, dy = offset[b, row, column, g, i, j].tolist()
        x = column * stride - padding + reach + offset_scale * (i * dilation - reach + dx)
        y = row * stride - padding + reach + offset_scale * (j * dilation - reach + dy)
        group = value[b].unflatten(-1, (groups, -1))[:, :, g]
        result[b, row, column, g] += mask[b, row, column, g, i, j] * pixel(group, x, y)
    return result.flatten(-2)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_equals_its_definition_in_float64(case: dict) -> None:
    options = dict(case)
    inputs = make(options.pop("size"), **options)
    torch.testing.assert_close(dcnv3(*inputs, **options), naive(*inputs, **options), rtol=0, atol=1e-12)


def test_float32_is_as_good_as_its_rounding() -> None:
    inputs = make((40, 50), groups=2, batch=1)
    exact = dcnv3(*inputs, groups=2, offset_scale=2.0)
    rounded = dcnv3(*(value.float() for value in inputs), groups=2, offset_scale=2.0)
    assert rounded.dtype == torch.float32
    assert (rounded - exact).abs().max() < 2e-5 * exact.abs().max()


def test_half_types_keep_positions_sharp() -> None:
    value, offset, mask = (tensor.bfloat16() for tensor in make((64, 64), groups=1, batch=1))
    exact = dcnv3(value.double(), offset.double(), mask.double(), groups=1)
    half = dcnv3(value, offset, mask, groups=1)
    assert half.dtype == torch.bfloat16
    assert (half - exact).abs().max() < 0.01 * exact.abs().max()


def test_zero_offsets_at_scale_two_average_pixels_two_apart() -> None:
    value = torch.zeros(1, 5, 5, 1)
    value[0, 2, 2] = 9.0
    offset, mask = torch.zeros(1, 5, 5, 18), torch.full((1, 5, 5, 9), 1 / 9)
    result = dcnv3(value, offset, mask, groups=1, offset_scale=2.0)[0, :, :, 0]
    expected = torch.zeros(5, 5)
    expected[::2, ::2] = 1.0
    torch.testing.assert_close(result, expected)


def test_points_go_column_by_column_and_offsets_are_x_then_y() -> None:
    value = torch.arange(25.0).reshape(1, 5, 5, 1)  # value = 5 * row + column
    mask = torch.zeros(1, 5, 5, 9)
    mask[..., 1] = 1.0  # second point: x step -1, y step 0
    offset = torch.zeros(1, 5, 5, 9, 2)
    left = dcnv3(value, offset.flatten(-2), mask, groups=1)
    assert left[0, 2, 2, 0] == 11.0
    offset[..., 0] = 0.5  # half a pixel to the right
    assert dcnv3(value, offset.flatten(-2), mask, groups=1)[0, 2, 2, 0] == 11.5


def test_gradients_are_those_of_the_definition() -> None:
    inputs = [tensor.requires_grad_() for tensor in make((4, 5), groups=2, batch=1)]
    assert torch.autograd.gradcheck(lambda *tensors: dcnv3(*tensors, groups=2, offset_scale=1.5), inputs)


def test_samples_far_outside_are_zero() -> None:
    value, offset, mask = make((4, 4), groups=1)
    assert not dcnv3(value, offset + 100, mask, groups=1).any()


def test_a_batch_is_its_samples() -> None:
    value, offset, mask = make((6, 5), groups=2, batch=3)
    together = dcnv3(value, offset, mask, groups=2)
    for row in range(3):
        one = slice(row, row + 1)
        torch.testing.assert_close(together[one], dcnv3(value[one], offset[one], mask[one], groups=2))


def test_layer_keeps_shape_and_gets_gradients_everywhere() -> None:
    torch.manual_seed(0)
    layer = DCNv3(8, 2, offset_scale=2.0)
    features = torch.randn(2, 5, 6, 8, requires_grad=True)
    output = layer(features)
    assert output.shape == features.shape
    output.square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in layer.parameters())


def test_channels_must_divide_into_groups() -> None:
    with pytest.raises(ValueError, match="10 channels and 4 groups"):
        DCNv3(10, 4)
