"""Crops as tensors: several questions about each image."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from spexlab.model.processor import SpexProcessor
from spexlab.places import Place
from spexlab.places.crops import Crop, CropRecipe, draw_crop
from spexlab.targets import TARGETS

TARGET_NAMES = tuple(TARGETS)


@dataclass
class Batch:
    """Crops and what is asked of them; row r of the answers belongs to image ``image[r]``."""

    inputs: dict[str, Tensor]
    counts: Tensor
    targets: Tensor
    prior: Tensor
    present: Tensor
    known: Tensor
    truth: Tensor
    """(B, T, H, W) for every target, 1 yes, 0 no, -1 unknown."""
    crops: list[Crop]

    def turned(self, rng: random.Random) -> "Batch":
        """The same crops seen from another side; what only the language model needs is left as it is."""
        turn, flip = rng.randrange(4), rng.random() < 0.5

        def turned(values: Tensor) -> Tensor:
            rotated = values.rot90(turn, (-2, -1))
            return rotated.flip(-1) if flip else rotated

        maps = {name: turned(values) if values.ndim == 4 else values for name, values in self.inputs.items()}
        grids = {name: turned(getattr(self, name)) for name in ("prior", "present", "known", "truth")}
        return replace(self, inputs=maps, **grids)


def collate(crops: list[Crop], processor: SpexProcessor) -> Batch:
    """Crops of one size to tensors."""
    inputs = processor.images(
        [crop.scene.values for crop in crops],
        wavelengths=[crop.scene["wavelength"].values for crop in crops],
        pixel_size=[crop.scene.attrs.get("pixel_size_m") for crop in crops],
        indices=[crop.indices for crop in crops],
    )
    answers = [answer for crop in crops for answer in crop.answers]
    return Batch(
        dict(inputs),
        torch.tensor([len(crop.answers) for crop in crops]),
        torch.tensor([TARGET_NAMES.index(answer.target) for answer in answers]),
        processor.priors([answer.prior and answer.prior.signed for answer in answers], size=inputs["pixel_values"].shape[-2:]),
        torch.from_numpy(np.stack([answer.present for answer in answers])).float(),
        torch.from_numpy(np.stack([answer.known for answer in answers])),
        torch.from_numpy(np.stack([crop.truth for crop in crops])),
        crops,
    )


class CropBatches(IterableDataset[Batch]):
    """Endless batches; kinds of places by share, groups within a kind being equally likely."""

    def __init__(
        self, kinds: dict[str, tuple[float, list[Place]]], processor: SpexProcessor, *, size: int, targets: int, seed: int
    ) -> None:
        self.shares = [share for share, places in kinds.values() if places]
        self.groups = [_by_group(places) for _, places in kinds.values() if places]
        self.processor, self.size, self.targets, self.seed = processor, size, targets, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(self.seed * 1000 + (worker.id if worker else 0))
        torch.set_num_threads(1)
        while True:
            recipe = CropRecipe(size=rng.choice((64, 96, 128)), targets=self.targets)
            yield collate([self._draw(rng, recipe) for _ in range(self.size)], self.processor)

    def _draw(self, rng: random.Random, recipe: CropRecipe) -> Crop:
        (groups,) = rng.choices(self.groups, self.shares)
        while True:
            crop = draw_crop(rng.choice(rng.choice(groups)), rng, recipe)
            if crop.answers:
                return crop


def _by_group(places: list[Place]) -> list[list[Place]]:
    groups: dict[str, list[Place]] = {}
    for place in places:
        groups.setdefault(place.group, []).append(place)
    return list(groups.values())
