"""Stage 1: backbone and mask decoder learn the targets, each from a learnt query."""

from pathlib import Path

import numpy as np
import torch
from batches import TARGET_NAMES
from loop import Average, Log, optimiser, overlap_loss, schedule
from torch import Tensor, nn
from torch.utils.data import DataLoader

from spexlab.model.processor import SpexProcessor
from spexlab.model.spex import SpexFeatures, SpexForExtraction
from spexlab.prior import index_stack, spectral_prior
from spexlab.spie import Place, target_labels


class DenseHead(nn.Module):
    """All targets at once, straight from the features; only while they are learnt.

    A query teaches one target of a crop for the price of a decoding. This teaches all of them, in every pixel, for next to
    nothing, and so the features come sooner (deep supervision, Lee et al. 2015).
    """

    def __init__(self, embedding: int, detail: int) -> None:
        super().__init__()
        self.context, self.detail = nn.Conv2d(embedding, len(TARGET_NAMES), 1), nn.Conv2d(detail, len(TARGET_NAMES), 1)

    def forward(self, features: SpexFeatures) -> Tensor:
        """Logits (B, T, H, W)."""
        context = nn.functional.interpolate(self.context(features.embedding), size=features.size, mode="bilinear")
        logits: Tensor = context + self.detail(features.detail)
        return logits


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
    both = nn.ModuleList([model, queries, DenseHead(model.config.decoder_channels, model.config.vision_config.detail_channels)])
    tuner, average = optimiser([both], rate), Average(both, decay=min(0.998, 1 - 10 / (steps + 10)))
    width = model.config.decoder_channels
    losses: list[tuple[float, float]] = []
    for step, batch in zip(range(steps), batches, strict=False):
        for group in tuner.param_groups:
            group["lr"] = rate * schedule(step, steps, 150)
        model.train()
        with torch.autocast("cpu", torch.bfloat16):
            features = model.encode(**batch.inputs)
            dense = both[2](features)
            prompts = queries(batch.targets).unflatten(1, (-1, width))
            logits = model.decode(features.repeat(batch.counts), prompts, batch.prior)
        loss = overlap_loss(logits.float(), batch.present, batch.known)
        known = (batch.truth >= 0).flatten(0, 1)
        shared = overlap_loss(dense.float().flatten(0, 1), (batch.truth == 1).float().flatten(0, 1), known)
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
            torch.save({"model": mean_model.state_dict(), "queries": mean_queries.state_dict()}, out / "vision.pt.tmp")
            (out / "vision.pt.tmp").replace(out / "vision.pt")
    return average.module[0], average.module[1]
