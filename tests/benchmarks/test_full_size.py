"""The benchmark at full size: its model's shape, its steps on a small one, and its table."""

from types import ModuleType

import pytest
import torch
from transformers import Qwen2Config

from spexlab.model.configuration import InternImageConfig, SpexConfig
from spexlab.model.spex import SpexForExtraction
from tests.support.benchmarks import load


@pytest.fixture
def full_size() -> ModuleType:
    return load("full_size")


def test_the_model_has_the_released_size(full_size: ModuleType) -> None:
    with torch.device("meta"):
        model = SpexForExtraction(full_size.full_size())
    assert sum(parameter.numel() for parameter in model.parameters()) == pytest.approx(1.8e9, rel=0.03)


def test_every_step_is_timed(full_size: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    words = Qwen2Config(vocab_size=100, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2)
    words.num_key_value_heads, words.bos_token_id, words.eos_token_id = 2, None, None
    config = SpexConfig(
        vision_config=InternImageConfig(embed_dim=16, depths=[1, 1, 1, 1], groups=[1, 2, 4, 8]),
        text_config=words,
        feature_channels=16,
        decoder_channels=16,
        decoder_heads=2,
        condense="mask_tokens",
        image_token_id=90,
        mask_token_id=91,
    )
    for name, value in {"SIDE": 64, "WORDS": 8, "FIRST_WORD": 10, "IMAGE_TOKEN": 90, "MASK_TOKEN": 91}.items():
        monkeypatch.setattr(full_size, name, value)
    monkeypatch.setattr(full_size, "full_size", lambda: config)
    row = full_size.measure(torch.float32)
    assert set(row) == {"built", "tower", "image", "prompt", "next", "token", "gib"}
    assert all(value > 0 for value in row.values())


def test_the_table_compares_the_orders(full_size: ModuleType) -> None:
    row = {"built": 9.0, "tower": 3.0, "image": 10.0, "prompt": 7.0, "next": 7.0, "token": 0.5, "gib": 8.0}
    fast = {name: value / 4 for name, value in row.items()}
    text = full_size.table({"machine": "two cores", "rows": {"float32": row, "bfloat16": fast}})
    assert "| float32 | 3.0 | 10.0 | 7.0 | 20.0 | 7.0 | 0.50 | 8.0 GiB |" in text
    assert "single precision takes 148 s,\n30 times as long" in text
