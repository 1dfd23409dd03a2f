"""`spexlab evaluate` on a folder of two tiny scenes, with a checkpoint of random weights."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from spexlab import cli
from spexlab.extraction import load_model
from spexlab.extraction.seen import SeenPlaces
from spexlab.scene import band_set
from tests.support.places import striped_place, write_places
from tests.support.tiny import save_spex, tiny_spex


@pytest.fixture(autouse=True)
def _few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights never come to an end of what they write."""
    monkeypatch.setattr("spexlab.extraction.engine.MAX_WORDS", 8)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that has learnt from one of the places, and says so."""
    folder = save_spex(tiny_spex(), tmp_path_factory.mktemp("checkpoint") / "tiny")
    SeenPlaces.of([striped_place("seen")]).write(folder)
    return folder


@pytest.fixture
def model(tiny: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny, tmp_path / "tiny")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_places(tmp_path / "data", [striped_place("seen"), striped_place("unseen")])


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main(["evaluate", *map(str, arguments)])
    return int(end.value.code or 0)


def test_tables_and_answers_are_written(data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(data, "--model", model, "--out", out, "--baselines") == 0
    shown = capsys.readouterr().out
    assert shown == (out / "report.md").read_text()
    assert "Claims in the explanations that hold" in shown
    water = next(row for row in json.loads((out / "iou_10-30m.json").read_text()) if row["target"] == "water")
    assert (water["places"], water["best fixed threshold"]) == (1, 1.0)
    assert (out / "answers" / "all" / "tiny" / "unseen" / "water.npz").is_file()
    assert not (out / "answers" / "all" / "tiny" / "seen").exists()
    assert (out / "scores_10-30m.csv").read_text().startswith("target,places,IoU")


def test_fewer_bands_lie_apart(data: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(data, "--model", model, "--out", out, "--bands", "blue,green,red") == 0
    answer = json.loads((out / "answers" / "blue,green,red" / "tiny" / "unseen" / "water.json").read_text())
    assert answer["provenance"]["bands"] == ["blue", "green", "red"]


def test_scores_are_kept_beside_those_of_other_bands(data: Path, model: Path, tmp_path: Path) -> None:
    assert run(data, "--model", model, "--out", tmp_path / "all", "--keep") == 0
    card = load_model(model).scorecard
    assert {row.bands for row in card.held_out} == {band_set(striped_place().scene)}
    assert run(data, "--model", model, "--out", tmp_path / "few", "--keep", "--bands", "blue,green,red") == 0
    assert {row.bands for row in load_model(model).scorecard.held_out} == {band_set(striped_place().scene), "visible"}
    assert load_model(model).scorecard.domain == card.domain


def test_scores_are_kept_in_a_folder_only(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, "--model", "spex-tiny", "--out", tmp_path / "out", "--keep") == 2
    assert "'spex-tiny' is none; give --model a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--bands", "blue,gren"), "'gren' is none"),
        (("--bands", "coastal"), "holds no held-out places of"),
        (("--part", "validation"), "holds no validation places of"),
        (("--part", "tomorrow"), "tomorrow"),
        (("--keep", "--part", "all"), "never saw, not for its all ones; leave out --part"),
        (("--segmenter", "nowhere"), "no segmenter lies in 'nowhere'"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    arguments: tuple, words: str, data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(data, "--model", model, "--out", tmp_path / "out", *arguments) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert len(said.splitlines()) == 1


def test_a_list_of_other_weights_is_refused(data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = save_spex(tiny_spex(seed=1), tmp_path / "other")
    shutil.copy(other / "places.json", model / "places.json")
    capsys.readouterr()
    assert run(data, "--model", model, "--out", tmp_path / "out") == 2
    said = capsys.readouterr().err.strip()
    assert "must tell of the weights beside it" in said
    assert "\n" not in said


def test_it_warns_where_an_ancestor_does_not_tell_what_it_has_seen(
    data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    SeenPlaces(unlisted=("their-model",)).write(model)
    assert run(data, "--model", model, "--out", tmp_path / "out") == 0
    assert "warning: what their-model has seen is not listed" in capsys.readouterr().err


def test_it_says_what_is_missing(data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "--model", model, "--out", tmp_path / "out") == 2
    assert "holds a manifest.json" in capsys.readouterr().err
    (model / "places.json").unlink()
    assert run(data, "--model", model, "--out", tmp_path / "out") == 2
    assert "places.json tells which places" in capsys.readouterr().err
    assert run(data, "--model", model, "--out", tmp_path / "out", "--part", "all", "--baselines") == 2
    assert "leave out --baselines" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert run(data, "--model", model, "--out", tmp_path / "file") == 2
    assert "must be a folder" in capsys.readouterr().err


def test_a_missing_extra_is_known_before_any_place_is_opened(
    data: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert run(tmp_path / "nowhere", "--model", model, "--out", tmp_path / "out", "--baselines") == 2
    said = capsys.readouterr().err.strip()
    assert said.endswith("pip install 'spexlab[train]'")
    assert "\n" not in said
    assert run(data, "--model", model, "--out", tmp_path / "out") == 0


@pytest.mark.parametrize("out", ["/proc/out", "file/out"])
def test_a_folder_that_cannot_be_written_is_known_before_any_place_is_opened(
    out: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert run(tmp_path / "nowhere", "--model", model, "--out", tmp_path / out) == 2
    assert re.search("cannot write|must be a folder", capsys.readouterr().err)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "tiny"]


BROKEN = ["{", "[]", '{"scenes": 5}', '{"scenes": ["a"]}', '{"scenes": [{"id": "a", "files": {"scene": "s", "label": "l"}}]}']


@pytest.mark.parametrize("manifest", BROKEN)
def test_a_broken_manifest_is_one_line(
    manifest: str, data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "manifest.json").write_text(manifest)
    assert run(data, "--model", model, "--out", tmp_path / "out") == 2
    said = capsys.readouterr().err.strip()
    assert "a manifest lists scenes" in said
    assert "\n" not in said


@pytest.mark.parametrize("listed", ["{", "[]", '{"training": ["a"]}', '{"training": [{"name": "a"}]}'])
def test_a_broken_list_of_places_is_one_line(
    listed: str, data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (model / "places.json").write_text(listed)
    assert run(data, "--model", model, "--out", tmp_path / "out") == 2
    assert "places.json lists" in capsys.readouterr().err
