"""Stage 1: the backbone learns all targets at once, then the mask decoder learns each from a learnt query."""

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from batches import TARGET_NAMES, Batch
from loop import Average, Log, optimiser, schedule
from torch import Tensor, nn
from torch.utils.data import DataLoader

from spexlab.evidence.prior import index_stack, spectral_prior
from spexlab.model.outputs import SpexFeatures
from spexlab.model.processor import SpexProcessor
from spexlab.model.spex import SpexForExtraction
from spexlab.places import Place, target_labels
from spexlab.training.losses import overlap_loss

VISION_PARTS = ("backbone", "aggregator", "neck", "mask_decoder", "prior_embedding", "refiner")
"""What the vision stage learns, beside the queries."""


class DenseHead(nn.Module):
    """All targets at once, straight from the features; only while they are learnt.

    A query teaches one target of a crop for the price of a decoding. This teaches all of them, in every pixel, for next to
    nothing, and so the features come sooner (deep supervision, Lee et al. 2015).
    """

    def __init__(self, embedding: int, detail: int, hidden: int = 32) -> None:
        super().__init__()
        self.context = nn.Conv2d(embedding, hidden, 1)
        self.detail = nn.Conv2d(detail, hidden, 1)
        self.out = nn.Conv2d(hidden, len(TARGET_NAMES), 1)

    def forward(self, features: SpexFeatures) -> Tensor:
        """Logits (B, T, H, W)."""
        context = nn.functional.interpolate(self.context(features.embedding), size=features.size, mode="bilinear")
        logits: Tensor = self.out(nn.functional.gelu(context + self.detail(features.detail)))
        return logits

    def loss(self, features: SpexFeatures, truth: Tensor) -> Tensor:
        """Overlap of every target in every crop; truth (B, T, H, W) is 1, 0 or, where unknown, -1."""
        logits = self(features).float().flatten(0, 1)
        return overlap_loss(logits, (truth == 1).float().flatten(0, 1), (truth >= 0).flatten(0, 1))


def replayed(batches: Iterable[Batch], rng: random.Random, *, times: int = 2, keep: int = 120) -> Iterator[Batch]:
    """Each batch, and after it some earlier ones, turned: drawing a crop takes longer than to learn from its features."""
    kept: list[Batch] = []
    for batch in batches:
        yield batch
        kept = [*kept[-keep:], batch]
        for earlier in rng.choices(kept, k=times):
            yield earlier.turned(rng)


def train_features(
    model: SpexForExtraction, dense: DenseHead, batches: Iterable[Batch], *, steps: int, rate: float, log: Log, out: Path
) -> None:
    """Teach backbone, aggregator and neck all targets at once, without the mask decoder."""
    parts = nn.ModuleList([model.backbone, model.aggregator, model.neck, dense])
    tuner, average = optimiser([parts], rate), Average(parts, decay=min(0.998, 1 - 10 / (steps + 10)))
    losses: list[float] = []
    for step, batch in zip(range(steps), batches, strict=False):
        for group in tuner.param_groups:
            group["lr"] = rate * schedule(step, steps, 200)
        model.train()
        with torch.autocast("cpu", torch.bfloat16):
            loss = dense.loss(model.encode(**batch.inputs), batch.truth)
        tuner.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
        tuner.step()
        average.update(parts, step)
        losses.append(loss.item())
        if (step + 1) % 100 == 0:
            log("features", step + 1, loss=float(np.mean(losses[-100:])))
        if (step + 1) % 500 == 0 or step + 1 == steps:
            torch.save(average.module.state_dict(), out / "features.pt.tmp")
            (out / "features.pt.tmp").replace(out / "features.pt")
    parts.load_state_dict(average.module.state_dict())


@torch.no_grad()
def place_scores(model: SpexForExtraction, prompts: Tensor, places: list[Place], processor: SpexProcessor) -> dict[str, float]:
    """Place-averaged IoU by target, each scene read whole; `prompts` (T, P, D) stand for the targets."""
    counts: dict[str, dict[str, list[int]]] = {name: {} for name in TARGET_NAMES}
    for place in places:
        image = place.scene.values[:, :512, :512]
        scene = place.scene[:, :512, :512]
        size = [side - side % 32 for side in image.shape[1:]]
        scene = scene[:, : size[0], : size[1]]
        inputs = processor.images(
            [scene.values], wavelengths=[scene["wavelength"].values], pixel_size=[place.pixel_size], indices=[index_stack(scene)]
        )
        features = model.encode(**inputs)
        for number, name in enumerate(TARGET_NAMES):
            present, known = target_labels(
                place.labels[: size[0], : size[1]], name, complete_for=place.complete_for, pixel_size=place.pixel_size
            )
            if (present & known).sum() < 50:
                continue
            seen = spectral_prior(scene, name)
            prior = processor.priors([seen and seen.signed], size=size)
            found = (model.decode(features, prompts[number : number + 1], prior)[0] > 0).numpy() & known
            tally = counts[name].setdefault(place.group, [0, 0])
            tally[0] += int((found & present).sum())
            tally[1] += int((found | (present & known)).sum())
    return {name: float(np.mean([i / u for i, u in groups.values()])) for name, groups in counts.items() if groups}


def train_vision(  # noqa: PLR0913
    model: SpexForExtraction,
    queries: nn.Embedding,
    dense: DenseHead,
    batches: DataLoader,
    *,
    steps: int,
    rate: float,
    log: Log,
    validation: list[Place],
    processor: SpexProcessor,
    out: Path,
) -> tuple[SpexForExtraction, nn.Embedding]:
    """Teach backbone and decoder the targets; returns the averaged weights."""
    for parameter in [
        *model.language_model.parameters(),
        *model.projector.parameters(),
        *model.condenser.parameters(),
        *model.target_head.parameters(),
    ]:
        parameter.requires_grad_(False)
    both = nn.ModuleList([model, queries, dense])
    tuner, average = optimiser([both], rate), Average(both, decay=min(0.998, 1 - 10 / (steps + 10)))
    width = model.config.decoder_channels
    losses: list[tuple[float, float]] = []
    for step, batch in zip(range(steps), batches, strict=False):
        for group in tuner.param_groups:
            group["lr"] = rate * schedule(step, steps, 150)
        model.train()
        with torch.autocast("cpu", torch.bfloat16):
            features = model.encode(**batch.inputs)
            shared = dense.loss(features, batch.truth)
            prompts = queries(batch.targets).unflatten(1, (-1, width))
            logits = model.decode(features.repeat(batch.counts), prompts, batch.prior)
        loss = overlap_loss(logits.float(), batch.present, batch.known)
        tuner.zero_grad()
        (loss + shared).backward()
        nn.utils.clip_grad_norm_(both.parameters(), 1.0)
        tuner.step()
        average.update(both, step)
        losses.append((loss.item(), shared.item()))
        if (step + 1) % 50 == 0:
            log("vision", step + 1, **dict(zip(("loss", "dense"), np.mean(losses[-50:], axis=0).tolist(), strict=True)))
        if (step + 1) % 500 == 0 or step + 1 == steps:
            mean_model, mean_queries, _ = average.module
            log(
                "vision", step + 1, **place_scores(mean_model, mean_queries.weight.unflatten(1, (-1, width)), validation, processor)
            )
            state = {name: getattr(mean_model, name).state_dict() for name in VISION_PARTS}
            torch.save({**state, "queries": mean_queries.state_dict()}, out / "vision.pt.tmp")
            (out / "vision.pt.tmp").replace(out / "vision.pt")
    return average.module[0], average.module[1]
