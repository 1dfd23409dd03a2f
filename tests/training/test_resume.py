"""A run that is killed, stopped, paused or out of room goes on where it was, with the losses it would have had."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from spexlab.training import TrainingRun
from spexlab.training.checkpoints import BrokenCheckpointWarning
from tests.support.train_tiny import losses, tiny_run

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "support" / "train_tiny.py"


def _until(happened: Any, seconds: float = 200) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[int, float]:
    return losses(tiny_run(tmp_path_factory.mktemp("whole") / "run", steps=12))


def test_after_kill_9_the_losses_are_those_of_an_uninterrupted_run(tmp_path: Path, uninterrupted: dict[int, float]) -> None:
    run = TrainingRun(tmp_path / "run")
    child = subprocess.Popen([sys.executable, str(SCRIPT), str(run.folder), "--steps", "12"], cwd=ROOT)
    try:
        _until(lambda: run.step >= 5 or child.poll() is not None, seconds=280)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert 5 <= run.step < 12
    assert run.state == "failed"
    resumed = tiny_run(run.folder, resume=True, steps=12)
    assert (resumed.state, resumed.step) == ("finished", 12)
    assert losses(resumed) == pytest.approx(uninterrupted, abs=1e-6)
    # Nothing of the part that was trained twice stands twice in the curves.
    assert resumed.curves().duplicated(["step", "name"]).sum() == 0


def test_a_stopped_run_saves_what_it_learnt_and_goes_on(tmp_path: Path, uninterrupted: dict[int, float]) -> None:
    run = TrainingRun(tmp_path / "run")
    run.stop()
    stopped = tiny_run(run.folder, steps=12)
    assert (stopped.state, stopped.step) == ("stopped", 1)
    assert (run.model / "model.safetensors").is_file()
    resumed = tiny_run(run.folder, resume=True, steps=12)
    assert (resumed.state, resumed.step) == ("finished", 12)
    assert losses(resumed) == pytest.approx(uninterrupted, abs=1e-6)


def test_a_paused_run_waits_in_place(tmp_path: Path, uninterrupted: dict[int, float]) -> None:
    run = TrainingRun(tmp_path / "run")
    run.pause()
    thread = threading.Thread(target=tiny_run, args=[run.folder], kwargs={"steps": 12})
    thread.start()
    _until(lambda: run.state == "paused")
    time.sleep(0.3)
    assert (run.state, run.step) == ("paused", 0)
    run.resume()
    assert run.wait(timeout=200) == "finished"
    thread.join()
    assert losses(run) == pytest.approx(uninterrupted, abs=1e-6)


def test_a_full_disk_costs_no_earlier_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uninterrupted: dict[int, float]
) -> None:
    real = torch.save

    def full(content: Any, path: Any, *args: Any, **options: Any) -> None:
        if "checkpoint-8" in str(path):
            Path(path).write_bytes(b"the first half of ")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(content, path, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full)
        with pytest.raises(OSError, match=r"checkpoint-8 could not be written .* No space left on device"):
            tiny_run(tmp_path / "run", steps=12, save_every=4)
    run = TrainingRun(tmp_path / "run")
    assert run.state == "failed"
    assert "make room and resume" in run.message
    assert sorted(path.name for path in run.folder.iterdir() if path.is_dir()) == ["checkpoint-4"]
    assert losses(tiny_run(run.folder, resume=True, steps=12, save_every=4)) == pytest.approx(uninterrupted, abs=1e-6)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 255
    file.write_bytes(content)


def test_a_broken_checkpoint_is_told_and_the_one_before_it_taken(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run")
    whole = losses(run)
    broken = run.folder / "checkpoint-4"
    for name, damage in {
        "optimizer.pt": flip,
        "model.safetensors": cut,
        "rng_state.pth": cut,
        "trainer_state.json": cut,
        "scheduler.pt": Path.unlink,
    }.items():
        damage(broken / name)
        with pytest.warns(BrokenCheckpointWarning, match=rf"checkpoint-4: {name}.*goes on from checkpoint-2"):
            resumed = tiny_run(run.folder, resume=True)
        assert (resumed.state, resumed.step) == ("finished", 4)
        assert losses(resumed) == pytest.approx(whole, abs=1e-6)


def test_where_all_checkpoints_are_broken_nothing_is_begun(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run")
    for checkpoint in run.folder.glob("checkpoint-*"):
        (checkpoint / "optimizer.pt").write_bytes(b"")
    before = sorted((path, path.stat().st_mtime_ns) for path in run.folder.rglob("*") if path.parent != run.folder)
    with pytest.raises(ValueError, match=r"checkpoint-4: optimizer.pt is broken.*checkpoint-2: .*begin anew"):
        tiny_run(run.folder, resume=True)
    assert sorted((path, path.stat().st_mtime_ns) for path in run.folder.rglob("*") if path.parent != run.folder) == before


def test_a_folder_with_a_run_is_not_overwritten(tmp_path: Path) -> None:
    tiny_run(tmp_path, steps=1)
    with pytest.raises(ValueError, match="holds a run already; train on with resume=True"):
        tiny_run(tmp_path, steps=1)
    with pytest.raises(ValueError, match="steps was 1, now 2"):
        tiny_run(tmp_path, steps=2, resume=True)
    assert TrainingRun(tmp_path).state == "finished"
