from types import SimpleNamespace

import torch

from spexlab.model.refiner import MaskRefiner
from spexlab.training.masks import choose_by_prompt


def test_prompts_of_the_language_model_choose_their_own_target() -> None:
    targets, each, width = 4, 6, 16
    torch.manual_seed(0)
    refiner = MaskRefiner(detail_channels=4, upscaled_channels=3, token_channels=width, width=8, scored=targets)
    points, shape = 3 * torch.randn(targets, 1, 1, width), (targets, each, 4, width)
    choose_by_prompt(SimpleNamespace(refiner=refiner), points + 0.3 * torch.randn(shape))
    unseen = points + 0.3 * torch.randn(shape)
    chosen = refiner.choose(unseen.mean(dim=2))[..., :-1].softmax(dim=-1)
    assert chosen.diagonal(dim1=0, dim2=2).min() > 0.99
