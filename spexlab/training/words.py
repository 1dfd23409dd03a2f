"""The language model learns to find targets in instructions, to put evidence into words, and to name each target to the decoder.

No image is read: noise stands in its place, so that the words do not come to depend on it. The condensed mask tokens learn one
fixed point a target, drawn at random, far from the others: what they stand for is up to the mask decoder, which learns after them.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast
from transformers.utils import ModelOutput

from spexlab.evidence.measurement import Measurement
from spexlab.evidence.regions import Region, find_regions, location_word, size_word
from spexlab.language.instructions import Instruction, draw_instruction
from spexlab.language.question import spie_question
from spexlab.language.writing import evidence_words, explanation
from spexlab.model.configuration import SpexConfig
from spexlab.model.outputs import SpexFeatures
from spexlab.model.processor import IMAGE_TOKEN, MASK_TOKEN, SpexProcessor, plain_words
from spexlab.model.spex import SpexForExtraction
from spexlab.model.wordlabels import IGNORE
from spexlab.targets import TARGETS
from spexlab.training.trainee import instruction_tensors

LEARNING = ("language_model", "target_head", "condenser", "projector")
_TARGET, _PROMPT, _WORDS = 10.0, 1.0, 1.0
"""Shares in the loss: scores of targets are right early, and then small."""
_IMAGE = (128, 128)


@dataclass(frozen=True)
class Drill:
    """Some instructions and, in some drills, one measurement to put into words."""

    instructions: tuple[Instruction, ...]
    measurement: Measurement | None
    regions: tuple[Region, ...]
    """Listed in the question before the evidence; empty: no question is asked, and no prompt learnt."""
    wording: int
    """Seed of the explanation's wording."""


class DrillSource:
    """Drills drawn without end.

    Parameters
    ----------
    instructions
        In each drill: there are far more ways to ask than to explain.
    explained
        Share (0-1) of the steps in which evidence is put into words: an explanation is ten times as long as an instruction.
    """

    def __init__(self, *, instructions: int, explained: float) -> None:
        self._instructions, self._explained = instructions, explained

    def pick(self, rng: random.Random) -> tuple[str, None]:
        """Nothing to choose from."""
        del rng
        return "drill", None

    def make(self, chosen: None, rng: random.Random, shared: random.Random) -> Drill:
        """Draw a drill; all of a step list as many regions, as rows are padded to the longest."""
        del chosen
        explained, listed = shared.random() < self._explained, shared.choice((0, 1, 1, 2, 3))
        return Drill(
            tuple(draw_instruction(rng) for _ in range(self._instructions)),
            random_measurement(rng) if explained else None,
            tuple(random_regions(rng)[:listed]),
            rng.getrandbits(32),
        )


class WordsTrainee(SpexForExtraction):
    """SPEX with a forward that reads no image."""

    points: Tensor

    def prepare(self, points: Tensor) -> None:
        """Let the words learn; `points` (T, P, D) are what the condensed tokens are to say of each target."""
        self.register_buffer("points", points, persistent=False)
        self.requires_grad_(False)
        for name in LEARNING:
            getattr(self, name).requires_grad_(True)

    def forward(self, instructions: dict[str, Tensor], told: dict[str, Tensor]) -> ModelOutput:  # type: ignore[override]
        """Losses of the targets heard, of the words, and of the prompts.

        Parameters
        ----------
        instructions
            As `SpexTrainee.forward` takes them.
        told
            ``input_ids``, ``attention_mask``, ``labels`` (R, L); ``target`` (R,), -1 where no question was asked, in all rows or in
            none. May be empty.
        """
        heard = super().forward(**instructions)
        named = (("target_loss", heard.target_loss), ("limit_loss", heard.limit_loss))
        losses: dict[str, Tensor] = {name: value for name, value in named if value is not None}
        shares = {"target_loss": _TARGET, "limit_loss": _TARGET, "words_loss": _WORDS, "prompt_loss": _PROMPT}
        if told:
            asked = bool((told["target"] >= 0).all())
            ids = told["input_ids"]
            hidden = self.read(self._noise(ids) if asked else None, ids, told["attention_mask"]).last_hidden_state
            losses["words_loss"] = _learnt_words(self, hidden, told["labels"])
            if asked:
                prompts = self.condenser(hidden, self.mask_span(ids))
                losses["prompt_loss"] = nn.functional.mse_loss(prompts.float(), self.points[told["target"]])
        return ModelOutput(loss=torch.stack([shares[name] * value for name, value in losses.items()]).sum(), **losses)

    def _noise(self, ids: Tensor) -> SpexFeatures:
        """Image tokens that mean nothing, as many as the rows (R, L) hold."""
        cells = int((ids[0] == self.config.image_token_id).sum())
        tokens = torch.randn(len(ids), cells, self.config.feature_channels, device=ids.device)
        return SpexFeatures(tokens, tokens, None, _IMAGE)


class DrillCollator:
    """Drills -> what `WordsTrainee.forward` reads."""

    def __init__(self, processor: SpexProcessor, config: SpexConfig) -> None:
        self._processor, self._config = processor, config

    def __call__(self, drills: Sequence[Drill]) -> dict[str, object]:
        """Pad and stack."""
        asked = [one for drill in drills for one in drill.instructions]
        return {"instructions": instruction_tensors(asked, self._processor, self._config), "told": self._told(drills)}

    def _told(self, drills: Sequence[Drill]) -> dict[str, Tensor]:
        rows = [self._row(drill) for drill in drills if drill.measurement is not None]
        if not rows:
            return {}
        longest = max(len(ids) for ids, _, _ in rows)
        return {
            **self._processor.pad([ids for ids, _, _ in rows]),
            "labels": torch.tensor([labels + [IGNORE] * (longest - len(labels)) for _, labels, _ in rows]),
            "target": torch.tensor([target for _, _, target in rows]),
        }

    def _row(self, drill: Drill) -> tuple[list[int], list[int], int]:
        measured = cast("Measurement", drill.measurement)
        context, target = [], -1
        if drill.regions:
            regions = drill.regions if measured.index else ()
            context = self._processor.question(spie_question(measured.target, regions, index=measured.index), size=_IMAGE)
            target = list(TARGETS).index(measured.target)
        read = context + self._processor.evidence(evidence_words(measured))
        learnt = self._processor.answer(explanation(measured, random.Random(drill.wording)))
        return read + learnt, [IGNORE] * len(read) + learnt, target


def target_points(targets: int, tokens: int, width: int, *, seed: int) -> Tensor:
    """One point a target for the condensed tokens to learn, (T, P, D), of unit variance."""
    return torch.randn(targets, tokens, width, generator=torch.Generator().manual_seed(seed))


def new_tokenizer(vocabulary: int, *, corpus: int, seed: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE over what the model will read and write; every digit is a token, so that numbers can be copied."""
    rng = random.Random(f"{seed}/tokenizer")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", IMAGE_TOKEN, MASK_TOKEN]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    texts = [plain_words(draw_instruction(rng).text) for _ in range(corpus)]
    for _ in range(corpus // 10):
        measured = random_measurement(rng)
        texts += [
            evidence_words(measured),
            explanation(measured, rng),
            spie_question(measured.target, random_regions(rng), index="NDVI"),
        ]
    texts += ["system\nYou are a helpful assistant.", "user\n", "assistant\n"] * 100
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=specials[2], pad_token=specials[0], additional_special_tokens=specials[1:]
    )


def random_regions(rng: random.Random) -> list[Region]:
    """Regions of a seeded random mask."""
    noise = gaussian_filter(np.random.default_rng(rng.getrandbits(32)).normal(size=(64, 64)), rng.uniform(1.5, 6))
    mask = noise > np.quantile(noise, rng.uniform(0.5, 0.98))
    return find_regions(mask, noise.astype(np.float32), limit=rng.randint(1, 10))


def random_measurement(rng: random.Random) -> Measurement:
    """A measurement as one might be taken anywhere, for learning to put numbers into words."""
    target = rng.choice(list(TARGETS))
    valid = int(10 ** rng.uniform(1.5, 6))
    kind = rng.random()
    share = 0.0 if kind < 0.12 else 1.0 if kind < 0.16 else rng.random() if kind < 0.6 else 10 ** rng.uniform(-5, 0)
    pixels = min(valid, round(share * valid))
    area = pixels * 10 ** rng.uniform(-2, 3.5) if rng.random() < 0.7 else None
    count = 0 if pixels == 0 else 1 if pixels < 3 or rng.random() < 0.2 else rng.randint(2, min(pixels, 400))
    place, size = location_word(rng.random(), rng.random()), size_word(10 ** rng.uniform(-4, 0))
    largest = Region((0.5, 0.5), place, ((0.0, 0.0),) * 4, size, None, None, pixels) if pixels else None
    recipe = rng.choice(TARGETS[target].indices) if rng.random() < 0.85 else None
    inside = rng.uniform(-0.9, 0.9) if recipe and pixels else None
    around = rng.uniform(-0.9, 0.9) if recipe and (pixels == 0 or rng.random() < 0.9) else None
    if recipe and pixels and rng.random() < 0.6:  # most masks are on the right side of their index
        inside = recipe.threshold + abs(rng.gauss(0, 0.3))
        around = None if around is None else recipe.threshold - abs(rng.gauss(0, 0.3))
    return Measurement(
        target, pixels, valid, pixels / valid, area, count, largest,
        recipe.name if recipe else None, recipe.threshold if recipe else None, inside, around,
    )  # fmt: skip


def _learnt_words(model: SpexForExtraction, hidden: Tensor, labels: Tensor) -> Tensor:
    """`SpexForExtraction.word_loss` without the logits of all the tokens that are read, not learnt: most of them."""
    wanted = labels[:, 1:]
    learnt = wanted != IGNORE
    logits = model.language_model.lm_head(hidden[:, :-1][learnt])
    return nn.functional.cross_entropy(logits.float(), wanted[learnt], reduction="sum") / learnt.sum().clamp(min=1)
