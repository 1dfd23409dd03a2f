"""From labelled places to a measured model, by the commands of the README and nothing else: no file is written by hand."""

import json
from pathlib import Path

import pytest

from spexlab.cli import main
from spexlab.extraction import load_model
from spexlab.extraction.seen import SeenPlaces
from spexlab.places import simulated_places
from tests.support.places import write_places

QUICK = ("--steps", 2, "--batch-size", 1, "--every", 2)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six simulated places of 64 pixels a side, by Sentinel-2."""
    drawn = simulated_places(6, seed=4, size=64, sensors=[("sentinel-2", 10.0)])
    return write_places(tmp_path_factory.mktemp("whole") / "places", drawn)


def spexlab(*arguments: object) -> None:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert not end.value.code


def _groups(model: Path) -> dict[str, set[str]]:
    """What a checkpoint has seen beside what spex-tiny had."""
    seen, start = SeenPlaces.read(model), SeenPlaces.read("spex-tiny")
    parts = {"training": (seen.training, start.training), "validation": (seen.validation, start.validation)}
    assert all(set(map(str, before)) <= set(map(str, after)) for after, before in parts.values())
    return {name: {one["group"] for one in after if one not in before} for name, (after, before) in parts.items()}


@pytest.mark.timeout(900)
def test_places_become_a_model_that_is_measured_on_places_it_never_saw(
    places: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = tmp_path / "mine", tmp_path / "scores"
    shares = ("--validation-share", 0.3, "--held-out-share", 0.2)
    spexlab("finetune", "--data", places, "--simulated", 0, *shares, "--out", run, *QUICK)
    assert "finished after 2 of 2 steps" in capsys.readouterr().out
    spexlab("evaluate", places, "--model", run / "model", "--out", out, "--baselines", "--keep")
    report = capsys.readouterr().out
    assert "| target | places | mine (95 %) | prior |" in report
    assert "random forest" in report
    seen = _groups(run / "model")
    every = {record["group"] for record in json.loads((places / "manifest.json").read_text())["scenes"]}
    answered = {folder.name for folder in (out / "answers" / "all" / "mine").iterdir() if folder.is_dir()}
    assert all([answered, *seen.values()])
    assert answered == every - seen["training"] - seen["validation"]
    card = load_model(run / "model").scorecard
    assert {row.places for row in card.held_out if row.target == "vegetation"} == {len(answered)}
    assert card.domain is not None
    assert card.domain.pixel_size_m == (10.0, 10.0)


@pytest.mark.timeout(900)
def test_a_set_is_learnt_from_by_its_training_list_and_measured_by_the_other(
    places: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, run = tmp_path / "set", tmp_path / "tuned"
    spexlab("build-spie", places, "--out", made, "--samples", 4, "--size", 48, "--split", 0.3)
    spexlab("finetune", "--spie", made, "--out", run, *QUICK)
    lists = {part: json.loads((made / f"{name}.json").read_text()) for part, name in (("training", "train"), ("validation",) * 2)}
    assert _groups(run / "model") == {part: {one["spexlab"]["group"] for one in records} for part, records in lists.items()}
    assert "validation_iou" in (run / "curves.csv").read_text()
    capsys.readouterr()
    spexlab("extract", "sample", "vegetation", "--model", run / "model", "--json")
    assert json.loads(capsys.readouterr().out)["targets"] == ["vegetation"]
