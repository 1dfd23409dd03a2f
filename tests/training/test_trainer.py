"""The loop that both stages share: memory, broken samples, early stopping, pictures, and that anything is learnt at all."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from spexlab.training import BrokenSampleError, Segmenter, load_segmenter, loop, pretrain
from tests.support.train_tiny import lake, losses, tiny_backbone, tiny_run, tiny_settings

STEP_LOSSES = {"loss", "grad_norm", "learning_rate"}


def test_what_can_be_learnt_is_learnt(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run", validation=2, steps=60, batch_size=4, learning_rate=1e-2, validate_every=30, save_every=60)
    values = list(losses(run).values())
    assert np.mean(values[-5:]) < 0.6 * np.mean(values[:5])
    curves = run.curves()
    assert curves[curves["name"] == "validation_iou_water"]["value"].iloc[-1] > 0.8
    segment = load_segmenter(run.model)
    unseen = lake(200, size=96)
    found = segment(unseen.scene).sel(target="water").values > 0.5
    truth = unseen.labels == 1
    assert (found & truth).sum() / (found | truth).sum() > 0.8


def test_a_run_leaves_curves_checkpoints_pictures_and_a_model(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run", validation=1, keep=1)
    assert (run.state, run.step, run.total_steps) == ("finished", 4, 4)
    assert "weights learn" in run.message
    curves = run.curves()
    assert set(curves[curves["step"] == 1]["name"]) == STEP_LOSSES
    assert {"validation_iou", "validation_loss", "validation_iou_water"} <= set(curves[curves["step"] == 2]["name"])
    assert (curves["seconds"].diff().dropna() >= 0).all()
    assert [sample.step for sample in run.snapshots()] == [0, 2, 4]
    with Image.open(run.snapshots()[-1].image) as picture:
        assert picture.width > 3 * picture.height
    assert [path.name for path in run.folder.glob("checkpoint-*")] == ["checkpoint-4"]
    assert (run.model / "backbone" / "model.safetensors").is_file()


def test_out_of_memory_halves_the_batch_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = Segmenter.forward, []

    def small(self: Segmenter, pixel_values: Any, *args: Any, **options: Any) -> Any:
        seen.append(len(pixel_values))
        if len(pixel_values) > 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return real(self, pixel_values, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Segmenter, "forward", small)
        halved = tiny_run(tmp_path / "halved", batch_size=4, drop_path=0.0)
    assert halved.message == "batch halved to 2: out of memory"
    assert seen == [4] + 8 * [2]
    in_parts = tiny_run(tmp_path / "in-parts", batch_size=4, micro_batches=2, drop_path=0.0)
    assert losses(halved) == pytest.approx(losses(in_parts), abs=1e-6)


def test_out_of_memory_with_a_single_sample_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(Segmenter, "forward", never)
    with pytest.raises(RuntimeError, match="out of memory"):
        tiny_run(tmp_path / "run")


def _with_a_broken_place() -> list[Any]:
    broken = dataclasses.replace(lake(7), name="lake-without-a-shore", labels=np.zeros((64, 64), dtype=np.uint8))
    return [lake(0), broken]


def test_a_broken_sample_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(BrokenSampleError, match=r"'lake-without-a-shore': none of its pixels is labelled.*broken='skip'"):
        pretrain(_with_a_broken_place(), out=tmp_path, settings=tiny_settings(steps=8), backbone=tiny_backbone())


def test_broken_samples_are_skipped_and_counted_if_asked(tmp_path: Path) -> None:
    settings = tiny_settings(steps=8, broken="skip")
    run = pretrain(_with_a_broken_place(), out=tmp_path, settings=settings, backbone=tiny_backbone())
    assert run.state == "finished"
    assert "broken samples skipped, the last: no sample can be made of 'lake-without-a-shore'" in run.message
    curves = run.curves()
    assert curves[curves["name"] == "skipped"]["value"].max() >= 1


def test_only_broken_samples_end_the_run(tmp_path: Path) -> None:
    settings = tiny_settings(broken="skip")
    with pytest.raises(BrokenSampleError, match="50 samples in a row were broken"):
        pretrain(_with_a_broken_place()[1:], out=tmp_path, settings=settings, backbone=tiny_backbone())


def test_early_stopping_ends_and_keeps_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from spexlab.training.judging import Judge

    measured = iter([0.1, 0.5, 0.4, 0.3, 0.2])
    monkeypatch.setattr(Judge, "validate", lambda *_: {"iou": next(measured), "loss": 1.0})
    run = tiny_run(tmp_path / "run", validation=1, steps=10, validate_every=1, save_every=10, patience=2)
    assert (run.state, run.step) == ("finished", 4)
    assert run.message == "stopped early at step 4: no better IoU in 2 validations"
    best, last = (run.folder / "best" / "model.safetensors").read_bytes(), (run.model / "model.safetensors").read_bytes()
    assert best == last


def test_patience_needs_places_to_measure_on(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="patience=2 needs places to validate on"):
        tiny_run(tmp_path / "run", patience=2)


def test_gradient_checkpointing_changes_no_loss(tmp_path: Path) -> None:
    plain = tiny_run(tmp_path / "plain", steps=2)
    saved = tiny_run(tmp_path / "saved", steps=2, gradient_checkpointing=True)
    assert losses(saved) == pytest.approx(losses(plain), abs=1e-6)


def test_mixed_precision_stays_near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = tiny_run(tmp_path / "plain", steps=1, drop_path=0.0)
    monkeypatch.setattr(loop, "bfloat16_pays", lambda: True)
    mixed = tiny_run(tmp_path / "mixed", steps=1, drop_path=0.0, mixed_precision=True)
    assert losses(mixed)[1] == pytest.approx(losses(plain)[1], abs=0.02)
    assert losses(mixed) != losses(plain)


def test_a_machine_without_bfloat16_computes_in_single_precision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = tiny_run(tmp_path / "plain", steps=1, drop_path=0.0)
    monkeypatch.setattr(loop, "bfloat16_pays", lambda: False)
    asked = tiny_run(tmp_path / "asked", steps=1, drop_path=0.0, mixed_precision=True)
    assert losses(asked) == losses(plain)


def test_bfloat16_pays_where_the_processor_has_wide_registers() -> None:
    if not torch.cuda.is_available():
        assert loop.bfloat16_pays() == torch.cpu.get_capabilities().get("avx512_bw", False)


@pytest.mark.parametrize(("change", "told"), [({"steps": 0}, "steps must be above 0"), ({"sizes": (40,)}, "multiples of 32")])
def test_settings_that_cannot_be_meant(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        tiny_settings(**change)
