"""The shape of the bundled checkpoint."""

from transformers import Qwen2Config

from spexlab.evidence.limits import LIMITS
from spexlab.evidence.prior import MODEL_INDICES
from spexlab.model.configuration import SpexConfig
from spexlab.targets import TARGETS
from spexlab.training.segmenter import default_backbone

LAND_COVER_CHANNELS = 96
WINDOW = 512
"""Windows half as wide were no better on places never seen."""


def tiny_config(vocabulary: int, *, image: int, mask: int, pad: int, end: int) -> SpexConfig:
    """Four million parameters; stride 8 rather than 16, because rivers are a pixel wide."""
    words = Qwen2Config(
        vocab_size=vocabulary,
        hidden_size=160,
        intermediate_size=448,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        bos_token_id=None,
        pad_token_id=pad,
        eos_token_id=end,
    )
    return SpexConfig(
        vision_config=default_backbone(),
        text_config=words,
        feature_channels=128,
        feature_dropout=0.1,
        reference_level=1,
        decoder_channels=96,
        decoder_mlp=192,
        decoder_heads=4,
        condenser_widths=[256],
        condense="mask_tokens",
        image_grid=8,
        dense_prior=True,
        refine=True,
        land_cover_channels=LAND_COVER_CHANNELS,
        targets=list(TARGETS),
        limits=list(LIMITS),
        indices=list(MODEL_INDICES),
        window=WINDOW,
        image_token_id=image,
        mask_token_id=mask,
    )
