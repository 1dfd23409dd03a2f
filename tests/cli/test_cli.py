import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

import spexlab
from spexlab.cli import scenes
from spexlab.extraction import loading
from tests.support.command import run
from tests.support.fakes import FakeSpex

AREA = {"type": "Polygon", "coordinates": [[[20, 20], [120, 20], [120, 90], [20, 90], [20, 20]]]}


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> FakeSpex:
    fake = FakeSpex(window=128)
    monkeypatch.setattr("spexlab.extraction.load_model", lambda _: fake)
    monkeypatch.setattr("spexlab.extraction.asking.shared_model", lambda _: fake)
    return fake


def write_scene(path: Path, *, pixels: int = 48) -> Path:
    """A georeferenced Sentinel-2-like file: water left, a field right, names in its band descriptions."""
    values = np.empty((4, pixels, pixels), np.uint16)
    values[:, :, : pixels // 2] = np.array([600, 800, 500, 200])[:, None, None]
    values[:, :, pixels // 2 :] = np.array([400, 800, 500, 4500])[:, None, None]
    profile = {"driver": "GTiff", "count": 4, "height": pixels, "width": pixels, "dtype": "uint16", "crs": "EPSG:32633"}
    with rasterio.open(path, "w", **profile, transform=from_origin(500_000, 5_000_000, 10, 10)) as file:
        file.write(values)
        file.descriptions = ("blue", "green", "red", "nir")
        file.scales = (1e-4,) * 4
    return path


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"spexlab {spexlab.__version__}\n"
    assert run() == 0
    assert "extract" in capsys.readouterr().out
    assert run("extract", "--help") == 0
    assert "--probability" in capsys.readouterr().out


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys, spexlab.cli; print(*sorted({'torch', 'transformers', 'rasterio', 'xarray', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_extract_prints_one_object(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene.tif")
    out, regions = tmp_path / "m.tif", tmp_path / "r.geojson"
    assert run("extract", scene, "water", "--out", out, "--probability", "--regions", regions, "--json") == 0
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert said.err == ""
    assert answer["targets"] == ["water"]
    assert answer["pixels"] == 48 * 24
    assert answer["area_m2"] == pytest.approx(48 * 24 * 100, rel=1e-3)
    assert answer["share"] == 0.5
    assert set(answer["seconds"]) == {"prior", "encode", "mask", "words"}
    assert answer["outputs"] == {"mask": str(out), "probability": str(tmp_path / "m_probability.tif"), "regions": str(regions)}
    with rasterio.open(out) as mask, rasterio.open(scene) as image:
        assert (mask.transform, mask.crs, mask.shape) == (image.transform, image.crs, image.shape)
        assert mask.descriptions == ("water",)
    with rasterio.open(tmp_path / "m_probability.tif") as file:
        assert file.dtypes == ("float32",)
    assert len(json.loads(regions.read_text())["features"]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.tif", "m_probability.tif", "r.geojson", "scene.tif"]


def test_several_instructions_keep_their_own_conditions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("extract", "sample", "water in the north", "trees in the south", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(one["target"], one["want"]["inside"]) for one in answer["evidence"]] == [("water", ["north"]), ("trees", ["south"])]
    assert answer["provenance"]["instruction"] == "water in the north; trees in the south"
    assert run("extract", "sample", "water in the north", "the largest water", "--json") == 2
    assert "must be about different targets" in capsys.readouterr().err


def test_what_is_written_is_told_by_its_ending(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scene, names = write_scene(tmp_path / "scene.tif"), ("m.tif", "r.gpkg", "d.nc", "f.png")
    options = [part for name in names for part in ("--out", tmp_path / name)]
    assert run("extract", scene, "water and vegetation", *options, "--classes", "--json") == 0
    written = json.loads(capsys.readouterr().out)["outputs"]
    beside = {"mask": "m.tif", "regions": "r.gpkg", "dataset": "d.nc", "figure": "f.png", "classes": "m_classes.tif"}
    assert written == {kind: str(tmp_path / name) for kind, name in beside.items()}
    assert {path.name for path in tmp_path.iterdir()} == {*beside.values(), "scene.tif"}
    with rasterio.open(tmp_path / "m_classes.tif") as file:
        assert np.unique(file.read(1)).tolist() == [1, 2]


def test_nothing_is_kept_for_a_question_that_cannot_come(model: FakeSpex) -> None:
    assert run("extract", "sample", "water", "--json") == 0
    assert model.cache.limit == 0


def test_extract_reads_for_people_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("extract", "sample", "vegetation", "--regions", tmp_path / "r.parquet") == 0
    said = capsys.readouterr()
    assert "NDVI" in said.out
    assert "These sentences agree with the mask" in said.out
    assert "r.parquet" in said.out
    assert said.err == ""


def test_an_area_file_limits_the_work(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text(json.dumps(AREA))
    assert run("extract", "sample", "trees", "--area", tmp_path / "a.geojson", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)["evidence"]
    assert row["valid_pixels"] == 100 * 70


def test_a_simulated_scene_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("info", "simulated", "--sensor", "landsat-8-9", "--json") == 0
    assert json.loads(capsys.readouterr().out)["simulated"] is True


def test_info_tells_the_bands_and_the_radiometry(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene.tif")
    assert run("info", scene, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert [band["name"] for band in facts["bands"]] == ["blue", "green", "red", "nir"]
    assert (facts["height"], facts["width"], facts["crs"]) == (48, 48, "EPSG:32633")
    assert facts["bounds"] == [500_000, 5_000_000 - 480, 500_480, 5_000_000]  # edges, as GDAL and QGIS say them
    assert run("info", "sample", "--json") == 0
    assert json.loads(capsys.readouterr().out)["bounds"] == [0, 0, 300, 300]
    assert "NDVI" in facts["indices"]
    assert "MNDWI" not in facts["indices"]
    assert facts["radiometry"]
    assert run("info", scene) == 0
    assert "blue" in capsys.readouterr().out


def test_bands_may_be_given_by_name_or_wavelength(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene.tif")
    for bands in ("blue,green,red,nir", "490, 560, 665, 842"):
        assert run("info", scene, "--bands", bands, "--json") == 0
        assert [band["name"] for band in json.loads(capsys.readouterr().out)["bands"]] == ["blue", "green", "red", "nir"]


def test_numbers_may_be_said_on_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene.tif")
    with rasterio.open(tmp_path / "clouds.tif", "w", driver="GTiff", count=1, height=48, width=48, dtype="uint8") as file:
        file.write(np.eye(48, dtype="uint8"), 1)
    said = ["--scale", "2e-4", "--offset", "0,0,0,0.01", "--nodata", "600", "--mask", tmp_path / "clouds.tif"]
    assert run("info", scene, "--json", *said) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["radiometry"] == "scale 0.0002 and offset 0 to 0.01 by band as given"
    assert facts["notes"] == "2.1% of the pixels are left out: by mask="
    assert run("extract", scene, "water", "--json", *said) == 0
    assert json.loads(capsys.readouterr().out)["evidence"][0]["valid_pixels"] == 48 * 48 - 48
    assert run("info", scene, "--pixel-size", "30") == 2
    assert "says 10 m, not 30 m" in capsys.readouterr().err
    assert run("info", "sample", "--scale", "1") == 2
    assert "leave out --scale" in capsys.readouterr().err


def test_assumptions_are_one_line_each(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "scene.tif")
    with rasterio.open(scene, "r+") as file:
        file.scales = (1.0,) * 4
    assert run("info", scene, "--json") == 0
    said = capsys.readouterr()
    json.loads(said.out)
    assert said.err.count("\n") == 1
    assert said.err.startswith("warning: ")


def test_what_cannot_be_asked_is_exit_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("extract", "sample", "unicorns", "--json") == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "vegetation" in said.err


def test_a_large_file_is_read_in_windows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("spexlab.scene.single.LARGE", 4 * 100 * 100)
    scene = write_scene(tmp_path / "scene.tif", pixels=160)
    assert scenes.open_source(str(scene), sensor=None, bands=None).chunks is not None
    assert scenes.open_source(str(write_scene(tmp_path / "small.tif")), sensor=None, bands=None).chunks is None
    assert run("extract", scene, "water", "--json") == 0
    assert json.loads(capsys.readouterr().out)["share"] == 0.5


def test_the_model_option_names_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("spexlab.extraction.load_model", loading.load_model)
    assert run("extract", "sample", "water", "--model", "no-such-model") == 2
    assert "there is no checkpoint 'no-such-model'" in capsys.readouterr().err


def test_understand_says_what_an_instruction_asks_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("understand", "water in the south and the largest vegetation over 2 acres", "--json") == 0
    request = json.loads(capsys.readouterr().out)
    assert set(request) == {"ask", "wants", "left_out"}
    assert [(want["target"], want["inside"], want["select"]) for want in request["wants"]] == [
        ("water", ["south"], None),
        ("vegetation", [], {"order": "largest", "count": 1}),
    ]
    assert request["wants"][1]["size"] == [{"op": ">", "value": 0.809371, "unit": "ha"}]
    assert run("understand", "water near vegetation") == 0
    assert "only regions touching or next to vegetation" in " ".join(capsys.readouterr().out.split())
    assert run("understand", "water older than ten years") == 0
    assert "“older than ten years” could not be kept to" in " ".join(capsys.readouterr().out.split())
    assert run("understand", "a sonnet") == 3


def test_understand_goes_on_from_an_instruction_or_from_its_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("understand", "water in the south", "--json") == 0
    before = capsys.readouterr().out
    for previous in ("water in the south", before):
        assert run("understand", "only the largest", "--previous", previous, "--json") == 0
        (want,) = json.loads(capsys.readouterr().out)["wants"]
        assert (want["target"], want["inside"], want["select"]) == ("water", ["south"], {"order": "largest", "count": 1})
    assert run("understand", "only the largest", "--previous", '{"ask": "mask"}') == 2
    assert "--previous must be an instruction, or the JSON" in capsys.readouterr().err


def test_a_threshold_is_given_for_all_targets_or_for_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = write_scene(tmp_path / "scene.tif")
    found = []
    for options in ((), ("--threshold", "0.9999"), ("--threshold", "water=0.9999", "--threshold", "vegetation=0.2")):
        assert run("extract", scene, "water and vegetation", "--json", *options) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert [record["provenance"]["thresholds"] for record in found] == [
        {"water": 0.5, "vegetation": 0.5}, {"water": 0.9999, "vegetation": 0.9999}, {"water": 0.9999, "vegetation": 0.2},
    ]  # fmt: skip
    assert [record["trust"][0]["by_hand"] for record in found] == [False, True, True]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["high"], "a probability, like 0.4 or water=0.4, but 'high' was given"),
        (["water="], "but 'water=' was given"),
        (["0.3", "water=0.4"], "once for all targets, or once a target"),
        (["1.5"], "between 0 and 1, but 1.5 was given"),
        (["wter=0.3"], "but one for 'wter' was given"),
    ],
)
def test_what_is_no_threshold_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str], told: str) -> None:
    options = [part for one in given for part in ("--threshold", one)]
    assert run("extract", write_scene(tmp_path / "scene.tif"), "water", *options) == 2
    assert told in capsys.readouterr().err


def test_trust_is_printed_beside_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("extract", write_scene(tmp_path / "scene.tif"), "water") == 0
    assert "Trust in this mask is unknown" in capsys.readouterr().out


def test_an_answer_that_leaves_something_out_says_so_before_its_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = write_scene(tmp_path / "scene.tif")
    assert run("extract", scene, "water since 2019") == 0
    out = capsys.readouterr().out
    assert 0 <= out.index("Left out: “since 2019”") < out.index("share")
    assert run("extract", scene, "water") == 0
    assert "Left out" not in capsys.readouterr().out
