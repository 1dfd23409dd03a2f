"""Whatever is given: one line that says what to do, exit 2, nothing half-written; in Python a ValueError or an OSError."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import from_origin

from spexlab import cli
from spexlab.extraction import extract
from spexlab.scene import open_scene, sample_scene
from tests.support.fakes import FakeSpex

FOUR = ("blue", "green", "red", "nir")
GOOD = np.full((4, 40, 40), 0.2, np.float32)


@pytest.fixture(autouse=True)
def _fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spexlab.extraction.load_model", lambda _: FakeSpex())


def write(path: Path, values: np.ndarray, names: tuple[str, ...] | None = FOUR, **profile: Any) -> Path:
    count, height, width = values.shape
    fixed = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": values.dtype}
    place = {"crs": "EPSG:32633", "transform": from_origin(500_000, 5_000_000, 10, 10)}
    with rasterio.open(path, "w", **fixed, **place, **profile) as file:
        file.write(values)
        if names:
            file.descriptions = names
    return path


def refused(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: object) -> str:
    """Run `spexlab extract`, which must fail without a trace; return its one line."""
    before = sorted(folder.rglob("*"))
    with pytest.raises(SystemExit) as end:
        cli.main(["extract", *map(str, arguments), "--json"])
    said = capsys.readouterr()
    assert end.value.code == 2, said
    assert said.out == ""
    lines = [line for line in said.err.splitlines() if not line.startswith("warning: ")]
    assert len(lines) == 1, said.err
    assert lines[0].startswith("error: ")
    assert "Traceback" not in said.err
    assert sorted(folder.rglob("*")) == before
    return lines[0]


def test_missing_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "nowhere.tif" in refused(capsys, tmp_path, tmp_path / "nowhere.tif", "water", "--out", tmp_path / "m.tif")
    with pytest.raises(OSError, match="nowhere"):
        open_scene(tmp_path / "nowhere.tif")


@pytest.mark.parametrize("content", [b"", b"not a raster", b"II*\x00\x08\x00\x00\x00", b"\x89PNG\r\n\x1a\n"])
def test_not_a_raster(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.tif").write_bytes(content)
    assert "a.tif" in refused(capsys, tmp_path, tmp_path / "a.tif", "water")
    with pytest.raises((OSError, ValueError)):
        open_scene(tmp_path / "a.tif")


def test_a_folder_is_no_raster(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    refused(capsys, tmp_path, tmp_path, "water")


@pytest.mark.parametrize("fill", [np.nan, np.inf, -9999.0])
def test_all_nodata(capsys: pytest.CaptureFixture[str], tmp_path: Path, fill: float) -> None:
    scene = write(tmp_path / "a.tif", np.full_like(GOOD, fill), nodata=-9999.0)
    assert "nodata" in refused(capsys, tmp_path, scene, "water")


def test_zero_size() -> None:
    with pytest.raises(ValueError, match="pixel"):
        extract(sample_scene()[:, :0], "water", model=FakeSpex())
    with pytest.raises(ValueError, match=r"pixel|shape|empty|size"):
        open_scene((np.empty((4, 0, 10), np.float32), list(FOUR)))


def test_one_band(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "two bands" in refused(capsys, tmp_path, write(tmp_path / "a.tif", GOOD[:1], ("red",)), "water")


def test_bands_that_cannot_be_told_apart(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scene = write(tmp_path / "a.tif", np.concatenate([GOOD, GOOD])[:7], None)
    assert "band" in refused(capsys, tmp_path, scene, "water")
    refused(capsys, tmp_path, scene, "water", "--bands", "red,red,red,red,red,red,red")


@pytest.mark.parametrize(
    "bands", ["blue,green", "blue,green,red,nir,swir16", "blue,green,red,plaid", "", ",", "0,0,0,0", "nan,1,2,3"]
)
def test_wrong_bands(capsys: pytest.CaptureFixture[str], tmp_path: Path, bands: str) -> None:
    refused(capsys, tmp_path, write(tmp_path / "a.tif", GOOD, None), "water", "--bands", bands)


def test_unknown_sensor(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    line = refused(capsys, tmp_path, write(tmp_path / "a.tif", GOOD, None), "water", "--sensor", "sentinel-9")
    assert "sentinel-9" in line
    assert "sentinel-2" in line


def test_a_sensor_with_other_bands(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    refused(capsys, tmp_path, write(tmp_path / "a.tif", np.concatenate([GOOD, GOOD]), None), "water", "--sensor", "naip")


AREAS = {
    "outside": [[[900, 900], [950, 900], [950, 950], [900, 900]]],
    "a few pixels": [[[10, 10], [11.4, 10], [11.4, 11.4], [10, 11.4], [10, 10]]],
    "self-crossing": [[[10, 10], [90, 90], [90, 10], [10, 90], [10, 10]]],
    "a line": [[[10, 10], [90, 90], [10, 10]]],
    "infinite": [[[10, 10], [float("inf"), 10], [50, 50], [10, 10]]],
}


@pytest.mark.parametrize("kind", AREAS)
def test_areas_that_cannot_be_used(capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str) -> None:
    area = tmp_path / "a.geojson"
    area.write_text(json.dumps({"type": "Polygon", "coordinates": AREAS[kind]}))
    assert "area" in refused(capsys, tmp_path, "sample", "water", "--area", area, "--out", tmp_path / "m.tif")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "5", '{"type": "Point", "coordinates": [1, 2]}', '{"type": "FeatureCollection", "features": []}']
)
def test_area_files_that_hold_no_area(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str) -> None:
    (tmp_path / "a.geojson").write_text(content)
    refused(capsys, tmp_path, "sample", "water", "--area", tmp_path / "a.geojson")


def test_a_missing_area_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "none.geojson" in refused(capsys, tmp_path, "sample", "water", "--area", tmp_path / "none.geojson")


@pytest.mark.parametrize(
    "instruction", ["", "   ", "\n", "x" * 10_000, "water " * 10_000, "<b>water</b>", "<img src=x onerror=alert(1)>"]
)
def test_instructions_that_cannot_be_read(capsys: pytest.CaptureFixture[str], tmp_path: Path, instruction: str) -> None:
    line = refused(capsys, tmp_path, "sample", instruction, "--out", tmp_path / "m.tif")
    assert "instruction" in line
    assert len(line) < 300


def test_nan_and_infinities_are_no_data(tmp_path: Path) -> None:
    values = np.random.default_rng(0).uniform(0.05, 0.4, (4, 40, 40)).astype(np.float32)
    values[0, :5], values[:, 5:10], values[:, 10:12] = np.inf, np.nan, -np.inf
    result = extract(open_scene(write(tmp_path / "a.tif", values)), "water", model=FakeSpex())
    assert result.evidence[0].measurement.valid_pixels == 40 * 33  # the first five rows keep three bands
    assert np.isfinite(result.probability.values[0, 12:]).all()
    json.dumps(result.summary, allow_nan=False)


@pytest.mark.parametrize(
    ("option", "name"),
    [("--out", "absent/m.tif"), ("--out", "."), ("--out", "m.shp"), ("--regions", "absent/r.parquet"), ("--regions", "r.shp")],
)
def test_outputs_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, name: str) -> None:
    refused(capsys, tmp_path, "sample", "water", option, tmp_path / name)


def test_an_output_where_nobody_may_write(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "cannot write" in refused(capsys, tmp_path, "sample", "water", "--out", "/proc/m.tif")


def test_the_scene_is_not_overwritten(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scene = write(tmp_path / "a.tif", GOOD)
    assert "another name" in refused(capsys, tmp_path, scene, "water", "--out", scene)
    with rasterio.open(scene) as file:
        assert file.count == 4


@pytest.mark.parametrize("option", ["--probability", "--classes"])
def test_what_is_written_beside_the_mask_needs_one(capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str) -> None:
    assert "--out" in refused(capsys, tmp_path, "sample", "water", option)
    assert "--out" in refused(capsys, tmp_path, "sample", "water", "--out", tmp_path / "r.gpkg", option)


def test_two_files_of_one_kind_are_one_too_many(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    several = ["--out", tmp_path / "r.gpkg", "--out", tmp_path / "m.tif", "--regions", tmp_path / "r.geojson"]
    assert "one file holds the regions" in refused(capsys, tmp_path, "sample", "water", *several)


@pytest.mark.parametrize("arguments", [(), ("sample",), ("sample", "water", "--nonsense")])
def test_wrong_usage_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...]) -> None:
    refused(capsys, tmp_path, *arguments)


@pytest.mark.filterwarnings(f"ignore::{NotGeoreferencedWarning.__module__}.{NotGeoreferencedWarning.__name__}")
def test_bands_given_for_a_scene_that_has_its_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "known" in refused(capsys, tmp_path, "sample", "water", "--bands", "red,nir")
