"""Training in a thread, as its run tells it: also what went wrong before the run's folder was written."""

import threading
from pathlib import Path

import pytest

from spexlab.training import TrainingRun, in_background
from tests.support.runs import write_run
from widgets.labs.training_monitor import TrainingMonitor


def _refused(_: object, *, out: Path) -> TrainingRun:
    raise ValueError(f"nothing can be learnt\nin {out.name}")


@pytest.mark.parametrize("earlier", [False, True])
def test_an_error_before_the_folder_is_written_is_told(tmp_path: Path, *, earlier: bool) -> None:
    if earlier:
        write_run(tmp_path / "run", steps=400, state="finished")
    run = in_background(_refused, None, out=tmp_path / "run")
    with pytest.raises(ValueError, match="nothing can be learnt"):
        run.wait()
    assert (run.state, run.message) == ("failed", "nothing can be learnt in run")
    monitor = TrainingMonitor(run)
    assert monitor.state == "failed"
    monitor.close()
    # What lies in the folder is another's.
    assert TrainingRun(tmp_path / "run").state == ("finished" if earlier else "waiting")


def test_an_earlier_run_is_not_taken_for_this_one(tmp_path: Path) -> None:
    write_run(tmp_path / "run", steps=400, state="finished", message="the first")
    begin, begun, end = (threading.Event() for _ in range(3))

    def train(_: object, *, out: Path) -> TrainingRun:
        assert begin.wait(60)
        write_run(out, steps=10, message="the second")
        begun.set()
        assert end.wait(60)
        return write_run(out, steps=400, state="finished", message="the first")

    run = in_background(train, None, out=tmp_path / "run")
    assert (run.state, run.message, run.step) == ("waiting", "", 0)
    begin.set()
    assert begun.wait(60)
    assert (run.state, run.message, run.step) == ("running", "the second", 10)
    end.set()
    assert run.wait() == "finished"
    assert (run.step, run.message) == (400, "the first")


def test_an_error_after_that_is_the_runs_own(tmp_path: Path) -> None:
    def train(_: object, *, out: Path) -> TrainingRun:
        write_run(out, steps=10)
        raise OSError("no room")

    run = in_background(train, None, out=tmp_path / "run")
    with pytest.raises(OSError, match="no room"):
        run.wait()
    assert (run.state, run.message, run.step) == ("failed", "no room", 10)
