"""The benchmark beside a busy neighbour: its ways differ in what OpenMP waits and in nothing else."""

import os
import subprocess
import sys
from types import ModuleType

import pytest

from tests.support.benchmarks import load

_TOLD = "import os, spexlab; print(os.environ.get('GOMP_SPINCOUNT'))"


@pytest.fixture
def busy() -> ModuleType:
    return load("busy")


def told(**variables: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    run = subprocess.run([sys.executable, "-c", _TOLD], env=kept | variables, check=True, capture_output=True, text=True)
    return run.stdout.strip()


def test_openmp_is_told_how_long_to_wait_unless_a_user_said_it() -> None:
    assert told() == "3000"
    assert told(GOMP_SPINCOUNT="5") == "5"
    assert told(OMP_WAIT_POLICY="active") == "None"


def test_each_way_is_what_its_process_is_told(busy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    found = {name: busy.environment(turns) for name, turns in busy.WAYS.items()}
    assert [one.get("GOMP_SPINCOUNT") for one in found.values()] == ["300000", None]
    assert all("OMP_WAIT_POLICY" not in one and "PATH" in one for one in found.values())


def test_a_neighbour_is_there_while_it_is_measured_and_gone_afterwards(busy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)  # type: ignore[call-overload]
            started.append(self)

    monkeypatch.setattr(busy.subprocess, "Popen", Noted)
    monkeypatch.setattr(busy, "_child", lambda _: float(sum(one.poll() is None for one in started)))
    assert busy.measure(dict(os.environ)) == {"alone": 0.0, "beside another": 1.0}
    assert started[0].poll() is not None


def test_seconds_are_those_of_a_first_question(busy: ModuleType) -> None:
    assert busy.seconds(32, 1) > 0


def test_the_table_says_how_many_times_as_long(busy: ModuleType) -> None:
    rows = {"as GNU has it": {"alone": 0.5, "beside another": 10.0}, "as spexlab sets it": {"alone": 0.5, "beside another": 1.0}}
    text = busy.table({"machine": "two cores", "rows": rows})
    assert "| as GNU has it | 0.50 | 10.00 | 20.0 |" in text
    assert "| as spexlab sets it | 0.50 | 1.00 | 2.0 |" in text
