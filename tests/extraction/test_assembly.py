"""A new SPEX from a language model and a backbone: their weights are kept, it answers, trains, and comes back from its folder."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    AutoBackbone,
    AutoModelForCausalLM,
    ConvNextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    SwinConfig,
    ViTConfig,
)

import spexlab
from spexlab.extraction.assembly import new_spex
from spexlab.language.question import question_about
from spexlab.model.configuration import InternImageConfig
from spexlab.places import simulated_places
from spexlab.training import FinetuneSettings, LoraSettings, finetune
from tests.support.tiny import tiny_spex

SMALL = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 2, "num_key_value_heads": 1}
SHAPE = {"feature_channels": 16, "decoder_channels": 32, "decoder_mlp": 32, "decoder_heads": 2, "condenser_widths": [32]}
LAYERS = {"depths": [1, 1, 1, 1]}
CONVNEXT = ConvNextConfig(**LAYERS, hidden_sizes=[8, 16, 32, 64])
SWIN = SwinConfig(**LAYERS, embed_dim=8, num_heads=[1, 1, 2, 2], window_size=4)
INTERNIMAGE = InternImageConfig(**LAYERS, embed_dim=8, groups=[1, 1, 2, 2], spectral_width=8, detail_channels=8)
SCENE = spexlab.simulate_scene(3, size=64)[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(
        Qwen3ForCausalLM(Qwen3Config(**SMALL, head_dim=16, vocab_size=400)), tmp_path_factory.mktemp("words") / "small-qwen"
    )


def written(words: torch.nn.Module, folder: Path) -> Path:
    """A language model as people publish it, with a tokenizer that knows nothing of images."""
    words.save_pretrained(folder)
    tokenizer = tiny_spex().processor.tokenizer
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("backbone", [INTERNIMAGE, CONVNEXT, SWIN], ids=lambda config: config.model_type)
def test_it_answers_and_comes_back_from_its_folder(folder: Path, backbone: object, tmp_path: Path) -> None:
    spex = new_spex(folder, backbone=backbone, **SHAPE)
    kept = AutoModelForCausalLM.from_pretrained(folder).state_dict()
    mine = spex.model.language_model.state_dict()
    assert all(torch.equal(weight, mine[name][: len(weight)]) for name, weight in kept.items())
    spex.model.save_pretrained(tmp_path)
    spex.processor.save_pretrained(tmp_path)
    again = spexlab.load_model(tmp_path, device="cpu")
    first, second = (one.segment(one.encode(SCENE)[0], question_about(SCENE, "water")).logits for one in (spex, again))
    assert first.shape == (64, 64)
    np.testing.assert_allclose(first, second, atol=1e-5)


def test_another_process_reads_it_with_what_load_model_imports(folder: Path, tmp_path: Path) -> None:
    spex = new_spex(folder, backbone=CONVNEXT, **SHAPE)
    spex.model.save_pretrained(tmp_path)
    spex.processor.save_pretrained(tmp_path)
    code = f"import spexlab; print(type(spexlab.load_model({str(tmp_path)!r}, device='cpu').model.backbone).__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "BridgedBackbone"


def test_a_language_model_with_fewer_words_than_the_marks_need_grows(tmp_path: Path) -> None:
    tokens = len(tiny_spex().processor.tokenizer) - 1
    words = written(LlamaForCausalLM(LlamaConfig(**SMALL, vocab_size=tokens)), tmp_path / "llama")
    spex = new_spex(words, backbone=INTERNIMAGE, **SHAPE)
    assert spex.model.language_model.get_input_embeddings().num_embeddings == len(spex.processor.tokenizer) == tokens + 1
    assert spex.model.config.text_config.model_type == "llama"


def test_the_weights_of_a_backbone_of_transformers_are_kept(folder: Path, tmp_path: Path) -> None:
    body = AutoBackbone.from_config(ConvNextConfig.from_dict({**CONVNEXT.to_dict(), "out_features": ["stage4"]}))
    body.save_pretrained(tmp_path)
    spex = new_spex(folder, backbone=tmp_path, **SHAPE)
    mine = spex.model.backbone.body.state_dict()
    assert all(torch.equal(weight, mine[name]) for name, weight in body.state_dict().items() if name in mine)
    assert spex.model.backbone.body.out_features == ["stage1", "stage2", "stage3", "stage4"]


def test_a_preset_has_the_shape_that_was_published(folder: Path) -> None:
    config = new_spex(folder, backbone="internimage-t", **SHAPE).model.config.vision_config
    assert (config.hidden_sizes, config.depths, config.groups) == ([64, 128, 256, 512], [4, 4, 18, 4], [4, 8, 16, 32])


def test_it_is_tuned_with_adapters(folder: Path, tmp_path: Path) -> None:
    spex = new_spex(folder, backbone=INTERNIMAGE, **SHAPE)
    places = simulated_places(2, size=64, sensors=[("sentinel-2", 10.0)])
    settings = FinetuneSettings(steps=1, batch_size=1, sizes=(32,), targets=1, instructions=1, lora=LoraSettings(rank=2))
    run = finetune(places, out=tmp_path / "run", model=spex, settings=settings)
    assert run.state == "finished"
    assert spexlab.load_model(run.model, device="cpu").targets == spex.targets


@pytest.mark.parametrize(
    ("words", "backbone", "said"),
    [
        (None, ViTConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1), "must have 4 stages.* but 'vit' has"),
        (GPT2LMHeadModel(GPT2Config(n_embd=8, n_layer=1, n_head=1, vocab_size=400)), INTERNIMAGE, "but .* is a GPT2LMHeadModel"),
    ],
)
def test_what_does_not_fit_is_refused(
    words: torch.nn.Module | None, backbone: object, said: str, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=said):
        new_spex(folder if words is None else written(words, tmp_path), backbone=backbone, **SHAPE)
