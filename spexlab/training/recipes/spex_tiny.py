"""The recipe of spex-tiny: words, teacher, pixels, features, masks, calibration.

Every part leaves a checkpoint of the whole model in a run of its own, from which the next goes on; a part that is finished is not
done again. The last one's model is the checkpoint, with the list of its places and the log of all parts.
"""

import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import pandas as pd
import torch
from torch import nn
from transformers import Qwen2Config

from spexlab.evidence.limits import LIMITS
from spexlab.evidence.prior import MODEL_INDICES
from spexlab.extraction import load_model
from spexlab.extraction.seen import SeenPlaces
from spexlab.model.configuration import SpexConfig
from spexlab.model.processor import IMAGE_TOKEN, MASK_TOKEN, SpexProcessor
from spexlab.model.spex import SpexForExtraction
from spexlab.places import Place, PlaceMixture, simulated_places
from spexlab.places.mixture import SHARES
from spexlab.scene import pixel_kind
from spexlab.targets import TARGETS
from spexlab.training.calibration import calibrate, table
from spexlab.training.landcover import LandCoverCollator, LandCoverTrainee, PixelTrainee, head_of
from spexlab.training.loop import Stage, run_stage
from spexlab.training.masks import MaskCollator, MaskTrainee, ask_for_prompts
from spexlab.training.pixels import PixelCollator, PixelSource
from spexlab.training.pretraining import CropSource
from spexlab.training.run import STATUS, TrainingRun
from spexlab.training.segmenter import default_backbone
from spexlab.training.settings import TrainingSettings
from spexlab.training.teacher import teach
from spexlab.training.trees import TreeSettings
from spexlab.training.words import DrillCollator, DrillSource, WordsTrainee, new_tokenizer, target_points

PARTS = ("words", "pixels", "features", "masks")
CHECKPOINT, LOG, CALIBRATION = "checkpoint", "training_log.csv", "calibration.csv"
LAND_COVER_CHANNELS = 64
PIXELS = 512
"""In a sample of the pixels' part."""

Trainee = TypeVar("Trainee", bound=SpexForExtraction)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a checkpoint is made."""

    seed: int = 0
    vocabulary: int = 2048
    corpus: int = 40_000
    simulated: int = 56
    wordings: int = 36
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)
    """Of crops from ``coarse``, ``fine`` and ``simulated`` places."""
    trees: TreeSettings = field(default_factory=TreeSettings)
    words: TrainingSettings = field(default_factory=TrainingSettings)
    pixels: TrainingSettings = field(default_factory=TrainingSettings)
    features: TrainingSettings = field(default_factory=TrainingSettings)
    masks: TrainingSettings = field(default_factory=TrainingSettings)


def read_recipe(name: str | Path = "spex-tiny") -> Recipe:
    """Read a recipe: one that comes with spexlab, or a TOML file of the same form.

    Raises
    ------
    ValueError
        If there is none, or it holds a name that no recipe has.
    """
    path = Path(name) if str(name).endswith(".toml") else Path(__file__).with_name(f"{name}.toml")
    if not path.is_file():
        raise ValueError(f"there is no recipe {str(name)!r}; give 'spex-tiny' or the path of a .toml file")
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        return _recipe(read)
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise ValueError(f"{str(path)!r} is no recipe: {error}; compare it with spexlab/training/recipes/spex-tiny.toml") from error


def _recipe(read: dict[str, Any]) -> Recipe:
    unknown = sorted(set(read) - {one.name for one in fields(Recipe)})
    if unknown:
        raise TypeError(f"it has no {', '.join(unknown)}")
    seed = read.get("seed", 0)
    parts = {name: TrainingSettings(**_lists_as_tuples({"seed": seed, **read.get(name, {})})) for name in PARTS}
    return Recipe(**{**read, **parts, "trees": TreeSettings(**{"seed": seed, **read.get("trees", {})})})


def _lists_as_tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def train_recipe(
    places: Sequence[Place],
    *,
    out: str | Path,
    recipe: Recipe | None = None,
    words_of: str | Path | None = None,
    on_part: Callable[[str], None] | None = None,
) -> Path:
    """Make a checkpoint, or go on making it where the folder was left.

    Parameters
    ----------
    places
        Labelled places to learn from; may be empty: then all is learnt from simulated ones.
    out
        Folder of the runs ``words``, ``pixels``, ``features`` and ``masks``, and in the end of ``checkpoint``.
    recipe
        `read_recipe` reads one.
    words_of
        A checkpoint whose language model is taken as it is; its backbone, too, is where the features begin. None: from nothing.
    on_part
        Called with the name of each part that begins.

    Returns
    -------
    Path
        The checkpoint's folder.
    """
    recipe, folder = recipe or read_recipe(), Path(out)
    say = on_part or (lambda _: None)
    say("words")
    model = _begun(recipe, folder, words_of)
    say("teacher")
    wide = any(pixel_kind(place.scene) == "coarse" for place in places)
    taught = teach(places, folder / "teacher", settings=recipe.trees) if wide else list(places)
    simulated = simulated_places(recipe.simulated, seed=recipe.seed)
    mixture = PlaceMixture.by_scale(taught, simulated, shares=recipe.shares)
    learnt = places or mixture.places
    seen = SeenPlaces.of(learnt).after(*([SeenPlaces.before(words_of, name=str(words_of))] if words_of is not None else []))
    say("pixels")
    model = _run(folder / "pixels", recipe.pixels, partial(_pixel_stage, model, mixture, seen))
    say("features")
    model = _run(folder / "features", recipe.features, partial(_land_cover_stage, model, mixture, recipe.features, seen))
    say("masks")
    model = _run(folder / "masks", recipe.masks, partial(_mask_stage, model, mixture, recipe, seen))
    say("calibration")
    return _calibrated(model, learnt, folder, seen)


def _run(folder: Path, settings: TrainingSettings, stage: Callable[[], Stage]) -> Path:
    """Train a part unless it is finished; returns its checkpoint."""
    run = TrainingRun(folder)
    if run.state != "finished":
        run_stage(stage(), out=folder, settings=settings, resume=(folder / STATUS).exists())
    return run.model


def _begun(recipe: Recipe, folder: Path, words_of: str | Path | None) -> Path:
    """A checkpoint that understands words."""
    if words_of is None:
        return _run(folder / "words", recipe.words, partial(_words_stage, recipe))
    start = folder / "start"
    if not start.exists():
        given = load_model(words_of, device="cpu", dtype=torch.float32)
        config = SpexConfig.from_dict(
            {**given.model.config.to_dict(), "land_cover_channels": LAND_COVER_CHANNELS, "calibration": None}
        )
        torch.manual_seed(recipe.seed)
        model = SpexForExtraction(config)
        model.load_state_dict(given.model.state_dict(), strict=False)
        _save(given.processor, model, start)
    return start


def _words_stage(recipe: Recipe) -> Stage:
    tokenizer = new_tokenizer(recipe.vocabulary, corpus=recipe.corpus, seed=recipe.seed)
    image, mask = cast("list[int]", tokenizer.convert_tokens_to_ids([IMAGE_TOKEN, MASK_TOKEN]))
    config = tiny_config(len(tokenizer), image=image, mask=mask, pad=tokenizer.pad_token_id, end=tokenizer.eos_token_id)
    processor = SpexProcessor.for_model(config, tokenizer)

    def build() -> nn.Module:
        model = WordsTrainee(config)
        model.prepare(target_points(len(config.targets), config.prompt_tokens, config.decoder_channels, seed=recipe.seed))
        return model

    source = DrillSource(instructions=20, explained=1 / 3)
    return Stage(build, source, DrillCollator(processor, config), partial(_save, processor), SeenPlaces())


def _pixel_stage(start: Path, mixture: PlaceMixture, seen: SeenPlaces) -> Stage:
    spex = load_model(start, device="cpu", dtype=torch.float32)
    source = PixelSource(mixture, head_of(spex.model).evidence, each=PIXELS)

    def build() -> nn.Module:
        model = _as(PixelTrainee, spex.model)
        model.prepare(source.rows(200, random.Random(0)))
        return model

    return Stage(build, source, PixelCollator(), partial(_save, spex.processor), seen)


def _land_cover_stage(start: Path, mixture: PlaceMixture, settings: TrainingSettings, seen: SeenPlaces) -> Stage:
    spex = load_model(start, device="cpu", dtype=torch.float32)

    def build() -> nn.Module:
        model = _as(LandCoverTrainee, spex.model)
        model.prepare()
        return model

    source, collate = CropSource(mixture, settings.sizes), LandCoverCollator(spex.processor)
    return Stage(build, source, collate, partial(_save, spex.processor), seen)


def _mask_stage(start: Path, mixture: PlaceMixture, recipe: Recipe, seen: SeenPlaces) -> Stage:
    spex = load_model(start, device="cpu", dtype=torch.float32)
    crops = CropSource(mixture, recipe.masks.sizes, targets=2)

    def build() -> nn.Module:
        model = _as(MaskTrainee, spex.model)
        model.prepare(ask_for_prompts(spex.model, spex.processor, crops, each=recipe.wordings, seed=recipe.seed))
        return model

    collate = MaskCollator(spex.processor, wordings=recipe.wordings)
    return Stage(build, crops, collate, partial(_save, spex.processor), seen)


def _as(kind: type[Trainee], model: SpexForExtraction) -> Trainee:
    trainee = kind(cast("SpexConfig", model.config))
    trainee.load_state_dict(model.state_dict())
    return trainee


def _save(processor: SpexProcessor, trained: nn.Module, folder: Path) -> None:
    plain = SpexForExtraction(cast("Any", trained.config))
    plain.load_state_dict(trained.state_dict())
    plain.save_pretrained(folder)
    processor.save_pretrained(folder)


def _calibrated(model: Path, places: Sequence[Place], folder: Path, seen: SeenPlaces) -> Path:
    """Choose where to cut, and write the checkpoint in half precision, with its places and its log."""
    spex = load_model(model, device="cpu", dtype=torch.float32)
    chosen = calibrate(spex, places)
    spex.model.config.calibration = table(chosen)
    target = folder / CHECKPOINT
    spex.model.half().save_pretrained(target)
    spex.processor.save_pretrained(target)
    rows = [
        {"pixels": kind, "bands": bands, "target": name, "groups": one.groups, "iou": one.iou, "error": one.error}
        for (kind, bands, name), one in chosen.items()
    ]
    pd.DataFrame(rows).round(4).to_csv(target / CALIBRATION, index=False)
    seen.write(target)
    _log(folder).to_csv(target / LOG, index=False)
    return target


def _log(folder: Path, *, every: int = 100) -> pd.DataFrame:
    """The curves of all parts, means over `every` steps."""
    found = []
    for part in PARTS:
        curves = TrainingRun(folder / part).curves()
        curves["step"] = -(-curves["step"] // every) * every
        means = curves.groupby(["step", "name"], as_index=False).agg({"seconds": "max", "value": "mean"})
        found.append(means.assign(part=part, seconds=means["seconds"].round(), value=means["value"].round(5)))
    return pd.concat(found)[["part", "step", "seconds", "name", "value"]]


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
        window=256,
        image_token_id=image,
        mask_token_id=mask,
    )
