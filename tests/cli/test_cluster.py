from pathlib import Path

import numpy as np
import pytest
import rasterio
from distributed import LocalCluster

from spexlab.cli import clusters
from spexlab.extraction import looking
from tests.cli.test_cli import write_scene
from tests.support.command import run
from tests.support.fakes import FakeSpex


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spexlab.extraction.load_model", lambda _: FakeSpex(window=64))


def test_a_cluster_does_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, asked = write_scene(tmp_path / "scene.tif", pixels=150), []
    predicted = looking.predicted
    monkeypatch.setattr(looking, "predicted", lambda *args, **options: (asked.append(1), predicted(*args, **options))[1])
    here = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": None}
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, **here) as cluster:
        assert run("extract", scene, "water", "--out", tmp_path / "there.tif", "--cluster", cluster.scheduler_address) == 0
    assert asked
    assert run("extract", scene, "water", "--out", tmp_path / "here.tif") == 0
    assert len(asked) == 1
    with rasterio.open(tmp_path / "there.tif") as one, rasterio.open(tmp_path / "here.tif") as other:
        np.testing.assert_array_equal(one.read(), other.read())


def test_a_scheduler_must_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(clusters, "_PATIENCE", "1s")
    scene = write_scene(tmp_path / "scene.tif")
    assert run("extract", scene, "water", "--out", tmp_path / "mask.tif", "--cluster", "tcp://127.0.0.1:9") == 2
    assert "a Dask scheduler must answer at 'tcp://127.0.0.1:9'" in capsys.readouterr().err
    assert not (tmp_path / "mask.tif").exists()
