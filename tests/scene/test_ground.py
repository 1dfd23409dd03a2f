"""Pixels and masks on the ground, held against polygons that pyproj's Geod measures."""

import numpy as np
import pytest
import xarray as xr
from pyproj import Geod, Transformer

from spexlab.scene.grid import transform_of
from spexlab.scene.ground import ground_cell, mask_area, pixel_areas, region_areas

EDGE = 400
"""Points along each side of a rectangle, so that its sides keep their course on the globe."""


def grid(crs: int | str, *, left: float, top: float, size: float, shape: tuple[int, int] = (20, 30)) -> xr.DataArray:
    """A raster of zeros on the ground."""
    x, y = left + (np.arange(shape[1]) + 0.5) * size, top - (np.arange(shape[0]) + 0.5) * size
    return xr.DataArray(np.zeros(shape, "uint8"), dims=("y", "x"), coords={"x": x, "y": y}).rio.write_crs(crs)


def geodesic_area(raster: xr.DataArray, rows: slice, columns: slice) -> float:
    """Area of a rectangle of pixels, by Geod."""
    place = transform_of(raster)
    across, down = np.linspace(columns.start, columns.stop, EDGE), np.linspace(rows.start, rows.stop, EDGE)
    column = np.r_[across, np.full(EDGE, columns.stop), across[::-1], np.full(EDGE, columns.start)]
    row = np.r_[np.full(EDGE, rows.start), down, np.full(EDGE, rows.stop), down[::-1]]
    x, y = place.c + place.a * column, place.f + place.e * row
    lon, lat = Transformer.from_crs(raster.rio.crs, 4326, always_xy=True).transform(x, y)
    return abs(Geod(ellps="WGS84").polygon_area_perimeter(lon, lat)[0])


def test_ground_size_in_metres_in_any_crs() -> None:
    assert ground_cell(grid(32633, left=500_000, top=5_800_000, size=10.0)) == (10.0, 10.0)
    feet = grid(2263, left=980_000, top=200_000, size=1.0)
    assert ground_cell(feet) == pytest.approx((0.3048, 0.3048), rel=1e-3)
    mercator = grid(3857, left=1_500_000, top=8_400_000, size=10.0)  # 60 degrees north: everything is drawn twice as large
    width, height = ground_cell(mercator) or (0.0, 0.0)
    assert width == pytest.approx(5.0, rel=0.02)
    assert height == pytest.approx(5.0, rel=0.02)
    wgs = grid(4326, left=15.0, top=60.0, size=0.0001)
    width, height = ground_cell(wgs) or (0.0, 0.0)
    assert width == pytest.approx(height / 2, rel=0.02)
    assert height == pytest.approx(11.14, rel=0.01)


@pytest.mark.parametrize(
    "raster",
    [
        pytest.param(grid(4326, left=15, top=0.5, size=0.001, shape=(1000, 500)), id="degrees on the equator"),
        pytest.param(grid(4326, left=15, top=62, size=0.001, shape=(1000, 500)), id="degrees at 61-62 N"),
        pytest.param(grid(4326, left=15, top=65, size=0.01, shape=(500, 100)), id="degrees at 60-65 N"),
        pytest.param(grid(4258, left=15, top=62, size=0.001, shape=(1000, 500)), id="degrees of another datum"),
        pytest.param(grid(4326, left=170, top=-60, size=0.1, shape=(300, 300)), id="degrees beyond 180, to the pole"),
        pytest.param(grid(32633, left=500_000, top=5_800_000, size=10, shape=(300, 400)), id="middle of a UTM zone"),
        pytest.param(grid(32633, left=720_000, top=200_000, size=20, shape=(900, 700)), id="edge of a UTM zone"),
        pytest.param(grid(32760, left=750_000, top=5_600_000, size=100, shape=(1000, 1500)), id="UTM across 180"),
        pytest.param(grid(3857, left=1.5e6, top=8.6e6, size=100, shape=(2200, 2200)), id="Web Mercator, 220 km"),
        pytest.param(grid(3413, left=-1e6, top=1e6, size=2000, shape=(1000, 1000)), id="polar stereographic, pole inside"),
        pytest.param(grid(3031, left=5e5, top=2e6, size=500, shape=(900, 1100)), id="Antarctica, pole outside"),
        pytest.param(grid(2263, left=980_000, top=200_000, size=1.0, shape=(400, 500)), id="feet"),
        pytest.param(
            grid("+proj=ob_tran +o_proj=longlat +o_lat_p=39 +lon_0=18 +ellps=WGS84", left=-3, top=4, size=0.02, shape=(300, 200)),
            id="rotated pole",
        ),
    ],
)
def test_areas_are_those_that_geod_measures(raster: xr.DataArray) -> None:
    height, width = raster.shape
    tall, wide = slice(0, height), slice(0, width)
    first, bottom, right = slice(0, 20), slice(height - 20, height), slice(width - 20, width)
    parts = [(tall, wide), (first, wide), (bottom, wide), (tall, first), (tall, right)]
    areas = pixel_areas(raster)
    for rows, columns in parts:
        mask = np.zeros(raster.shape, bool)
        mask[rows, columns] = True
        assert mask_area(mask, areas) == pytest.approx(geodesic_area(raster, rows, columns), rel=1e-3)


@pytest.mark.parametrize("left", [-180, 0])
def test_a_raster_of_the_whole_world_is_as_large_as_the_ellipsoid(left: float) -> None:
    areas = pixel_areas(grid(4326, left=left, top=90, size=0.5, shape=(360, 720)))
    assert areas.sum(dtype=float) == pytest.approx(5.100656e14, rel=1e-4)


def test_one_pixel_is_measured_too() -> None:
    raster = grid(32633, left=500_000, top=5_800_000, size=10)
    one = raster.rio.write_transform(transform_of(raster)).isel(x=[7], y=[5])
    np.testing.assert_allclose(pixel_areas(one), [[100.08]], rtol=1e-4)


def test_beside_the_globe_there_is_no_ground() -> None:
    disk = grid("+proj=geos +h=35785831 +lon_0=0", left=-5.5e6, top=5.5e6, size=5e4, shape=(220, 220))
    areas = pixel_areas(disk)
    assert areas[0, 0] == 0
    assert (areas >= 0).all()
    assert areas[110, 110] == pytest.approx(2.5e9, rel=0.01)


def test_pixel_areas_are_not_invented() -> None:
    bare = grid(32633, left=0, top=0, size=1.0).drop_vars("spatial_ref").assign_attrs(pixel_size_m=10.0)
    assert pixel_areas(bare) is None
    assert mask_area(np.ones((20, 30), bool), None) is None


def test_a_mask_is_the_sum_of_its_pixels() -> None:
    mask = np.array([[True, False], [True, True]])
    assert mask_area(mask, np.array([[1.0], [2.0]])) == 5.0
    assert mask_area(mask, np.array([[1.0, 10.0], [2.0, 20.0]])) == 23.0
    assert mask_area(mask, 2.5) == 7.5
    assert mask_area(~mask & mask, 2.5) == 0.0


@pytest.mark.parametrize(
    ("raster", "level"),
    [
        (grid(32633, left=300_000, top=5_800_000, size=1000, shape=(110, 110)), True),
        (grid(4326, left=15, top=62, size=0.01, shape=(100, 100)), True),
        (grid(3413, left=-1e6, top=1e6, size=20_000, shape=(100, 100)), False),
    ],
)
def test_one_area_a_row_is_kept_where_it_says_it_all(raster: xr.DataArray, *, level: bool) -> None:
    areas = pixel_areas(raster)
    assert areas is not None
    assert areas.shape == raster.shape
    assert (areas.strides[1] == 0) == level, "a lazy scene of 10^9 pixels would take 4 GB for it"


def test_regions_are_added_up_strip_by_strip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spexlab.scene.ground._STRIP", 3)
    labels, areas = np.repeat([[0, 1, 2]], 7, axis=0), np.arange(21.0).reshape(7, 3)
    assert region_areas(labels, areas).tolist() == [areas[:, 1].sum(), areas[:, 2].sum()]
    assert region_areas(np.zeros((2, 2), int), np.ones((2, 2))).tolist() == []
