import base64
import re

import numpy as np
import pytest
import xarray as xr

import spexlab
from spexlab.evidence.regions import find_regions
from widgets.map.overlay import mask_overlay
from widgets.map.region_marks import regions_overlay


def drawn(mask: xr.DataArray) -> tuple[np.ndarray, tuple[float, float]]:
    """Corners of the first box, and the size of the drawing."""
    bounds = mask_overlay(mask, colour="#000000").bounds
    overlay = regions_overlay(mask, find_regions(mask.values), bounds=bounds)
    assert overlay.bounds == bounds
    svg = base64.b64decode(overlay.url.removeprefix("data:image/svg+xml;base64,")).decode()
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()
    points = re.search(r'points="([^"]+)"', svg)[1]
    return np.array([pair.split(",") for pair in points.split()], float), (float(width), float(height))


@pytest.fixture
def mask() -> xr.DataArray:
    scene, _ = spexlab.simulate_scene(3, size=64)
    inside = np.zeros((64, 64), bool)
    inside[16:32, 32:48] = True
    return scene.isel(band=0, drop=True).copy(data=inside)


def test_a_box_lies_around_its_region(mask: xr.DataArray) -> None:
    plain = xr.DataArray(mask.values, dims=("y", "x"), coords={"y": np.arange(64) + 0.5, "x": np.arange(64) + 0.5})
    corners, (width, height) = drawn(plain)
    assert (width, height) == (1000, 1000)
    assert corners.min(axis=0) == pytest.approx([500, 250])
    assert corners.max(axis=0) == pytest.approx([750, 500])


def test_a_box_follows_the_warp_to_the_map(mask: xr.DataArray) -> None:
    corners, (width, height) = drawn(mask)
    # A pixel is 1/64 of the scene; the zone's convergence turns the square by less than that.
    assert corners.min(axis=0) / (width, height) == pytest.approx([0.5, 0.25], abs=1 / 50)
    assert corners.max(axis=0) / (width, height) == pytest.approx([0.75, 0.5], abs=1 / 50)


def test_a_box_across_180_stays_at_its_place() -> None:
    inside = np.zeros((64, 64), bool)
    inside[16:32, 32:48] = True
    place = {"y": 8_200_000 - 5000 * np.arange(64), "x": 650_000 + 5_000 * np.arange(64)}  # half of it beyond
    corners, size = drawn(xr.DataArray(inside, dims=("y", "x"), coords=place).rio.write_crs("EPSG:32760"))
    assert corners.min(axis=0) / size == pytest.approx([0.5, 0.25], abs=1 / 30)
    assert corners.max(axis=0) / size == pytest.approx([0.75, 0.5], abs=1 / 30)
