"""The benchmark of precisions: each way is left as it was found, and a way that changes masks is not taken."""

from types import ModuleType

import numpy as np
import pytest
import torch

from tests.support.benchmarks import load


@pytest.fixture
def precision() -> ModuleType:
    return load("precision")


def test_products_are_of_single_precision_again_afterwards(precision: ModuleType) -> None:
    before = torch.backends.mkldnn.matmul.fp32_precision, torch.backends.mkldnn.conv.fp32_precision
    with precision.products():
        assert torch.backends.mkldnn.matmul.fp32_precision == "bf16"
    assert (torch.backends.mkldnn.matmul.fp32_precision, torch.backends.mkldnn.conv.fp32_precision) == before


def test_overlaps_are_of_all_scenes_and_of_targets_that_are_there(precision: ModuleType) -> None:
    half, whole, none = np.arange(4) < 2, np.ones(4, bool), np.zeros(4, bool)
    plain = {(0, "water"): whole, (1, "water"): whole, (0, "snow"): none, (1, "snow"): none}
    masks = {**plain, (0, "water"): half}
    assert precision._overlaps(masks, plain) == {"water": 6 / 8}


def test_a_way_that_changes_masks_is_not_taken(precision: ModuleType) -> None:
    rows = {
        "float32": {"encode": 1.0, "ask": 0.2, "iou": {"water": 1.0}},
        "bfloat16 products": {"encode": 0.5, "ask": 0.1, "iou": {"water": 0.9991, "trees": 0.9985}},
        "bfloat16 autocast": {"encode": 0.4, "ask": 0.1, "iou": {"water": 0.99, "trees": 0.97}},
    }
    text = precision.table({"machine": "two cores", "scenes": 4, "rows": rows})
    assert "| float32 | 1.00 | 1.00 | 0.20 | – | yes |" in text
    assert "| bfloat16 products | 0.50 | 2.00 | 0.10 | 0.9985, trees | yes |" in text
    assert "| bfloat16 autocast | 0.40 | 2.50 | 0.10 | 0.9700, trees | no |" in text
