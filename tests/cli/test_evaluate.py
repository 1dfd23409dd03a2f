"""`spexlab evaluate` on a folder of two tiny scenes, with a checkpoint of random weights."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from spexlab import cli
from tests.support.places import BANDS, striped_place
from tests.support.tiny import tiny_spex


@pytest.fixture(autouse=True)
def _tiny_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spexlab.extraction.load_model", lambda _: tiny_spex())


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "places.json").write_text(json.dumps({"training": [{"group": "seen"}]}))
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two places in the form of a folder with a manifest."""
    folder = tmp_path / "data"
    records = []
    for name in ("seen", "unseen"):
        place = striped_place(name)
        files = {"scene": f"scenes/{name}.tif", "label": f"labels/{name}.tif"}
        _write(folder / files["scene"], np.rint(place.scene.values * 1e4).astype(np.uint16), BANDS)
        _write(folder / files["label"], place.labels[None], ("label",))
        records.append({"id": name, "group": name, "files": files, "label_quality": "good"})
    (folder / "manifest.json").write_text(json.dumps({"scenes": records}))
    return folder


def _write(path: Path, values: np.ndarray, names: tuple[str, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    bands, height, width = values.shape
    shape = {"count": bands, "height": height, "width": width, "dtype": values.dtype, "crs": "EPSG:32633"}
    with rasterio.open(path, "w", driver="GTiff", transform=from_origin(500_000, 5_000_000, 10, 10), **shape) as file:
        file.write(values)
        file.descriptions = names
        file.scales = (1e-4,) * bands


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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--bands", "blue,gren"), "'gren' is none"),
        (("--bands", "coastal"), "nothing to measure on: none of the 2 places"),
        (("--part", "validation"), "is validation"),
        (("--part", "tomorrow"), "tomorrow"),
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
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "model"]


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
