"""Backbone and land-cover head learn all targets at once, without the language model: first pixel by pixel, then crop by crop.

A question teaches one target of a crop for the price of a decoding; the land-cover head teaches all of them, in every pixel, for
next to nothing (deep supervision, Lee et al. 2015).
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor
from transformers.utils import ModelOutput

from spexlab.model.landcover import LandCoverHead
from spexlab.model.processor import SpexProcessor
from spexlab.model.spex import SpexForExtraction
from spexlab.places.crops import Crop
from spexlab.training.losses import overlap_loss, taught_loss
from spexlab.training.segmenter import scene_tensors

LABELLED, TAUGHT = 0.5, 1.0
"""Shares in the loss: of the labels, which a network can learn by heart, and of the teacher, who never saw the place."""
LEARNING = ("backbone", "aggregator", "neck", "land_cover")


class LandCoverTrainee(SpexForExtraction):
    """SPEX with a forward that scores all targets of crops."""

    def prepare(self) -> None:
        """Let the features learn, and nothing else: not what the pixels say, which has been learnt."""
        learn_only(self, LEARNING)

    def forward(self, images: dict[str, Tensor], truth: Tensor, taught: Tensor) -> ModelOutput:  # type: ignore[override]
        """Loss of what the pixels and the features say together, and of what the pixels say alone.

        Parameters
        ----------
        images
            What `encode` takes, for B images.
        truth
            (B, T, H, W): 1, 0, or -1 where it is unknown.
        taught
            (B, T, H, W) a teacher's probability, NaN where it says nothing.
        """
        head, levels = head_of(self), self.backbone(**images)
        measured = head.evidence.measure(images["pixel_values"], images["wavelengths"], images["pixel_size"])
        logits = head(measured, self.neck(self.aggregator(levels.feature_maps)), levels.detail)
        labelled, told = land_cover_losses(logits, truth, taught)
        return ModelOutput(loss=LABELLED * labelled + TAUGHT * told, labelled_loss=labelled, taught_loss=told)


class PixelTrainee(SpexForExtraction):
    """SPEX with a forward that reads pixels one by one."""

    def prepare(self, rows: Tensor) -> None:
        """Let the pixels' evidence learn; mean and spread of its numbers are those of some rows (N, F), NaN where unknown."""
        head = head_of(self)
        self.requires_grad_(False)
        head.evidence.requires_grad_(True)
        head.pixelwise.requires_grad_(True)
        known = rows.isfinite()
        count = known.sum(dim=0).clamp(min=1)
        mean = rows.nan_to_num(nan=0.0).sum(dim=0) / count
        spread = (torch.where(known, rows - mean, 0.0).square().sum(dim=0) / count).sqrt()
        head.evidence.centre.copy_(mean)
        head.evidence.spread.copy_(torch.where(spread > 1e-4, spread, 1.0))

    def forward(self, measured: Tensor, truth: Tensor, taught: Tensor) -> ModelOutput:  # type: ignore[override]
        """Cross entropy with labels and teacher.

        Parameters
        ----------
        measured
            (N, F) as `PixelEvidence.measure` gives them.
        truth, taught
            (N, T) as `LandCoverTrainee.forward` takes them.
        """
        head = head_of(self)
        logits = head.pixelwise(head.evidence(measured)).float()
        labelled = taught_loss(logits, torch.where(truth >= 0, truth.float(), torch.nan))
        told = taught_loss(logits, taught)
        return ModelOutput(loss=LABELLED * labelled + TAUGHT * told, labelled_loss=labelled, taught_loss=told)


def learn_only(model: SpexForExtraction, parts: Iterable[str]) -> None:
    """Let some parts learn; what single pixels say stands still.

    Crops show few places again and again. What their pixels say would be learnt by heart, and what the trees knew forgotten.
    """
    model.requires_grad_(False)
    for name in parts:
        getattr(model, name).requires_grad_(True)
    head = head_of(model)
    head.evidence.requires_grad_(False)
    head.pixelwise.requires_grad_(False)


def head_of(model: SpexForExtraction) -> LandCoverHead:
    """The land-cover head of a model.

    Raises
    ------
    ValueError
        If it has none.
    """
    if model.land_cover is None:
        raise ValueError("only a land-cover head learns all targets at once; set land_cover_channels in the checkpoint's config.")
    return model.land_cover


def land_cover_losses(logits: Tensor, truth: Tensor, taught: Tensor) -> tuple[Tensor, Tensor]:
    """Against labels and against a teacher, of (B, T, H, W) logits."""
    logits = logits.float()
    present, known = (truth == 1).float(), truth >= 0
    return overlap_loss(*(values.flatten(0, 1) for values in (logits, present, known))), taught_loss(logits, taught)


class LandCoverCollator:
    """Crops of one size -> what `LandCoverTrainee.forward` reads."""

    def __init__(self, processor: SpexProcessor) -> None:
        self._processor = processor

    def __call__(self, crops: Sequence[Crop]) -> dict[str, object]:
        """Stack images, labels and what was taught."""
        return {
            "images": scene_tensors(self._processor, [crop.scene for crop in crops], [crop.indices for crop in crops]),
            "truth": torch.from_numpy(np.stack([crop.truth for crop in crops])),
            "taught": torch.from_numpy(np.stack([crop.taught for crop in crops])),
        }
