import math

import numpy as np
import pytest
import rasterio.warp
import xarray as xr

from spexlab.scene.grid import transform_of
from widgets.map.bearings import KNOTS, Bearings, knots
from widgets.map.mapview import MapView
from widgets.map.mercator import corners_of, turned


def scene(crs: str | None, *, pixel: float, side: int, corner: tuple[float, float]) -> xr.DataArray:
    """A scene that takes no memory, however large; without a CRS y points down."""
    steps = pixel * (np.arange(side) + 0.5)
    x, y = corner[0] + steps, corner[1] - steps if crs else steps
    values = np.broadcast_to(np.float32(0.1), (3, side, side))
    made = xr.DataArray(values, dims=("band", "y", "x"), coords={"band": ["blue", "green", "red"], "y": y, "x": x})
    return made if crs is None else made.rio.write_crs(crs)


def between(values: np.ndarray, across: float, down: float) -> float:
    """What `bearings.js` makes of the knots."""
    left, top = min(KNOTS - 2, int(across * (KNOTS - 1))), min(KNOTS - 2, int(down * (KNOTS - 1)))
    x, y = across * (KNOTS - 1) - left, down * (KNOTS - 1) - top
    (a, b), (c, d) = values[top : top + 2, left : left + 2]
    return float((1 - y) * ((1 - x) * a + x * b) + y * ((1 - x) * c + x * d))


@pytest.mark.parametrize(
    ("crs", "pixel", "side", "corner"),
    [
        ("EPSG:32632", 10.0, 10980, (399960.0, 5300040.0)),  # a whole Sentinel-2 tile
        ("EPSG:32661", 30.0, 400, (2300000.0, 900000.0)),  # near the pole, where north is not up
        ("EPSG:4326", 1e-4, 500, (10.0, 65.0)),
        ("EPSG:32660", 100.0, 600, (690000.0, 2000000.0)),  # across the antimeridian
        (None, 1.0, 300, (0.0, 0.0)),
    ],
)
def test_the_pixel_under_the_pointer_is_right_all_over_the_scene(
    crs: str | None, pixel: float, side: int, corner: tuple[float, float]
) -> None:
    grid = scene(crs, pixel=pixel, side=side, corner=corner)
    bounds = corners_of(grid)
    (left, bottom, right, top), columns, rows = knots(grid, bounds=bounds)
    for row, column in np.random.default_rng(0).integers(0, side, (200, 2)):
        x, y = transform_of(grid) * (column + 0.5, row + 0.5)
        if crs is None:
            y = -y
        else:
            (lon,), (lat,) = rasterio.warp.transform(crs, "EPSG:4326", [x], [y])
            (lon,), (y,) = [float(turned(lon, bounds))], rasterio.warp.transform("EPSG:4326", "EPSG:3857", [lon], [lat])[1]
            x = math.radians(lon) * 6378137.0
        across, down = (x - left) / (right - left), (top - y) / (top - bottom)
        assert abs(between(columns, across, down) - (column + 0.5)) < 0.5
        assert abs(between(rows, across, down) - (row + 0.5)) < 0.5


def test_a_map_without_coordinates_tells_pixels_and_no_north() -> None:
    bearings, view = Bearings(), MapView()
    plain = scene(None, pixel=1.0, side=20, corner=(0.0, 0.0))
    view.set_scene(plain, composite="true colour")
    bearings.watch(view._map, plain, bounds=view._pictures["scene", ""].bounds)
    assert bearings.plain
    assert not any(type(control).__name__ in {"MeasureControl", "ScaleControl"} for control in view._map.controls)
    assert bearings.shape == [20, 20]
    assert bearings.map_id == view._map.model_id


def test_each_scene_brings_its_own_map_and_its_own_bearings() -> None:
    view = MapView()
    first = scene("EPSG:32632", pixel=10.0, side=20, corner=(5e5, 5e6))
    view.set_scene(first, composite="true colour")
    before = view._bearings.map_id
    view.set_scene(scene("EPSG:32632", pixel=10.0, side=30, corner=(5e5, 5e6)), composite="true colour")
    assert view._bearings.map_id not in ("", before)
    assert view._bearings.shape == [30, 30]
    assert not view._bearings.plain
    assert {"MeasureControl", "ScaleControl"} <= {type(control).__name__ for control in view._map.controls}
    degrees = [math.degrees(edge / 6378137.0) for edge in view._bearings.plane[::2]]
    assert degrees == pytest.approx([corner[1] for corner in view._pictures["scene", ""].bounds])
