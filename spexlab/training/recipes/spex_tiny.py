"""The recipe of spex-tiny: words, teacher, halves, pixels, features, masks, calibration.

Every part leaves a checkpoint of the whole model in a run of its own, from which the next goes on; a part that is finished is not
done again. The last one's model is the checkpoint, with the list of its places and the log of all parts.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from spexlab.extraction import load_model
from spexlab.extraction.seen import SeenPlaces
from spexlab.model.configuration import SpexConfig
from spexlab.model.spex import SpexForExtraction
from spexlab.places import Place, PlaceMixture, simulated_places
from spexlab.places.mixture import SHARES
from spexlab.scene import pixel_kind
from spexlab.training.calibration import Key, calibrate, table
from spexlab.training.recipes.halves import worth_unseen
from spexlab.training.recipes.shape import LAND_COVER_CHANNELS, WINDOW
from spexlab.training.recipes.stages import land_cover_stage, mask_stage, pixel_stage, run_part, save, words_stage
from spexlab.training.run import TrainingRun
from spexlab.training.settings import TrainingSettings
from spexlab.training.teacher import teach
from spexlab.training.trees import TreeSettings

PARTS = ("words", "halves", "pixels", "features", "masks")
LOGGED = ("words", "halves/half-0/features", "halves/half-1/features", "pixels", "features", "masks")
CHECKPOINT, LOG, CALIBRATION = "checkpoint", "training_log.csv", "calibration.csv"


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
    halves: TrainingSettings = field(default_factory=TrainingSettings)
    """Of the two runs that tell what targets in narrow pixels are worth where the place was not seen."""
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
    held_out: Sequence[Place] = (),
    on_part: Callable[[str], None] | None = None,
) -> Path:
    """Make a checkpoint, or go on making it where the folder was left.

    Parameters
    ----------
    places
        Labelled places to learn from; may be empty: then all is learnt from simulated ones.
    out
        Folder of the runs ``words``, ``halves``, ``pixels``, ``features`` and ``masks``, and in the end of ``checkpoint``.
    recipe
        `read_recipe` reads one.
    words_of
        A checkpoint whose language model is taken as it is; its backbone, too, is where the features begin. None: from nothing.
    held_out
        Places that are kept apart, for the checkpoint's list; nothing is read of them.
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
    seen = SeenPlaces.of(learnt, held_out=held_out)
    seen = seen if words_of is None else seen.after(SeenPlaces.before(words_of, name=str(words_of)))
    say("halves")
    worth = worth_unseen(model, places, folder / "halves", settings=recipe.halves)
    say("pixels")
    model = run_part(folder / "pixels", recipe.pixels, partial(pixel_stage, model, mixture, seen))
    say("features")
    model = run_part(folder / "features", recipe.features, partial(land_cover_stage, model, mixture, recipe.features, seen))
    say("masks")
    masks = partial(mask_stage, model, mixture, recipe.masks, seen, wordings=recipe.wordings)
    model = run_part(folder / "masks", recipe.masks, masks)
    say("calibration")
    return _calibrated(model, learnt, folder, seen, worth=worth)


def _begun(recipe: Recipe, folder: Path, words_of: str | Path | None) -> Path:
    """A checkpoint that understands words."""
    if words_of is None:
        words = partial(words_stage, vocabulary=recipe.vocabulary, corpus=recipe.corpus, seed=recipe.seed)
        return run_part(folder / "words", recipe.words, words)
    start = folder / "start"
    if not start.exists():
        given = load_model(words_of, device="cpu", dtype=torch.float32)
        shape = {"land_cover_channels": LAND_COVER_CHANNELS, "window": WINDOW, "calibration": None}
        config = SpexConfig.from_dict({**given.model.config.to_dict(), **shape})
        torch.manual_seed(recipe.seed)
        model = SpexForExtraction(config)
        # The land-cover head is learnt anew: it has to begin at what the pixels say.
        kept = {name: weight for name, weight in given.model.state_dict().items() if not name.startswith("land_cover.")}
        model.load_state_dict(kept, strict=False)
        save(given.processor, model, start)
    return start


def _calibrated(model: Path, places: Sequence[Place], folder: Path, seen: SeenPlaces, *, worth: Mapping[Key, float]) -> Path:
    """Choose where to cut, and write the checkpoint in half precision, with its places and its log."""
    spex = load_model(model, device="cpu", dtype=torch.float32)
    chosen = calibrate(spex, places, worth=worth)
    spex.model.config.calibration = table(chosen)
    target = folder / CHECKPOINT
    spex.model.half().save_pretrained(target)
    spex.processor.save_pretrained(target)
    rows = [
        {"pixels": kind, "bands": bands, "target": name, "groups": len(one.overlaps), "iou": one.iou, "error": one.error}
        for (kind, bands, name), one in chosen.items()
    ]
    pd.DataFrame(rows).round(4).to_csv(target / CALIBRATION, index=False)
    seen.write(target)
    _log(folder).to_csv(target / LOG, index=False)
    return target


def _log(folder: Path, *, every: int = 100) -> pd.DataFrame:
    """The curves of all parts, means over `every` steps."""
    found = []
    for part in LOGGED:
        curves = TrainingRun(folder / part).curves()
        curves["step"] = -(-curves["step"] // every) * every
        means = curves.groupby(["step", "name"], as_index=False).agg({"seconds": "max", "value": "mean"})
        found.append(means.assign(part=part, seconds=means["seconds"].round(), value=means["value"].round(5)))
    return pd.concat(found)[["part", "step", "seconds", "name", "value"]]
