"""Stage 2: the language model learns to find targets in instructions and to put evidence into words."""

import random
from pathlib import Path

import numpy as np
import torch
from batches import TARGET_NAMES
from loop import Log, optimiser, schedule
from scipy.ndimage import gaussian_filter
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from spexlab.evidence.limits import LIMITS
from spexlab.evidence.prior import INDEX_RECIPES
from spexlab.evidence.regions import Measurement, Region, find_regions, location_word, size_word
from spexlab.language.instructions import Instruction, draw_instruction
from spexlab.language.prompt import evidence_words, explanation, spie_question
from spexlab.model.processor import IMAGE_TOKEN, MASK_TOKEN, SpexProcessor, plain_words
from spexlab.model.spex import IGNORE, SpexForExtraction

VOCABULARY = 2048
INSTRUCTIONS, EXPLANATIONS = 160, 8
"""Drawn in each step: there are far more ways to ask than to explain."""
EXPLAIN_EVERY = 3
"""Steps: an explanation is ten times as long as an instruction."""
BUCKET = 40
"""Instructions read at once, of like length."""
WORD_PARTS = ("language_model", "target_head", "condenser")
"""What the words stage learns."""


def build_tokenizer(rng: random.Random, size: int) -> PreTrainedTokenizerFast:
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
    corpus = [plain_words(draw_instruction(rng).text) for _ in range(size)]
    for _ in range(size // 10):
        measured = random_measurement(rng)
        corpus += [
            evidence_words(measured),
            explanation(measured, rng),
            spie_question(measured.target, random_regions(rng), index="NDVI"),
        ]
    corpus += ["system\nYou are a helpful assistant.", "user\n", "assistant\n"] * 100
    tokenizer.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=specials[2], pad_token=specials[0], additional_special_tokens=specials[1:]
    )


def kept_tokenizer(folder: Path, rng: random.Random, size: int) -> PreTrainedTokenizerFast:
    """The run's tokenizer: made by its first stage, read by the others."""
    if not folder.exists():
        build_tokenizer(rng, size).save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


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


def limit_rows(instructions: list[Instruction]) -> Tensor:
    """(B, L): the limits of size and place that are set."""
    return torch.tensor([[float(name in instruction.limits) for name in LIMITS] for instruction in instructions])


def answered(context: list[int], evidence: list[int], answer: list[int]) -> tuple[list[int], list[int]]:
    """Ids and labels of a context, the measured evidence and the answer; only the answer is learnt."""
    ids = context + evidence + answer
    return ids, [IGNORE] * (len(context) + len(evidence)) + answer


def stack_labels(rows: list[list[int]]) -> Tensor:
    """Right-padded labels."""
    longest = max(map(len, rows))
    return torch.tensor([row + [IGNORE] * (longest - len(row)) for row in rows])


def train_words(
    model: SpexForExtraction,
    queries: nn.Embedding,
    processor: SpexProcessor,
    *,
    steps: int,
    rate: float,
    log: Log,
    rng: random.Random,
    out: Path,
) -> None:
    """Teach the language model to find targets, to put evidence into words, and to say a target's query with its mask tokens.

    No image is read: the image tokens of a question are empty until the joint stage fills them.
    """
    model.language_model.set_attn_implementation("eager")  # on a CPU, at such lengths, twice as fast as the fused kernel
    parts = nn.ModuleList([model.language_model, model.target_head, model.condenser])
    tuner, history = optimiser([parts], rate), dict[str, list[float]]()
    for step in range(steps):
        for group in tuner.param_groups:
            group["lr"] = rate * schedule(step, steps, 100)
        tuner.zero_grad()
        losses = instruction_losses(model, processor, rng, INSTRUCTIONS)
        if step % EXPLAIN_EVERY == 0:
            losses |= explanation_losses(model, queries, processor, rng)
        nn.utils.clip_grad_norm_(parts.parameters(), 1.0)
        tuner.step()
        for name, value in losses.items():
            history.setdefault(name, []).append(value)
        if (step + 1) % 100 == 0:
            log("words", step + 1, **{k: float(np.mean(v[-100:])) for k, v in history.items()})
        if (step + 1) % 500 == 0 or step + 1 == steps:
            torch.save({name: getattr(model, name).state_dict() for name in WORD_PARTS}, out / "words.pt.tmp")
            (out / "words.pt.tmp").replace(out / "words.pt")
    model.language_model.set_attn_implementation("sdpa")


def instruction_losses(model: SpexForExtraction, processor: SpexProcessor, rng: random.Random, count: int) -> dict[str, float]:
    """Which targets `count` instructions mean; gradients are added up over batches of like length, so that little is padded."""
    asked = [draw_instruction(rng) for _ in range(count)]
    ids = [processor.instruction(one.text) for one in asked]
    order = sorted(range(count), key=lambda number: len(ids[number]))
    total = 0.0
    for start in range(0, count, BUCKET):
        bucket = order[start : start + BUCKET]
        wanted = [asked[number] for number in bucket]
        with torch.autocast("cpu", torch.bfloat16):
            words = processor.pad([ids[number] for number in bucket])
            loss = model(**words, target_labels=target_rows(wanted), limit_labels=limit_rows(wanted)).loss
        share = len(bucket) / count
        (10 * share * loss).backward()
        total += share * loss.item()
    return {"target": total}


def explanation_losses(
    model: SpexForExtraction, queries: nn.Embedding, processor: SpexProcessor, rng: random.Random
) -> dict[str, float]:
    """Evidence to words, alone and after a question; after a question the condensed mask tokens are compared with the query."""
    measured = [random_measurement(rng) for _ in range(EXPLANATIONS)]
    half = EXPLANATIONS // 2
    alone = [word_sample(processor, one, rng) for one in measured[:half]]
    limit = rng.choice((1, 1, 2, 3))  # one for the batch: its rows are padded to the longest; the joint stage has up to ten
    asked = [question_sample(processor, one, rng, limit) for one in measured[half:]]
    totals = {"words": 0.0, "prompts": 0.0}
    for rows in (alone, asked):
        ids = processor.pad([ids for ids, _ in rows])
        with torch.autocast("cpu", torch.bfloat16):
            hidden = model.read(None, **ids).last_hidden_state
            words = learnt_words_loss(model, hidden, stack_labels([labels for _, labels in rows]))
            loss = words / 2
            if rows is asked:
                prompts = model.condenser(hidden, model.mask_span(ids["input_ids"])).float()
                wanted = queries(torch.tensor([TARGET_NAMES.index(one.target) for one in measured[half:]]))
                agreement = nn.functional.mse_loss(prompts, wanted.detach().unflatten(1, prompts.shape[1:]))
                loss = loss + agreement
                totals["prompts"] = agreement.item()
        totals["words"] += words.item() / 2
        loss.backward()
    return totals


def learnt_words_loss(model: SpexForExtraction, hidden: Tensor, labels: Tensor) -> Tensor:
    """`SpexForExtraction.word_loss` without the logits of all the tokens that are read, not learnt: most of them."""
    wanted = labels[:, 1:]
    learnt = wanted != IGNORE
    logits = model.language_model.lm_head(hidden[:, :-1][learnt])
    return nn.functional.cross_entropy(logits.float(), wanted[learnt], reduction="sum") / learnt.sum().clamp(min=1)


def question_sample(processor: SpexProcessor, measured: Measurement, rng: random.Random, limit: int) -> tuple[list[int], list[int]]:
    """A question about some regions, the mask tokens, evidence and explanation."""
    regions = random_regions(rng)[:limit] if measured.index else []
    context = processor.question(spie_question(measured.target, regions, index=measured.index), size=(128, 128))
    ids, labels = word_sample(processor, measured, rng)
    return context + ids, [IGNORE] * len(context) + labels


def word_sample(processor: SpexProcessor, measured: Measurement, rng: random.Random) -> tuple[list[int], list[int]]:
    """Evidence and its explanation as token ids and labels."""
    return answered([], processor.evidence(evidence_words(measured)), processor.answer(explanation(measured, rng)))
