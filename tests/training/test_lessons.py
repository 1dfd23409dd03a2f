"""What a SPIE sample teaches: its mask where the model draws it, in pieces of one size, and no refusal where nobody refused."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spexlab.language.instructions import Instruction
from spexlab.language.question import spie_question
from spexlab.model.wordlabels import IGNORE
from spexlab.spie import Sample, SpieSettings, build_spie, read_spie
from spexlab.training import FinetuneSettings, finetune
from spexlab.training.lessons import Lesson, SpieLessons, UntoldTargetWarning, Writer
from spexlab.training.trainee import LessonCollator
from tests.support.places import striped_place
from tests.support.tiny import tiny_spex
from tests.support.train_tiny import lake

WATER = Instruction("where is water?", ("water",))


def _sample(instruction: Instruction = WATER, *, size: int = 64, **changes: Any) -> Sample:
    place = lake(5, size=size)
    mask = place.labels == 1
    sample = Sample(
        f"lake-{size}", place.scene, instruction, "water", mask, np.ones_like(mask), "<image>\n", "Measured", "Wet.", "one target"
    )
    return replace(sample, **changes)


def _lesson(sample: Sample, seed: int = 0, *, explained: float = 1.0, **settings: Any) -> Lesson:
    settings = {"sizes": (64,), "instructions": 0, **settings}
    source = SpieLessons([sample], Writer(tiny_spex().processor, explained), FinetuneSettings(**settings))
    return source.make(sample, Random(seed), Random(seed))


def _released(folder: Path, *questions: str) -> Path:
    """A set in the released layout: pictures, masks and conversations, nothing else."""
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    records = []
    for number, question in enumerate(questions):
        Image.fromarray(np.full((32, 40, 3), 90, np.uint8)).save(folder / "images" / f"{number}.png")
        Image.fromarray(np.eye(32, 40, dtype=np.uint8)).save(folder / "masks" / f"{number}.png")
        turns = [{"from": "human", "value": question}, {"from": "gpt", "value": "A description."}]
        records.append({"image": f"{number}.png", "gt_image": f"{number}.png", "conversations": turns})
    (folder / "train.json").write_text(json.dumps(records))
    return folder


def test_a_released_set_teaches_its_masks(tmp_path: Path) -> None:
    questions = [spie_question("vegetation", (), statistics=False), "<image>\nWhere are the buildings?"]
    samples = list(read_spie(_released(tmp_path / "set", *questions)))
    assert [sample.target for sample in samples] == ["vegetation", "buildings"]
    for sample in samples:
        lesson = _lesson(sample)
        (exchange,) = lesson.exchanges
        assert exchange.present.sum() == 32
        assert exchange.known.sum() == 32 * 40
        assert [one.include for one in lesson.instructions] == [(sample.target,)]
    assert samples[1].instruction.text == "Where are the buildings?"


def test_samples_that_do_not_say_what_their_masks_are_of_are_left_out_and_counted(tmp_path: Path) -> None:
    samples = list(read_spie(_released(tmp_path / "set", "<image>\nDescribe it.", "<image>\nWhere are the lakes?")))
    writer, settings = Writer(tiny_spex().processor, 1.0), FinetuneSettings()
    with pytest.warns(UntoldTargetWarning, match="1 of 2 samples are left out: neither their questions nor their instructions"):
        lessons = SpieLessons(samples, writer, settings)
    assert {lessons.pick(Random(seed))[1].target for seed in range(20)} == {"water"}
    with pytest.raises(ValueError, match="none of 1 does: neither"):
        SpieLessons(samples[:1], writer, settings)
    # What is truly to be refused stays a lesson.
    refused = _sample(Instruction("sing"), target=None, kind="refused", mask=np.zeros((64, 64), bool))
    assert SpieLessons([refused], writer, settings).make(refused, Random(0), Random(0)).exchanges == ()


def test_pictures_of_every_size_share_a_step_and_nothing_is_learnt_beside_them() -> None:
    lessons = [_lesson(_sample(size=size)) for size in (20, 48, 64, 100)]
    batch: dict[str, Any] = LessonCollator(tiny_spex().processor, tiny_spex().model.config)(lessons)
    assert batch["images"]["pixel_values"].shape[-2:] == (64, 64)
    assert batch["questions"]["known"].sum((1, 2)).tolist() == [20 * 20, 48 * 48, 64 * 64, 64 * 64]
    assert not (batch["questions"]["present"].bool() & ~batch["questions"]["known"]).any()


def test_sets_of_small_places_are_learnt_from(tmp_path: Path) -> None:
    places = [lake(0, size=40), lake(1, size=64), striped_place("stripes")]
    samples = list(read_spie(build_spie(places, tmp_path / "set", SpieSettings(per_place=3, size=64))))
    assert len({sample.mask.shape for sample in samples}) == 3
    settings = FinetuneSettings(steps=2, batch_size=4, sizes=(32,), instructions=1, mixed_precision=False)
    assert finetune(samples, out=tmp_path / "run", model=tiny_spex(), settings=settings).state == "finished"


def test_pieces_show_the_mask_and_are_of_the_size_that_is_set() -> None:
    sample = _sample(size=100)
    for seed in range(5):
        (exchange,) = _lesson(sample, seed, sizes=(32,)).exchanges
        assert exchange.present.shape == (32, 32)
        assert exchange.present.any()
        assert exchange.known.all()


CUT = [
    Instruction("the largest lake", ("water",), (), ("largest",)),
    Instruction("water but no wetland", ("water",), ("wetland",)),
]


@pytest.mark.parametrize("instruction", CUT)
@pytest.mark.parametrize("kind", ["limit", "absent"])
def test_a_mask_that_was_cut_after_the_model_is_not_learnt(instruction: Instruction, kind: Any) -> None:
    # "Absent" says that nothing of what was asked for is there: "water in the north" of a lake in the south.
    (exchange,) = _lesson(_sample(instruction, kind=kind)).exchanges
    assert not exchange.known.any()
    assert any(label != IGNORE for label in exchange.labels)


def test_words_and_instructions_are_as_many_as_are_set() -> None:
    assert all(label == IGNORE for label in _lesson(_sample(), explained=0.0).exchanges[0].labels)
    lesson = _lesson(_sample(), instructions=5)
    assert lesson.instructions[0] == WATER
    assert len(lesson.instructions) == 6


def test_targets_are_refused_as_a_sample_asks_its_own_question() -> None:
    with pytest.raises(ValueError, match="targets=2 has no effect"):
        _lesson(_sample(), targets=2)


def test_a_checkpoint_that_scores_no_targets_is_taught_no_instructions() -> None:
    spex = tiny_spex()
    spex.model.config.targets = []
    batch: dict[str, Any] = LessonCollator(spex.processor, spex.model.config)([_lesson(_sample(), instructions=2)])
    assert batch["instructions"] == {}
