import threading
from collections.abc import Callable
from functools import partial

import pytest

from widgets.parts.job import Job


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


def test_a_restart_stops_what_is_done_and_forgets_what_it_overtakes() -> None:
    started, released, done = threading.Event(), threading.Event(), []

    def work(number: int, stopped: Callable[[], bool]) -> None:
        started.set()
        assert released.wait(10)
        done.append((number, stopped()))

    job = Job()
    job.restart(partial(work, 1))
    assert started.wait(10)
    job.restart(partial(work, 2))
    job.restart(partial(work, 3))
    assert not job.wait(0.01)
    released.set()
    assert job.wait(10)
    assert done == [(1, True), (3, False)]


def test_nothing_begins_while_somebody_is_alone_and_work_may_be_alone_itself() -> None:
    job, seen = Job(), []

    def work(_: Callable[[], bool]) -> None:
        with job.alone():
            seen.append("alone within")

    with job.alone():
        assert not job.start(work)
        with job.alone():
            pass
        assert not job.start(work)
        job.restart(work)
    assert job.wait(10)
    release = threading.Event()
    job.start(lambda _: release.wait(10))
    with pytest.raises(ValueError, match="at work"), job.alone():
        pass
    release.set()
    assert job.wait(10)
    assert job.start(work)
    assert job.wait(10)
    assert seen == ["alone within"] * 2


def test_work_that_fails_leaves_room_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    job, told = Job(), []
    monkeypatch.setattr("threading.excepthook", told.append)
    assert job.start(lambda _: 1 / 0)
    assert job.wait(10)
    with pytest.raises(ZeroDivisionError):
        job.start(lambda _: None, before=lambda: 1 / 0)
    assert job.start(lambda _: told.append("done"))
    assert job.wait(10)
    assert told[-1] == "done"


def test_what_comes_before_is_done_when_start_returns() -> None:
    job, seen = Job(), []
    job.start(lambda _: seen.append("work"), before=lambda: seen.append("before"))
    assert seen[0] == "before"
    assert job.wait(10)
    assert seen == ["before", "work"]
