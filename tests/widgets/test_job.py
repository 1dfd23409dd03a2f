import threading
from collections.abc import Callable

import pytest

from widgets.parts.job import Job, Throttle


def test_only_one_function_runs_at_a_time() -> None:
    job, release = Job(), threading.Event()
    assert job.start(lambda _: release.wait(10))
    assert not job.start(lambda _: None)
    release.set()
    assert job.wait(10)
    assert job.start(lambda _: None)


def test_cancel_reaches_the_running_function_and_not_the_next() -> None:
    job, seen = Job(), []

    def until_stopped(stopped: Callable[[], bool]) -> None:
        while not stopped():
            pass
        seen.append("stopped")

    job.start(until_stopped)
    job.cancel()
    assert job.wait(10)
    job.start(lambda stopped: seen.append(stopped()))
    assert job.wait(10)
    assert seen == ["stopped", False]


def test_waiting_gives_up_after_its_time() -> None:
    job, release = Job(), threading.Event()
    job.start(lambda _: release.wait(10))
    assert not job.wait(0.01)
    release.set()
    assert job.wait(10)


def test_a_throttle_writes_the_first_and_the_last_of_many() -> None:
    written: list[int] = []
    write = Throttle(written.append, interval=60)
    for value in range(100):
        write(value)
    assert written == [0]
    write.flush()
    assert written == [0, 99]
    write.flush()
    assert written == [0, 99]


def test_slow_writing_takes_a_tenth_of_the_time_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, written = [0.0], []

    def write(value: int) -> None:
        clock[0] += 2.0
        written.append(value)

    monkeypatch.setattr("widgets.parts.job.time.monotonic", lambda: clock[0])
    throttle = Throttle(write, interval=0.1)
    for value in range(100):
        throttle(value)
        clock[0] += 1.0
    assert written == list(range(0, 100, 18))
