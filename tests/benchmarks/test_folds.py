"""The benchmark of folds: who learns from whom, what is left out, and what its tables say."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from spexlab.places import Place, simulated_places
from spexlab.training.calibration import Scored
from spexlab.training.recipes import read_recipe
from spexlab.training.teacher import FOLDS, fold_of
from tests.support.benchmarks import load


@pytest.fixture
def folds() -> ModuleType:
    return load("folds")


@pytest.fixture(scope="module")
def places() -> list[Place]:
    """A place for every fold, and one that may only be looked at."""
    drawn = simulated_places(16, size=64, sensors=[("sentinel-2", 10.0)])
    chosen = [next(place for place in drawn if fold_of(place.group) == fold) for fold in range(FOLDS)]
    looked_at = replace(chosen[0], name="looked-at", trainable=False)
    return [*chosen, looked_at]


def test_a_network_learns_from_all_folds_but_one_and_answers_for_that_one(
    folds: ModuleType, places: list[Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt = dict[Path, list[str]]()

    def taught(places: Sequence[Place], folder: Path, **_: Any) -> list[Place]:
        learnt[folder] = [place.group for place in places]
        return list(places)

    monkeypatch.setattr(folds, "teach", taught)
    recipe = read_recipe()
    small = replace(recipe.features, sizes=(32,), batch_size=2, workers=0)
    quick = replace(recipe, simulated=2, features=small, pixels=replace(recipe.pixels, steps=1, batch_size=2, workers=0))
    run = folds.Folds(places, tmp_path, quick, steps=1)
    found = run.answers(folds.WHOLE, 0)
    (others,) = learnt.values()
    assert {fold_of(group) for group in others} == {1, 2, 3, 4}
    scored = found["coarse", "swir", "water"]
    assert {one.group for one in scored} == {places[0].group}
    assert len(scored) == 2, "what may only be looked at is measured, too"
    made = (tmp_path / "fold-0" / "spex-tiny-short" / "answers.pkl").stat().st_mtime_ns
    again = run.answers(folds.WHOLE, 0)
    assert np.array_equal(again["coarse", "swir", "water"][0].logits, scored[0].logits)
    assert (tmp_path / "fold-0" / "spex-tiny-short" / "answers.pkl").stat().st_mtime_ns == made


def test_every_fold_is_answered_for_once_and_the_first_ones_without_each_part(folds: ModuleType) -> None:
    found = folds.units(1)
    assert len(found) == len(set(found)) == 2 * FOLDS + len(folds.VARIANTS) - 1
    assert {fold for name, fold in found if name == folds.TREES} == set(range(FOLDS))
    assert {name for name, fold in found if fold == 0} == {*folds.VARIANTS, folds.TREES}


def test_tables_show_what_is_ahead_and_what_is_lost(folds: ModuleType) -> None:
    groups = [f"g{number}" for number in range(6)]
    key = ("coarse", "swir", "water")
    worth = {name: {key: (dict.fromkeys(groups, iou), 0.02)} for name, iou in ((folds.WHOLE, 0.7), (folds.TREES, 0.6))}
    parts = {name: {key: (dict.fromkeys(groups, 0.7 if name == folds.WHOLE else 0.5), 0.02)} for name in folds.VARIANTS}
    measured = {"machine": "two cores", "steps": 7, "places": 6, "ablated": 2}
    text = folds.table({**measured, "folds": folds._plain(worth), "ablations": folds._plain(parts)})
    assert (
        "| 10-30 m | with short-wave infrared | water | 6 | 0.700 (0.70 to 0.70) | 0.600 | +0.100 (+0.10 to +0.10) | 0.020 |"
        in text
    )
    assert "on 2 of 5 folds" in text
    assert text.count("-0.200 (-0.20 to -0.20)") == len(folds.VARIANTS) - 1


def test_answers_of_all_folds_are_judged_together(folds: ModuleType) -> None:
    rng = np.random.default_rng(0)
    present = rng.random(400) < 0.4
    answers = [
        {("coarse", "swir", "water"): [Scored(f"g{fold}", np.where(present, 3.0, -3.0).astype(np.float32), present)]}
        for fold in range(FOLDS)
    ]
    (overlaps, error) = folds._worth(iter(answers))["coarse", "swir", "water"]
    assert overlaps == dict.fromkeys((f"g{fold}" for fold in range(FOLDS)), 1.0)
    assert error < 0.05
