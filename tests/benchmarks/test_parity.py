import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

Parity = Callable[[Path], int]
ROOT = Path(__file__).parents[2]
GOLDEN = ROOT.parent / "shared" / "reference" / "golden"
needs_golden = pytest.mark.skipif(not GOLDEN.is_dir(), reason="the golden tensors are not here (../shared/reference/golden)")


@pytest.fixture
def parity(monkeypatch: pytest.MonkeyPatch) -> Parity:
    """The script's main, without starting Python and torch anew for each test."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    main = importlib.import_module("parity").main
    return lambda folder: main([str(folder)])


def condenser_file() -> dict[str, Tensor]:
    """A golden file that torch itself can make: the condenser on one span."""
    torch.manual_seed(0)
    layers = {0: nn.Linear(6, 8), 2: nn.Linear(8, 5), 4: nn.Linear(5, 3)}
    states = torch.randn(7, 6)
    pooled = nn.AdaptiveAvgPool1d(4)(states.T).T
    result = layers[4](layers[2](layers[0](pooled).relu()).relu())
    tensors = {f"sd.text_mlp.{index}.{name}": value for index, layer in layers.items() for name, value in layer.named_parameters()}
    tensors |= {"len7.in.x": states, "len7.out.pooled": pooled[None], "len7.out.y": result[None]}
    return {key: value.detach().contiguous() for key, value in tensors.items()}


def write(folder: Path, tensors: dict[str, Tensor]) -> Path:
    config = {"input_channels": 6, "out_channels": 3, "num_seq": 4, "mlp": [6, 8, 5, 3]}
    save_file(tensors, folder / "token_condenser.safetensors")
    (folder / "golden.json").write_text(json.dumps({"files": {"token_condenser.safetensors": {"config": config}}}))
    return folder


def test_the_script_ends_with_its_verdict(tmp_path: Path) -> None:
    script = [sys.executable, ROOT / "benchmarks" / "parity.py"]
    done = subprocess.run([*script, write(tmp_path, condenser_file())], check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "token_condenser" in done.stdout
    assert subprocess.run([*script, tmp_path / "nowhere"], check=False, capture_output=True).returncode == 2


@pytest.mark.parametrize(("error", "code"), [(5e-5, 0), (2e-4, 1), (float("nan"), 1)])
def test_the_tolerance_decides(parity: Parity, tmp_path: Path, error: float, code: int) -> None:
    tensors = condenser_file()
    tensors["len7.out.y"].view(-1)[0] += error * tensors["len7.out.y"].abs().max()
    assert parity(write(tmp_path, tensors)) == code


def test_another_shape_is_a_difference(parity: Parity, tmp_path: Path) -> None:
    tensors = condenser_file()
    tensors["len7.out.y"] = tensors["len7.out.y"][:, :2].contiguous()
    assert parity(write(tmp_path, tensors)) == 1


@pytest.mark.parametrize("damage", ["folder", "json", "files", "kind", "missing", "truncated", "weights", "config", "empty"])
def test_what_cannot_be_compared_is_one_line(
    parity: Parity, capsys: pytest.CaptureFixture[str], tmp_path: Path, damage: str
) -> None:
    tensors = condenser_file()
    if damage == "weights":
        del tensors["sd.text_mlp.2.bias"]
    if damage == "empty":
        tensors = {key: value for key, value in tensors.items() if key.startswith("sd.")}
    folder = write(tmp_path, tensors)
    data, index = folder / "token_condenser.safetensors", folder / "golden.json"
    if damage == "folder":
        folder = tmp_path / "nowhere"
    elif damage == "json":
        index.write_text("{")
    elif damage == "files":
        index.write_text("{}")
    elif damage == "kind":
        index.write_text(index.read_text().replace("token_condenser", "other"))
        data.rename(folder / "other.safetensors")
    elif damage == "missing":
        data.unlink()
    elif damage == "truncated":
        data.write_bytes(data.read_bytes()[:-8])
    elif damage == "config":
        index.write_text(index.read_text().replace("num_seq", "number"))
    assert parity(folder) == 2
    error = capsys.readouterr().err
    assert error.startswith("parity: ")
    assert len(error.splitlines()) == 1


@pytest.mark.data
@needs_golden
def test_every_golden_file_is_within_the_tolerance(parity: Parity, capsys: pytest.CaptureFixture[str]) -> None:
    assert parity(GOLDEN) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in json.loads((GOLDEN / "golden.json").read_text())["files"])


@pytest.mark.data
@needs_golden
def test_a_changed_golden_tensor_is_noticed(parity: Parity, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    name = "internimage_tiny.safetensors"
    tensors = load_file(GOLDEN / name)
    tensors["sq64.out.level3"] *= 1.001
    save_file(tensors, tmp_path / name)
    about = json.loads((GOLDEN / "golden.json").read_text())
    (tmp_path / "golden.json").write_text(json.dumps({"files": {name: about["files"][name]}}))
    assert parity(tmp_path) == 1
    assert "sq64.out.level3" in capsys.readouterr().out
