"""Polygons in longitude and latitude where the globe is cut open."""

import geopandas as gpd
import numpy as np
import pytest
from pyproj import Geod
from shapely.geometry import MultiPolygon, Point, Polygon, box

from spexlab.scene.degrees import in_degrees


def placed(shape: Polygon, crs: int) -> Polygon | MultiPolygon:
    (found,) = in_degrees(gpd.GeoSeries([shape], crs=crs))
    return found


def ground_area(shape: Polygon | MultiPolygon) -> float:
    return abs(Geod(ellps="WGS84").geometry_area_perimeter(shape.segmentize(0.1))[0])


def test_away_from_180_nothing_is_changed() -> None:
    shapes = gpd.GeoSeries([box(500_000, 5_000_000, 510_000, 5_010_000)], crs=32633)
    assert in_degrees(shapes).geom_equals(shapes.to_crs(4326)).all()


def test_a_polygon_across_180_is_cut_in_two() -> None:
    found = placed(box(790_000, 8_100_000, 860_000, 8_150_000), 32760)
    assert found.geom_type == "MultiPolygon"
    assert min(part.bounds[0] for part in found.geoms) == -180
    assert max(part.bounds[2] for part in found.geoms) == 180
    assert all(part.bounds[2] - part.bounds[0] < 1 for part in found.geoms)
    assert found.is_valid


def test_holes_stay_holes() -> None:
    ring = box(790_000, 8_100_000, 860_000, 8_150_000) - box(800_000, 8_110_000, 850_000, 8_140_000)
    whole, hole = (placed(box(*bounds), 32760).area for bounds in (ring.bounds, (800_000, 8_110_000, 850_000, 8_140_000)))
    assert placed(ring, 32760).area == pytest.approx(whole - hole, rel=1e-3)


def test_degrees_beyond_180_come_back() -> None:
    assert placed(box(185, 0, 190, 5), 4326).bounds == (-175, 0, -170, 5)
    assert placed(box(-190, 0, -185, 5), 4326).bounds == (170, 0, 175, 5)
    assert placed(box(175, 0, 185, 5), 4326).bounds == (-180, 0, 180, 5)


@pytest.mark.parametrize(("crs", "pole"), [(3413, 90), (3031, -90)])
def test_a_polygon_around_a_pole_reaches_it(crs: int, pole: float) -> None:
    disk = Point(1e5, 2e5).buffer(2e6)
    cap = placed(disk, crs)
    assert cap.is_valid
    assert cap.bounds[0] == -180
    assert cap.bounds[2] == 180
    assert pole in (cap.bounds[1], cap.bounds[3])
    equal_area = gpd.GeoSeries([disk.segmentize(1e4)], crs=crs).to_crs(f"+proj=laea +lat_0={pole} +ellps=WGS84")
    assert ground_area(cap) == pytest.approx(equal_area.area[0], rel=2e-3)
    hole = placed(disk - Point(0, 0).buffer(5e5), crs)
    assert not hole.contains(Point(30, np.sign(pole) * 89))
    assert hole.contains(Point(30, np.sign(pole) * 80))
