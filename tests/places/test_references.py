"""References in the files that people have."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import xarray as xr
from rasterio.transform import from_origin
from shapely.geometry import Point, box

import spexlab
from spexlab.places.references import LabelRaster, LabelShapes, Meaning, Truths, proposed, read_reference


def write_labels(path: Path, values: np.ndarray, *, nodata: float | None = None, names: tuple[str, ...] = ()) -> Path:
    layers = values if values.ndim == 3 else values[None]
    profile = {"driver": "GTiff", "count": len(layers), "height": layers.shape[1], "width": layers.shape[2], "dtype": layers.dtype}
    with rasterio.open(path, "w", **profile, crs="EPSG:32633", transform=from_origin(5e5, 5e6, 10, 10), nodata=nodata) as file:
        file.write(layers)
        if names:
            file.descriptions = names
    return path


def grid(size: int = 6, *, placed: bool = True) -> xr.DataArray:
    centres = np.arange(size) + 0.5
    y, x = (5e6 - 10 * centres, 5e5 + 10 * centres) if placed else (centres, centres)
    empty = xr.DataArray(np.zeros((size, size), bool), dims=("y", "x"), coords={"y": y, "x": x})
    return empty.rio.write_crs("EPSG:32633") if placed else empty


def test_a_raster_says_what_it_holds_and_where_nothing_is_known(tmp_path: Path) -> None:
    values = np.array([[0, 1, 9], [2, 9, 1], [0, 0, 0]], "uint8")
    read = read_reference(write_labels(tmp_path / "labels.tif", values, nodata=9))
    assert isinstance(read, LabelRaster)
    assert read.kinds == ["0", "1", "2"]
    scene = grid(3)
    present, known = read.truth(scene, scene, yes=("1", "2"), unknown=())
    assert present.tolist() == [[False, True, False], [True, False, True], [False] * 3]
    assert known.tolist() == [[True, True, False], [True, False, True], [True] * 3]
    assert read.truth(scene, scene, yes=("1",), unknown=("2",))[1].sum() == 6


def test_a_raster_on_another_grid_is_brought_to_the_scenes(tmp_path: Path) -> None:
    read = read_reference(write_labels(tmp_path / "wide.tif", np.eye(3, dtype="uint8").repeat(2, 0).repeat(2, 1)))
    scene = grid(4)
    part = scene.isel(y=slice(0, 2), x=slice(0, 2))
    assert isinstance(read, LabelRaster)
    assert read.truth(scene, part, yes=("1",), unknown=())[0].all()
    elsewhere = scene.assign_coords(x=scene["x"] + 1e5)
    with pytest.raises(ValueError, match="lies elsewhere"):
        read.truth(elsewhere, elsewhere, yes=("1",), unknown=())
    with pytest.raises(ValueError, match="4 x 4 pixels"):
        read.truth(grid(4, placed=False), grid(4, placed=False), yes=("1",), unknown=())


def test_a_measurement_is_no_label(tmp_path: Path) -> None:
    heights = np.arange(400, dtype="float32").reshape(20, 20)
    with pytest.raises(ValueError, match="looks like a measurement"):
        proposed(read_reference(write_labels(tmp_path / "heights.tif", heights)), "water")
    with pytest.raises(ValueError, match="all of this one is no data"):
        proposed(read_reference(write_labels(tmp_path / "empty.tif", np.zeros((2, 2), "uint8"), nodata=0)), "water")


def test_of_several_bands_the_one_with_the_targets_name_is_taken(tmp_path: Path) -> None:
    layers = np.array([[[1, 0]], [[0, 1]]], "uint8")
    read = read_reference(write_labels(tmp_path / "masks.tif", layers, names=("water", "trees")))
    assert isinstance(read, LabelRaster)
    assert read.about("trees").labels.values.tolist() == [[[0, 1]]]
    with pytest.raises(ValueError, match="called water, trees"):
        read.about("snow")


def test_spexlabs_own_labels_are_understood() -> None:
    _, labels = spexlab.simulate_scene(3, size=96)
    read = read_reference(labels)
    assert proposed(read, "water").yes == ("1",)
    assert set(proposed(read, "vegetation").yes) <= {"2", "3", "4", "9"}


@pytest.mark.parametrize(
    ("kinds", "target", "meaning"),
    [
        ([0, 1], "trees", Meaning(yes=("1",))),
        ([0, 1, 2, 10], "trees", Meaning(yes=("2",), unknown=("0", "10"))),
        ([0, 255], "trees", Meaning(yes=("255",))),
        ([20, 30, 80], "trees", Meaning()),
    ],
)
def test_what_numbers_mean_is_proposed(tmp_path: Path, kinds: list[int], target: str, meaning: Meaning) -> None:
    assert proposed(read_reference(write_labels(tmp_path / "labels.tif", np.array([kinds], "uint8"))), target) == meaning


POINTS = "id,lon,lat,Class\n1,13.4,52.5,Water\n2,13.5,52.6,forest\n3,13.6,52.7,\n"


@pytest.mark.parametrize(
    ("content", "crs", "own"),
    [
        (POINTS, None, False),
        (POINTS.replace(",", ";"), None, False),
        ("x,y,class\n500010,4999990,water\n500020,4999980,forest\n", None, True),
        ("wkt,class\nPOINT (13.4 52.5),water\nPOINT (13.5 52.5),forest\n", None, False),
    ],
)
def test_tables_of_points_are_read(tmp_path: Path, content: str, crs: object, own: bool) -> None:  # noqa: FBT001  a column of the table
    (tmp_path / "points.csv").write_text(content)
    read = read_reference(tmp_path / "points.csv")
    assert isinstance(read, LabelShapes)
    assert (read.frame.crs, read.own, read.pointlike) == (crs, own, True)
    meaning = proposed(read, "water")
    assert (meaning.column.lower(), meaning.yes, meaning.complete) == ("class", ("water",), False)


def test_points_of_a_table_lie_where_it_says(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("x,y,class\n500015,4999985,water\n")
    read = read_reference(tmp_path / "points.csv")
    assert isinstance(read, LabelShapes)
    placed = read.on(grid())
    assert (placed.geometry.x[0], placed.geometry.y[0]) == (500015, 4999985)
    degrees = LabelShapes(gpd.GeoDataFrame({"class": ["water"]}, geometry=[Point(500015, 4999985)]))
    with pytest.raises(ValueError, match="save it with its CRS"):
        degrees.on(grid())


@pytest.mark.parametrize("name", ["shapes.geojson", "shapes.gpkg"])
def test_layers_are_read_in_their_crs(tmp_path: Path, name: str) -> None:
    frame = gpd.GeoDataFrame({"water": [True, False]}, geometry=[Point(500015, 4999985), Point(500025, 4999985)], crs="EPSG:32633")
    frame.to_file(tmp_path / name)
    read = read_reference(name, content=(tmp_path / name).read_bytes())
    assert isinstance(read, LabelShapes)
    assert read.on(grid()).geometry.x.tolist() == pytest.approx([500015, 500025], abs=1e-3)
    assert proposed(read, "water").yes in {("true",), ("1",)}


def test_geojson_without_a_crs_is_pixels_on_a_scene_without_one(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"class": "water"}, "geometry": {"type": "Point", "coordinates": [2.5, 1.5]}}
    (tmp_path / "points.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    read = read_reference(tmp_path / "points.geojson")
    assert isinstance(read, LabelShapes)
    assert read.on(grid(placed=False)).geometry.x.tolist() == [2.5]
    with pytest.raises(ValueError, match="lies elsewhere"):
        read.on(grid())
    placed = LabelShapes(read.frame.set_crs("EPSG:32633"))
    with pytest.raises(ValueError, match="must be in its pixels"):
        placed.on(grid(placed=False))


def test_polygons_mean_all_of_the_target_unless_they_say_more() -> None:
    shapes = [box(5e5, 5e6 - 30, 5e5 + 20, 5e6), box(5e5 + 30, 5e6 - 60, 5e5 + 60, 5e6 - 30)]
    lakes = LabelShapes(gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=shapes, crs="EPSG:32633"))
    assert proposed(lakes, "water") == Meaning(complete=True)
    present, known = lakes.truth(grid(), "", yes=(), unknown=())
    assert present.sum() == 3 * 2 + 3 * 3
    assert known.all()
    classes = LabelShapes(gpd.GeoDataFrame({"kind": ["water", "wood"]}, geometry=shapes, crs="EPSG:32633"))
    assert proposed(classes, "water") == Meaning("kind", ("water",))
    present, known = classes.truth(grid(), "kind", yes=("water",), unknown=("wood",))
    assert present.sum() == 6
    assert (~known).sum() == 9


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.shp", b"", "must be GeoTIFF, GeoJSON, GeoPackage or CSV"),
        ("a.tif", b"no raster", "cannot"),
        ("a.geojson", b"{", "cannot be read as GeoJSON"),
        ("a.gpkg", b"nothing", "cannot be read as GeoJSON"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "must hold points or polygons"),
        ("a.csv", b"", "cannot be read as CSV"),
        ("a.csv", b"a,b\n1,2\n", "columns longitude and latitude"),
        ("a.csv", b"lon,lat\nhere,there\n", "must be numbers"),
        ("a.csv", b"wkt,b\nnowhere,2\n", "must be WKT"),
    ],
)
def test_what_is_no_reference_is_refused_in_plain_words(name: str, content: bytes, said: str) -> None:
    with pytest.raises((ValueError, OSError), match=said):
        read_reference(name, content=content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.csv"):
        read_reference(tmp_path / "missing.csv")


def test_truths_of_classes_and_of_a_mask(tmp_path: Path) -> None:
    scene = grid(3)
    codes = np.array([[1, 2, 3], [0, 2, 2], [1, 10, 11]], "uint8")
    truths = Truths.of(write_labels(tmp_path / "codes.tif", codes))
    assert truths.classes
    present, known = truths.truth("vegetation", scene, scene)
    assert present.astype(int).tolist() == [[0, 1, 1], [0, 1, 1], [0, 0, 0]]
    assert known.astype(int).tolist() == [[1, 1, 1], [0, 1, 1], [1, 0, 1]]
    assert not truths.truth("snow", scene, scene)[0].any()
    mask = Truths.of(write_labels(tmp_path / "mask.tif", np.eye(3, dtype="uint8") * 255))
    assert not mask.classes
    assert mask.truth("snow", scene, scene)[0].tolist() == np.eye(3, dtype=bool).tolist()
    assert Truths.of(mask) is mask
    with pytest.raises(ValueError, match="it holds 10, 20, 95"):
        Truths.of(write_labels(tmp_path / "legend.tif", np.array([[10, 20, 95]], "uint8")))


def test_truths_of_polygons() -> None:
    shapes = [box(5e5, 5e6 - 30, 5e5 + 20, 5e6), box(5e5 + 30, 5e6 - 60, 5e5 + 60, 5e6 - 30)]
    lakes = Truths.of(gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=shapes, crs="EPSG:32633"))
    assert not lakes.classes
    present, known = lakes.truth("water", grid(), grid())
    assert (present.sum(), known.sum()) == (15, 36)
    land = Truths.of(gpd.GeoDataFrame({"kind": ["water", "trees"]}, geometry=shapes, crs="EPSG:32633"))
    assert land.classes
    present, known = land.truth("vegetation", grid(), grid())
    assert (present.sum(), known.sum()) == (9, 15), "of what lies in no polygon nothing is known"
    assert land.truth("snow", grid(), grid())[0].sum() == 0
    with pytest.raises(ValueError, match="points were given"):
        Truths.of(gpd.GeoDataFrame({"kind": ["water"]}, geometry=[Point(0, 0)]))
