"""SPEX as it is trained: one forward for all losses of a batch of lessons."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from transformers.utils import ModelOutput

from spexlab.language.instructions import Instruction
from spexlab.model.configuration import SpexConfig
from spexlab.model.processor import SpexProcessor
from spexlab.model.spex import SpexForExtraction
from spexlab.model.wordlabels import IGNORE, answer_span
from spexlab.training.lessons import Lesson
from spexlab.training.losses import overlap_loss
from spexlab.training.segmenter import scene_tensors

WEIGHTS = {"mask_loss": 1.0, "words_loss": 0.5, "target_loss": 10.0, "limit_loss": 10.0}
"""Share of each loss in the sum: scores of targets are right early, and then small."""


class SpexTrainee(SpexForExtraction):
    """SPEX with a forward that takes several questions about each image, and instructions beside them.

    One forward, not one a loss: processes that train together exchange the gradients of one forward.
    """

    def forward(  # type: ignore[override]
        self,
        images: dict[str, Tensor],
        counts: Tensor,
        questions: dict[str, Tensor],
        instructions: dict[str, Tensor],
    ) -> ModelOutput:
        """Sum of the losses, and each by name.

        Parameters
        ----------
        images
            What `encode` takes, for B images.
        counts
            (B,) questions about each image, R in all.
        questions
            ``input_ids``, ``attention_mask``, ``labels`` (R, L); ``prior`` (R, 1, H, W); ``present`` and ``known`` (R, H, W).
            Empty if there are none.
        instructions
            ``input_ids`` and ``attention_mask`` (N, M); ``target_labels`` (N, 2, T); ``limit_labels`` (N, K). Empty if there are
            none.
        """
        losses: dict[str, Tensor] = {}
        if questions:
            losses |= self._asked(images, counts, questions)
        if instructions:
            asked = super().forward(**instructions)
            named = (("target_loss", asked.target_loss), ("limit_loss", asked.limit_loss))
            losses |= {name: value for name, value in named if value is not None}
        total = torch.stack([WEIGHTS[name] * value for name, value in losses.items()]).sum()
        return ModelOutput(loss=total, **losses)

    def _asked(self, images: dict[str, Tensor], counts: Tensor, questions: dict[str, Tensor]) -> dict[str, Tensor]:
        features = self.encode(**images).repeat(counts)
        labels = questions["labels"]
        span = answer_span(labels) if self.config.condense == "answer" else None
        masks = self.segment(features, questions["input_ids"], questions["attention_mask"], span=span, prior=questions["prior"])
        _, words = self.word_loss(masks.hidden_states, labels)
        return {"mask_loss": overlap_loss(masks.logits.float(), questions["present"], questions["known"]), "words_loss": words}


class LessonCollator:
    """Lessons with images of one size -> what `SpexTrainee.forward` reads.

    Parameters
    ----------
    processor, config
        Of the model.
    """

    def __init__(self, processor: SpexProcessor, config: SpexConfig) -> None:
        self._processor, self._config = processor, config

    def __call__(self, lessons: Sequence[Lesson]) -> dict[str, object]:
        """Stack lessons."""
        images = scene_tensors(self._processor, [lesson.scene for lesson in lessons], [lesson.indices for lesson in lessons])
        if not self._config.indices:
            del images["indices"]
        return {
            "images": images,
            "counts": torch.tensor([len(lesson.exchanges) for lesson in lessons]),
            "questions": self._questions(lessons),
            "instructions": instruction_tensors(
                [instruction for lesson in lessons for instruction in lesson.instructions], self._processor, self._config
            ),
        }

    def _questions(self, lessons: Sequence[Lesson]) -> dict[str, Tensor]:
        asked = [exchange for lesson in lessons for exchange in lesson.exchanges]
        if not asked:
            return {}
        longest = max(len(one.labels) for one in asked)
        return {
            **self._processor.pad([one.ids for one in asked]),
            "labels": torch.tensor([one.labels + [IGNORE] * (longest - len(one.labels)) for one in asked]),
            "prior": self._processor.priors([one.prior for one in asked], size=asked[0].present.shape),
            "present": torch.from_numpy(np.stack([one.present for one in asked])).float(),
            "known": torch.from_numpy(np.stack([one.known for one in asked])),
        }


def instruction_tensors(asked: Sequence[Instruction], processor: SpexProcessor, config: SpexConfig) -> dict[str, Tensor]:
    """What instructions say and ask for, as `SpexForExtraction.forward` reads them; empty without any, or without target scores."""
    targets, limits = tuple(config.targets), tuple(config.limits)
    if not asked or not targets:
        return {}
    wanted = torch.tensor([[[name in part for name in targets] for part in (one.include, one.exclude)] for one in asked])
    inputs = {**processor.instructions([one.text for one in asked]), "target_labels": wanted.float()}
    if limits:
        inputs["limit_labels"] = torch.tensor([[name in one.limits for name in limits] for one in asked]).float()
    return inputs
