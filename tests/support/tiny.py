"""A SPEX of random weights, small enough to be made in every test run: it says nothing sensible, but by the real way."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config

from spexlab.evidence.prior import MODEL_INDICES
from spexlab.extraction import Spex
from spexlab.extraction.seen import SeenPlaces
from spexlab.model.configuration import InternImageConfig, SpexConfig
from spexlab.model.processor import IMAGE_TOKEN, MASK_TOKEN, SpexProcessor
from spexlab.model.spex import SpexForExtraction
from spexlab.targets import TARGETS


def tiny_spex(
    *, window: int = 32, wanted: tuple[str, ...] = ("water",), seed: int = 0, limits: tuple[str, ...] = (), limit: str = ""
) -> Spex:
    """Make a checkpoint that hears `wanted`, and the limit if there is one, in every instruction."""
    torch.manual_seed(seed)
    tokenizer = _tokenizer()
    config = _config(tokenizer, window)
    config.limits = list(limits)
    model = SpexForExtraction(config).eval()
    heard = [*((name in wanted) for name in TARGETS), *([False] * len(TARGETS)), *((name == limit) for name in limits)]
    with torch.no_grad():
        model.target_head.weight.zero_()
        model.target_head.bias.copy_(torch.tensor([4.0 if one else -8.0 for one in heard]))
    return Spex(model, SpexProcessor.for_model(model.config, tokenizer), name="tiny")


def mid_size_spex() -> Spex:
    """Make a checkpoint of some sixty million random weights, a thirtieth of the authors' model: its shape, narrower."""
    torch.manual_seed(0)
    tokenizer = _tokenizer()
    vision = {"embed_dim": 48, "depths": [1, 1, 3, 1], "groups": [3, 6, 12, 24]}
    words = {"hidden_size": 640, "intermediate_size": 2560, "num_hidden_layers": 8, "num_attention_heads": 8}
    config = _config(tokenizer, 256, vision=vision, words=words)
    model = SpexForExtraction(config).eval()
    with torch.no_grad():
        model.target_head.weight.zero_()
        model.target_head.bias.fill_(-4.0)[0] = 4.0  # water, whatever is asked
    return Spex(model, SpexProcessor.for_model(config, tokenizer), name="mid-size")


def save_spex(spex: Spex, folder: Path) -> Path:
    """Write a checkpoint, with a list of the places that it has seen: none."""
    spex.model.save_pretrained(folder)
    spex.processor.save_pretrained(folder)
    SeenPlaces().write(folder)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", IMAGE_TOKEN, MASK_TOKEN]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(["the water regions, the image"], trainer)
    pad, _, end, *_ = specials
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=end, pad_token=pad, additional_special_tokens=specials[1:])


_SIGHT: dict[str, Any] = {"embed_dim": 8, "depths": [1, 1, 1, 1], "groups": [1, 1, 2, 2]}
_SPEECH: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}


def _config(
    tokenizer: PreTrainedTokenizerFast, window: int, *, vision: dict[str, Any] = _SIGHT, words: dict[str, Any] = _SPEECH
) -> SpexConfig:
    sees = InternImageConfig(**vision, stem="wavelength", spectral_width=8, detail_channels=8, index_channels=len(MODEL_INDICES))
    speaks = Qwen2Config(
        **words,
        vocab_size=len(tokenizer),
        num_key_value_heads=1,
        max_position_embeddings=8192,
        tie_word_embeddings=True,
        bos_token_id=None,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return SpexConfig(
        vision_config=sees,
        text_config=speaks,
        feature_channels=16,
        reference_level=1,
        decoder_channels=32,
        decoder_mlp=32,
        decoder_heads=2,
        condenser_widths=[32],
        condense="mask_tokens",
        image_grid=2,
        dense_prior=True,
        refine=True,
        refiner_channels=8,
        targets=list(TARGETS),
        indices=list(MODEL_INDICES),
        window=window,
        image_token_id=tokenizer.convert_tokens_to_ids(IMAGE_TOKEN),
        mask_token_id=tokenizer.convert_tokens_to_ids(MASK_TOKEN),
    )
