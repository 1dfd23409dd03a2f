"""Lazy scenes: the same answers, piece by piece, here and on a cluster."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import rasterio
import xarray as xr
from distributed import Client, Future, LocalCluster

from spexlab.evidence import strips
from spexlab.extraction import Events, Extraction, extract, windows
from spexlab.extraction.memory import Forecast, needed_bytes
from spexlab.scene import new_scene
from spexlab.scene.grid import transform_of
from spexlab.scene.naming import resolve_bands
from tests.support.fakes import FakeSpex

BANDS = resolve_bands(["blue", "green", "red", "nir"], "sentinel-2")
WATER, FIELD = np.array([0.06, 0.08, 0.05, 0.02], np.float32), np.array([0.04, 0.08, 0.05, 0.45], np.float32)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and strips so small that a small scene has many."""
    monkeypatch.setattr(windows, "BLOCK", 64)
    monkeypatch.setattr("spexlab.extraction.looking.BLOCK", 64)
    monkeypatch.setattr(strips, "STRIP", 40)


def ponds(*, lazy: bool, place: bool = True, height: int = 150, width: int = 170) -> xr.DataArray:
    """Ponds in a field, some dark, one across many blocks, and a corner without data."""
    rng = np.random.default_rng(3)
    values = np.repeat(np.repeat(FIELD[:, None, None], height, 1), width, 2)
    for row, column, side in [(10, 12, 9), (30, 90, 25), (100, 20, 14), (80, 130, 6), (144, 160, 4)]:
        values[:, row : row + side, column : column + side] = WATER[:, None, None]
    values[:, 60:64, 5:165] = WATER[:, None, None]
    values *= 1 + 0.05 * rng.random(values.shape, dtype=np.float32)
    values[:, :20, 150:] = np.nan
    scene = new_scene(da.from_array(values, chunks=(4, 50, 70)) if lazy else values, BANDS, sensor="sentinel-2", date="2024-06-01")
    if not place:
        return scene
    scene = scene.rio.write_crs("EPSG:32633")
    scene = scene.assign_coords(x=500_005.0 + 10 * np.arange(width), y=5_000_895.0 - 10 * np.arange(height))
    return scene.rio.write_transform(transform_of(scene))


def same(one: Extraction, other: Extraction) -> None:
    np.testing.assert_array_equal(one.mask.values, other.mask.values)
    np.testing.assert_array_equal(one.probability.values, other.probability.values)
    np.testing.assert_array_equal(one.excluded.values, other.excluded.values)
    left, right = one.summary, other.summary
    for record in (left, right):
        record.pop("seconds")
        record.pop("features_reused")
        record["provenance"].pop("created")
    assert _rounded(left) == _rounded(right)


def _rounded(record: object) -> object:
    """What is added up in another order differs in the last digits."""
    if isinstance(record, dict):
        return {key: _rounded(value) for key, value in record.items()}
    if isinstance(record, list | tuple):
        return [_rounded(value) for value in record]
    return round(record, 6) if isinstance(record, float) else record


@pytest.mark.parametrize(
    "instruction",
    [
        "water",
        "the two largest water",
        "water larger than 1 ha in the south",
        "vegetation, not trees",
        "water near vegetation",
        "snow",
    ],
)
def test_a_lazy_scene_gives_the_same_answer(instruction: str) -> None:
    lazy, eager = (extract(ponds(lazy=kind), instruction, model=FakeSpex()) for kind in (True, False))
    assert lazy.mask.chunks is not None
    assert lazy.probability.chunks is not None
    assert eager.mask.chunks is None
    same(lazy, eager)


def test_an_area_of_a_lazy_scene_gives_the_same_answer() -> None:
    triangle = {"type": "Polygon", "coordinates": [[[5, 5], [160, 20], [40, 140], [5, 5]]]}
    lazy, eager = (extract(ponds(lazy=kind, place=False), "water", area=triangle, model=FakeSpex()) for kind in (True, False))
    same(lazy, eager)


def test_files_of_a_lazy_answer_are_the_same(tmp_path: Path) -> None:
    for kind in (True, False):
        result = extract(ponds(lazy=kind), "water and vegetation", model=FakeSpex())
        result.to_cog(tmp_path / f"{kind}.tif")
        result.classes_to_cog(tmp_path / f"{kind}_classes.tif")
        result.probability_to_cog(tmp_path / f"{kind}_probability.tif")
        result.to_geoparquet(tmp_path / f"{kind}.parquet")
    for ending in (".tif", "_classes.tif", "_probability.tif"):
        with rasterio.open(tmp_path / f"True{ending}") as lazy, rasterio.open(tmp_path / f"False{ending}") as eager:
            np.testing.assert_array_equal(lazy.read(), eager.read())
            assert str(lazy.profile) == str(eager.profile)  # NaN is not itself


def test_a_lazy_answer_can_be_cut_anew_and_corrected() -> None:
    lazy, eager = (extract(ponds(lazy=kind, place=False), "water", model=FakeSpex()) for kind in (True, False))
    same(lazy.cut_at(0.9), eager.cut_at(0.9))
    same(lazy.corrected(outside=[(14.5, 12.5)]), eager.corrected(outside=[(14.5, 12.5)]))


def test_a_lazy_answer_previews_the_same_and_tells_what_it_takes() -> None:
    told: list[Forecast] = []
    shown: dict[str, np.ndarray] = {}
    events = Events(mask=lambda target, so_far, _: shown.update({target: so_far.copy()}), estimate=told.append)
    result = extract(ponds(lazy=True), "water", model=FakeSpex(), events=events)
    known = np.isfinite(shown["water"])
    np.testing.assert_array_equal(shown["water"][known] > 0, result.mask.values[0][known])
    (estimate,) = told
    assert estimate.windows > 20
    assert estimate.bytes == needed_bytes((150, 170), layers=1, lazy=True)
    assert str(estimate).startswith(f"{estimate.windows} windows: about ")


def test_a_whole_tile_of_sentinel_2_fits_into_three_gibibytes_beside_the_program() -> None:
    side = 10_980
    assert needed_bytes((side, side), layers=1, lazy=True) < 2 * 2**30 < needed_bytes((side, side), layers=1, lazy=False)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_a_cluster_gives_the_same_answer(client: Client) -> None:
    assert len(client.nthreads()) == 2
    there = extract(ponds(lazy=True), "water and vegetation", model=FakeSpex())
    here = extract(ponds(lazy=False), "water and vegetation", model=FakeSpex())
    same(there, here)
    assert there.seconds["encode"] > 0


def test_a_cluster_that_loses_everything_is_given_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def compute(*_: object) -> Future:
        future = client.submit(sum, [1, 2])
        future.cancel()
        return future

    monkeypatch.setattr(client, "compute", compute)
    with pytest.raises(RuntimeError, match="lost 4 times"):
        extract(ponds(lazy=True), "water", model=FakeSpex())


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_that_die_change_nothing(client: Client, workers: int) -> None:
    """Where all die, the checkpoint that they were sent dies with them."""
    spex, killed = FakeSpex(), []

    def kill(name: str, fraction: float) -> None:
        if name == "mask" and fraction > 0.3 and not killed:
            killed.extend(list(client.run(os.getpid).values())[:workers])
            for process in killed:
                os.kill(process, signal.SIGKILL)

    there = extract(ponds(lazy=True), "water", model=spex, events=Events(stage=kill))
    assert len(killed) == workers
    same(there, extract(ponds(lazy=False), "water", model=FakeSpex()))
