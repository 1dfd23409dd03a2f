"""Gaps between pixels and what lies near them, against distances worked out pair by pair."""

import numpy as np
import pytest
import xarray as xr
from pyproj import Geod

from spexlab.evidence import neighbours
from spexlab.evidence.limits import Limits, Near, Select, Size, keep_limited
from spexlab.evidence.neighbours import gaps


def grid(shape: tuple[int, int], crs: str | None = "EPSG:32633", *, step: float = 10.0, origin: tuple[float, float] = (5e5, 5e6)):
    y, x = (origin[1] - step * (np.arange(shape[0]) + 0.5), origin[0] + step * (np.arange(shape[1]) + 0.5))
    scene = xr.DataArray(np.zeros(shape, np.float32), dims=("y", "x"), coords={"y": y, "x": x})
    return scene if crs is None else scene.rio.write_crs(crs)


def spot(shape: tuple[int, int], row: int, column: int):
    mask = np.zeros(shape, bool)
    mask[row, column] = True
    return mask


def test_gaps_are_between_edges() -> None:
    found = gaps(spot((9, 9), 4, 4), grid((9, 9)), near=Near("water", 25.0))
    assert found[4, 4] == found[3, 3] == found[4, 5] == 0
    assert found[4, 6] == 10
    assert found[2, 2] == pytest.approx(np.hypot(10, 10))
    assert found[4, 7] == 20
    assert np.isinf(found[4, 8])


def test_next_to_counts_pixels_whatever_their_size() -> None:
    for scene in (grid((5, 7)), grid((5, 7), None)):
        found = gaps(spot((5, 7), 2, 2), scene, near=Near("water"))
        assert [near.holds(found[2]).tolist() for near in (Near("water"), Near("water", negate=True))] == [
            [True, True, True, True, True, False, False],
            [False, False, False, False, False, True, True],
        ]


def test_degrees_are_measured_on_the_ellipsoid(monkeypatch: pytest.MonkeyPatch) -> None:
    # A degree of longitude at 70 N is 9 % narrower than at 68 N; blocks are small so that several are measured.
    monkeypatch.setattr(neighbours, "_BLOCK", 16)
    step, shape = 0.01, (200, 60)
    scene = grid(shape, "EPSG:4326", step=step, origin=(10.0, 70.0))
    geod = Geod(ellps="WGS84")
    for row in (3, 100, 196):
        mask = spot(shape, row, 10)
        found = gaps(mask, scene, near=Near("water", 6000.0))
        lat = 70 - step * (row + 0.5)
        for column in range(13, 22):
            exact = geod.inv(10 + 11 * step, lat, 10 + column * step, lat)[2]
            assert (found[row, column] == pytest.approx(exact, rel=0.01)) if exact < 6000 else np.isinf(found[row, column])


def test_blocks_leave_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    mask, near = rng.random((90, 130)) < 0.002, Near("trees", 120.0)
    whole = gaps(mask, grid(mask.shape), near=near)
    monkeypatch.setattr(neighbours, "_BLOCK", 8)
    np.testing.assert_allclose(gaps(mask, grid(mask.shape), near=near), whole)


def test_without_a_crs_metres_need_a_pixel_size() -> None:
    scene = grid((5, 9), None)
    with pytest.raises(ValueError, match="needs the size of a pixel"):
        gaps(spot((5, 9), 2, 0), scene, near=Near("water", 30.0))
    known = scene.assign_attrs(pixel_size_m=20.0)
    assert gaps(spot((5, 9), 2, 0), known, near=Near("water", 30.0))[2, :4].tolist() == [0, 0, 20, np.inf]


def test_where_there_is_no_neighbour_nothing_is_near() -> None:
    assert np.isinf(gaps(np.zeros((4, 4), bool), grid((4, 4)), near=Near("water", 1e6))).all()


def test_regions_are_kept_whole_and_before_the_largest_is_chosen() -> None:
    mask = np.zeros((8, 30), bool)
    mask[1:3, 0:4], mask[1:6, 10:20], mask[1:2, 27:29] = True, True, True
    near = Near("water", 20.0)
    gap = gaps(spot(mask.shape, 1, 6), grid(mask.shape), near=near)
    kept = keep_limited(mask, Limits(near=(near,)), gaps=[gap])
    assert kept[:, :4].sum() == 8
    assert kept.sum() == 8
    away = Near("water", 20.0, negate=True)
    assert keep_limited(mask, Limits(near=(away,)), gaps=[gap]).sum() == 52
    largest = Limits(near=(near,), select=Select("largest"), size=(Size(">", 5, "pixels"),))
    assert keep_limited(mask, largest, gaps=[gap]).sum() == 8
