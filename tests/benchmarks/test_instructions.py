"""The tables of the instructions benchmark; the figures themselves are the benchmark's to measure."""

from types import ModuleType

import pytest

from spexlab.evaluation import Heard
from spexlab.language.instructions import Instruction
from spexlab.language.request import Request, Want
from tests.support.benchmarks import load


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load("instructions")


def heard(text: str, include: tuple[str, ...], meant: tuple[str, ...], **wanted: tuple[str, ...]) -> Heard:
    wants = tuple(Want(target=name) for name in meant)
    return Heard(Instruction(text, include, **wanted), Request("mask", wants) if wants else None)


@pytest.fixture
def lists() -> dict[str, list[Heard]]:
    written = [heard("lakes", ("water",), ("water",)), heard("树在哪里？", ("trees",), ()), heard("cars", (), ("impervious",))]
    limited = heard("the largest lake", ("water",), ("water",), limits=("largest",))
    return {"hand-written": [*written, limited], "drawn": [heard("woods", ("trees",), ("trees",)), heard("ships", (), ())]}


def test_lists_are_counted(benchmark: ModuleType, lists: dict) -> None:
    first, second = benchmark.lists_table(lists).rows
    assert first == ("hand-written", 3, "66.7 % (21 to 94)", "33.3 % (6 to 79)", 1, "0.0 % (0 to 79)")
    assert second[1:5:3] == (1, 1)


def test_kinds_and_languages_are_counted(benchmark: ModuleType, lists: dict) -> None:
    rows = {kind: counts for kind, *counts in benchmark.kinds_table(lists).rows}
    assert rows["one target"] == ["1 of 1", "1 of 1"]
    assert rows["question"] == ["0 of 1", None]
    assert rows["with limits"] == ["0 of 1", None]
    assert rows["to refuse"] == ["0 of 1", "1 of 1"]
    assert rows["Chinese"] == ["0 of 1", None]


def test_goals_count_what_people_wrote(benchmark: ModuleType, lists: dict) -> None:
    rows = benchmark.goals_table(lists, {"share": (99, 100), "area": (0, 1)}).rows
    assert [row[1].split(",")[0] for row in rows] == ["2 of 3", "0 of 1", "99 of 101"]
    assert [row[2] for row in rows] == ["missed by 28.3 points", "missed by 98.0 points", "reached"]


def test_failures_say_what_was_wanted(benchmark: ModuleType, lists: dict) -> None:
    failure = benchmark._failure("hand-written", lists["hand-written"][-1])
    assert (failure["wanted"], failure["heard"]) == ("water (largest)", "water")
    assert benchmark._failure("hand-written", lists["hand-written"][1])["heard"] == "nothing"
