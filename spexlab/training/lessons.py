"""What SPEX learns from: an image, questions about it with their masks and words, and instructions with what they ask for."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.measurement import measure
from spexlab.evidence.prior import index_stack, spectral_prior
from spexlab.language.instructions import Instruction, draw_instruction
from spexlab.language.question import question_from
from spexlab.language.writing import evidence_words, explanation
from spexlab.model.processor import SpexProcessor
from spexlab.model.spex import IGNORE
from spexlab.places import Place
from spexlab.places.crops import Crop, CropTarget
from spexlab.places.mixture import PlaceMixture
from spexlab.scene import pixel_size
from spexlab.spie import Sample
from spexlab.training.pretraining import CropSource
from spexlab.training.settings import FinetuneSettings

_LISTED = (1, 1, 2, 2, 3, 10)
"""Regions listed in the questions of a step, drawn: ten are read at inference, but few make short questions."""
_CUT = frozenset({"limit", "exclusion", "refused"})
"""Kinds of samples whose mask was cut after the model, or is none: only their words are learnt."""


@dataclass(frozen=True, eq=False)
class Exchange:
    """One question about an image, from the chat template's head to the last word of the answer."""

    ids: list[int]
    labels: list[int]
    """As long as `ids`; `IGNORE` where nothing is learnt."""
    present: NDArray[np.bool_]
    """(H, W)"""
    known: NDArray[np.bool_]
    """(H, W)"""
    prior: NDArray[np.float32] | None
    """(H, W) signed distance of the index from its threshold; None without an index."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """An image with all that is asked beside it."""

    scene: xr.DataArray
    indices: NDArray[np.float32]
    """(K, H, W)"""
    exchanges: tuple[Exchange, ...]
    instructions: tuple[Instruction, ...]


class PlaceLessons:
    """Lessons drawn on the fly from labelled places."""

    def __init__(self, mixture: PlaceMixture, processor: SpexProcessor, settings: FinetuneSettings) -> None:
        self._crops = CropSource(mixture, settings.sizes, targets=settings.targets)
        self._processor, self._settings = processor, settings

    def pick(self, rng: random.Random) -> tuple[str, Place]:
        """Choose a place."""
        return self._crops.pick(rng)

    def make(self, chosen: Place, rng: random.Random, shared: random.Random) -> Lesson:
        """Cut a crop and ask about it.

        Raises
        ------
        ValueError
            If no crop of the place has both data and a label.
        """
        crop = self._crops.make(chosen, rng, shared)
        listed = shared.choice(_LISTED)
        asked = tuple(self._exchange(crop, one, rng, listed) for one in crop.targets)
        return Lesson(crop.scene, crop.indices, asked, tuple(draw_instruction(rng) for _ in range(self._settings.instructions)))

    def _exchange(self, crop: Crop, answer: CropTarget, rng: random.Random, listed: int) -> Exchange:
        """The question lists the prior's regions, never the label's; the evidence is of a mask, here the true one."""
        asked = question_from(answer.target, answer.prior, listed=listed)
        context = self._processor.question(asked.text, size=answer.present.shape)
        if rng.random() >= self._settings.explained:
            return Exchange(context, [IGNORE] * len(context), answer.present, answer.known, asked.dense)
        evidence, words = _told(crop.scene, answer, rng)
        return _explained(self._processor, context, evidence, words, present=answer.present, known=answer.known, prior=asked.dense)


class SpieLessons:
    """Lessons from the samples of a SPIE set."""

    def __init__(self, samples: Sequence[Sample], processor: SpexProcessor) -> None:
        self._samples, self._processor = samples, processor

    def pick(self, rng: random.Random) -> tuple[str, Sample]:
        """Choose a sample."""
        sample = rng.choice(self._samples)
        return sample.name, sample

    def make(self, chosen: Sample, rng: random.Random, shared: random.Random) -> Lesson:
        """Cut the sample's picture and masks to whole strides of the backbone.

        Raises
        ------
        ValueError
            If mask and picture differ in size, or the picture is too small.
        """
        del rng, shared
        height, width = (side - side % 32 for side in chosen.scene.shape[1:])
        if chosen.mask.shape != chosen.scene.shape[1:] or not height or not width:
            raise ValueError(
                f"its mask has {chosen.mask.shape} pixels, its picture {chosen.scene.shape[1:]}; at least 32 are needed"
            )
        scene = chosen.scene[:, :height, :width].compute()
        asked: tuple[Exchange, ...] = ()
        if chosen.target is not None:
            asked = (self._exchange(chosen, scene),)
        return Lesson(scene, index_stack(scene), asked, (chosen.instruction,))

    def _exchange(self, sample: Sample, scene: xr.DataArray) -> Exchange:
        prior = spectral_prior(scene, str(sample.target))
        present, known = (layer[: scene.shape[1], : scene.shape[2]] for layer in (sample.mask, sample.known))
        context = self._processor.question(sample.question, size=present.shape)
        known = np.zeros_like(known) if sample.kind in _CUT else known
        signed = prior.signed if prior else None
        return _explained(self._processor, context, sample.evidence, sample.answer, present=present, known=known, prior=signed)


def _told(scene: xr.DataArray, answer: CropTarget, rng: random.Random) -> tuple[str, str]:
    """Evidence, and the explanation written from it; without a pixel size, as often happens, areas are in pixels."""
    metres = pixel_size(scene)
    measured = measure(
        answer.present & answer.known,
        target=answer.target,
        prior=answer.prior,
        pixel_area=metres**2 if metres and rng.random() < 0.7 else None,
    )
    return evidence_words(measured), explanation(measured, rng)


def _explained(
    processor: SpexProcessor,
    context: list[int],
    evidence: str,
    words: str,
    *,
    present: NDArray[np.bool_],
    known: NDArray[np.bool_],
    prior: NDArray[np.float32] | None,
) -> Exchange:
    """A question with its answer: only the answer is learnt."""
    read, learnt = context + processor.evidence(evidence), processor.answer(words)
    return Exchange(read + learnt, [IGNORE] * len(read) + learnt, present, known, prior)
