"""What is pointed at: every form means the pixels that it shows."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr
from shapely.geometry import LineString, Point, Polygon, box, mapping

from spexlab.scene.pointing import Pointed

BOWTIE = Polygon([(0, 0), (8, 8), (8, 0), (0, 8)])


def plain(rows: int = 20, columns: int = 30) -> xr.DataArray:
    coords = {"y": np.arange(rows) + 0.5, "x": np.arange(columns) + 0.5}
    return xr.DataArray(np.zeros((1, rows, columns), np.float32), dims=("band", "y", "x"), coords=coords)


def located(epsg: int = 32633, left: float = 500_000.0, top: float = 5_800_000.0, size: float = 10.0) -> xr.DataArray:
    raster = plain()
    x, y = left + (np.arange(30) + 0.5) * size, top - (np.arange(20) + 0.5) * size
    return raster.assign_coords(x=x, y=y).rio.write_crs(epsg)


def places(form: object, raster: xr.DataArray) -> list[tuple[int, int]]:
    numbers = np.unique(np.concatenate(Pointed.of(form).pixels(raster)))
    return [divmod(int(number), raster.sizes["x"]) for number in numbers]


def test_every_form_of_a_point_means_the_pixel_in_which_it_lies(tmp_path: Path) -> None:
    point = Point(7.2, 3.9)
    feature = {"type": "Feature", "properties": {}, "geometry": mapping(point)}
    file = tmp_path / "point.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    forms = [
        (7.2, 3.9),
        [(7.2, 3.9)],
        np.array([7.2, 3.9]),
        point,
        mapping(point),
        feature,
        file,
        str(file),
        gpd.GeoSeries([point]),
    ]
    assert all(places(form, plain()) == [(3, 7)] for form in forms)


def test_a_line_means_the_pixels_that_it_touches_and_a_polygon_those_whose_centres_it_holds() -> None:
    assert places(LineString([(2.5, 4.5), (6.5, 4.5)]), plain()) == [(4, column) for column in range(2, 7)]
    assert places(box(2.2, 4.2, 4.8, 5.8), plain()) == [(4, 2), (4, 3), (4, 4), (5, 2), (5, 3), (5, 4)]
    assert places(box(2.1, 4.1, 2.3, 4.3), plain()) == [(4, 2)]
    assert places((2, 4, 4, 5), plain()) == [(4, 2), (4, 3)]


def test_several_shapes_stay_apart() -> None:
    shapes = shapely.GeometryCollection([Point(1.5, 1.5), shapely.MultiPoint([(5.5, 5.5), (6.5, 6.5)])])
    assert [numbers.tolist() for numbers in Pointed.of(shapes).pixels(plain())] == [[31], [155], [186]]


@pytest.mark.parametrize("turn", [-360.0, 0.0, 360.0])
def test_longitude_and_latitude_land_on_the_right_pixel_on_any_copy_of_the_world(turn: float) -> None:
    raster = located()
    spot = gpd.GeoSeries([Point(500_075, 5_799_955)], crs=raster.rio.crs).to_crs(4326).iloc[0]
    assert places((spot.x + turn, spot.y), raster) == [(4, 7)]


def test_what_was_read_is_written_as_longitude_and_latitude() -> None:
    raster = located()
    frame = gpd.GeoDataFrame(geometry=[Point(500_075, 5_799_955)], crs=raster.rio.crs)
    written = Pointed.of(frame).to_geojson()
    assert written["type"] == "Point"
    assert places(written, raster) == [(4, 7)]
    assert Pointed.of((7.5, 4.5)).to_geojson() == {"type": "Point", "coordinates": [7.5, 4.5]}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ((31.0, 4.0), r"must lie in the area that was looked at, \(0, 0, 30, 20\) pixels, but one at \(31, 4\)"),
        ([(3.0, 4.0), (-1.0, 4.0)], r"one at \(-1, 4\)"),
        (box(40, 40, 50, 50), r"one at \(40, 40, 50, 50\)"),
        ((np.nan, 4.0), "finite"),
        (BOWTIE, "cross itself"),
        (Point(), "empty"),
        (shapely.GeometryCollection(), "empty"),
        ({"type": "Point"}, "coordinates"),
        (7, "int was given"),
    ],
)
def test_what_cannot_be_pointed_at_is_refused(form: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Pointed.of(form).pixels(plain())


def test_coordinates_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="no CRS, but what is pointed at comes in EPSG:32633"):
        Pointed.of(gpd.GeoSeries([Point(1, 1)], crs=32633)).pixels(plain())
    with pytest.raises(ValueError, match="must be longitude and latitude"):
        Pointed.of((500_075.0, 5_799_955.0)).pixels(located())
