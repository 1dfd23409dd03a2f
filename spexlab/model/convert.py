"""Released SPEX checkpoint -> a folder that ``SpexForExtraction.from_pretrained`` reads.

Names on the left of the rules below are those of the authors' code (arXiv 2508.05202). Every key of a checkpoint is either
renamed or known to be unused; a key that is neither is an error.
"""

import json
import re
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import save_torch_state_dict
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import PreTrainedTokenizerBase, Qwen2Tokenizer

from spexlab.model.configuration import SpexConfig
from spexlab.model.processor import IMAGE_TOKEN, SpexProcessor
from spexlab.model.spex import SpexForExtraction

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Input statistics of the authors' demo, for RGB in 0-1."""

_VISION = "model.vision_tower.vision_tower.vision_model."
_SAM = "model.vision_tower.sampromptencoder."
_Rules = tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...]
_LAYER_RULES: _Rules = (
    (r"\bdw_conv\.0\.", "depthwise."),
    (r"\bdw_conv\.1\.1\.", "norm."),
    (r"\bnorm([12])\.0\.", r"norm\1."),
    (r"\bweight([12])$", r"scale\1"),
)
# A level of theirs ends with the halving of the map that a stage of ours begins with.
_BACKBONE_RULES: _Rules = (
    (r"^patch_embed\.(conv[12])\.", r"backbone.stem.\1."),
    (r"^patch_embed\.(norm[12])\.1\.", r"backbone.stem.\1."),
    (r"^levels\.(\d+)\.blocks\.(\d+)\.", r"backbone.stages.\1.layers.\2."),
    (r"^levels\.(\d+)\.downsample\.conv\.", lambda found: f"backbone.stages.{int(found[1]) + 1}.downsample."),
    (r"^levels\.(\d+)\.downsample\.norm\.1\.", lambda found: f"backbone.stages.{int(found[1]) + 1}.downsample_norm."),
    (r"^levels\.(\d+)\.norm\.0\.", r"backbone.stages.\1.norm."),
    (r"^feat_aggregator\.fuse_all\.0\.", "aggregator.projection."),
    (r"^feat_aggregator\.fuse_all\.1\.", "aggregator.norm."),
    (r"^visionneck\.layer_norm([12])\.", r"neck.norm\1."),
    (r"^visionneck\.conv([12])\.", r"neck.conv\1."),
)
_MODEL_RULES: _Rules = (
    (r"^model\.vision_tower\.lan_neck\.text_mlp\.0\.", "condenser.layers.0."),
    (r"^model\.vision_tower\.lan_neck\.text_mlp\.2\.", "condenser.layers.1."),
    (r"^model\.vision_tower\.lan_neck\.text_mlp\.4\.", "condenser.layers.2."),
    (rf"^{re.escape(_SAM)}shared_embedding\.", "mask_decoder."),
    (rf"^{re.escape(_SAM)}no_mask_embed\.", "mask_decoder.no_mask_embed."),
    (r"^model\.vision_tower\.mask_decoder\.", "mask_decoder."),
    (r"^model\.mm_projector\.0\.", "projector.linear1."),
    (r"^model\.mm_projector\.2\.", "projector.linear2."),
    (r"^model\.image_newline$", "image_newline"),
    (r"^(model\.(?:embed_tokens|layers|norm)\.)", r"language_model.\1"),
    (r"^lm_head\.", "language_model.lm_head."),
)
_UNUSED = tuple(_SAM + name for name in ("point_embed.", "not_a_point_embed.", "mask_embed."))
_TEXT_KEYS = (
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
    "hidden_act", "max_position_embeddings", "rms_norm_eps", "rope_theta", "rope_parameters", "tie_word_embeddings", "bos_token_id",
    "eos_token_id", "pad_token_id",
)  # fmt: skip


def rename_layer(key: str) -> str:
    """Our name of a parameter inside an InternImage layer or DCNv3 module (``dw_conv.0.weight`` -> ``depthwise.weight``)."""
    for pattern, replacement in _LAYER_RULES:
        key = re.sub(pattern, replacement, key)
    return key


def rename(key: str) -> str | None:
    """Our name of a parameter of the released model, None for one that SPEX never reads.

    Raises
    ------
    ValueError
        If the released model has no such parameter.
    """
    if key.startswith(_UNUSED):
        return None
    inner, rules = (key.removeprefix(_VISION), _BACKBONE_RULES) if key.startswith(_VISION) else (key, _MODEL_RULES)
    for pattern, replacement in rules:
        renamed, count = re.subn(pattern, replacement, inner)
        if count:
            return rename_layer(renamed) if renamed.startswith("backbone.stages.") else renamed
    msg = (
        f"{key!r} is not a parameter of the released SPEX. Convert a full checkpoint; one trained with LoRA has to be "
        "merged with its base model first."
    )
    raise ValueError(msg)


def convert_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename a whole state dict; tensors are passed on as they are."""
    names = {key: rename(key) for key in state}
    return {name: state[key] for key, name in names.items() if name is not None}


def released_config(state: Mapping[str, Tensor], text: Mapping[str, Any], **overrides: Any) -> SpexConfig:
    """Configuration of a released model, read off the shapes of its (renamed) weights.

    Parameters
    ----------
    state
        Weights from `convert_state`; tensors without memory (``device="meta"``) do.
    text
        Fields of the language model, as in the released ``config.json``.
    overrides
        Fields of `SpexConfig` that shapes do not tell, where they differ from the released ones (``decoder_heads``, ...).

    Raises
    ------
    ValueError
        If a part of the model is missing.
    """
    try:
        fields = {"vision_config": _vision_fields(state), **_head_fields(state)}
    except KeyError as error:
        msg = f"The weights must be those of a whole released SPEX, got none called {error}: missing part of the checkpoint."
        raise ValueError(msg) from error
    fields |= {
        "text_config": {"model_type": "qwen2", **{key: text[key] for key in _TEXT_KEYS if key in text}},
        "tie_word_embeddings": text.get("tie_word_embeddings", True),
        "double_softmax": True,
        "mean": IMAGENET_MEAN,
        "std": IMAGENET_STD,
    }
    return SpexConfig(**(fields | overrides))


def _head_fields(state: Mapping[str, Tensor]) -> dict[str, Any]:
    return {
        "feature_channels": state["aggregator.projection.weight"].shape[0],
        "decoder_channels": state["neck.conv1.weight"].shape[0],
        "decoder_mlp": state["mask_decoder.transformer.layers.0.mlp.lin1.weight"].shape[0],
        "condenser_widths": [state[f"condenser.layers.{layer}.weight"].shape[0] for layer in (0, 1)],
        "image_newline": "image_newline" in state,
    }


def _vision_fields(state: Mapping[str, Tensor]) -> dict[str, Any]:
    layer = re.compile(r"backbone\.stages\.(\d+)\.layers\.(\d+)\.norm1\.weight")
    stage_of_layers = [int(found[1]) for found in map(layer.fullmatch, state) if found]
    stages = range(1 + max(stage_of_layers, default=0))
    first = "backbone.stages.0.layers.0."
    points = 9  # DCNv3 has 3 x 3 points a group
    return {
        "stem": "rgb",
        "embed_dim": state[first + "norm1.weight"].shape[0],
        "depths": [stage_of_layers.count(stage) for stage in stages],
        "groups": [state[f"backbone.stages.{stage}.layers.0.dcn.mask.bias"].shape[0] // points for stage in stages],
        "mlp_ratio": state[first + "mlp.fc1.weight"].shape[0] / state[first + "norm1.weight"].shape[0],
        "layer_scale": 1.0 if first + "scale1" in state else None,
        "post_norm": "backbone.stages.0.norm.weight" not in state,
    }


def convert_checkpoint(source: str | Path, target: str | Path, *, image_newline: bool = False) -> Path:
    """Convert a folder with the released checkpoint into one for ``from_pretrained``; nothing is left behind on failure.

    Parameters
    ----------
    source
        Folder with ``config.json``, safetensors weights and the tokenizer's files.
    target
        Folder to create; must not exist yet.
    image_newline
        Keep the learnt vector after the image tokens, which the authors use in training but not in their demo.

    Returns
    -------
    Path
        The new folder.

    Raises
    ------
    OSError
        If the source cannot be read or the target cannot be written.
    ValueError
        If the source is not a released SPEX checkpoint.
    """
    source, target = Path(source), Path(target)
    if target.exists():
        msg = f"The target folder must not exist yet, got {target}: choose another or remove it."
        raise FileExistsError(msg)
    text = _read_config(source)
    state = convert_state(_read_weights(source))
    if not image_newline:
        state.pop("image_newline", None)
    tokenizer = _read_tokenizer(source)
    config = released_config(state, text)
    _check_names(state, config)
    config.image_token_id = _image_token(tokenizer, rows=state["language_model.model.embed_tokens.weight"].shape[0])
    config.architectures = [SpexForExtraction.__name__]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        folder = Path(scratch) / "checkpoint"
        folder.mkdir()
        config.dtype = state["projector.linear1.weight"].dtype
        config.save_pretrained(folder)
        save_torch_state_dict(state, folder, metadata={"format": "pt"})
        if tokenizer is not None:
            SpexProcessor.for_model(config, tokenizer).save_pretrained(folder)
        folder.rename(target)
    return target


def _read_config(source: Path) -> dict[str, Any]:
    path = source / "config.json"
    try:
        fields: dict[str, Any] = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        msg = f"{path} must be the released model's configuration in JSON: {error}."
        raise ValueError(msg) from error
    missing = sorted({"num_attention_heads", "num_key_value_heads"} - set(fields))
    if missing:
        msg = f"{path} must describe the released language model, it lacks {', '.join(missing)}: use the checkpoint's own file."
        raise ValueError(msg)
    return fields


def _read_weights(source: Path) -> dict[str, Tensor]:
    """All safetensors files of a folder, memory-mapped."""
    files = sorted(source.glob("*.safetensors"))
    if not files:
        msg = (
            f"{source} must hold the checkpoint's weights as *.safetensors, found none. Weights in *.bin run code when they "
            "are read: convert them to safetensors where you trust their source."
        )
        raise FileNotFoundError(msg)
    state: dict[str, Tensor] = {}
    for file in files:
        try:
            with safe_open(file, framework="pt") as weights:
                state.update({key: weights.get_tensor(key) for key in weights.keys()})  # noqa: SIM118  not a mapping
        except SafetensorError as error:
            msg = f"{file} is not a readable safetensors file ({error}): download it again."
            raise OSError(msg) from error
    return state


def _read_tokenizer(source: Path) -> PreTrainedTokenizerBase | None:
    if not any((source / name).is_file() for name in ("tokenizer.json", "vocab.json")):
        msg = f"{source} has no tokenizer (tokenizer.json or vocab.json): converted without a processor."
        warnings.warn(msg, stacklevel=3)
        return None
    tokenizer = Qwen2Tokenizer.from_pretrained(source)
    tokenizer.add_tokens([IMAGE_TOKEN], special_tokens=True)
    return tokenizer


def _image_token(tokenizer: PreTrainedTokenizerBase | None, *, rows: int) -> int:
    """Id that stands for a piece of the image: the authors' is outside the embedding, ours needs a (never read) row of it."""
    if tokenizer is None:
        return rows - 1
    if len(tokenizer) > rows:
        msg = f"The tokenizer must fit the embedding of {rows} rows, it has {len(tokenizer)} tokens: use the checkpoint's own."
        raise ValueError(msg)
    token: int = tokenizer.encode(IMAGE_TOKEN, add_special_tokens=False)[0]
    return token


def _check_names(state: dict[str, Tensor], config: SpexConfig) -> None:
    """Compare with the model's own parameters, without making any; drop the output layer where it is tied."""
    with torch.device("meta"):
        expected = {name: value.shape for name, value in SpexForExtraction(config).state_dict().items()}
    if config.tie_word_embeddings:
        tied = "language_model.lm_head.weight"
        expected.pop(tied, None)
        state.pop(tied, None)
    wrong = [name for name in expected.keys() & state.keys() if expected[name] != state[name].shape]
    problems = {"missing": expected.keys() - state.keys(), "unknown": state.keys() - expected.keys(), "of another shape": wrong}
    found = "; ".join(f"{len(names)} {kind} ({_some(names)})" for kind, names in problems.items() if names)
    if found:
        msg = f"The weights must be those of a whole released SPEX, got tensors {found}. Use a complete checkpoint."
        raise ValueError(msg)


def _some(names: Iterable[str]) -> str:
    names = sorted(names)
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
