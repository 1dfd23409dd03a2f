"""Train spex-tiny, the bundled checkpoint, on labelled places and simulated scenes, on a CPU.

Three stages. *vision*: backbone and mask decoder learn the targets, each from a learnt query. *words*: the language model learns to
find targets in instructions and to put measured evidence into words. *joint*: the condensed mask tokens take the place of the
queries and everything is tuned together. Without labelled places (``--data``) the simulated scenes are all there is.

    python scripts/train_spex_tiny.py --data ../shared/data --out runs/spex-tiny
"""

import argparse
import copy
import csv
import hashlib
import json
import math
import random
import shutil
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset
from transformers import PreTrainedTokenizerFast, Qwen2Config

from spexlab.classes import TARGETS
from spexlab.crops import Answer, Crop, CropRecipe, draw_crop, signed_prior
from spexlab.instructions import Instruction, draw_instruction
from spexlab.model.configuration import SpexConfig
from spexlab.model.heads import mask_loss
from spexlab.model.internimage import InternImageConfig
from spexlab.model.processor import IMAGE_TOKEN, MASK_TOKEN, SpexProcessor
from spexlab.model.spex import IGNORE, SpexForExtraction
from spexlab.prior import INDEX_RECIPES, MODEL_INDICES, index_stack, spectral_prior
from spexlab.prompt import evidence_words, explanation, spie_question
from spexlab.regions import Measurement, Region, find_regions, location_word, measure, size_word

from spexlab.simulation import simulate_scene
from spexlab.spie import COARSE_PIXEL, Place, open_places, target_labels

TARGET_NAMES = tuple(TARGETS)
VOCABULARY = 2048
HELD_OUT_PERCENT = 25
VALIDATION_PERCENT = 8
SIMULATED = (
    ("sentinel-2", 10.0),
    ("landsat-8-9", 30.0),
    ("hls", 30.0),
    ("planetscope", 3.0),
    ("naip", 1.0),
    ("worldview", 0.5),
    ("rgb", 0.3),
)


def part_of(group: str) -> str:
    """Which part of the split a place belongs to, from a hash of its group: no list to keep, no way to leak."""
    bucket = int(hashlib.sha1(group.encode()).hexdigest(), 16) % 100  # noqa: S324 - not for security
    if bucket < HELD_OUT_PERCENT:
        return "held-out"
    return "validation" if bucket < HELD_OUT_PERCENT + VALIDATION_PERCENT else "training"


def tiny_config(vocabulary: int, image_token: int, mask_token: int, pad: int, end: int) -> SpexConfig:
    """Four million parameters; stride 8 rather than 16, because rivers are a pixel wide."""
    vision = InternImageConfig(
        embed_dim=32,
        depths=[1, 1, 3, 1],
        groups=[2, 4, 8, 16],
        drop_path_rate=0.1,
        offset_scale=1.0,
        stem="wavelength",
        spectral_width=16,
        detail_channels=24,
        index_channels=len(MODEL_INDICES),
    )
    words = Qwen2Config(
        vocab_size=vocabulary,
        hidden_size=160,
        intermediate_size=448,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        bos_token_id=None,
        pad_token_id=pad,
        eos_token_id=end,
    )
    return SpexConfig(
        vision_config=vision,
        text_config=words,
        feature_channels=128,
        feature_dropout=0.1,
        reference_level=1,
        decoder_channels=96,
        decoder_mlp=192,
        decoder_heads=4,
        condenser_widths=[256],
        condense="mask_tokens",
        image_grid=8,
        dense_prior=True,
        refine=True,
        targets=list(TARGET_NAMES),
        indices=list(MODEL_INDICES),
        window=256,
        image_token_id=image_token,
        mask_token_id=mask_token,
    )


@dataclass
class Batch:
    """Crops and what is asked of them; row r of the answers belongs to image ``image[r]``."""

    inputs: dict[str, Tensor]
    counts: Tensor
    targets: Tensor
    prior: Tensor
    present: Tensor
    known: Tensor
    crops: list[Crop]


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
        processor.priors([answer.prior for answer in answers], size=inputs["pixel_values"].shape[-2:]),
        torch.from_numpy(np.stack([answer.present for answer in answers])).float(),
        torch.from_numpy(np.stack([answer.known for answer in answers])),
        crops,
    )


class CropBatches(IterableDataset[Batch]):
    """Endless batches; kinds of places by share, groups within a kind being equally likely."""

    def __init__(self, kinds: dict[str, tuple[float, list[Place]]], processor: SpexProcessor, *, size: int, seed: int) -> None:
        self.shares = [share for share, places in kinds.values() if places]
        self.groups = [_by_group(places) for _, places in kinds.values() if places]
        self.processor, self.size, self.seed = processor, size, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(self.seed * 1000 + (worker.id if worker else 0))  # noqa: S311
        torch.set_num_threads(1)
        while True:
            recipe = CropRecipe(size=rng.choice((64, 96, 128)))
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


def simulated_places(count: int, seed: int) -> list[Place]:
    """Simulated scenes for every kind of sensor."""
    places = []
    for number in range(count):
        sensor, size = SIMULATED[number % len(SIMULATED)]
        scene, labels = simulate_scene(seed * 10_000 + number, sensor=sensor, size=256, pixel_size=size)
        places.append(Place(f"simulated-{number}", f"simulated-{number}", scene, labels.values))
    return places


def split_places(data: Path | None) -> dict[str, list[Place]]:
    """Labelled places by part of the split."""
    parts: dict[str, list[Place]] = {"training": [], "validation": [], "held-out": []}
    for place in open_places(data) if data else ():
        if place.trainable and (place.labels > 0).any():
            parts[part_of(place.group)].append(place)
    return parts


class Average:
    """Exponential moving average of weights: less noise than the last step's (Polyak & Juditsky 1992)."""

    def __init__(self, module: nn.Module, decay: float = 0.998) -> None:
        self.module, self.decay = copy.deepcopy(module).eval(), decay

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for mine, theirs in zip(self.module.parameters(), module.parameters(), strict=True):
            mine.lerp_(theirs, 1 - decay)


class Log:
    """One row a report, to the screen and to a CSV."""

    def __init__(self, path: Path) -> None:
        self.path, self.start = path, time.monotonic()
        if not path.exists():
            path.write_text("stage,step,seconds,name,value\n")

    def __call__(self, stage: str, step: int, **values: float) -> None:
        seconds = time.monotonic() - self.start
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerows([stage, step, f"{seconds:.0f}", k, f"{v:.5g}"] for k, v in values.items())
        print(f"{stage} {step} {seconds:.0f}s", *(f"{k}={v:.4g}" for k, v in values.items()), flush=True)


def schedule(step: int, steps: int, warmup: int) -> float:
    """Linear warm-up, then a half cosine to zero."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def optimiser(modules: list[nn.Module], rate: float) -> torch.optim.AdamW:
    """AdamW; biases, norms and other vectors do not decay."""
    parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
    matrices = [p for p in parameters if p.ndim > 1]
    vectors = [p for p in parameters if p.ndim <= 1]
    return torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}], lr=rate)


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
            prior = processor.priors([signed_prior(scene, name)], size=size)
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
    both = nn.ModuleList([model, queries])
    tuner, average = optimiser([both], rate), Average(both)
    width = model.config.decoder_channels
    losses: list[float] = []
    for step, batch in zip(range(steps), batches, strict=False):
        for group in tuner.param_groups:
            group["lr"] = rate * schedule(step, steps, 150)
        model.train()
        with torch.autocast("cpu", torch.bfloat16):
            features = model.encode(**batch.inputs).repeat(batch.counts)
            prompts = queries(batch.targets).unflatten(1, (-1, width))
            logits = model.decode(features, prompts, batch.prior)
        loss = mask_loss(logits.float(), batch.present, batch.known)
        tuner.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(both.parameters(), 1.0)
        tuner.step()
        average.update(both, step)
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            log("vision", step + 1, loss=float(np.mean(losses[-50:])))
        if (step + 1) % 500 == 0 or step + 1 == steps:
            mean_model, mean_queries = average.module
            log(
                "vision", step + 1, **place_scores(mean_model, mean_queries.weight.unflatten(1, (-1, width)), validation, processor)
            )
            torch.save({"model": mean_model.state_dict(), "queries": mean_queries.state_dict()}, out / "vision.pt.tmp")
            (out / "vision.pt.tmp").replace(out / "vision.pt")
    return average.module[0], average.module[1]


def build_tokenizer(rng: random.Random) -> PreTrainedTokenizerFast:
    """Byte-level BPE over what the model will read and write; every digit is a token, so numbers can be copied."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", IMAGE_TOKEN, MASK_TOKEN]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    corpus = [draw_instruction(rng).text for _ in range(40_000)]
    for _ in range(4_000):
        measured = random_measurement(rng)
        corpus += [
            evidence_words(measured),
            explanation(measured, rng),
            spie_question(measured.target, random_regions(rng), index="NDVI"),
        ]
    corpus += ["system\nYou are a helpful assistant.", "user\n", "assistant\n"] * 100
    tokenizer.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>", additional_special_tokens=specials[1:]
    )


def random_regions(rng: random.Random) -> list[Region]:
    """Regions of a seeded random mask."""
    noise = gaussian_filter(np.random.default_rng(rng.getrandbits(32)).normal(size=(64, 64)), rng.uniform(1.5, 6))
    mask = noise > np.quantile(noise, rng.uniform(0.5, 0.98))
    return find_regions(mask, noise.astype(np.float32), limit=rng.randint(1, 10))


def random_measurement(rng: random.Random) -> Measurement:
    """A measurement as one might be taken anywhere, for learning to put numbers into words."""
    target = rng.choice(TARGET_NAMES)
    valid = int(10 ** rng.uniform(1.5, 6))
    kind = rng.random()
    share = 0.0 if kind < 0.12 else 1.0 if kind < 0.16 else rng.random() if kind < 0.6 else 10 ** rng.uniform(-5, 0)
    pixels = min(valid, round(share * valid))
    area = pixels * 10 ** rng.uniform(-2, 3.5) if rng.random() < 0.7 else None
    count = 0 if pixels == 0 else 1 if pixels < 3 or rng.random() < 0.2 else rng.randint(2, min(pixels, 400))
    place, size = location_word(rng.random(), rng.random()), size_word(10 ** rng.uniform(-4, 0))
    largest = Region((0.5, 0.5), place, ((0.0, 0.0),) * 4, size, None, None, pixels) if pixels else None
    recipes = INDEX_RECIPES[target]
    recipe = rng.choice(recipes) if rng.random() < 0.85 else None
    inside = rng.uniform(-0.9, 0.9) if recipe and pixels else None
    around = rng.uniform(-0.9, 0.9) if recipe and (pixels == 0 or rng.random() < 0.9) else None
    if recipe and pixels and rng.random() < 0.6:  # most masks are on the right side of their index
        inside = recipe.threshold + abs(rng.gauss(0, 0.3))
        around = None if around is None else recipe.threshold - abs(rng.gauss(0, 0.3))
    return Measurement(
        target, pixels, valid, pixels / valid, area, count, largest,
        recipe.name if recipe else None, recipe.threshold if recipe else None, inside, around,
    )  # fmt: skip


def target_rows(instructions: list[Instruction]) -> Tensor:
    """(B, 2, T): what is wanted, what is to be left out."""
    rows = torch.zeros(len(instructions), 2, len(TARGET_NAMES))
    for row, instruction in zip(rows, instructions, strict=True):
        for part, names in enumerate((instruction.include, instruction.exclude)):
            row[part, [TARGET_NAMES.index(name) for name in names]] = 1
    return rows


def answered(context: list[int], evidence: list[int], answer: list[int]) -> tuple[list[int], list[int]]:
    """Ids and labels of a context, the measured evidence and the answer; only the answer is learnt."""
    ids = context + evidence + answer
    return ids, [IGNORE] * (len(context) + len(evidence)) + answer


def stack_labels(rows: list[list[int]]) -> Tensor:
    """Right-padded labels."""
    longest = max(map(len, rows))
    return torch.tensor([row + [IGNORE] * (longest - len(row)) for row in rows])


def train_words(
    model: SpexForExtraction, processor: SpexProcessor, *, steps: int, rate: float, log: Log, rng: random.Random, out: Path
) -> None:
    """Teach the language model to find targets and to put evidence into words, without images."""
    parts = nn.ModuleList([model.language_model, model.target_head])
    tuner = optimiser([parts], rate)
    history: dict[str, list[float]] = {"target": [], "words": []}
    for step in range(steps):
        for group in tuner.param_groups:
            group["lr"] = rate * schedule(step, steps, 100)
        tuner.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            asked = [draw_instruction(rng) for _ in range(96)]
            batch = processor.instructions([one.text for one in asked])
            target_loss = model(**batch, target_labels=target_rows(asked)).loss
            rows = [word_sample(processor, random_measurement(rng), rng) for _ in range(16)]
            ids = processor.pad([ids for ids, _ in rows])
            words_loss = model(**ids, labels=stack_labels([labels for _, labels in rows])).loss
        (10 * target_loss + words_loss).backward()
        nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
        tuner.step()
        history["target"].append(target_loss.item())
        history["words"].append(words_loss.item())
        if (step + 1) % 100 == 0:
            log("words", step + 1, **{k: float(np.mean(v[-100:])) for k, v in history.items()})
        if (step + 1) % 500 == 0 or step + 1 == steps:
            state = {"language_model": model.language_model.state_dict(), "target_head": model.target_head.state_dict()}
            torch.save(state, out / "words.pt.tmp")
            (out / "words.pt.tmp").replace(out / "words.pt")


def word_sample(processor: SpexProcessor, measured: Measurement, rng: random.Random) -> tuple[list[int], list[int]]:
    """Evidence and its explanation as token ids and labels."""
    return answered([], processor.evidence(evidence_words(measured)), processor.answer(explanation(measured, rng)))


def joint_rows(batch: Batch, processor: SpexProcessor, rng: random.Random) -> tuple[list[list[int]], list[list[int]]]:
    """One sequence an answer: question, mask tokens, evidence measured on the label, explanation."""
    answers = [(crop, answer) for crop in batch.crops for answer in crop.answers]
    return tuple(  # type: ignore[return-value]
        zip(*(joint_row(crop, answer, processor, rng) for crop, answer in answers), strict=True)
    )


def joint_row(crop: Crop, answer: Answer, processor: SpexProcessor, rng: random.Random) -> tuple[list[int], list[int]]:
    """The question lists the prior's regions, never the label's; the evidence is of a mask, here the true one."""
    prior = spectral_prior(crop.scene, answer.target)
    regions = find_regions(prior.mask, prior.values, limit=rng.choice((1, 2, 3, 5, 10))) if prior else []
    question = spie_question(answer.target, regions, index=prior.index if prior else None)
    context = processor.question(question, size=answer.present.shape)
    if rng.random() < 0.5:
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


def train_joint(  # noqa: PLR0913
    model: SpexForExtraction,
    queries: nn.Embedding,
    batches: DataLoader,
    processor: SpexProcessor,
    *,
    steps: int,
    rate: float,
    log: Log,
    rng: random.Random,
    validation: list[Place],
    out: Path,
) -> SpexForExtraction:
    """Let the condensed mask tokens take the queries' place, then tune everything together."""
    model.requires_grad_(True)
    queries.requires_grad_(False)
    tuner, average = optimiser([model], rate), Average(model)
    history: dict[str, list[float]] = {"mask": [], "prompts": [], "words": [], "target": []}
    takeover = steps // 4
    for step, batch in zip(range(steps), batches, strict=False):
        for group in tuner.param_groups:
            group["lr"] = rate * schedule(step, steps, 50)
        model.train()
        losses = joint_losses(model, queries, batch, processor, rng)
        ramp = min(1.0, step / takeover)
        loss = ramp * losses["mask"] + 2 * losses["prompts"] * (1 - 0.9 * ramp) + 0.5 * losses["words"] + 10 * losses["target"]
        tuner.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        tuner.step()
        average.update(model, step)
        for name, value in losses.items():
            history[name].append(value.item())
        if (step + 1) % 50 == 0:
            log("joint", step + 1, **{k: float(np.mean(v[-50:])) for k, v in history.items()})
        if (step + 1) % 250 == 0 or step + 1 == steps:
            torch.save(average.module.state_dict(), out / "joint.pt.tmp")
            (out / "joint.pt.tmp").replace(out / "joint.pt")
    return average.module


def joint_losses(
    model: SpexForExtraction, queries: nn.Embedding, batch: Batch, processor: SpexProcessor, rng: random.Random
) -> dict[str, Tensor]:
    """Mask, agreement of the condensed tokens with the queries they replace, words, and targets of instructions."""
    rows, labels = joint_rows(batch, processor, rng)
    ids = processor.pad(list(rows))
    asked = [draw_instruction(rng) for _ in range(48)]
    with torch.autocast("cpu", torch.bfloat16):
        features = model.encode(**batch.inputs).repeat(batch.counts)
        masks = model.segment(features, **ids, prior=batch.prior)
        _, words = model.word_loss(masks.hidden_states, stack_labels(list(labels)))
        target = model(**processor.instructions([one.text for one in asked]), target_labels=target_rows(asked)).loss
    wanted = queries(batch.targets).unflatten(1, masks.prompts.shape[1:])
    return {
        "mask": mask_loss(masks.logits.float(), batch.present, batch.known),
        "prompts": nn.functional.mse_loss(masks.prompts.float(), wanted),
        "words": words,
        "target": target,
    }


def save(model: SpexForExtraction, processor: SpexProcessor, parts: dict[str, list[Place]], folder: Path) -> None:
    """Half-precision weights, tokenizer, processor and the list of places, in a folder that replaces the last at once."""
    fresh = folder.with_name(folder.name + ".tmp")
    copy.deepcopy(model).half().save_pretrained(fresh)
    processor.save_pretrained(fresh)
    listed = {
        part: [{"name": p.name, "group": p.group, "licence": p.extra.get("licence")} for p in places]
        for part, places in parts.items()
    }
    (fresh / "places.json").write_text(json.dumps(listed, indent=1) + "\n")
    if folder.exists():
        shutil.rmtree(folder)
    fresh.replace(folder)


def main() -> None:
    """Run the stages that are asked for, each from what the one before left in the output folder."""
    options = arguments()
    warnings.simplefilter("ignore")
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)  # noqa: S311
    options.out.mkdir(parents=True, exist_ok=True)
    tokenizer = build_tokenizer(rng)
    ids = tokenizer.convert_tokens_to_ids([IMAGE_TOKEN, MASK_TOKEN])
    config = tiny_config(VOCABULARY, *ids, tokenizer.pad_token_id, tokenizer.eos_token_id)
    model, processor = SpexForExtraction(config), SpexProcessor.for_model(config, tokenizer)
    queries = nn.Embedding(len(TARGET_NAMES), config.prompt_tokens * config.decoder_channels)
    log, parts = Log(options.out / "log.csv"), split_places(options.data)
    if "words" in options.stages:
        train_words(model, processor, steps=options.words_steps, rate=2e-3, log=log, rng=rng, out=options.out)
    if {"vision", "joint"} & set(options.stages):
        simulated = simulated_places(options.simulated, options.seed)
        kinds = {
            "coarse": (0.5, [p for p in parts["training"] if (p.pixel_size or 10) >= COARSE_PIXEL]),
            "fine": (0.22, [p for p in parts["training"] if (p.pixel_size or 10) < COARSE_PIXEL]),
            "simulated": (0.28, simulated),
        }
    if "vision" in options.stages:
        batches = DataLoader(
            CropBatches(kinds, processor, size=6, seed=options.seed), batch_size=None, num_workers=1, prefetch_factor=4
        )
        train_vision(
            model, queries, batches, steps=options.vision_steps, rate=1e-3, log=log, validation=parts["validation"] or simulated[:7],
            processor=processor, out=options.out,
        )  # fmt: skip
    if "joint" in options.stages:
        load_stages(model, queries, options.out)
        batches = DataLoader(
            CropBatches(kinds, processor, size=6, seed=options.seed + 1), batch_size=None, num_workers=1, prefetch_factor=4
        )
        model = train_joint(
            model, queries, batches, processor, steps=options.joint_steps, rate=5e-4, log=log, rng=rng,
            validation=parts["validation"], out=options.out,
        )  # fmt: skip
        save(model, processor, parts, options.out / "spex-tiny")


def load_stages(model: SpexForExtraction, queries: nn.Embedding, out: Path) -> None:
    """Vision weights and queries from the vision stage, language model and target head from the words stage."""
    vision = torch.load(out / "vision.pt", weights_only=True)
    model.load_state_dict(vision["model"])
    queries.load_state_dict(vision["queries"])
    words = torch.load(out / "words.pt", weights_only=True)
    model.language_model.load_state_dict(words["language_model"])
    model.target_head.load_state_dict(words["target_head"])


def arguments() -> argparse.Namespace:
    """Command-line options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of labelled places; without it only simulated scenes are used")
    parser.add_argument("--out", type=Path, default=Path("runs/spex-tiny"))
    parser.add_argument("--stages", nargs="+", choices=("words", "vision", "joint"), default=("words", "vision", "joint"))
    parser.add_argument("--words-steps", type=int, default=3000)
    parser.add_argument("--vision-steps", type=int, default=2000)
    parser.add_argument("--joint-steps", type=int, default=600)
    parser.add_argument("--simulated", type=int, default=84, help="number of simulated scenes")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
