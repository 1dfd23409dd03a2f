import threading

from widgets.parts.latest import Latest


def test_requests_that_were_overtaken_are_forgotten() -> None:
    started, released, done = threading.Event(), threading.Event(), []

    def work(request: int) -> None:
        started.set()
        assert released.wait(10)
        done.append((request, latest.overtaken))

    latest = Latest(work)
    latest.ask(1)
    assert started.wait(10)
    latest.ask(2)
    latest.ask(3)
    assert not latest.wait(0.01)
    released.set()
    assert latest.wait(10)
    assert done == [(1, True), (3, False)]
    latest.ask(4)
    assert latest.wait(10)
    assert done[-1] == (4, False)


def test_nothing_asked_is_nothing_to_wait_for() -> None:
    assert Latest(print).wait(0)
