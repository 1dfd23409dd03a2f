"""Areas of interest in every form, on scenes anywhere on the globe."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rioxarray  # noqa: F401
import shapely
import xarray as xr
from pyproj import Transformer
from shapely.geometry import Point, Polygon, box, mapping

from spexlab.scene.area import Area

BOWTIE = Polygon([(0, 0), (8, 8), (8, 0), (0, 8)])


def plain(rows: int = 20, columns: int = 30) -> xr.DataArray:
    """A raster without CRS, in pixel coordinates."""
    values = np.arange(2 * rows * columns, dtype="float32").reshape(2, rows, columns)
    return xr.DataArray(values, dims=("band", "y", "x"), coords={"y": np.arange(rows) + 0.5, "x": np.arange(columns) + 0.5})


def located(epsg: int = 32633, left: float = 500_000.0, top: float = 5_800_000.0, size: float = 10.0) -> xr.DataArray:
    """The same, on the ground."""
    raster = plain()
    x, y = left + (np.arange(30) + 0.5) * size, top - (np.arange(20) + 0.5) * size
    return raster.assign_coords(x=x, y=y).rio.write_crs(epsg)


def degrees(raster: xr.DataArray, shape: Polygon) -> Polygon:
    return gpd.GeoSeries([shape], crs=raster.rio.crs).to_crs(4326).iloc[0]


def test_pixel_box_covers_exactly_its_pixels() -> None:
    mask = Area.of((2, 3, 7, 5)).mask(plain())
    assert mask.shape == (20, 30)
    assert mask.sum() == 10
    assert mask[3:5, 2:7].all()


def test_every_form_of_the_same_area_gives_the_same_mask(tmp_path: Path) -> None:
    shape = Polygon([(2, 2), (12, 2), (12, 9), (2, 15)])
    feature = {"type": "Feature", "properties": {}, "geometry": mapping(shape)}
    file = tmp_path / "area.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    forms: list[Any] = [shape, mapping(shape), feature, file, str(file), gpd.GeoSeries([shape]), gpd.GeoDataFrame(geometry=[shape])]
    masks = [Area.of(form).mask(plain()) for form in forms]
    assert all((mask == masks[0]).all() for mask in masks)


def test_longitude_and_latitude_land_on_the_right_pixels() -> None:
    raster = located()
    drawn = box(500_050, 5_799_900, 500_150, 5_799_970)  # columns 5-14, rows 3-9
    mask = Area.of(degrees(raster, drawn)).mask(raster)
    expected = np.zeros((20, 30), dtype=bool)
    expected[3:10, 5:15] = True
    assert (mask == expected).mean() > 0.99
    assert (Area.of(gpd.GeoSeries([drawn], crs=raster.rio.crs)).mask(raster) == expected).all()


def test_old_geojson_with_its_own_crs_is_understood() -> None:
    content = {
        **mapping(box(500_050, 5_799_900, 500_150, 5_799_970)),
        "crs": {"type": "name", "properties": {"name": "EPSG:32633"}},
    }
    assert Area.of(content).mask(located()).sum() == 70


def test_clip_keeps_values_crs_and_place() -> None:
    raster = located()
    cut = Area.of(gpd.GeoSeries([box(500_050, 5_799_900, 500_150, 5_799_970)], crs=raster.rio.crs)).clip(raster)
    assert cut.shape == (2, 7, 10)
    assert (cut.values == raster.values[:, 3:10, 5:15]).all()
    assert cut.rio.crs == raster.rio.crs
    assert cut.rio.bounds() == (500_050.0, 5_799_900.0, 500_150.0, 5_799_970.0)


def test_clip_without_crs_keeps_pixel_coordinates_of_the_whole() -> None:
    cut = Area.of((4, 6, 10, 12)).clip(plain())
    assert cut["x"].values.tolist() == [4.5, 5.5, 6.5, 7.5, 8.5, 9.5]
    assert (Area.of((5, 7, 9, 11)).mask(cut) == np.pad(np.ones((4, 4), bool), 1)).all()


@pytest.mark.parametrize(
    ("area", "complaint"),
    [
        (BOWTIE, "must not cross itself"),
        ({"type": "Feature", "geometry": mapping(BOWTIE)}, "must not cross itself"),
        ((100, 100, 120, 120), "outside the scene"),
        ((2, 2, 3, 3), "at least 4 pixels"),
        ((5, 5, 2, 2), "xmin < xmax"),
        (Point(3, 3), "must be a polygon, but this is a Point"),
        (Polygon(), "is empty"),
        ({"type": "FeatureCollection", "features": []}, "is empty"),
        ({"type": "Polygon"}, "broken"),
        ({"type": "Nonsense", "coordinates": []}, "GeoJSON"),
        (gpd.GeoSeries([box(2, 2, 8, 8)], crs=4326), "no CRS"),
        (17, "an area must be GeoJSON"),
        ((1, 2, 3), "an area must be GeoJSON"),
        ((0, 0, float("nan"), 5), "xmin < xmax"),
    ],
)
def test_bad_areas_are_refused_with_a_reason(area: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Area.of(area).mask(plain())


def test_clip_refuses_what_the_mask_refuses() -> None:
    for area in (BOWTIE, (100, 100, 120, 120), (2, 2, 3, 3)):
        with pytest.raises(ValueError, match=r"area"):
            Area.of(area).clip(plain())


def test_metres_given_as_degrees_are_explained() -> None:
    with pytest.raises(ValueError, match="longitude and latitude in degrees"):
        Area.of((500_050, 5_799_900, 500_150, 5_799_970)).mask(located())
    with pytest.raises(ValueError, match="outside the scene"):
        Area.of((-70.0, -30.0, -69.0, -29.0)).mask(located())


def test_area_files_that_are_missing_or_not_geojson(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such area file"):
        Area.of(tmp_path / "nowhere.geojson")
    (tmp_path / "notes.geojson").write_text("hello")
    with pytest.raises(ValueError, match="must be GeoJSON"):
        Area.of(tmp_path / "notes.geojson")


SQUARE = "[[[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]]"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "must be GeoJSON, but .* is not"),
        ("[" * 100_000, "must be GeoJSON, but .* is not"),
        ("[1, 2]", "this holds a list"),
        ("null", "this holds nothing"),
        ('{"name": "field"}', "this holds one of type None"),
        ('{"type": "Feature", "geometry": null}', "holds no geometry"),
        ('{"type": "Feature", "geometry": 5}', "this holds a int"),
        ('{"type": "FeatureCollection"}', "must be a list, but they are nothing"),
        ('{"type": "FeatureCollection", "features": [null]}', "this holds nothing"),
        ('{"type": "Polygon"}', 'must have "coordinates"'),
        ('{"type": "Polygon", "coordinates": []}', "the area is empty"),
        ('{"type": "Polygon", "coordinates": null}', "the area is empty"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, NaN], [0, 0]]]}', "must be finite numbers"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 0], [9, 0], [9, 9], [NaN, 0]]]}', "must be finite numbers"),
        ('{"type": "Polygon", "coordinates": [[[null, null], [9, 0], [9, 9], [0, 0]]]}', "must be"),
        ('{"type": "Polygon", "coordinates": [[0, 0], [9, 0], [9, 9], [0, 0]]}', "must be a list of rings"),
        (f'{{"type": "Polygon", "coordinates": [{SQUARE}]}}', "must be a list of rings"),
        (f'{{"type": "MultiPolygon", "coordinates": {SQUARE}}}', "must be a list of polygons"),
        ('{"type": "Polygon", "coordinates": {"a": 1}}', "must be a list of rings"),
        ('{"type": "Polygon", "coordinates": [[["a", "b"], ["c", "d"], ["e", "f"], ["a", "b"]]]}', "must be a list of rings"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [9, 9]]]}', "at least four pairs"),
        ('{"type": "GeometryCollection"}', "the area is empty"),
        (f'{{"type": "Polygon", "coordinates": {SQUARE}, "crs": {{"properties": {{"name": "EPSG:0"}}}}}}', "must name a known CRS"),
    ],
)
def test_broken_geojson_is_one_clear_line(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "area.geojson"
    file.write_text(text)
    for form in (file, text.encode()):
        with pytest.raises(ValueError, match=complaint) as refusal:
            Area.of(form)
        assert "\n" not in str(refusal.value)


def test_a_crs_member_that_says_nothing_is_passed_over() -> None:
    for member in (
        None,
        "EPSG:32633",
        {"type": "name"},
        {"properties": None},
        {"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
    ):
        assert Area.of({**mapping(box(2, 2, 8, 8)), "crs": member}).crs is None


def test_an_area_is_read_once() -> None:
    area = Area.of((2, 3, 7, 5))
    assert Area.of(area) is area


def test_several_parts_are_one_area() -> None:
    parts = [box(2, 2, 5, 5), box(4, 4, 8, 6), box(20, 10, 22, 12)]  # two of them overlap
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(part)} for part in parts]
    for form in ({"type": "FeatureCollection", "features": features}, gpd.GeoSeries(parts), gpd.GeoDataFrame(geometry=parts)):
        area = Area.of(form)
        assert area.mask(plain()).sum() == 9 + 8 - 1 + 4
        assert area.window(plain()) == (slice(2, 12), slice(2, 22))


def test_an_area_comes_in_a_crs_of_its_own() -> None:
    raster, drawn = located(), box(500_050, 5_799_900, 500_150, 5_799_970)
    expected = Area.of(gpd.GeoSeries([drawn], crs=32633)).mask(raster)
    for crs in (32632, 3857, 4258, 3035, 4326):
        frame = gpd.GeoDataFrame(geometry=[drawn], crs=32633).to_crs(crs)
        assert (Area.of(frame).mask(raster) != expected).mean() < 0.01


def test_a_drawn_area_is_told_in_degrees() -> None:
    drawn = Area.of(gpd.GeoSeries([box(500_050, 5_799_900, 500_150, 5_799_970)], crs=32633)).to_geojson()
    assert Area.of(drawn).mask(located()).sum() == 70
    assert Area.of((2, 3, 7, 5)).to_geojson()["coordinates"] == [[[7, 3], [7, 5], [2, 5], [2, 3], [7, 3]]]


def globe(*, left: float, top: float, size: float, shape: tuple[int, int], crs: int = 4326) -> xr.DataArray:
    """A raster of zeros anywhere."""
    x, y = left + (np.arange(shape[1]) + 0.5) * size, top - (np.arange(shape[0]) + 0.5) * size
    return xr.DataArray(np.zeros(shape, "uint8"), dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(crs)


FIJI = globe(left=179, top=-16, size=0.1, shape=(10, 20))
ACROSS = globe(left=700_000, top=8_200_000, size=1000, shape=(100, 200), crs=32760)
WORLDS = [globe(left=left, top=90, size=1, shape=(180, 360)) for left in (-180, 0)]


@pytest.mark.parametrize("turn", [-360, 0, 360])
def test_an_area_beyond_180_is_found_whichever_way_it_counts(turn: float) -> None:
    assert Area.of((turn + 180.2, -16.5, turn + 180.7, -16.2)).window(FIJI) == (slice(2, 5), slice(12, 17))
    assert Area.of((turn + 179.2, -16.5, turn + 180.7, -16.2)).mask(FIJI).sum() == 3 * 15
    assert Area.of((turn + 175, -5, turn + 185, 5)).mask(WORLDS[0])[:, [-5, -1, 0, 4]].sum() == 40
    assert [Area.of((turn - 20, -5, turn - 10, 5)).mask(world).sum() for world in WORLDS] == [100, 100]


@pytest.mark.parametrize("raster", [FIJI, ACROSS], ids=["degrees", "UTM"])
def test_an_area_across_180_may_be_cut_there(raster: xr.DataArray) -> None:
    cut = shapely.MultiPolygon([box(179.5, -16.8, 180, -16.4), box(-180, -16.8, -179.6, -16.4)])
    masks = [Area.of(form).mask(raster) for form in (cut, (179.5, -16.8, 180.4, -16.4), (-180.5, -16.8, -179.6, -16.4))]
    assert masks[0].sum() > 30
    assert all((mask != masks[0]).mean() < 0.002 for mask in masks)


def test_an_area_in_utm_across_180_lies_right_on_degrees() -> None:
    corners = gpd.GeoSeries([box(179.55, -16.75, 180.35, -16.45)], crs=4326).segmentize(0.01).to_crs(32760)
    for raster in (FIJI, FIJI.assign_coords(x=FIJI.x - 360)):
        assert Area.of(corners).window(raster) == (slice(4, 8), slice(5, 14))


@pytest.mark.parametrize(
    "raster",
    [
        located(),
        FIJI,
        ACROSS,
        *WORLDS,
        located(epsg=3857, left=1_500_000, top=8_400_000),
        globe(left=-20037508, top=20037508, size=40075016 / 50, shape=(50, 50), crs=3857),
        globe(left=-1e6, top=1e6, size=1e5, shape=(20, 20), crs=3413),
        globe(left=5e5, top=2e6, size=1e5, shape=(9, 11), crs=3031),
        globe(left=-3e6, top=2e6, size=1e5, shape=(30, 50), crs=6933),
    ],
    ids=[
        "UTM",
        "degrees across 180",
        "UTM across 180",
        "world",
        "world from 0",
        "Mercator",
        "Mercator world",
        "north pole",
        "Antarctica",
        "equal area",
    ],
)
def test_the_whole_world_holds_every_scene(raster: xr.DataArray) -> None:
    area = Area.of((-180, -90, 180, 90))
    assert area.mask(raster).all()
    assert area.window(raster) == (slice(0, raster.sizes["y"]), slice(0, raster.sizes["x"]))


def test_an_area_around_the_pole_is_a_disk() -> None:
    raster = globe(left=-2e6, top=2e6, size=1e4, shape=(400, 400), crs=3413)
    x, y = np.meshgrid(raster.x, raster.y)
    _, lat = Transformer.from_crs(3413, 4326, always_xy=True).transform(x, y)
    assert ((lat > 80) == Area.of((-180, 80, 180, 90)).mask(raster)).mean() > 0.999


def test_what_lies_elsewhere_is_told_where() -> None:
    with pytest.raises(ValueError, match=r"spans \(10, 50, 11, 51\), the scene \(179, -17, 181, -16\)"):
        Area.of((10, 50, 11, 51)).mask(FIJI)
    with pytest.raises(ValueError, match="outside the scene"):
        Area.of(gpd.GeoSeries([box(0, 0, 10, 10)], crs=32633)).mask(located())
