"""The mask decoder learns to answer the language model's tokens, which stand still and come from a bank.

What the condensed tokens say of a target hardly depends on the picture. So the language model is asked once about some crops of
each target, and the decoder learns from what it said: the words that it knows are not touched, and a step costs half.
"""

import random
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers.utils import ModelOutput

from spexlab.language.question import Question, question_about
from spexlab.model.outputs import SpexFeatures
from spexlab.model.processor import SpexProcessor
from spexlab.model.spex import SpexForExtraction
from spexlab.places.crops import Crop
from spexlab.targets import TARGETS
from spexlab.training.landcover import LABELLED, TAUGHT, LandCoverCollator, land_cover_losses, learn_only
from spexlab.training.losses import overlap_loss, taught_loss
from spexlab.training.pretraining import CropSource
from spexlab.training.segmenter import scene_tensors

LEARNING = ("backbone", "aggregator", "neck", "land_cover", "mask_decoder", "prior_embedding", "refiner")
_LISTED = (1, 3, 10)
"""Regions listed in the questions of the bank, drawn."""
_RIDGE = 1e-2
_MARGIN = 12.0
"""By how much the score of the target that a prompt asks for exceeds the others': the softmax then leaves them next to nothing."""
_SHARE = -2.5
"""Log odds of the share that the refiner's own answer begins with, beside what the land-cover head says of the target."""


@torch.no_grad()
def ask_for_prompts(model: SpexForExtraction, processor: SpexProcessor, crops: CropSource, *, each: int, seed: int) -> Tensor:
    """Ask about crops until every target was asked about `each` times: prompts (T, each, P, D)."""
    names = list(model.config.targets)
    found: dict[str, list[Tensor]] = {name: [] for name in names}
    rng, model = random.Random(f"{seed}/prompts"), model.eval()
    while min(map(len, found.values())) < each:
        crop = crops.make(crops.pick(rng)[1], rng, rng)
        features = model.encode(**scene_tensors(processor, [crop.scene], [crop.indices]))
        for name in rng.sample(names, 3):
            asked = question_about(crop.scene, name, listed=rng.choice(_LISTED))
            found[name].append(_prompt(model, processor, features, asked))
    return torch.stack([torch.stack(found[name][:each]) for name in names])


class MaskTrainee(SpexForExtraction):
    """SPEX with a forward that decodes the bank's prompts, and scores all targets beside."""

    bank: Tensor

    def prepare(self, bank: Tensor) -> None:
        """Take prompts (T, N, P, D), let each choose its target's land-cover logits, and let what sees and draws learn."""
        self.register_buffer("bank", bank, persistent=False)
        learn_only(self, LEARNING)
        # The words stand still, and so does what they choose: a rare target's choice would else be lost to a frequent one's.
        choose_by_prompt(self, bank).requires_grad_(False)

    def forward(  # type: ignore[override]
        self, images: dict[str, Tensor], truth: Tensor, taught: Tensor, asked: dict[str, Tensor]
    ) -> ModelOutput:
        """Loss of the masks and of the land-cover head.

        Parameters
        ----------
        images, truth, taught
            As `LandCoverTrainee.forward` takes them, for B images.
        asked
            ``image``, ``target``, ``wording`` (R,): which image, which target, which prompt of the bank; ``prior`` (R, 1, H, W).
        """
        features = self.encode(**images)
        counts = torch.bincount(asked["image"], minlength=len(truth))
        logits = self.decode(features.repeat(counts), self.bank[asked["target"], asked["wording"]], asked["prior"]).float()
        mine, told = (values[asked["image"], asked["target"]] for values in (truth, taught))
        scored = land_cover_losses(cast("Tensor", features.land_cover), truth, taught)
        losses = {
            "mask_labelled_loss": overlap_loss(logits, (mine == 1).float(), mine >= 0),
            "mask_taught_loss": taught_loss(logits, told),
            "all_labelled_loss": scored[0],
            "all_taught_loss": scored[1],
        }
        total = [value * (LABELLED if "labelled" in name else TAUGHT) for name, value in losses.items()]
        return ModelOutput(loss=torch.stack(total).sum(), **losses)


@torch.no_grad()
def choose_by_prompt(model: SpexForExtraction, prompts: Tensor) -> nn.Linear:
    """Set the refiner's choice so that a target's prompt picks the target's logits: ridge regression on prompts (T, N, P, D).

    Raises
    ------
    ValueError
        If the model has no land-cover head to choose from.
    """
    choose = None if model.refiner is None else model.refiner.choose
    if choose is None:
        raise ValueError(
            "only a checkpoint with a land-cover head has anything to choose from; set land_cover_channels in its config."
        )
    count, each = prompts.shape[:2]
    inputs = F.pad(prompts.mean(dim=2).flatten(0, 1), (0, 1), value=1.0)
    wanted = _MARGIN * torch.eye(count).repeat_interleave(each, dim=0)
    solution = torch.linalg.solve(inputs.T @ inputs + _RIDGE * torch.eye(inputs.shape[1]), inputs.T @ wanted)
    nn.init.zeros_(choose.weight)
    choose.weight[:count], choose.bias[:count] = solution[:-1].T, solution[-1]
    choose.bias[-1] = _SHARE
    return choose


class MaskCollator:
    """Crops with answers -> what `MaskTrainee.forward` reads.

    Parameters
    ----------
    processor
        Of the model.
    wordings
        Prompts of each target in the bank.
    """

    def __init__(self, processor: SpexProcessor, *, wordings: int) -> None:
        self._processor, self._wordings, self._crops = processor, wordings, LandCoverCollator(processor)

    def __call__(self, crops: Sequence[Crop]) -> dict[str, object]:
        """Stack crops and what is asked of them."""
        names = list(TARGETS)
        asked = [(number, answer) for number, crop in enumerate(crops) for answer in crop.targets]
        # Drawn from the crops themselves, so that a resumed run draws the same.
        rng = random.Random(crops[0].scene.values.tobytes())
        dense = [one.prior.signed if one.prior else None for _, one in asked]
        return {
            **self._crops(crops),
            "asked": {
                "image": torch.tensor([number for number, _ in asked]),
                "target": torch.tensor([names.index(answer.target) for _, answer in asked]),
                "wording": torch.tensor([rng.randrange(self._wordings) for _ in asked]),
                "prior": self._processor.priors(dense, size=crops[0].scene.shape[1:]),
            },
        }


def _prompt(model: SpexForExtraction, processor: SpexProcessor, features: SpexFeatures, asked: Question) -> Tensor:
    """(P, D)."""
    ids = torch.tensor([processor.question(asked.text, size=features.size)])
    prompts: Tensor = model.condenser(model.read(features, ids).last_hidden_state, model.mask_span(ids))
    return prompts[0]
