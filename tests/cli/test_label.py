"""`spexlab label`: scenes and a map of the world become places that the other commands learn from."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

import spexlab
from spexlab.scene.grid import crs_of, transform_of
from spexlab.scene.writing import write_image
from spexlab.spie import read_spie
from tests.support.command import run


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    image, _ = spexlab.simulate_scene(5, sensor="sentinel-2", size=64, pixel_size=10.0)
    write_image(image, tmp_path / "valley.tif")
    grid = {"height": 64, "width": 64, "crs": crs_of(image), "transform": transform_of(image)}
    codes = np.where(np.indices((64, 64))[1] < 20, 80, 10).astype(np.uint8)  # water in the west, trees
    with rasterio.open(tmp_path / "map.tif", "w", driver="GTiff", count=1, dtype="uint8", **grid) as file:
        file.write(codes, 1)
    return tmp_path / "valley.tif"


def test_scenes_become_places_and_these_become_samples(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places, spie = scene.parent / "places", scene.parent / "spie"
    assert run("label", scene, "--cover", scene.parent / "map.tif", "--to", places, "--group", "alps") == 0
    assert capsys.readouterr().out.strip() == str(places)
    (record,) = json.loads((places / "manifest.json").read_text())["scenes"]
    assert (record["id"], record["group"], record["label_quality"]) == ("valley", "alps", "coarse")
    assert run("build-spie", places, "--out", spie, "--samples", "2", "--size", "64") == 0
    samples = list(read_spie(spie))
    assert len(samples) == 2
    assert {sample.facts["place"] for sample in samples} == {"valley"}


def test_two_scenes_of_one_name_are_refused_before_anything_is_written(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = scene.parent / "places"
    assert run("label", scene, scene, "--cover", scene.parent / "map.tif", "--to", places) == 2
    assert "'valley' comes twice" in capsys.readouterr().err
    assert not places.exists()
