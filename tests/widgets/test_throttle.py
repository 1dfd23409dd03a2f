import pytest

from widgets.parts.throttle import Throttle


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

    monkeypatch.setattr("widgets.parts.throttle.time.monotonic", lambda: clock[0])
    throttle = Throttle(write, interval=0.1)
    for value in range(100):
        throttle(value)
        clock[0] += 1.0
    assert written == list(range(0, 100, 18))
