"""Stage 3: condensed mask tokens take the place of the queries, and everything is tuned together."""

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from batches import Batch
from loop import Average, Log, optimiser, schedule
from torch import Tensor, nn
from torch.utils.data import DataLoader
from vision import VISION_PARTS
from words import instruction_losses, learnt_words_loss, stack_labels, word_sample

from spexlab.evidence.regions import find_regions, measure
from spexlab.language.prompt import spie_question
from spexlab.model.processor import SpexProcessor
from spexlab.model.spex import IGNORE, SpexForExtraction
from spexlab.places.crops import Answer, Crop
from spexlab.training.losses import overlap_loss


@dataclass
class JointPlan:
    """What the joint stage needs beside tensors."""

    takeover: int
    """Steps in which the condensed tokens only learn to be the queries."""
    rng: random.Random
    log: Log
    out: Path


TAKEOVER_WEIGHTS = {"prompts": 3.0, "words": 0.5}
JOINT_WEIGHTS = {"mask": 1.0, "prompts": 1.0, "words": 0.5}
INSTRUCTIONS = 80
"""Drawn in each step, so that none is forgotten."""
VISION_RATE = 0.3
"""Share of the learning rate that backbone and decoder get: they have learnt their part."""


def joint_rates(steps: int, takeover: int) -> list[float]:
    """A short schedule for the takeover, a gentler one for the rest."""
    first = [2e-3 * max(0.3, schedule(step, takeover, 20)) for step in range(takeover)]
    return first + [5e-4 * schedule(step, steps - takeover, 30) for step in range(steps - takeover)]


def joint_rows(
    batch: Batch, processor: SpexProcessor, rng: random.Random, *, takeover: bool
) -> tuple[list[list[int]], list[list[int]]]:
    """One sequence an answer: question, mask tokens, evidence measured on the label, explanation.

    Rows are padded to the longest, so the number of regions is one for the batch; in the takeover they are short and many.
    """
    answers = [(crop, answer) for crop in batch.crops for answer in crop.answers]
    limit = rng.choice((1, 1, 2) if takeover else (1, 1, 2, 2, 3, 10))
    explained = 0.0 if takeover else 0.4
    return tuple(  # type: ignore[return-value]
        zip(*(joint_row(crop, answer, processor, rng, limit=limit, explained=explained) for crop, answer in answers), strict=True)
    )


def joint_row(
    crop: Crop, answer: Answer, processor: SpexProcessor, rng: random.Random, *, limit: int, explained: float
) -> tuple[list[int], list[int]]:
    """The question lists the prior's regions, never the label's; the evidence is of a mask, here the true one."""
    prior = answer.prior
    regions = find_regions(prior.mask, prior.values, limit=limit) if prior else []
    question = spie_question(answer.target, regions, index=prior.index if prior else None)
    context = processor.question(question, size=answer.present.shape)
    if rng.random() >= explained:
        return context, [IGNORE] * len(context)
    size = crop.scene.attrs.get("pixel_size_m") if rng.random() < 0.7 else None
    measured = measure(
        answer.present & answer.known,
        target=answer.target,
        valid=np.ones_like(answer.known),
        index=prior.index if prior else None,
        values=prior.values if prior else None,
        threshold=prior.threshold if prior else None,
        pixel_area=size**2 if size else None,
    )
    ids, labels = word_sample(processor, measured, rng)
    return context + ids, [IGNORE] * len(context) + labels


def train_joint(
    model: SpexForExtraction,
    queries: nn.Embedding,
    batches: DataLoader,
    processor: SpexProcessor,
    *,
    rates: list[float],
    plan: JointPlan,
) -> SpexForExtraction:
    """Let the condensed mask tokens take the queries' place, then tune everything together."""
    model.requires_grad_(True)
    queries.requires_grad_(False)
    tuner, average = joint_optimiser(model, max(rates)), Average(model, decay=0.99)
    history: dict[str, list[float]] = {}
    for step, (rate, batch) in enumerate(zip(rates, batches, strict=False)):
        for group in tuner.param_groups:
            group["lr"] = rate * group["share"]
        model.train()
        tuner.zero_grad()
        target = instruction_losses(model, processor, plan.rng, INSTRUCTIONS)
        losses = joint_losses(model, queries, batch, processor, plan.rng, masks=step >= plan.takeover)
        weights = TAKEOVER_WEIGHTS if step < plan.takeover else JOINT_WEIGHTS
        sum(weights[name] * loss for name, loss in losses.items()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        tuner.step()
        average.update(model, step)
        for name, value in {**target, **{name: loss.item() for name, loss in losses.items()}}.items():
            history.setdefault(name, []).append(value)
        if (step + 1) % 50 == 0:
            plan.log("joint", step + 1, **{name: float(np.mean(values[-50:])) for name, values in history.items()})
        if (step + 1) % 250 == 0 or step + 1 == len(rates):
            torch.save(average.module.state_dict(), plan.out / "joint.pt.tmp")
            (plan.out / "joint.pt.tmp").replace(plan.out / "joint.pt")
    return average.module


def joint_optimiser(model: SpexForExtraction, rate: float) -> torch.optim.AdamW:
    """One optimiser, in which what the vision stage has learnt moves more slowly."""
    seen = [getattr(model, name) for name in VISION_PARTS]
    spoken = [model.language_model, model.target_head, model.condenser, model.projector]
    tuner = optimiser(seen, rate)
    for group in optimiser(spoken, rate).param_groups:
        tuner.add_param_group(group)
    for group, share in zip(tuner.param_groups, (VISION_RATE, VISION_RATE, 1.0, 1.0), strict=True):
        group["share"] = share
    return tuner


def joint_losses(
    model: SpexForExtraction, queries: nn.Embedding, batch: Batch, processor: SpexProcessor, rng: random.Random, *, masks: bool
) -> dict[str, Tensor]:
    """Mask, agreement of the condensed tokens with the queries they replace, and words."""
    rows, labels = joint_rows(batch, processor, rng, takeover=not masks)
    ids = processor.pad(list(rows))
    losses: dict[str, Tensor] = {}
    with torch.autocast("cpu", torch.bfloat16):
        with torch.set_grad_enabled(masks):
            features = model.encode(**batch.inputs).repeat(batch.counts)
        hidden = model.read(features, **ids).last_hidden_state
        prompts = model.condenser(hidden, model.mask_span(ids["input_ids"]))
        if masks:
            losses["mask"] = overlap_loss(model.decode(features, prompts, batch.prior).float(), batch.present, batch.known)
        losses["words"] = learnt_words_loss(model, hidden, stack_labels(list(labels)))
    wanted = queries(batch.targets).unflatten(1, prompts.shape[1:])
    return {**losses, "prompts": nn.functional.mse_loss(prompts.float(), wanted)}
