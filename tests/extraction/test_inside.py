"""How the checkpoint sees a tile."""

import numpy as np
import pytest
import torch

import spexlab
from spexlab.extraction.inside import look_inside


@pytest.fixture(scope="module")
def tile():
    return spexlab.simulate_scene(3, size=64)[0]


@pytest.fixture(scope="module")
def model():
    return spexlab.load_model("spex-tiny", device="cpu")


@pytest.fixture(scope="module")
def seen(model, tile):
    return look_inside(model, tile, ["water", "trees"])


def test_each_step_has_its_shape(seen, model) -> None:
    water = seen["water"]
    sizes = [level.shape[1] for level in water.levels]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 2 * sizes[1] == 4 * sizes[2]
    assert len(water.tokens) == model.model.config.prompt_tokens
    assert len(water.attention) == 1 + len(water.tokens)
    assert water.logits.shape == (64, 64)
    assert water.question.target == "water"


def test_attention_is_shared_out_among_the_cells(seen) -> None:
    for one in seen.values():
        assert one.attention.min() >= 0
        assert one.attention.sum(axis=(1, 2)) == pytest.approx(1.0, abs=1e-4)


def test_tokens_differ_by_target_and_scales_do_not(seen) -> None:
    assert not np.allclose(seen["water"].tokens, seen["trees"].tokens, atol=1e-2)
    assert seen["water"].levels[0] is seen["trees"].levels[0]


def test_the_answer_is_the_one_that_extraction_gives(seen, model, tile) -> None:
    with torch.inference_mode():
        segment = model.segment(model.encode(tile)[0], seen["water"].question)
    assert seen["water"].logits == pytest.approx(segment.logits, abs=1e-3)
    assert model.model.mask_decoder.config._attn_implementation == "sdpa"


def test_components_are_colours(seen) -> None:
    colours = seen["water"].components(1)
    assert colours.shape == (*seen["water"].levels[1].shape[1:], 3)
    assert (colours.min(), colours.max()) == (0, 1)


def test_what_cannot_be_looked_at_is_refused(model) -> None:
    with pytest.raises(ValueError, match="bananas was asked for"):
        look_inside(model, spexlab.simulate_scene(0, size=32)[0], ["bananas"])
    with pytest.raises(ValueError, match=f"at most {model.window} pixels a side"):
        look_inside(model, spexlab.simulate_scene(0, size=(32, model.window + 1))[0], ["water"])
