"""What a network is worth where it never saw the place: two short runs, each on half of the groups, answer for the other half.

Few places with narrow pixels are labelled. A network knows them by heart, and what it says there tells little of what it says
elsewhere; in wide pixels, of which there are many more, cuts chosen on the places that were learnt from hold on others.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import cast

import torch

from spexlab.extraction import load_model
from spexlab.extraction.seen import SeenPlaces
from spexlab.model.configuration import SpexConfig
from spexlab.model.spex import SpexForExtraction
from spexlab.places import Place, PlaceMixture
from spexlab.scene import pixel_kind
from spexlab.training.calibration import Answers, Key, answers_of_head, choose
from spexlab.training.recipes.stages import land_cover_stage, pixel_stage, run_part, save
from spexlab.training.settings import TrainingSettings
from spexlab.training.teacher import fold_of

MIN_GROUPS = 8
"""A target that fewer groups show is not learnt from half of them: what is reached then tells nothing."""


def worth_unseen(start: Path, places: Sequence[Place], folder: Path, *, settings: TrainingSettings) -> dict[Key, float]:
    """Overlap (0-1) that targets in narrow pixels reach in places that were not learnt from, if enough groups show them.

    Parameters
    ----------
    start
        A checkpoint of the shape that is trained; its weights are not used, as they may have seen the places.
    places
        Labelled places, of which those with narrow pixels count.
    folder
        For the runs.
    settings
        Of each: of its features, and of as many steps for its pixels.
    """
    found: Answers = {}
    narrow = [place for place in places if pixel_kind(place.scene) == "fine"]
    for half in range(2):
        learnt, others = ([place for place in narrow if (fold_of(place.group, 2) == half) is mine] for mine in (True, False))
        if learnt and others:
            model = _trained(start, learnt, folder / f"half-{half}", settings)
            answers_of_head(load_model(model, device="cpu", dtype=torch.float32), others, into=found)
    chosen = {key: choose(answers) for key, answers in found.items()}
    return {key: one.iou for key, one in chosen.items() if one is not None and len(one.overlaps) >= MIN_GROUPS}


def _trained(start: Path, places: Sequence[Place], folder: Path, settings: TrainingSettings) -> Path:
    mixture, seen = PlaceMixture.of(places), SeenPlaces.of(places)
    model = run_part(folder / "pixels", settings, partial(pixel_stage, fresh(start, folder, settings.seed), mixture, seen))
    return run_part(folder / "features", settings, partial(land_cover_stage, model, mixture, settings, seen))


def fresh(start: str | Path, folder: Path, seed: int) -> Path:
    """A checkpoint of the shape of another, with the same words and new weights; made once a folder."""
    target = folder / "start"
    if not target.exists():
        given = load_model(start, device="cpu", dtype=torch.float32)
        torch.manual_seed(seed)
        save(given.processor, SpexForExtraction(cast("SpexConfig", given.model.config)), target)
    return target
