import json
from pathlib import Path

import pytest

from tests.cli.test_cli import write_scene
from tests.support.command import run
from tests.support.fakes import FakeSpex


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spexlab.extraction.load_model", lambda _: FakeSpex(window=64))


def test_a_batch_lists_what_failed_and_exits_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, missing, out = write_scene(tmp_path / "good.tif"), tmp_path / "missing.tif", tmp_path / "out"
    assert run("batch", "water", good, missing, "--to", out) == 1
    told = capsys.readouterr().out
    assert "scenes done: 1, failed: 1" in told
    assert "failed: missing: " in told
    assert (out / "items" / "good" / "mask.tif").is_file()
    write_scene(missing)
    assert run("batch", "water", good, missing, "--to", out) == 1
    capsys.readouterr()
    assert run("batch", "water", good, missing, "--to", out, "--retry", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["done"] == ["good", "missing"]
    assert record["failed"] == {}


def test_areas_come_from_files(tmp_path: Path) -> None:
    square = [[15.0, 45.153], [15.003, 45.153], [15.003, 45.155], [15.0, 45.155], [15.0, 45.153]]
    (tmp_path / "west.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": [square]}))
    good, out = write_scene(tmp_path / "good.tif"), tmp_path / "out"
    assert run("batch", "water", good, "--to", out, "--area", tmp_path / "west.geojson") == 0
    assert [folder.name for folder in (out / "items").iterdir()] == ["good-west"]


@pytest.mark.parametrize(("instruction", "code"), [("unicorns", 3), ("", 2)])
def test_what_cannot_be_asked_begins_nothing(instruction: str, code: int, tmp_path: Path) -> None:
    assert run("batch", instruction, write_scene(tmp_path / "good.tif"), "--to", tmp_path / "out") == code
    assert not (tmp_path / "out").exists()
