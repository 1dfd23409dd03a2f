"""The accuracy benchmark's goals and its block; the figures themselves are the benchmark's to measure."""

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from spexlab.evaluation import Confusion, Estimate, Record
from tests.support.benchmarks import load


def records(target: str, *hits: float, kind: str = "coarse", claims: tuple[int, int] = (98, 100)) -> list[Record]:
    facts = {"claims": claims[1], "held": claims[0], "no_evidence": True, "seconds": 1.0, "able": True}
    found = [Confusion(np.array([[0.0, 0.0], [100.0 - hit, hit]])) for hit in hits]
    return [
        Record(place=f"{kind}{i}", group=str(i), kind=kind, bands="swir", target=target, confusion=confusion, **facts)  # type: ignore[arg-type]
        for i, confusion in enumerate(found)
    ]


@pytest.fixture(scope="module")
def goals() -> ModuleType:
    return load("goals")


def test_goals_are_computed(goals: ModuleType) -> None:
    spex = [*records("water", 90, 80), *records("built-up", 30, 30)]
    fixed = [*records("water", 80, 78), *records("built-up", 20, 20)]
    runs = {"spex": spex, "best fixed threshold": fixed, "boosted trees": records("water", 95, 90)}
    cut = {"4 bands": records("water", 80, 80), "RGB": records("water", 10, 10)}
    errors = {"water": Estimate(0.03, 0.02, 0.04, 2), "bare": Estimate(0.062, 0.05, 0.07, 2)}
    found = {goal.words: goal for goal in goals.goals(runs, cut, errors)}
    true = found["10-30 m: probabilities of every target off by less than 0.05"]
    assert (true.measured, true.outcome) == ("0.062 (0.05 to 0.07), bare", "missed by 0.012")
    ahead = found["water, 10-30 m: IoU above the best fixed threshold"]
    assert (ahead.measured, ahead.outcome) == ("+0.060 (+0.02 to +0.10)", "reached")
    behind = found["water, 10-30 m: IoU at least 0.02 above the boosted trees"]
    assert (behind.measured, behind.outcome) == ("-0.075 (-0.10 to -0.05)", "missed by 0.095")
    assert found["water, 10-30 m: IoU 0.86"].outcome == "missed by 0.010"
    assert found["built-up, 10-30 m: IoU 0.32"].outcome == "missed by 0.020"
    bands = found["with 4 bands no target loses more than 0.05 IoU"]
    assert (bands.measured, bands.outcome) == ("-0.050 (-0.10 to +0.00), water", "reached")
    assert found["with RGB alone it says that spectral evidence is missing"].measured == "2 of 2 explanations"
    assert found["at least 98 % of the claims in explanations hold"].outcome == "reached"
    # Trees were measured nowhere: there is nothing to say about them.
    assert not [words for words in found if words.startswith("trees")]


def test_a_network_without_language_may_be_a_little_better_at_most(goals: ModuleType) -> None:
    runs = {"spex": records("water", 60, 60), "best fixed threshold": [], "boosted trees": []}
    runs["without language"] = records("water", 65, 61)
    cut = {"4 bands": [], "RGB": []}
    found = {goal.words: goal for goal in goals.goals(runs, cut, {}, without_language="without language")}
    assert found["no target more than 0.02 below without language"].outcome == "missed by 0.010"


def test_a_block_of_a_page_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    replace_block = load("report").replace_block
    readme, page = tmp_path / "README.md", tmp_path / "accuracy.md"
    readme.write_text("nothing\n")
    page.write_text("before\n<!-- accuracy -->\nold\n<!-- /accuracy -->\nafter\n")
    replace_block("accuracy", "new\n", [readme, page])
    assert page.read_text() == "before\n<!-- accuracy -->\nnew\n<!-- /accuracy -->\nafter\n"
    assert readme.read_text() == "nothing\n"
    with pytest.raises(ValueError, match=r"one of README.md, accuracy.md must hold a line <!-- speed -->"):
        replace_block("speed", "new\n", [readme, page])


def test_results_are_kept_as_numbers_and_as_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = load("report")
    written: list[tuple[str, str]] = []
    monkeypatch.setattr(report, "write_block", lambda name, text: written.append((name, text)))
    report.keep_results(tmp_path / "results", "speed", {"é": 1.5}, "| a |\n")
    report.keep_results(tmp_path / "results", "other", [], "", block="other-block")
    report.keep_results(tmp_path / "results", "quiet", [], "", block="")
    assert json.loads((tmp_path / "results" / "speed.json").read_text(encoding="utf-8")) == {"é": 1.5}
    assert (tmp_path / "results" / "speed.md").read_text(encoding="utf-8") == "| a |\n"
    assert written == [("speed", "| a |\n"), ("other-block", "")]
