"""Train spex-tiny, the bundled checkpoint, on labelled places and simulated scenes, on a CPU.

Three stages. *vision*: backbone and mask decoder learn the targets, each from a learnt query. *words*: the language model learns to
find targets in instructions, to put measured evidence into words, and to name a target's query with its mask tokens. *joint*: the
condensed mask tokens take the place of the queries and everything is tuned together. Without labelled places (``--data``) the
simulated scenes are all there is.

    python scripts/spex_tiny/train.py --data ../shared/data --out runs/spex-tiny
"""

import argparse
import copy
import json
import random
import shutil
import warnings
from pathlib import Path

import torch
from batches import TARGET_NAMES, CropBatches
from joint import JointPlan, joint_rates, train_joint
from loop import Log
from offsets import choose_offsets
from places import split_places
from torch import nn
from torch.utils.data import DataLoader
from transformers import Qwen2Config
from vision import DenseHead, replayed, train_features, train_vision
from words import VOCABULARY, kept_tokenizer, train_words

from spexlab.evidence.limits import LIMITS
from spexlab.evidence.prior import MODEL_INDICES
from spexlab.extraction import Spex
from spexlab.model.configuration import SpexConfig
from spexlab.model.internimage import InternImageConfig
from spexlab.model.processor import IMAGE_TOKEN, MASK_TOKEN, SpexProcessor
from spexlab.model.spex import SpexForExtraction
from spexlab.places import Place, simulated_places
from spexlab.targets import COARSE_PIXEL


def tiny_config(vocabulary: int, image_token: int, mask_token: int, pad: int, end: int) -> SpexConfig:
    """Four million parameters; stride 8 rather than 16, because rivers are a pixel wide."""
    vision = InternImageConfig(
        embed_dim=32,
        depths=[1, 1, 3, 1],
        groups=[2, 4, 8, 16],
        drop_path_rate=0.1,
        offset_scale=1.0,
        stem="wavelength",
        spectral_width=16,
        detail_channels=24,
        index_channels=len(MODEL_INDICES),
    )
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
        vision_config=vision,
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
        targets=list(TARGET_NAMES),
        limits=list(LIMITS),
        indices=list(MODEL_INDICES),
        window=256,
        image_token_id=image_token,
        mask_token_id=mask_token,
    )


def save(model: SpexForExtraction, processor: SpexProcessor, parts: dict[str, list[Place]], folder: Path) -> None:
    """Half-precision weights, tokenizer, processor and the list of places, in a folder that replaces the last at once."""
    fresh = folder.with_name(folder.name + ".tmp")
    copy.deepcopy(model).half().save_pretrained(fresh)
    processor.save_pretrained(fresh)
    listed = {
        part: [{"name": p.name, "group": p.group, "licence": p.extra.get("licence")} for p in places]
        for part, places in parts.items()
    }
    (fresh / "places.json").write_text(json.dumps(listed, indent=1) + "\n")
    if folder.exists():
        shutil.rmtree(folder)
    fresh.replace(folder)


def main() -> None:
    """Run the stages that are asked for, each from what the one before left in the output folder."""
    options = arguments()
    warnings.simplefilter("ignore")
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    tokenizer = kept_tokenizer(options.out / "tokenizer", rng, options.corpus)
    ids = tokenizer.convert_tokens_to_ids([IMAGE_TOKEN, MASK_TOKEN])
    config = tiny_config(VOCABULARY, *ids, tokenizer.pad_token_id, tokenizer.eos_token_id)
    model, processor = SpexForExtraction(config), SpexProcessor.for_model(config, tokenizer)
    queries = nn.Embedding(len(TARGET_NAMES), config.prompt_tokens * config.decoder_channels)
    log, parts = Log(options.out / "log.csv"), split_places(options.data)
    if options.resume:
        load_stages(model, queries, options.out)
    if "words" in options.stages:
        train_words(
            model, queries, processor, steps=options.words_steps, rate=options.words_rate, log=log, rng=rng, out=options.out
        )
    if {"vision", "joint"} & set(options.stages):
        simulated = simulated_places(options.simulated, seed=options.seed)
        kinds = {
            "coarse": (0.5, [p for p in parts["training"] if (p.pixel_size or 10) >= COARSE_PIXEL]),
            "fine": (0.3, [p for p in parts["training"] if (p.pixel_size or 10) < COARSE_PIXEL]),
            "simulated": (0.2, simulated),
        }
    if "vision" in options.stages:
        batches = DataLoader(
            CropBatches(kinds, processor, size=10, targets=2, seed=options.seed), batch_size=None, num_workers=1, prefetch_factor=4
        )
        watched = parts["validation"] or simulated[:7]
        dense = DenseHead(config.decoder_channels, config.vision_config.detail_channels)
        train_features(
            model,
            dense,
            replayed(batches, rng),
            steps=options.feature_steps,
            rate=options.feature_rate,
            log=log,
            out=options.out,
        )
        train_vision(
            model,
            queries,
            dense,
            batches,
            steps=options.vision_steps,
            rate=options.vision_rate,
            log=log,
            validation=watched,
            processor=processor,
            out=options.out,
        )
    if "joint" in options.stages:
        load_stages(model, queries, options.out)
        batches = DataLoader(
            CropBatches(kinds, processor, size=6, targets=3, seed=options.seed + 1),
            batch_size=None,
            num_workers=1,
            prefetch_factor=4,
        )
        takeover = options.joint_steps // 4
        plan = JointPlan(takeover, rng, log, options.out)
        rates = joint_rates(options.joint_steps, takeover)
        model = train_joint(model, queries, batches, processor, rates=rates, plan=plan)
        model.config.mask_offsets = choose_offsets(Spex(model, processor), [*parts["training"], *parts["validation"]] or simulated)
        log("offsets", 0, **{f"{kind} {target}": v for kind, row in model.config.mask_offsets.items() for target, v in row.items()})
        save(model, processor, parts, options.out / "spex-tiny")


def load_stages(model: SpexForExtraction, queries: nn.Embedding, out: Path) -> None:
    """Vision weights and queries from the vision stage, language model and target head from the words stage."""
    parts = {"queries": queries, **dict(model.named_children())}
    for stage in ("vision.pt", "words.pt"):
        if (out / stage).exists():
            for name, state in torch.load(out / stage, weights_only=True).items():
                parts[name].load_state_dict(state)


def arguments() -> argparse.Namespace:
    """Command-line options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of labelled places; without it: simulated scenes only")
    parser.add_argument("--out", type=Path, default=Path("runs/spex-tiny"))
    parser.add_argument("--stages", nargs="+", choices=("words", "vision", "joint"), default=("words", "vision", "joint"))
    parser.add_argument("--resume", action="store_true", help="start from the stages that the output folder holds")
    parser.add_argument("--words-steps", type=int, default=3000)
    parser.add_argument("--feature-steps", type=int, default=6000, help="steps of the vision stage without mask decoder")
    parser.add_argument("--vision-steps", type=int, default=2000, help="steps of the vision stage with it")
    parser.add_argument("--words-rate", type=float, default=2e-3, help="highest learning rate of the words stage")
    parser.add_argument("--feature-rate", type=float, default=3e-3)
    parser.add_argument("--vision-rate", type=float, default=1e-3, help="highest learning rate of the vision stage")
    parser.add_argument("--joint-steps", type=int, default=600)
    parser.add_argument("--simulated", type=int, default=84, help="number of simulated scenes")
    parser.add_argument("--corpus", type=int, default=40_000, help="instructions that the tokenizer is made from")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
