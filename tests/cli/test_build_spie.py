import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from spexlab.spie import read_spie
from tests.support.command import run


@pytest.fixture
def pair(tmp_path) -> tuple[Path, Path]:
    """A lake on the left, a field on the right, and a label raster with codes of its own."""
    profile = {"driver": "GTiff", "height": 40, "width": 40, "crs": "EPSG:32633", "transform": from_origin(5e5, 5e6, 10, 10)}
    values = np.empty((4, 40, 40), np.uint16)
    values[:, :, :20] = np.array([600, 800, 500, 200])[:, None, None]
    values[:, :, 20:] = np.array([400, 800, 500, 4500])[:, None, None]
    with rasterio.open(tmp_path / "scene.tif", "w", count=4, dtype="uint16", **profile) as file:
        file.write(values)
        file.descriptions = ("blue", "green", "red", "nir")
        file.scales = (1e-4,) * 4
    with rasterio.open(tmp_path / "label.tif", "w", count=1, dtype="uint8", **profile) as file:
        file.write(np.array([40, 10], np.uint8).repeat(20)[None, None, :].repeat(40, axis=1))
    (tmp_path / "legend.json").write_text(json.dumps({"40": "water", "10": "cropland"}))
    return tmp_path / "scene.tif", tmp_path / "label.tif"


def folder_of(tmp_path: Path, pair: tuple[Path, Path]) -> Path:
    """The pair as a folder with a manifest."""
    folder = tmp_path / "places"
    for part, path in zip(("scenes", "labels"), pair, strict=True):
        (folder / part).mkdir(parents=True)
        (folder / part / "a.tif").write_bytes(path.read_bytes())
    with rasterio.open(folder / "labels" / "a.tif", "r+") as file:
        file.write(np.array([1, 4], np.uint8).repeat(20)[None, None, :].repeat(40, axis=1))
    record = {"id": "a", "group": "a", "files": {"scene": "scenes/a.tif", "label": "labels/a.tif"}, "label_quality": "good"}
    (folder / "manifest.json").write_text(json.dumps({"scenes": [record]}))
    return folder


def test_a_scene_and_its_labels(pair, tmp_path, capsys) -> None:
    out = tmp_path / "set"
    assert run("build-spie", *pair, "--legend", tmp_path / "legend.json", "--out", out, "--samples", 6, "--size", 32) == 0
    assert capsys.readouterr().out.strip() == str(out)
    samples = list(read_spie(out))
    assert samples
    assert {sample.target for sample in samples} <= {"water", "cropland", None}
    assert "water" in (out / "datasheet.md").read_text()


def test_a_folder_of_places(pair, tmp_path) -> None:
    folder, out = folder_of(tmp_path, pair), tmp_path / "set"
    assert run("build-spie", folder, "--out", out, "--samples", 3, "--size", 32, "--seed", 2, "--split", 0.5, "--png") == 0
    assert [path.suffix for path in (out / "images").iterdir()] == [".png"] * len(list((out / "images").iterdir()))
    assert json.loads((out / "statistics.json").read_text())["settings"] == {
        "per_place": 3, "size": 32, "seed": 2, "images": "png", "validation": 0.5
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{scene}", "--out", "{out}"], "holds a manifest.json; there is none in"),
        (["{scene}", "{label}", "--out", "{out}"], "holds 40; give a legend"),
        (["{scene}", "{label}", "--set", "spacenet", "--out", "{out}"], "leave out one of them"),
        (["{folder}", "--legend", "{legend}", "--out", "{out}"], "go with SCENE LABELS"),
        (["{folder}", "--set", "eurosat", "--out", "{out}"], "public sets are chesapeake"),
        (["{folder}", "--set", "chesapeake", "--out", "{out}"], "download it from https://lila.science"),
        (["{scene}", "{label}", "--legend", "{scene}", "--out", "{out}"], "a legend is a JSON object"),
        (["{scene}", "{label}", "--legend", "{legend}", "--out", "{folder}"], "it exists already"),
        (["{scene}", "{label}", "--legend", "{legend}", "--out", "{out}", "--split", "2"], "less than 1"),
        (["{scene}", "missing.tif", "--legend", "{legend}", "--out", "{out}"], "cannot be read"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(pair, tmp_path, capsys, arguments, words) -> None:
    (tmp_path / "work").mkdir()
    names = {"scene": pair[0], "label": pair[1], "legend": tmp_path / "legend.json", "folder": tmp_path}
    given = [argument.format(**names, out=tmp_path / "work" / "set") for argument in arguments]
    assert run("build-spie", *given) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not list((tmp_path / "work").iterdir())
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".spexlab")]
