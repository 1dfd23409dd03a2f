"""DCNv3's kernels beside plain torch: run by Triton's interpreter, and compiled for a GPU that need not be there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from spexlab.model import dcnv3 as plain
from spexlab.model.dcnv3 import DCNv3, dcnv3

pytest.importorskip("triton", reason="Triton comes with torch for CUDA, and with `make test` on Linux")
from spexlab.model import dcnv3_fused
from spexlab.model.dcnv3_fused import FusedDcnv3, FusionWarning, works_on

ROOT = Path(__file__).parents[2]
SHAPES = [(2, 32, 3, 1, 1, 1, 1.0), (3, 18, 3, 2, 1, 1, 2.0), (1, 5, 3, 1, 2, 2, 1.5), (1, 8, 5, 1, 2, 1, 1.0)]
COMPILED = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from spexlab.model import dcnv3_fused as fused

constants = {"groups": 10, "group_channels": 16, "kernel": 3, "stride": 1, "padding": 1, "dilation": 1}
constants |= {"block": fused.CELLS, "block_channels": 16}
for kernel in (fused.forward_kernel, fused.backward_kernel):
    sizes = ("cells", "height", "width", "rows", "columns")
    for kind in ("fp32", "fp16", "bf16"):
        types = {name: "*fp32" if name == "grad_value" else f"*{kind}" for name in kernel.arg_names}
        types |= dict.fromkeys(sizes, "i32") | {"scale": "fp32"} | dict.fromkeys(constants, "constexpr")
        values = {(kernel.arg_names.index(name),): value for name, value in constants.items()}
        made = triton.compile(ASTSource(fn=kernel, signature=types, constexprs=values), target=GPUTarget("cuda", 90, 32))
        print(len(made.asm["cubin"]) > 1000)
"""


def given(shape: tuple, kind: torch.dtype, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Features, offsets that lie on no cell's edge (where the gradient has two values), and weights."""
    groups, channels, kernel, stride, padding, dilation, _ = shape
    torch.manual_seed(seed)
    rows, columns = ((side + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 for side in (4, 5))
    points = groups * kernel**2
    offset = torch.randint(-3, 4, (2, rows, columns, 2 * points)) + torch.tensor([0.125, 0.25])[torch.arange(2 * points) % 2]
    made = torch.randn(2, 4, 5, channels), offset, torch.rand(2, rows, columns, points)
    return tuple(one.to(kind).requires_grad_() for one in made)


@pytest.mark.parametrize(
    ("shape", "kind", "most"),
    [*((shape, torch.float32, 5e-6) for shape in SHAPES), (SHAPES[1], torch.float16, 2e-3), (SHAPES[1], torch.bfloat16, 1.5e-2)],
)
def test_results_and_gradients_are_those_of_plain_torch(shape: tuple, kind: torch.dtype, most: float) -> None:
    groups, _, kernel, stride, padding, dilation, scale = shape
    inputs = given(shape, kind)
    options = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    theirs = dcnv3(*inputs, groups=groups, offset_scale=scale, **options)
    ours = FusedDcnv3.apply(*inputs, groups, scale, tuple(options.values()))
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    asked = torch.randn_like(theirs)
    pairs = zip(
        (theirs, *torch.autograd.grad(theirs, inputs, asked)), (ours, *torch.autograd.grad(ours, inputs, asked)), strict=True
    )
    for expected, found in pairs:
        assert found.dtype == expected.dtype
        assert (expected.float() - found.float()).abs().max() <= most * expected.float().abs().max()


def test_a_layer_on_a_gpu_takes_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    layer, features = DCNv3(32, 2, offset_scale=2.0), torch.randn(1, 6, 5, 32)
    torch.nn.init.normal_(layer.offset.weight, std=0.3)
    without = layer(features)
    taken = []
    monkeypatch.setattr(plain, "fused_on", lambda device: lambda *given: (taken.append(device), FusedDcnv3.apply(*given))[1])
    torch.testing.assert_close(layer(features), without, atol=1e-5, rtol=1e-5)
    assert taken == [features.device]
    layer(features).square().sum().backward()
    assert all(parameter.grad is not None for parameter in layer.parameters())


def test_the_processor_and_double_precision_stay_with_plain_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plain.fused_on(torch.device("cpu")) is None
    monkeypatch.setattr(plain, "fused_on", lambda _: pytest.fail("double precision is none of the kernel's"))
    inputs = given(SHAPES[0], torch.float64)
    assert dcnv3(*inputs, groups=2).dtype == torch.float64


def test_where_it_cannot_be_built_that_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_compiler(*_: object) -> Tensor:
        raise RuntimeError("Failed to find C compiler")

    works_on.cache_clear()
    assert works_on(torch.device("cpu"))
    works_on.cache_clear()
    monkeypatch.setattr(dcnv3_fused.FusedDcnv3, "apply", no_compiler)
    with pytest.warns(FusionWarning, match="Failed to find C compiler.*the slower plain way is") as said:
        assert [works_on(torch.device("cpu")) for _ in range(2)] == [False, False]
    assert len(said) == 1
    works_on.cache_clear()


@pytest.mark.skipif(sys.platform != "linux", reason="Triton compiles for CUDA on Linux")
def test_the_kernels_compile_for_a_gpu_that_is_not_there(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    environment |= {"TRITON_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", COMPILED], env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["True"] * 6
