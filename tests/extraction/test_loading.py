"""Checkpoints that are broken in one way each: one clear line, whatever transformers makes of them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from safetensors.torch import load_file, save_file

from spexlab.extraction import load_model
from tests.support.tiny import save_spex, tiny_spex

Weights = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_spex(tiny_spex(), tmp_path_factory.mktemp("checkpoints") / "whole")


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "mine"))


def refused(name: str | Path) -> str:
    with pytest.raises(ValueError, match=r"\w{3}") as caught:
        load_model(name, device="cpu")
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 1000
    assert Path(name).name in said
    return said


def with_weights(folder: Path, change: Callable[[Weights], object]) -> Path:
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def with_config(folder: Path, **changed: Any) -> Path:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changed))
    return folder


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(folder: Path, value: float) -> None:
    def spoil(weights: Weights) -> None:
        weights["target_head.bias"][0] = value

    said = refused(with_weights(folder, spoil))
    assert "target_head.bias" in said
    assert "must be finite" in said


def test_weights_of_another_shape(folder: Path) -> None:
    def crop(weights: Weights) -> None:
        weights["target_head.bias"] = weights["target_head.bias"][:-1].clone()

    assert "other shapes than its config.json says" in refused(with_weights(folder, crop))


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "3", '"spex"', "{}", '{"model_type": "bert"}'])
def test_a_config_of_another_form(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    assert "config.json" in refused(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vision_config", "internimage"),
        ("text_config", [1]),
        ("targets", "water"),
        ("window", "large"),
        ("window", 0),
        ("std", 0.0),
        ("indices", ["FOO"]),
        ("calibration", {"coarse": 3}),
    ],
)
def test_a_config_of_wrong_values(folder: Path, name: str, value: Any) -> None:
    assert name in refused(with_config(folder, **{name: value}))


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1}'])
def test_a_broken_tokenizer(folder: Path, content: str) -> None:
    (folder / "tokenizer.json").write_text(content)
    assert "no SPEX checkpoint could be read" in refused(folder)


def test_without_network_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unplugged(*_: Any, **__: Any) -> Any:
        raise httpx.ConnectError("[Errno -3] Temporary failure in name resolution")

    monkeypatch.setattr(httpx.Client, "send", unplugged)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    said = refused("someone/spex-giant")
    assert "from Hugging Face" in said
    assert "the network" in said
