"""A new SPEX from a language model and a backbone that exist already: the start of a training run, not yet of use."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn
from transformers import (
    AutoBackbone,
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from spexlab.evidence.limits import LIMITS
from spexlab.evidence.prior import MODEL_INDICES
from spexlab.extraction.spex import Spex
from spexlab.model.configuration import BridgedConfig, InternImageConfig, SpexConfig
from spexlab.model.processor import IMAGE_TOKEN, MASK_TOKEN, SpexProcessor
from spexlab.model.spex import SpexForExtraction
from spexlab.targets import TARGETS

_SHAPES: dict[str, dict[str, Any]] = {
    "internimage-t": {"embed_dim": 64, "depths": [4, 4, 18, 4], "offset_scale": 1.0, "post_norm": False, "drop_path_rate": 0.1},
    "internimage-s": {"embed_dim": 80, "depths": [4, 4, 21, 4], "offset_scale": 1.0},
    "internimage-b": {"embed_dim": 112, "depths": [4, 4, 21, 4], "offset_scale": 1.0},
    "internimage-l": {"embed_dim": 160, "depths": [5, 5, 22, 5], "offset_scale": 2.0},
    "internimage-xl": {"embed_dim": 192, "depths": [5, 5, 24, 5], "offset_scale": 2.0},
}
"""InternImage, arXiv 2211.05778, table 1: 16 channels a group; `InternImageConfig` has the rest."""
_MARKS = ("<|im_start|>", "<|im_end|>", IMAGE_TOKEN, MASK_TOKEN)
"""Single tokens that `SpexProcessor` writes."""
_STAGES = 4


def new_spex(
    language_model: str | Path,
    *,
    backbone: str | Path | PreTrainedConfig = "internimage-t",
    targets: Sequence[str] = tuple(TARGETS),
    dtype: str | torch.dtype = "auto",
    seed: int = 0,
    **shape: Any,
) -> Spex:
    """Put a language model and a backbone together to a SPEX that can be trained; its own parts start from random numbers.

    `spexlab.training.finetune` takes what is returned as its ``model``, with LoRA if told so; ``spex.model.save_pretrained`` and
    ``spex.processor.save_pretrained`` write it.

    Parameters
    ----------
    language_model
        Folder or Hugging Face id of a causal language model whose words pass through ``model`` and ``lm_head``, as those of
        Qwen2.5, Qwen3, Llama and Mistral do: ``Qwen/Qwen2.5-0.5B-Instruct``. Its weights are kept.
    backbone
        ``internimage-t``, ``-s``, ``-b``, ``-l`` or ``-xl``, from random numbers; an `InternImageConfig`; or a backbone of
        transformers with four stages (ConvNeXt, Swin, DINOv3's ConvNeXt): the folder or id of its weights, which are kept, or its
        configuration, for random numbers. All read any set of bands.
    targets
        Names that it is to extract.
    dtype
        Of all weights; "auto" is the language model's.
    seed
        Of the random numbers.
    **shape
        Fields of `SpexConfig`, such as ``image_grid=16``, ``condense="answer"`` or ``decoder_channels=128``.

    Raises
    ------
    ValueError
        If the backbone has not four stages, or words do not pass through the language model as they have to.

    Examples
    --------
    >>> from spexlab.extraction.assembly import new_spex
    >>> from spexlab.training import FinetuneSettings, LoraSettings, finetune
    >>> spex = new_spex("Qwen/Qwen2.5-0.5B-Instruct", backbone="internimage-b")  # doctest: +SKIP
    >>> finetune(places, out="runs/mine", model=spex, settings=FinetuneSettings(lora=LoraSettings()))  # doctest: +SKIP
    """
    words = AutoModelForCausalLM.from_pretrained(language_model, dtype=dtype, use_safetensors=True)
    tokenizer = _tokenizer(language_model, words)
    vision, sight = _vision(backbone)
    config = SpexConfig(**{**_fields(words, tokenizer, targets), **shape}, vision_config=vision, text_config=_small(words.config))
    torch.manual_seed(seed)
    model: SpexForExtraction = cast("Any", SpexForExtraction(config)).to(words.dtype)
    model.language_model = words
    model.config.text_config = words.config
    if sight is not None:
        cast("nn.Module", model.backbone.body).load_state_dict(sight.state_dict())
    return Spex(model.eval(), SpexProcessor.for_model(config, tokenizer), name=f"new SPEX of {Path(str(language_model)).name}")


def _fields(words: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, targets: Sequence[str]) -> dict[str, Any]:
    """What the bundled checkpoint chose, too: mask first, the index as a prompt, answers at full resolution."""
    return {
        "condense": "mask_tokens",
        "image_grid": 8,
        "reference_level": 1,
        "dense_prior": True,
        "refine": True,
        "land_cover_channels": 96,
        "targets": list(targets),
        "limits": list(LIMITS),
        "indices": list(MODEL_INDICES),
        "image_token_id": tokenizer.convert_tokens_to_ids(IMAGE_TOKEN),
        "mask_token_id": tokenizer.convert_tokens_to_ids(MASK_TOKEN),
        "tie_word_embeddings": bool(words.config.tie_word_embeddings),
    }


def _tokenizer(language_model: str | Path, words: PreTrainedModel) -> PreTrainedTokenizerBase:
    """The language model's tokenizer with our marks as single tokens, for which the model gets room.

    Raises
    ------
    ValueError
        If the language model has other parts than `SpexForExtraction` runs.
    """
    if not hasattr(words, "model") or not hasattr(words, "lm_head"):
        raise ValueError(
            f"words must pass through `model` and `lm_head`, as in Qwen2.5, Qwen3, Llama or Mistral, but {str(language_model)!r} "
            f"is a {type(words).__name__}; give another language model."
        )
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(language_model)
    tokenizer.add_tokens(list(_MARKS), special_tokens=True)  # those that it has stay as they are
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if len(tokenizer) > words.config.vocab_size:
        words.resize_token_embeddings(len(tokenizer))
    return tokenizer


def _small(config: PreTrainedConfig) -> PreTrainedConfig:
    """A stand-in of one layer and few words: the model that takes its place is not built twice."""
    return type(config).from_dict(
        {**config.to_dict(), "num_hidden_layers": 1, "layer_types": None, "vocab_size": 8, "pad_token_id": None}
    )


def _vision(backbone: str | Path | PreTrainedConfig) -> tuple[PreTrainedConfig, PreTrainedModel | None]:
    """Configuration of the backbone behind a stem for any bands, and its weights where they are kept."""
    if isinstance(backbone, InternImageConfig) or str(backbone) in _SHAPES:
        return _internimage(backbone), None
    if isinstance(backbone, PreTrainedConfig):
        return _bridged(backbone), None
    known = AutoConfig.from_pretrained(str(backbone))
    known.set_output_features_output_indices(out_features=_stages(known), out_indices=None)
    # AutoBackbone itself takes a folder for a name on the Hub.
    kind: Any = type(AutoBackbone.from_config(known))
    weights: PreTrainedModel = kind.from_pretrained(str(backbone), config=known, use_safetensors=True)
    return _bridged(weights.config), weights


def _internimage(backbone: Any) -> InternImageConfig:
    if not isinstance(backbone, InternImageConfig):
        shape = _SHAPES[str(backbone)]
        groups = [shape["embed_dim"] // 16 * 2**stage for stage in range(_STAGES)]
        return InternImageConfig(**shape, groups=groups, stem="wavelength", index_channels=len(MODEL_INDICES))
    return InternImageConfig(**{**backbone.to_dict(), "stem": "wavelength", "index_channels": len(MODEL_INDICES)})


def _bridged(config: PreTrainedConfig) -> BridgedConfig:
    known = type(config).from_dict({**config.to_dict(), "out_features": _stages(config), "out_indices": None})
    return BridgedConfig(backbone_config=known, image_channels=known.num_channels, index_channels=len(MODEL_INDICES))


def _stages(config: PreTrainedConfig) -> list[str]:
    """Names of the last four stages, each of which halves what the one before sees."""
    names = [name for name in getattr(config, "stage_names", None) or [] if name != "stem"]
    if len(names) != _STAGES or not hasattr(config, "depths"):
        raise ValueError(
            f"a backbone must have {_STAGES} stages, at strides 4, 8, 16 and 32, as ConvNeXt and Swin have, but "
            f"{config.model_type!r} has {len(names) or 'none'}; give another one, or internimage-t, -s, -b, -l or -xl."
        )
    return names
