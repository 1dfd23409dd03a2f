"""What SPEX learns from: an image, questions about it with their masks and words, and instructions with what they ask for."""

import random
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spexlab.evidence.measurement import measure
from spexlab.evidence.prior import index_stack
from spexlab.extraction.windows import Tile, TileReader, Window
from spexlab.language.instructions import Instruction, draw_instruction
from spexlab.language.question import Question, question_about, question_from
from spexlab.language.writing import evidence_words, explanation
from spexlab.model.processor import SpexProcessor
from spexlab.model.wordlabels import IGNORE
from spexlab.places import Place
from spexlab.places.crops import Crop, CropRecipe, CropTarget
from spexlab.places.mixture import PlaceMixture
from spexlab.scene import pixel_size
from spexlab.spie import Sample, SampleRecord, SpieSet
from spexlab.training.pretraining import CropSource
from spexlab.training.settings import FinetuneSettings

_ASKED = 3
"""Questions about each crop of a place, unless told."""
_LISTED = (1, 1, 2, 2, 3, 10)
"""Regions listed in the questions of a step, drawn: ten are read at inference, but few make short questions."""

_UNTOLD = "neither their questions nor their instructions name one target that is known here"


class UntoldTargetWarning(UserWarning):
    """Samples are left out, as nothing says what their masks are of."""


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


@dataclass(frozen=True)
class Writer:
    """Puts questions and answers into tokens.

    Parameters
    ----------
    processor
        Of the model that learns.
    explained
        Share (0-1) of the answers that are learnt in words, too.
    """

    processor: SpexProcessor
    explained: float

    def exchange(
        self, question: Question, present: NDArray[np.bool_], known: NDArray[np.bool_], *, told: tuple[str, str] | None
    ) -> Exchange:
        """A question with its mask and, if there are any, evidence and answer: only the answer is learnt."""
        read, learnt = self.processor.question(question.text, size=present.shape), list[int]()
        if told is not None:
            evidence, answer = told
            read, learnt = read + self.processor.evidence(evidence), self.processor.answer(answer)
        return Exchange(read + learnt, [IGNORE] * len(read) + learnt, present, known, question.dense)

    def explains(self, rng: random.Random) -> bool:
        """Draw whether an answer is learnt in words."""
        return rng.random() < self.explained


class PlaceLessons:
    """Lessons drawn on the fly from labelled places."""

    def __init__(self, mixture: PlaceMixture, writer: Writer, settings: FinetuneSettings) -> None:
        self._crops = CropSource(mixture, settings.sizes, CropRecipe(targets=settings.targets or _ASKED))
        self._writer, self._instructions = writer, settings.instructions

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
        return Lesson(crop.scene, crop.indices, asked, _drawn(rng, self._instructions))

    def _exchange(self, crop: Crop, asked: CropTarget, rng: random.Random, listed: int) -> Exchange:
        """The question lists the prior's regions, never the label's; the evidence is of a mask, here the true one."""
        question = question_from(asked.target, asked.prior, listed=listed)
        told = _told(crop.scene, asked, rng) if self._writer.explains(rng) else None
        return self._writer.exchange(question, asked.present, asked.known, told=told)


class SpieLessons:
    """Lessons from the samples of a SPIE set: a piece of each picture, as large as the others of its step.

    Raises
    ------
    ValueError
        If there are no samples, or none of them says what its mask is of.
    """

    def __init__(self, samples: Sequence[Sample], writer: Writer, settings: FinetuneSettings) -> None:
        if settings.targets is not None:
            raise ValueError(f"a SPIE sample asks its own question, so targets={settings.targets} has no effect; leave it out.")
        self._samples = _told_of(samples)
        self._writer, self._sizes, self._instructions = writer, settings.sizes, settings.instructions

    def pick(self, rng: random.Random) -> tuple[str, Sample]:
        """Choose a sample."""
        sample = rng.choice(self._samples)
        return sample.name, sample

    def make(self, chosen: Sample, rng: random.Random, shared: random.Random) -> Lesson:
        """Cut a piece out of the sample's picture, mirrored where the picture is smaller: nothing is learnt there.

        Raises
        ------
        ValueError
            If mask and picture differ in size.
        """
        if chosen.mask.shape != chosen.scene.shape[1:]:
            raise ValueError(f"its mask has {chosen.mask.shape} pixels, its picture {chosen.scene.shape[1:]}")
        side, listed = shared.choice(self._sizes), shared.choice(_LISTED)
        window = _window(chosen, side, rng)
        tile = TileReader(chosen.scene, size=side).read(window)
        asked = () if chosen.target is None else (self._exchange(chosen, window, tile, rng, listed),)
        return Lesson(tile.pixels, index_stack(tile.pixels), asked, (chosen.instruction, *_drawn(rng, self._instructions)))

    def _exchange(self, sample: Sample, window: Window, tile: Tile, rng: random.Random, listed: int) -> Exchange:
        question = question_about(tile.pixels, str(sample.target), listed=listed)
        present, known = np.zeros_like(tile.empty), np.zeros_like(tile.empty)
        present[tile.inside], known[tile.inside] = sample.mask[window.slices], sample.known[window.slices] & sample.drawn
        told = (sample.evidence, sample.answer) if self._writer.explains(rng) else None
        return self._writer.exchange(question, present, known & ~tile.empty, told=told)


def _told_of(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Samples without those whose target is not told: their masks would be lost, and the model would learn to refuse them."""
    told = samples.only(_says) if isinstance(samples, SpieSet) else [sample for sample in samples if _says(sample)]
    lost = len(samples) - len(told)
    if not told:
        raise ValueError(f"training needs samples that say what their masks are of, but none of {len(samples)} does: {_UNTOLD}.")
    if lost:
        warnings.warn(f"{lost} of {len(samples)} samples are left out: {_UNTOLD}.", UntoldTargetWarning, stacklevel=2)
    return told


def _says(one: Sample | SampleRecord) -> bool:
    return not one.untold


def _window(sample: Sample, side: int, rng: random.Random) -> Window:
    """A window of a picture around a random pixel of its mask, or of what is known where that is empty."""
    rows, columns = np.nonzero(sample.mask if sample.mask.any() else sample.known)
    if not len(rows):
        raise ValueError("nothing is known of its mask")
    pixel = rng.randrange(len(rows))
    (row, height), (column, width) = (
        (max(0, min(int(centre) - rng.randrange(side), length - side)), min(side, length))
        for centre, length in zip((rows[pixel], columns[pixel]), sample.mask.shape, strict=True)
    )
    return Window(row, column, height, width)


def _drawn(rng: random.Random, count: int) -> tuple[Instruction, ...]:
    return tuple(draw_instruction(rng) for _ in range(count))


def _told(scene: xr.DataArray, asked: CropTarget, rng: random.Random) -> tuple[str, str]:
    """Evidence, and the explanation written from it; without a pixel size, as often happens, areas are in pixels."""
    metres = pixel_size(scene)
    measured = measure(
        asked.present & asked.known,
        target=asked.target,
        prior=asked.prior,
        pixel_area=metres**2 if metres and rng.random() < 0.7 else None,
    )
    return evidence_words(measured), explanation(measured, rng)
