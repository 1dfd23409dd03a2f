"""A run's folder as others read it: before it begins, while it writes, and after its process died."""

import asyncio
import errno
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from spexlab.training import TrainingRun, in_background, loop


@pytest.fixture
def run(tmp_path: Path) -> TrainingRun:
    return TrainingRun(tmp_path / "run")


def _status(run: TrainingRun, **status: Any) -> None:
    run.folder.mkdir(exist_ok=True)
    here = {"pid": os.getpid(), "host": socket.gethostname()}
    (run.folder / "status.json").write_text(json.dumps(here | status))


def test_a_run_that_has_not_begun_is_waiting(run: TrainingRun) -> None:
    assert (run.state, run.message, run.step, run.total_steps) == ("waiting", "", 0, 0)
    assert run.snapshots() == []
    assert list(run.curves().columns) == ["step", "seconds", "name", "value"]
    assert run.curves().empty


def test_status_is_read_afresh_each_time(run: TrainingRun) -> None:
    _status(run, state="running", step=3, total_steps=10, message="batch halved to 4: out of memory")
    assert (run.state, run.step, run.total_steps) == ("running", 3, 10)
    assert run.message == "batch halved to 4: out of memory"
    _status(run, state="finished", step=10, total_steps=10)
    assert run.state == "finished"
    assert "finished, step 10 of 10" in repr(run)


def test_a_half_written_line_of_the_curves_waits_for_its_end(run: TrainingRun) -> None:
    run.folder.mkdir()
    (run.folder / "curves.csv").write_text("step,seconds,name,value\n1,0.5,loss,2.5\n2,1.0,lo")
    curves = run.curves()
    assert curves.to_dict("records") == [{"step": 1, "seconds": 0.5, "name": "loss", "value": 2.5}]


def test_samples_come_in_the_order_of_their_steps(run: TrainingRun) -> None:
    (run.folder / "snapshots").mkdir(parents=True)
    for name in ("step-000100.png", "step-000020.png", "step-1000000.png", "notes.txt"):
        (run.folder / "snapshots" / name).touch()
    assert [sample.step for sample in run.snapshots()] == [20, 100, 1_000_000]


@pytest.mark.parametrize(("call", "wanted"), [("pause", "pause"), ("resume", "run"), ("stop", "stop")])
def test_wishes_are_left_in_the_folder(run: TrainingRun, call: str, wanted: str) -> None:
    getattr(run, call)()
    assert json.loads((run.folder / "control.json").read_text()) == {"wanted": wanted}
    assert [file.name for file in run.folder.iterdir()] == ["control.json"]


def test_a_run_whose_process_died_has_failed(run: TrainingRun) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    _status(run, state="running", step=3, total_steps=10, pid=child.pid)
    assert run.state == "failed"
    assert "resume=True" in run.message
    with pytest.raises(RuntimeError, match="resume=True"):
        run.wait()


def test_a_run_on_another_machine_is_taken_at_its_word(run: TrainingRun) -> None:
    _status(run, state="running", step=3, total_steps=10, pid=2**22 + 1, host="elsewhere")
    assert run.state == "running"


def test_waiting_ends_with_the_run(run: TrainingRun) -> None:
    _status(run, state="running", step=1, total_steps=2)
    assert run.wait(timeout=0.01) == "running"
    threading.Timer(0.1, _status, [run], {"state": "stopped", "step": 1, "total_steps": 2}).start()
    assert run.wait(timeout=60) == "stopped"


def test_awaiting_ends_with_the_run_and_leaves_room_for_others_meanwhile(run: TrainingRun) -> None:
    async def steered() -> object:
        waited = asyncio.ensure_future(_ended(run))
        await asyncio.sleep(0)
        assert not waited.done()
        _status(run, state="stopped", step=1, total_steps=2)
        return await waited

    _status(run, state="running", step=1, total_steps=2)
    assert _in_a_loop(steered) == "stopped"
    _status(run, state="failed", message="out of memory")
    with pytest.raises(RuntimeError, match="out of memory"):
        _in_a_loop(lambda: _ended(run))


def test_awaiting_what_trains_in_the_background_raises_what_the_training_raised(tmp_path: Path) -> None:
    def train(_: object, *, out: Path) -> TrainingRun:
        raise OSError(f"no room in {out}")

    with pytest.raises(OSError, match="no room"):
        _in_a_loop(lambda: _ended(in_background(train, None, out=tmp_path / "run")))


async def _ended(run: TrainingRun) -> object:
    return await run


def _in_a_loop(make: Callable[[], Coroutine[Any, Any, object]]) -> object:
    """Run it in a thread: the main one has a loop already while the browser tests' Playwright is at work."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(make())).result(timeout=60)


def test_a_disk_that_is_full_at_the_end_is_said_and_nothing_half_written_stays(tmp_path: Path) -> None:
    def save(_: object, folder: Path) -> None:
        folder.mkdir()
        raise OSError(errno.ENOSPC, "No space left on device")

    stage: Any = SimpleNamespace(save=save)
    with pytest.raises(OSError, match=r"model': the disk is full; .* make room"):
        loop._finish(stage, tmp_path, cast("Any", None), cast("Any", None))
    assert list(tmp_path.iterdir()) == []
