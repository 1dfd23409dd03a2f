import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoProcessor, Qwen2Tokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

from spexlab.model.convert import convert_checkpoint, convert_state, released_config, rename
from spexlab.model.spex import SpexForExtraction

KEYS = Path(__file__).parents[3] / "shared" / "reference" / "released_keys.json"
VISION = "model.vision_tower.vision_tower.vision_model."
TEXT = {
    "model_type": "llava_qwen",
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 300,
    "rope_theta": 5e5,
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": True,
    "mm_patch_merge_type": "spatial_unpad",
}


def linear(name: str, out: int, *shape: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (out, *shape)
    yield f"{name}.bias", (out,)


def backbone_shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    """A tiny backbone in the authors' names: 16 channels, depths 1-1-1-1, one group of 16 channels in the first level."""
    yield from linear("patch_embed.conv1", 8, 3, 3, 3)
    yield from linear("patch_embed.norm1.1", 8)
    yield from linear("patch_embed.conv2", 16, 8, 3, 3)
    yield from linear("patch_embed.norm2.1", 16)
    for level, groups in enumerate((1, 2, 4, 8)):
        width, block = 16 * groups, f"levels.{level}.blocks.0"
        yield from (((f"{block}.weight{branch}"), (width,)) for branch in (1, 2))
        yield from linear(f"{block}.norm1.0", width)
        yield from linear(f"{block}.dcn.dw_conv.0", width, 1, 3, 3)
        yield from linear(f"{block}.dcn.dw_conv.1.1", width)
        yield from linear(f"{block}.dcn.offset", 18 * groups, width)
        yield from linear(f"{block}.dcn.mask", 9 * groups, width)
        yield from linear(f"{block}.dcn.input_proj", width, width)
        yield from linear(f"{block}.dcn.output_proj", width, width)
        yield from linear(f"{block}.norm2.0", width)
        yield from linear(f"{block}.mlp.fc1", 4 * width, width)
        yield from linear(f"{block}.mlp.fc2", width, 4 * width)
        if level < 3:
            yield f"levels.{level}.downsample.conv.weight", (2 * width, width, 3, 3)
            yield from linear(f"levels.{level}.downsample.norm.1", 2 * width)
    yield from linear("feat_aggregator.fuse_all.0", 64, 240, 1, 1)
    yield from linear("feat_aggregator.fuse_all.1", 64)
    for conv, shape in ((1, (64, 64, 1, 1)), (2, (64, 64, 3, 3))):
        yield f"visionneck.conv{conv}.weight", shape
        yield from linear(f"visionneck.layer_norm{conv}", 64)


def sam_shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "sampromptencoder.shared_embedding.positional_embedding", (2, 32)
    yield "sampromptencoder.no_mask_embed.weight", (1, 64)
    yield "sampromptencoder.not_a_point_embed.weight", (1, 64)
    yield "sampromptencoder.point_embed.0.weight", (1, 64)
    yield from linear("sampromptencoder.mask_embed.conv3", 64, 16, 1, 1)
    yield "mask_decoder.iou_token.weight", (1, 64)
    yield "mask_decoder.mask_tokens.weight", (4, 64)
    attentions = {"final_attn_token_to_image": 32}
    for layer in ("layers.0", "layers.1"):
        attentions |= {f"{layer}.self_attn": 64}
        attentions |= {f"{layer}.cross_attn_{way}": 32 for way in ("token_to_image", "image_to_token")}
        yield from linear(f"mask_decoder.transformer.{layer}.mlp.lin1", 80, 64)
        yield from linear(f"mask_decoder.transformer.{layer}.mlp.lin2", 64, 80)
        for norm in (1, 2, 3, 4):
            yield from linear(f"mask_decoder.transformer.{layer}.layer_norm{norm}", 64)
    for attention, width in attentions.items():
        for projection in "qkv":
            yield from linear(f"mask_decoder.transformer.{attention}.{projection}_proj", width, 64)
        yield from linear(f"mask_decoder.transformer.{attention}.out_proj", 64, width)
    yield from linear("mask_decoder.transformer.layer_norm_final_attn", 64)
    yield "mask_decoder.upscale_conv1.weight", (64, 16, 2, 2)
    yield "mask_decoder.upscale_conv1.bias", (16,)
    yield "mask_decoder.upscale_conv2.weight", (16, 8, 2, 2)
    yield "mask_decoder.upscale_conv2.bias", (8,)
    yield from linear("mask_decoder.upscale_layer_norm", 16)
    heads = {f"output_hypernetworks_mlps.{index}": 8 for index in range(4)} | {"iou_prediction_head": 4}
    for head, out in heads.items():
        yield from linear(f"mask_decoder.{head}.proj_in", 64, 64)
        yield from linear(f"mask_decoder.{head}.layers.0", 64, 64)
        yield from linear(f"mask_decoder.{head}.proj_out", out, 64)
    for index, out, width in ((0, 40, 32), (2, 24, 40), (4, 64, 24)):
        yield from linear(f"lan_neck.text_mlp.{index}", out, width)


def language_shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "model.embed_tokens.weight", (300, 32)
    yield "lm_head.weight", (300, 32)
    for projection, out in (("q", 32), ("k", 16), ("v", 16)):
        yield from linear(f"model.layers.0.self_attn.{projection}_proj", out, 32)
    yield "model.layers.0.self_attn.o_proj.weight", (32, 32)
    yield "model.layers.0.mlp.gate_proj.weight", (48, 32)
    yield "model.layers.0.mlp.up_proj.weight", (48, 32)
    yield "model.layers.0.mlp.down_proj.weight", (32, 48)
    for norm in ("layers.0.input_layernorm", "layers.0.post_attention_layernorm", "norm"):
        yield f"model.{norm}.weight", (32,)
    yield from linear("model.mm_projector.0", 32, 64)
    yield from linear("model.mm_projector.2", 32, 32)
    yield "model.image_newline", (32,)


@pytest.fixture
def released() -> dict[str, Tensor]:
    """A tiny checkpoint as the authors' code would save it."""
    torch.manual_seed(0)
    shapes = {VISION + key: shape for key, shape in backbone_shapes()}
    shapes |= {"model.vision_tower." + key: shape for key, shape in sam_shapes()} | dict(language_shapes())
    state = {key: torch.randn(shape) * 0.1 for key, shape in shapes.items()}
    return state | {"lm_head.weight": state["model.embed_tokens.weight"].clone()}


@pytest.fixture
def folder(tmp_path: Path, released: dict[str, Tensor]) -> Path:
    """The checkpoint as a folder, in two shards, with a byte-level tokenizer."""
    folder = tmp_path / "released"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(TEXT))
    keys = sorted(released)
    for shard in (0, 1):
        save_file({key: released[key] for key in keys[shard::2]}, folder / f"model-0000{shard + 1}-of-00002.safetensors")
    markers = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocab = {token: index for index, token in enumerate([*bytes_to_unicode().values(), *markers])}
    Qwen2Tokenizer(vocab=vocab, merges=[], extra_special_tokens=markers[1:]).save_pretrained(folder)
    return folder


def test_converted_weights_are_the_released_ones(folder: Path, released: dict[str, Tensor], tmp_path: Path) -> None:
    target = convert_checkpoint(folder, tmp_path / "new" / "spex")
    model = SpexForExtraction.from_pretrained(target)
    pairs = {
        VISION + "patch_embed.conv1.weight": model.backbone.stem.conv1.weight,
        VISION + "levels.0.downsample.conv.weight": model.backbone.stages[1].downsample.weight,
        VISION + "levels.2.blocks.0.dcn.dw_conv.1.1.bias": model.backbone.stages[2].layers[0].dcn.norm.bias,
        VISION + "levels.3.blocks.0.weight2": model.backbone.stages[3].layers[0].scale2,
        VISION + "visionneck.layer_norm2.weight": model.neck.norm2.weight,
        "model.vision_tower.lan_neck.text_mlp.4.weight": model.condenser.layers[2].weight,
        "model.vision_tower.sampromptencoder.shared_embedding.positional_embedding": model.mask_decoder.positional_embedding,
        "model.layers.0.self_attn.k_proj.bias": model.language_model.model.layers[0].self_attn.k_proj.bias,
        "model.mm_projector.2.bias": model.projector.linear2.bias,
        "lm_head.weight": model.language_model.lm_head.weight,
    }
    for key, value in pairs.items():
        assert torch.equal(released[key], value), key


def test_converted_config_says_what_the_released_model_is(folder: Path, tmp_path: Path) -> None:
    config = SpexForExtraction.from_pretrained(convert_checkpoint(folder, tmp_path / "spex")).config
    assert config.vision_config.depths == [1, 1, 1, 1]
    assert config.vision_config.groups == [1, 2, 4, 8]
    assert config.text_config.rope_parameters["rope_theta"] == 5e5
    assert config.condenser_widths == [40, 24]
    assert config.decoder_mlp == 80
    assert config.double_softmax
    assert config.condense == "answer"


def test_converted_processor_makes_the_prompts_that_the_model_reads(folder: Path, tmp_path: Path) -> None:
    target = convert_checkpoint(folder, tmp_path / "spex")
    processor, model = AutoProcessor.from_pretrained(target), SpexForExtraction.from_pretrained(target).eval()
    features = model.encode(torch.rand(1, 3, 64, 64))
    ids = torch.tensor([processor.question("<image>\nwater", size=(64, 64))])
    assert (ids == model.config.image_token_id).sum() == 16
    assert model.generate(features, ids, max_new_tokens=2, eos_token_id=None, pad_token_id=0).shape == (1, 2)


@pytest.mark.parametrize("kept", [False, True])
def test_the_image_newline_is_kept_only_when_asked_for(folder: Path, tmp_path: Path, *, kept: bool) -> None:
    model = SpexForExtraction.from_pretrained(convert_checkpoint(folder, tmp_path / "spex", image_newline=kept))
    assert (model.image_newline is not None) == kept


def test_without_tokenizer_files_there_is_no_processor(folder: Path, tmp_path: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    with pytest.warns(UserWarning, match="no tokenizer"):
        target = convert_checkpoint(folder, tmp_path / "spex")
    assert SpexForExtraction.from_pretrained(target).config.image_token_id == 299


def test_nothing_is_left_where_the_checkpoint_is_incomplete(folder: Path, tmp_path: Path) -> None:
    (folder / "model-00001-of-00002.safetensors").unlink()
    with pytest.raises(ValueError, match="missing"):
        convert_checkpoint(folder, tmp_path / "out" / "spex")
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_an_adapter_is_refused(folder: Path, tmp_path: Path) -> None:
    save_file({"base_model.model.model.layers.0.q_proj.lora_A.weight": torch.zeros(1)}, folder / "adapter.safetensors")
    with pytest.raises(ValueError, match="LoRA"):
        convert_checkpoint(folder, tmp_path / "spex")


def test_a_foreign_model_is_refused(folder: Path, tmp_path: Path) -> None:
    for shard in folder.glob("*.safetensors"):
        shard.unlink()
    save_file({"model.embed_tokens.weight": torch.zeros(4, 4), "model.norm.weight": torch.zeros(4)}, folder / "m.safetensors")
    with pytest.raises(ValueError, match="released SPEX"):
        convert_checkpoint(folder, tmp_path / "spex")


def test_pickled_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    for shard in folder.glob("*.safetensors"):
        shard.rename(shard.with_suffix(".bin"))
    with pytest.raises(FileNotFoundError, match="convert them to safetensors"):
        convert_checkpoint(folder, tmp_path / "spex")


def test_a_truncated_file_is_named(folder: Path, tmp_path: Path) -> None:
    path = folder / "model-00001-of-00002.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(OSError, match="model-00001"):
        convert_checkpoint(folder, tmp_path / "spex")


def test_an_existing_target_is_not_touched(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="must not exist"):
        convert_checkpoint(folder, tmp_path)


@pytest.mark.parametrize("text", ["{", "{}", "[]"])
def test_a_wrong_config_is_named(folder: Path, tmp_path: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    with pytest.raises(ValueError, match=r"config\.json"):
        convert_checkpoint(folder, tmp_path / "spex")


def test_unread_parts_of_sams_prompt_encoder_are_dropped() -> None:
    assert rename("model.vision_tower.sampromptencoder.point_embed.3.weight") is None


@pytest.mark.data
@pytest.mark.skipif(not KEYS.is_file(), reason="the list of released keys is not here (../shared/reference)")
def test_every_released_key_fits_the_full_size_model() -> None:
    about = json.loads(KEYS.read_text())
    state = convert_state({key: torch.empty(entry["shape"], device="meta") for key, entry in about["keys"].items()})
    config = released_config(state, about["about"]["config"])
    with torch.device("meta"):
        model = SpexForExtraction(config)
    assert {key: value.shape for key, value in model.state_dict().items()} == {key: value.shape for key, value in state.items()}
    unread_but_saved = 6220 - 256  # SAM's point and mask embeddings
    assert sum(value.numel() for value in model.parameters()) == about["about"]["unique_parameters"] - unread_but_saved
