"""The parts of a recipe as stages of training: each starts from a checkpoint and leaves one."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from torch import nn

from spexlab.extraction import load_model
from spexlab.extraction.seen import SeenPlaces
from spexlab.model.configuration import SpexConfig
from spexlab.model.processor import IMAGE_TOKEN, MASK_TOKEN, SpexProcessor
from spexlab.model.spex import SpexForExtraction
from spexlab.places import PlaceMixture
from spexlab.places.crops import CropRecipe
from spexlab.training.landcover import LandCoverCollator, LandCoverTrainee, PixelTrainee, head_of
from spexlab.training.loop import Stage, run_stage
from spexlab.training.masks import MaskCollator, MaskTrainee, ask_for_prompts
from spexlab.training.pixels import PixelCollator, PixelSource
from spexlab.training.pretraining import CropSource
from spexlab.training.recipes.shape import tiny_config
from spexlab.training.run import STATUS, TrainingRun
from spexlab.training.settings import TrainingSettings
from spexlab.training.words import DrillCollator, DrillSource, WordsTrainee, new_tokenizer, target_points

PIXELS = 512
"""In a sample of the pixels' part."""
CROPS = CropRecipe(targets=1, factors=(1, 1, 2, 3, 5), infrared=0.3, narrowed=0.15)
"""Few scenes with narrow pixels are labelled: wide ones, and plain colour, stand in for them."""

Trainee = TypeVar("Trainee", bound=SpexForExtraction)


def run_part(folder: Path, settings: TrainingSettings, stage: Callable[[], Stage]) -> Path:
    """Train a part unless it is finished; returns its checkpoint."""
    run = TrainingRun(folder)
    if run.state != "finished":
        run_stage(stage(), out=folder, settings=settings, resume=(folder / STATUS).exists())
    return run.model


def words_stage(*, vocabulary: int, corpus: int, seed: int) -> Stage:
    """A tokenizer, and a model that understands words, from nothing."""
    tokenizer = new_tokenizer(vocabulary, corpus=corpus, seed=seed)
    image, mask = cast("list[int]", tokenizer.convert_tokens_to_ids([IMAGE_TOKEN, MASK_TOKEN]))
    config = tiny_config(len(tokenizer), image=image, mask=mask, pad=tokenizer.pad_token_id, end=tokenizer.eos_token_id)
    processor = SpexProcessor.for_model(config, tokenizer)

    def build() -> nn.Module:
        model = WordsTrainee(config)
        model.prepare(target_points(len(config.targets), config.prompt_tokens, config.decoder_channels, seed=seed))
        return model

    source = DrillSource(instructions=20, explained=1 / 3)
    return Stage(build, source, DrillCollator(processor, config), _saving(processor), SeenPlaces())


def pixel_stage(start: Path, mixture: PlaceMixture, seen: SeenPlaces) -> Stage:
    """What single pixels say."""
    spex = load_model(start, device="cpu", dtype=torch.float32)
    source = PixelSource(mixture, head_of(spex.model).evidence, each=PIXELS)

    def build() -> nn.Module:
        model = _as(PixelTrainee, spex.model)
        model.prepare(source.rows(200, random.Random(0)))
        return model

    return Stage(build, source, PixelCollator(), _saving(spex.processor), seen)


def land_cover_stage(start: Path, mixture: PlaceMixture, settings: TrainingSettings, seen: SeenPlaces) -> Stage:
    """Backbone and land-cover head learn all targets at once."""
    spex = load_model(start, device="cpu", dtype=torch.float32)

    def build() -> nn.Module:
        model = _as(LandCoverTrainee, spex.model)
        model.prepare()
        return model

    source, collate = CropSource(mixture, settings.sizes, CROPS), LandCoverCollator(spex.processor)
    return Stage(build, source, collate, _saving(spex.processor), seen)


def mask_stage(start: Path, mixture: PlaceMixture, settings: TrainingSettings, seen: SeenPlaces, *, wordings: int) -> Stage:
    """The mask decoder learns to answer the language model's tokens."""
    spex = load_model(start, device="cpu", dtype=torch.float32)
    crops = CropSource(mixture, settings.sizes, replace(CROPS, targets=2))

    def build() -> nn.Module:
        model = _as(MaskTrainee, spex.model)
        model.prepare(ask_for_prompts(spex.model, spex.processor, crops, each=wordings, seed=settings.seed))
        return model

    collate = MaskCollator(spex.processor, wordings=wordings)
    return Stage(build, crops, collate, _saving(spex.processor), seen)


def save(processor: SpexProcessor, trained: nn.Module, folder: Path) -> None:
    """Write what was trained as a plain checkpoint."""
    plain = SpexForExtraction(cast("Any", trained.config))
    plain.load_state_dict(trained.state_dict())
    plain.save_pretrained(folder)
    processor.save_pretrained(folder)


def _saving(processor: SpexProcessor) -> Callable[[nn.Module, Path], None]:
    return lambda trained, folder: save(processor, trained, folder)


def _as(kind: type[Trainee], model: SpexForExtraction) -> Trainee:
    trainee = kind(cast("SpexConfig", model.config))
    trainee.load_state_dict(model.state_dict())
    return trainee
