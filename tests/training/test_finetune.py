"""Fine-tuning: whole or by adapters, from places or from samples, from a pretrained backbone or not; and what may go wrong."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from spexlab.extraction import load_model
from spexlab.extraction.seen import SeenPlaces
from spexlab.language.instructions import Instruction
from spexlab.places.simulation import simulate_scene
from spexlab.spie import Sample
from spexlab.training import FinetuneSettings, LoraSettings, TrainingRun, finetune
from spexlab.training.finetuning import _build
from spexlab.training.lora import trainable
from tests.support.tiny import save_spex, tiny_spex
from tests.support.train_tiny import lake, losses, tiny_run


def _tune(out: Path, data: Any = None, *, resume: bool = False, validation: int = 0, **changes: Any) -> TrainingRun:
    quick = {"steps": 2, "batch_size": 2, "sizes": (32,), "save_every": 1, "validate_every": 2, "snapshot_every": 2, "warmup": 1}
    settings = FinetuneSettings(**{**quick, "mixed_precision": False, "instructions": 1, **changes})
    kept = [lake(100 + seed) for seed in range(validation)]
    return finetune(data or [lake(0), lake(1)], out=out, model=tiny_spex(), settings=settings, validation=kept, resume=resume)


def _weights(run: TrainingRun) -> dict[str, torch.Tensor]:
    return dict(load_model(run.model).model.state_dict())


def _changed(run: TrainingRun) -> set[str]:
    before, after = tiny_spex().model.state_dict(), _weights(run)
    assert set(before) == set(after)
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_everything_is_tuned_and_the_checkpoint_loads(tmp_path: Path) -> None:
    run = _tune(tmp_path / "run", validation=1, explained=1.0)
    assert (run.state, run.step) == ("finished", 2)
    names = set(run.curves()["name"])
    assert {"loss", "mask_loss", "words_loss", "target_loss", "validation_iou"} <= names
    parts = {name.partition(".")[0] for name in _changed(run)}
    assert {"backbone", "language_model", "condenser", "mask_decoder", "refiner", "target_head"} <= parts
    spex = load_model(run.model)
    assert spex.extract(simulate_scene(size=32)[0], "water").mask.shape == (1, 32, 32)
    assert [sample.step for sample in run.snapshots()] == [0, 2]


def test_adapters_learn_only_what_they_say(tmp_path: Path) -> None:
    run = _tune(tmp_path / "run", lora=LoraSettings(rank=2))
    assert {name.split(".", 4)[-1] for name in _changed(run)} <= {f"self_attn.{part}_proj.weight" for part in "qkvo"}
    assert any(name.endswith("q_proj.weight") for name in _changed(run))
    learning, whole = trainable(_build(tiny_spex(), None, FinetuneSettings(lora=LoraSettings(rank=2))))
    # Two layers; q and o are 32 x 32, k and v 32 x 16; an adapter has rank x (in + out) weights.
    assert learning == 2 * 2 * (2 * (32 + 32) + 2 * (32 + 16))
    assert run.message.startswith(f"{learning:,} of {whole:,} weights learn; masks are cut at one half: 0 validation places")
    assert (run.folder / "checkpoint-2" / "adapter_model.safetensors").is_file()


def test_adapters_reach_mlp_and_whole_parts_if_asked(tmp_path: Path) -> None:
    run = _tune(tmp_path / "run", lora=LoraSettings(rank=2, mlp=True, whole=("condenser",)))
    changed = _changed(run)
    assert any(".mlp." in name for name in changed)
    assert any(name.startswith("condenser.") for name in changed)
    assert not any(name.startswith(("backbone", "mask_decoder", "target_head")) for name in changed)
    with pytest.raises(ValueError, match=r"parts that learn as a whole must be among backbone, .* but 'eyes' was given"):
        _tune(tmp_path / "other", lora=LoraSettings(whole=("eyes",)))


@pytest.mark.parametrize("lora", [None, LoraSettings(rank=2)], ids=["whole", "adapters"])
def test_a_stopped_run_goes_on_with_the_same_losses(tmp_path: Path, lora: LoraSettings | None) -> None:
    whole = _tune(tmp_path / "whole", lora=lora, steps=3)
    TrainingRun(tmp_path / "run").stop()
    assert _tune(tmp_path / "run", lora=lora, steps=3).step == 1
    assert losses(_tune(tmp_path / "run", lora=lora, steps=3, resume=True)) == pytest.approx(losses(whole), abs=1e-6)


def test_a_pretrained_backbone_is_taken_over(tmp_path: Path) -> None:
    pretrained = tiny_run(tmp_path / "pretraining", steps=1)
    folder = pretrained.model / "backbone"
    settings = FinetuneSettings()
    built = _build(tiny_spex(), folder, settings).state_dict()
    from safetensors.torch import load_file

    for name, weight in load_file(folder / "model.safetensors").items():
        assert torch.equal(built[f"backbone.{name}"], weight)
    with pytest.raises(ValueError, match="no backbone lies in"):
        _build(tiny_spex(), tmp_path, settings)


def test_a_backbone_of_another_shape_is_refused(tmp_path: Path) -> None:
    from spexlab.training.segmenter import default_backbone, new_segmenter

    new_segmenter(default_backbone(), hidden_size=16).backbone.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"the backbone in .* must have the checkpoint's shape"):
        _build(tiny_spex(), tmp_path, FinetuneSettings())


def _sample(name: str, instruction: Instruction, *, kind: Any) -> Sample:
    place, target = lake(5), (instruction.include or (None,))[0]
    mask = place.labels == 1
    if target is None:
        return Sample(
            name, place.scene, instruction, None, np.zeros_like(mask), ~np.zeros_like(mask), "<image>\n?", "", "No.", kind
        )
    evidence, answer = "Measured: water, 10.0 %.", "Water covers a tenth."
    return Sample(name, place.scene, instruction, target, mask, np.ones_like(mask), "<image>\nwater? []", evidence, answer, kind)


def test_spie_samples_are_learnt_from(tmp_path: Path) -> None:
    samples = [
        _sample("wet", Instruction("where is water?", ("water",)), kind="one target"),
        _sample("largest", Instruction("the largest lake", ("water",), (), ("largest",)), kind="limit"),
        _sample("no", Instruction("sing a song"), kind="refused"),
    ]
    run = _tune(tmp_path / "run", samples, steps=4)
    assert run.state == "finished"
    assert {"mask_loss", "words_loss", "target_loss"} <= set(run.curves()["name"])


def _calibrated(model: Path) -> dict[str, Any] | None:
    return json.loads((model / "config.json").read_text())["calibration"]


def test_cuts_of_the_start_do_not_stay(tmp_path: Path) -> None:
    start = tiny_spex()
    old = {"coarse": {"nir": {"water": [1.0, 2.25, 0.5]}}}
    start.model.config.calibration = old
    settings = FinetuneSettings(steps=1, batch_size=1, sizes=(32,), instructions=1, mixed_precision=False)
    plain = finetune([lake(0)], out=tmp_path / "plain", model=start, settings=settings)
    assert _calibrated(plain.model) is None
    assert "masks are cut at one half: 0 validation places" in plain.message
    kept = [lake(100 + seed) for seed in range(3)]
    tuned = finetune([lake(0)], out=tmp_path / "tuned", model=start, settings=settings, validation=kept)
    cuts = _calibrated(tuned.model)
    assert cuts is not None
    assert set(cuts["coarse"]) == {"nir", "visible"}
    assert cuts["coarse"]["nir"]["water"] != old["coarse"]["nir"]["water"]
    assert tuned.message.endswith("cuts chosen on 3 validation places")
    assert start.model.config.calibration == old


def _groups(records: Any) -> set[str]:
    return {record["group"] for record in records}


def test_a_checkpoint_tells_what_it_has_seen_and_what_those_before_it_have(tmp_path: Path) -> None:
    first = _tune(tmp_path / "first", validation=1)
    seen = SeenPlaces.read(first.model)
    assert (_groups(seen.training), _groups(seen.validation)) == ({"lake-0", "lake-1"}, {"lake-100"})
    settings = FinetuneSettings(steps=1, batch_size=1, sizes=(32,), instructions=1, mixed_precision=False)
    second = finetune([lake(100)], out=tmp_path / "second", model=first.model, settings=settings, validation=[lake(0), lake(7)])
    seen = SeenPlaces.read(second.model)
    # What was learnt from before is no measure any more, and what was looked at before was now learnt from.
    assert _groups(seen.training) == {"lake-0", "lake-1", "lake-100"}
    assert [seen.part_of(lake(seed)) for seed in (0, 7, 100, 8)] == ["training", "validation", "training", "held-out"]
    assert seen.unlisted == ()


def test_a_start_that_does_not_tell_what_it_has_seen_is_named(tmp_path: Path) -> None:
    start = save_spex(tiny_spex(), tmp_path / "theirs")
    (start / "places.json").unlink()
    settings = FinetuneSettings(steps=1, batch_size=1, sizes=(32,), instructions=1, mixed_precision=False)
    run = finetune([lake(0)], out=tmp_path / "run", model=start, settings=settings)
    assert SeenPlaces.read(run.model).unlisted == ("theirs",)


def test_a_resumed_run_keeps_what_it_saw_before(tmp_path: Path) -> None:
    TrainingRun(tmp_path / "run").stop()
    _tune(tmp_path / "run", [lake(0)])
    run = _tune(tmp_path / "run", [lake(1)], resume=True)
    assert _groups(SeenPlaces.read(run.model).training) == {"lake-0", "lake-1"}


def test_a_backbone_brings_what_it_has_seen(tmp_path: Path) -> None:
    pretrained = tiny_run(tmp_path / "pretraining", steps=1, validation=1)
    for folder in (pretrained.model, pretrained.model / "backbone"):
        seen = SeenPlaces.read(folder)
        assert (_groups(seen.training), _groups(seen.validation)) == ({"lake-0", "lake-1", "lake-2"}, {"lake-100"})
    settings = FinetuneSettings(steps=1, batch_size=1, sizes=(32,), instructions=1, mixed_precision=False)
    backbone = pretrained.model / "backbone"
    run = finetune([lake(9)], out=tmp_path / "run", model=tiny_spex(), settings=settings, backbone=backbone)
    assert _groups(SeenPlaces.read(run.model).training) == {"lake-0", "lake-1", "lake-2", "lake-9"}


def test_nothing_to_learn_from_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one place"):
        finetune([], out=tmp_path, model=tiny_spex())
