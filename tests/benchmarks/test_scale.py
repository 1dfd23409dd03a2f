"""The benchmark of large scenes: its scenes, its plain loop, its seams and what it says of them."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import rasterio

from spexlab.extraction.windows import plan_windows, tiling
from tests.support.benchmarks import load
from tests.support.fakes import FakeSpex


@pytest.fixture
def scale(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    scale = load("scale")
    monkeypatch.setattr(scale, "_SIDE", 64)
    return scale


def test_a_scene_of_any_size_goes_on_as_in_a_mirror(scale: ModuleType, tmp_path: Path) -> None:
    with rasterio.open(scale.write_scene(tmp_path / "scene.tif", 150)) as file:
        values = file.read()
    assert values.shape == (4, 150, 150)
    assert values.min() > 0
    np.testing.assert_array_equal(values[:, 64:128, :64], values[:, 63::-1, :64])
    np.testing.assert_array_equal(values[:, :64, 64:128], values[:, :64, 63::-1])


def test_the_plain_loop_asks_for_every_window(scale: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spex = FakeSpex(window=32)
    monkeypatch.setattr(scale, "load_model", lambda: spex)
    took = scale._loop(scale.write_scene(tmp_path / "scene.tif", 150))
    size, overlap = tiling((150, 150), 32)
    assert spex.asked == len(plan_windows((150, 150), size=size, overlap=overlap))
    assert took["seconds"] > 0


@pytest.mark.parametrize("doubt", [0.0, 3.0])
def test_seams_are_where_windows_do_not_agree(scale: ModuleType, monkeypatch: pytest.MonkeyPatch, doubt: float) -> None:
    spex = FakeSpex(window=32, doubt=doubt)
    monkeypatch.setattr(spex, "targets", ("vegetation",))
    monkeypatch.setattr(scale, "load_model", lambda: spex)
    seams = scale._seams(64)
    assert list(seams) == ["vegetation"]
    assert (seams["vegetation"] > 0) == (doubt > 0)


def test_the_table_says_what_was_measured(scale: ModuleType) -> None:
    size = {"size": 2000, "seconds": 20.0, "cpu": 36.0, "gib": 1.5, "network": {"seconds": 8.0, "cpu": 16.0}}
    table = scale._table(
        {
            "machine": "two cores",
            "load_at_start": 0.1,
            "sizes": [{**size, "stages": {"encode": 6.0, "mask": 4.0}}],
            "seams": {"water": 0.002},
            "workers": {"size": 2000, "seconds": [18.0, 10.0], "same": True},
            "batch": {"scenes": 200, "done": 195, "failed": 5, "before_kills": 90, "made_again": 0, "items": 195},
        }
    )
    assert "| 2,000 px | 20 | 36 | 9.0 | 4.0 | 0.80 | 1.50 GiB |" in table
    assert "water 0.20 %." in table
    assert "1.80 times as fast; the answers are identical." in table
    assert "killed 2 times, 195 are done, 5 listed with their reason, 195 are STAC items; of 90 that were done" in table
