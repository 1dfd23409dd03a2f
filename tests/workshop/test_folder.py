"""`spexlab workshop`: the folder that a class works in."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

import spexlab
from spexlab import cli
from spexlab.workshop import LANDSCAPES, folder, landscape, write_workshop


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_workshop(tmp_path_factory.mktemp("class") / "course")


def test_all_that_a_class_needs_is_there(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == ["README.md", "TEACHING.md", "data", "exercises", "notebooks"]
    assert (made / "notebooks" / "01_explore.ipynb").is_file()
    books = sorted(path.name for path in (made / "exercises").glob("*.ipynb"))
    assert books == sorted(path.name for path in (made / "exercises" / "solutions").glob("*.ipynb"))
    assert len(books) >= 3
    assert not list(made.rglob("*.py"))
    assert [path.name for path in made.parent.iterdir()] == ["course"]


def test_notebooks_come_without_outputs(made: Path) -> None:
    for path in made.rglob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not any(cell.get("outputs") for cell in cells), path.name


@pytest.mark.parametrize("name", LANDSCAPES)
def test_data_open_as_what_they_are(made: Path, name: str) -> None:
    sensor = LANDSCAPES[name].sensor
    scene = spexlab.open_scene(made / "data" / f"simulated_{name}_{sensor}.tif")
    drawn, labels = landscape(name)
    assert scene.attrs["sensor"] == sensor
    assert not scene.attrs["radiometry_assumed"]
    assert np.abs(scene.values - drawn.values).max() < 1e-4
    with rasterio.open(made / "data" / f"simulated_{name}_{sensor}_labels.tif") as file:
        assert (file.read(1) == labels.values).all()
        assert file.crs == drawn.rio.crs


def test_a_folder_with_files_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(SystemExit) as end:
        cli.main(["workshop", str(tmp_path)])
    assert end.value.code == 2
    assert "must be a new or an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_nothing_half_written_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "write_landscapes", full)
    with pytest.raises(OSError, match="the disk is full"):
        write_workshop(tmp_path / "course")
    assert not list(tmp_path.iterdir())


def test_an_installation_without_notebooks_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "shipped", lambda _: None)
    with pytest.raises(FileNotFoundError, match="came without its notebooks"):
        write_workshop(tmp_path / "course")


def test_the_command_says_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(folder, "write_landscapes", lambda _: None)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit) as end:
        cli.main(["workshop", str(tmp_path / "empty")])
    assert end.value.code == 0
    assert "spexlab doctor" in capsys.readouterr().out
    assert (tmp_path / "empty" / "TEACHING.md").is_file()
