"""Stage 1: the backbone learns to see, from labels, from sure indices and from simulated scenes, with any bands."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn
from transformers import PreTrainedConfig

from spexlab.extraction.calibration import Cut
from spexlab.extraction.seen import SeenPlaces
from spexlab.model.processor import SpexProcessor
from spexlab.places import Place
from spexlab.places.crops import Crop, CropRecipe, draw_crop
from spexlab.places.mixture import PlaceMixture
from spexlab.targets import TARGETS
from spexlab.training.judging import Judge
from spexlab.training.loop import Stage, run_stage
from spexlab.training.run import TrainingRun
from spexlab.training.segmenter import (
    SceneSegmenter,
    Segmenter,
    SegmenterConfig,
    default_backbone,
    image_processor,
    new_segmenter,
    scene_tensors,
)
from spexlab.training.settings import PretrainSettings

BACKBONE = "backbone"
"""Folder, inside the saved model's, of the backbone alone."""
_NAMES = tuple(TARGETS)
_TRIES = 20


def pretrain(
    places: Sequence[Place] | PlaceMixture,
    *,
    out: str | Path,
    settings: PretrainSettings | None = None,
    validation: Sequence[Place] = (),
    backbone: PreTrainedConfig | None = None,
    resume: bool = False,
) -> TrainingRun:
    """Train a backbone, with a UperNet head, to find all targets at once.

    Parameters
    ----------
    places
        What to learn from: labelled, simulated and pseudo-labelled places, mixed.
    out
        The run's folder. At the end ``model/`` holds the whole network (`load_segmenter`), ``model/backbone/`` the backbone alone,
        which `finetune` can start from.
    settings
        How to train.
    validation
        Places to measure on; the first is drawn in the run's snapshots. Without them there is neither.
    backbone
        Its kind and shape, as in `SpexConfig.vision_config`; those of spex-tiny's unless told.
    resume
        Go on from the folder's last checkpoint, or from the beginning if there is none yet.

    Raises
    ------
    BrokenSampleError
        If no sample can be made of a place, unless broken samples are to be skipped.
    """
    settings, shape = settings or PretrainSettings(), backbone or default_backbone()
    mixture = PlaceMixture.of(places)
    judge = Judge(_ask, validation) if validation else None
    stage = Stage(
        build=lambda: new_segmenter(shape, hidden_size=settings.hidden_size),
        source=CropSource(mixture, settings.sizes),
        collate=CropCollator(image_processor(SegmenterConfig())),
        save=_save,
        judge=judge,
        places=SeenPlaces.of(mixture.places, validation),
    )
    return run_stage(stage, out=out, settings=settings, resume=resume)


class CropSource:
    """Crops of which at least one target is known.

    Parameters
    ----------
    mixture
        Where they are cut from.
    sizes
        Sides in pixels; the crops of a step are all of one size.
    recipe
        How they are drawn, but for their size.
    """

    def __init__(self, mixture: PlaceMixture, sizes: Sequence[int], recipe: CropRecipe | None = None) -> None:
        self._mixture, self._sizes, self._recipe = mixture, tuple(sizes), recipe or CropRecipe(targets=1)

    def pick(self, rng: random.Random) -> tuple[str, Place]:
        """Choose a place."""
        place = self._mixture.pick(rng)
        return place.name, place

    def make(self, chosen: Place, rng: random.Random, shared: random.Random) -> Crop:
        """Cut a crop.

        Raises
        ------
        ValueError
            If the place holds no pixel that is labelled and has data.
        """
        if chosen.labels.shape != chosen.scene.shape[1:]:
            raise ValueError(f"its labels have {chosen.labels.shape} pixels, its scene {chosen.scene.shape[1:]}")
        if not chosen.labels.any():
            raise ValueError("none of its pixels is labelled")
        recipe = replace(self._recipe, size=shared.choice(self._sizes))
        for _ in range(_TRIES):
            crop = draw_crop(chosen, rng, recipe)
            if (crop.truth >= 0).any() and np.isfinite(crop.scene.values).any():
                return crop
        raise ValueError(f"none of {_TRIES} crops has both data and a label")


class CropCollator:
    """Crops of one size -> what `Segmenter.forward` reads."""

    def __init__(self, processor: SpexProcessor) -> None:
        self._processor = processor

    def __call__(self, crops: Sequence[Crop]) -> dict[str, Tensor]:
        """Stack images and what is known of them."""
        inputs = scene_tensors(self._processor, [crop.scene for crop in crops], [crop.indices for crop in crops])
        truth = torch.from_numpy(np.stack([crop.truth for crop in crops]))
        return inputs | {"present": (truth == 1).float(), "known": truth >= 0}


def _ask(model: nn.Module, scene: xr.DataArray, targets: Sequence[str]) -> tuple[Tensor, list[Cut]]:
    logits = SceneSegmenter(_segmenter(model)).tile(scene)
    return logits[[_NAMES.index(name) for name in targets]], [Cut()] * len(targets)


def _save(model: nn.Module, folder: Path) -> None:
    segmenter = _segmenter(model)
    segmenter.save_pretrained(folder)
    segmenter.backbone.save_pretrained(folder / BACKBONE)


def _segmenter(model: nn.Module) -> Segmenter:
    return cast("Segmenter", model)
