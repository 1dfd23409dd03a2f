from itertools import pairwise

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from spexlab.extraction.store import Store
from spexlab.extraction.windows import (
    BLOCK,
    Mosaic,
    TileReader,
    Window,
    fitting_side,
    in_blocks,
    open_rows,
    overview,
    plan_windows,
    tiling,
    whole_side,
)
from spexlab.scene import new_scene
from spexlab.scene.naming import resolve_bands

BANDS = resolve_bands(["blue", "green", "red", "nir"], "sentinel-2")


def ramp_scene(height: int, width: int, *, lazy: bool = False) -> xr.DataArray:
    values = np.arange(4 * height * width, dtype=np.float32).reshape(4, height, width) / (4 * height * width)
    return new_scene(da.from_array(values, chunks=(4, 16, 16)) if lazy else values, BANDS, sensor="sentinel-2")


@pytest.mark.parametrize("shape", [(1, 1), (5, 70), (32, 32), (33, 32), (64, 31), (97, 130), (200, 41)])
def test_windows_cover_every_pixel_and_stay_inside(shape: tuple[int, int]) -> None:
    covered = np.zeros(shape, int)
    for window in plan_windows(shape, size=32, overlap=8):
        assert (window.height, window.width) == (min(32, shape[0]), min(32, shape[1]))
        assert covered[window.slices].shape == (window.height, window.width)
        covered[window.slices] += 1
    assert covered.min() >= 1


@pytest.mark.parametrize("length", [33, 57, 80, 131])
def test_neighbours_share_at_least_the_overlap(length: int) -> None:
    starts = [w.column for w in plan_windows((8, length), size=32, overlap=8)]
    assert starts[0] == 0
    assert starts[-1] == length - 32
    assert all(32 - (b - a) >= 8 for a, b in pairwise(starts))


@pytest.mark.parametrize("overlap", [-1, 32, 40])
def test_an_overlap_that_leaves_nothing_is_refused(overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap by 0 to 31 pixels"):
        plan_windows((64, 64), size=32, overlap=overlap)


@pytest.mark.parametrize(("shape", "side"), [((64, 64), 64), ((65, 20), 96), ((96, 96), 96), ((97, 20), 64), ((500, 96), 64)])
def test_a_slightly_larger_area_takes_one_slightly_larger_window(shape: tuple[int, int], side: int) -> None:
    assert fitting_side(shape, 64) == side


@pytest.mark.parametrize(("scene", "side"), [(None, 32), ((40, 20), 64), ((64, 64), 64), ((1000, 1000), 64)])
def test_a_small_area_is_read_with_what_there_is_around_it_and_no_more(scene: tuple[int, int] | None, side: int) -> None:
    assert fitting_side((10, 30), 64, scene=scene) == side
    assert tiling((10, 30), 64, scene=scene) == (side, side // 4)


def test_no_more_is_read_around_an_area_than_changes_its_mask() -> None:
    assert fitting_side((60, 64), 512, scene=(4000, 4000)) == 64 + 2 * 128
    assert fitting_side((300, 20), 512, scene=(4000, 4000)) == 512
    assert fitting_side((60, 64), 512, scene=(100, 200)) == 224


@pytest.mark.parametrize("shape", [(1, 1), (32, 31), (33, 5), (96, 64)])
def test_the_whole_of_an_area_is_mirrored_by_less_than_one_stride(shape: tuple[int, int]) -> None:
    assert 0 <= whole_side(shape) - max(shape) < 32
    assert whole_side(shape) % 32 == 0


def test_blending_windows_of_one_field_gives_the_field() -> None:
    field = np.random.default_rng(0).random((2, 97, 130), dtype=np.float32)
    into = np.empty_like(field)
    mosaic = Mosaic(into, overlap=8, reach=97)
    for window in plan_windows((97, 130), size=32, overlap=8):
        mosaic.add(window, field[:, *window.slices])
    mosaic.finish(97)
    np.testing.assert_allclose(into, field, rtol=1e-5)


@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_what_is_done_is_put_away_while_windows_still_come(kind: str) -> None:
    shape = (97, 130)
    field = np.random.default_rng(0).random((2, *shape), dtype=np.float32)
    inside = np.random.default_rng(1).random(shape) < 0.9
    blocks = in_blocks(plan_windows(shape, size=32, overlap=8), side=40)
    into = Store().layers((2, *shape), np.float32) if kind == "disk" else np.empty((2, *shape), np.float32)
    mosaic = Mosaic(into, overlap=8, reach=40 + 32, inside=inside)
    for block, bottom in zip(blocks, open_rows(blocks, shape[0]), strict=True):
        for window in block:
            mosaic.add(window, field[:, *window.slices])
            np.testing.assert_allclose(mosaic.part(window), field[:, *window.slices], rtol=1e-5)
        mosaic.finish(bottom)
    np.testing.assert_allclose(into[:], np.where(inside, field, np.nan), rtol=1e-5)
    assert mosaic.known == inside.sum()


def test_two_windows_that_disagree_fade_into_each_other() -> None:
    into = np.empty((1, 4, 56), np.float32)
    mosaic = Mosaic(into, overlap=8, reach=4)
    mosaic.add(Window(0, 0, 4, 32), np.zeros((1, 4, 32), np.float32))
    mosaic.add(Window(0, 24, 4, 32), np.ones((1, 4, 32), np.float32))
    mosaic.finish(4)
    row = into[0, 0]
    assert (row[:24] == 0).all()
    assert (row[32:] == 1).all()
    np.testing.assert_allclose(row[24:32], np.arange(1, 9) / 9, rtol=1e-6)  # 1/9 beside 8/9, 2/9 beside 7/9, ...


def test_what_no_window_covered_is_nan() -> None:
    into = np.empty((1, 4, 8), np.float32)
    mosaic = Mosaic(into, overlap=2, reach=4)
    mosaic.add(Window(0, 0, 4, 4), np.ones((1, 4, 4), np.float32))
    mosaic.finish(4)
    known = into[0]
    assert np.isfinite(known[:, :4]).all()
    assert np.isnan(known[:, 4:]).all()


@pytest.mark.parametrize("kind", ["in memory", "lazy"])
def test_a_tile_looks_beyond_a_small_window(kind: str) -> None:
    scene = ramp_scene(50, 60, lazy=kind == "lazy")
    tile = TileReader(scene, size=32).read(Window(20, 0, 10, 12))
    assert tile.pixels.shape == (4, 32, 32)
    assert tile.pixels.chunks is None
    assert not np.isnan(tile.pixels).any()
    np.testing.assert_array_equal(tile.pixels.values[:, *tile.inside], scene.values[:, 20:30, 0:12])
    np.testing.assert_array_equal(tile.pixels.values, scene.values[:, 9:41, 0:32])  # centred down, stopped at the left edge


def test_a_scene_smaller_than_a_tile_is_mirrored() -> None:
    scene = ramp_scene(3, 40)
    tile = TileReader(scene, size=32).read(Window(0, 0, 3, 32))
    rows = tile.pixels.values[:, :, 0]
    np.testing.assert_array_equal(rows[:, :8], scene.values[:, [0, 1, 2, 2, 1, 0, 0, 1], 0])
    assert tile.inside == (slice(0, 3), slice(0, 32))


def test_a_tile_keeps_bands_wavelengths_and_pixel_size() -> None:
    tile = TileReader(ramp_scene(40, 40), size=32).read(Window(0, 0, 32, 32))
    assert tile.pixels["band"].values.tolist() == ["blue", "green", "red", "nir"]
    assert tile.pixels["wavelength"].values.tolist() == [band.wavelength for band in BANDS]
    assert tile.pixels.attrs["pixel_size_m"] == 10


def test_an_overview_averages_blocks_and_grows_its_pixels() -> None:
    scene = ramp_scene(50, 70, lazy=True)
    small = overview(scene, size=32)
    assert small.shape == (4, 17, 24)  # 70 / 32 rounded up: blocks of 3
    assert small.attrs["pixel_size_m"] == 30
    np.testing.assert_allclose(small.values[:, 0, 0], scene.values[:, :3, :3].mean(axis=(1, 2)), rtol=1e-5)


def test_blocks_are_computed_once_for_many_windows() -> None:
    computed = []
    values = np.random.default_rng(0).random((4, 40, 2 * BLOCK), dtype=np.float32)
    lazy = da.from_array(values, chunks=(4, 40, 256)).map_blocks(
        lambda b: (computed.append(1), b)[1], dtype=np.float32, meta=values[:0]
    )
    scene = new_scene(lazy, BANDS, sensor="sentinel-2")
    computed.clear()
    windows = [window for block in in_blocks(plan_windows((40, 2 * BLOCK), size=32, overlap=8)) for window in block]
    reader = TileReader(scene, size=32)
    for window in windows:
        tile = reader.read(window)
        np.testing.assert_array_equal(tile.pixels.values[:, *tile.inside], values[:, *window.slices])
    assert len(windows) > 80
    assert len(computed) <= 12  # 8 chunks, those at the blocks' edges twice


def test_windows_of_a_block_follow_each_other() -> None:
    windows = plan_windows((3000, 3000), size=256, overlap=64)
    blocks = in_blocks(windows)
    assert sorted((w for block in blocks for w in block), key=lambda w: (w.row, w.column)) == list(windows)
    squares = [{(w.row // BLOCK, w.column // BLOCK) for w in block} for block in blocks]
    assert all(len(square) == 1 for square in squares)
    assert len(set.union(*squares)) == len(blocks) == 9


def test_rows_are_open_until_no_later_window_lies_in_them() -> None:
    blocks = in_blocks(plan_windows((70, 70), size=32, overlap=8), side=32)
    assert [min(w.row for w in block) for block in blocks] == [0, 0, 38, 38]
    assert open_rows(blocks, 70) == [0, 38, 38, 70]


def test_a_part_of_a_scene_gives_the_same_tiles() -> None:
    scene = ramp_scene(50, 90)
    reader = TileReader(scene, size=32)
    windows = [Window(12, 40, 32, 32), Window(18, 58, 32, 32)]
    pixels, moved = reader.part(windows)
    assert pixels.shape == (4, 38, 50)
    for window, there in zip(windows, moved, strict=True):
        tile, whole = TileReader(pixels, size=32).read(there), reader.read(window)
        np.testing.assert_array_equal(tile.pixels.values, whole.pixels.values)
        assert tile.inside == whole.inside
    small, (only,) = TileReader(ramp_scene(20, 90), size=32).part([Window(5, 10, 6, 32)])
    assert small.shape == (4, 20, 32)
    assert TileReader(small, size=32).read(only).pixels.shape == (4, 32, 32)


def test_windows_of_a_large_area_look_at_few_pixels_twice() -> None:
    for shape in ((1024, 1024), (2000, 2000), (1500, 4100)):
        size, overlap = tiling(shape, 512)
        windows = plan_windows(shape, size=size, overlap=overlap)
        covered = np.zeros(shape, bool)
        for window in windows:
            covered[window.slices] = True
        assert covered.all()
        assert size % 32 == 0
        assert 0.75 * 512 <= size <= 1.125 * 512
        assert len(windows) * size**2 <= 1.5 * shape[0] * shape[1]
