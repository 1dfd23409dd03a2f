"""The benchmark of training steps: what learns is what its row says, and larger models read what spex-tiny reads."""

from types import ModuleType

import pytest

from spexlab.extraction import load_model
from tests.support.benchmarks import load


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made = load("training")
    monkeypatch.setattr(made, "STEPS", 2)
    monkeypatch.setattr(made, "SIDE", 32)
    monkeypatch.setattr(made, "CROPS", 1)
    return made


def test_a_row_learns_what_it_says(training: ModuleType) -> None:
    tiny = load_model("spex-tiny").model
    weights = sum(weight.numel() for weight in tiny.parameters())
    whole, adapters = (training.measure(training.Row("spex-tiny", adapters=chosen)) for chosen in (False, True))
    assert whole["learns"] == whole["weights"] == weights
    assert 0 < adapters["learns"] == adapters["weights"] - weights < weights / 10
    assert all(row["seconds"] > 0 and row["gib"] > 0.1 for row in (whole, adapters))


def test_larger_models_have_published_shapes_and_read_what_the_small_one_reads(training: ModuleType) -> None:
    middle, full, tiny = (training.shape(name) for name in (training.MIDDLE, training.FULL, training.TINY))
    assert (middle.text_config.hidden_size, full.text_config.hidden_size) == (896, 1536)
    assert (middle.vision_config.embed_dim, full.vision_config.embed_dim) == (64, 160)
    for config in (middle, full):
        assert config.vision_config.index_channels == len(config.indices) == len(tiny.indices)
        assert (config.mask_token_id, config.targets) == (tiny.mask_token_id, tiny.targets)


def test_the_table_says_how_many_crops_a_minute(training: ModuleType) -> None:
    measured = {"seconds": 0.5, "learns": 20_000, "weights": 494_000_000, "gib": 3.24}
    row = {"model": "one", "adapters": True, "mixed": True, "again": False, **measured}
    text = training.table({"machine": "two cores", "bfloat16": True, "rows": [row]})
    assert "| one | 494 M | 20 k, adapters | bfloat16, mixed | kept | 0.5 | 120 | 3.2 GiB |" in text
    assert "float32" in training.table({"machine": "two cores", "bfloat16": False, "rows": [row]})
