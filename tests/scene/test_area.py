"""Areas of interest in every form, and where a scene lies."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rioxarray  # noqa: F401
import xarray as xr
from shapely.geometry import Point, Polygon, box, mapping

from spexlab.scene.area import area_mask, clip, read_area

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
    mask = area_mask(plain(), (2, 3, 7, 5))
    assert mask.shape == (20, 30)
    assert mask.sum() == 10
    assert mask[3:5, 2:7].all()


def test_every_form_of_the_same_area_gives_the_same_mask(tmp_path: Path) -> None:
    shape = Polygon([(2, 2), (12, 2), (12, 9), (2, 15)])
    feature = {"type": "Feature", "properties": {}, "geometry": mapping(shape)}
    file = tmp_path / "area.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    forms: list[Any] = [shape, mapping(shape), feature, file, str(file), gpd.GeoSeries([shape]), gpd.GeoDataFrame(geometry=[shape])]
    masks = [area_mask(plain(), form) for form in forms]
    assert all((mask == masks[0]).all() for mask in masks)


def test_longitude_and_latitude_land_on_the_right_pixels() -> None:
    raster = located()
    drawn = box(500_050, 5_799_900, 500_150, 5_799_970)  # columns 5-14, rows 3-9
    mask = area_mask(raster, degrees(raster, drawn))
    expected = np.zeros((20, 30), dtype=bool)
    expected[3:10, 5:15] = True
    assert (mask == expected).mean() > 0.99
    assert (area_mask(raster, gpd.GeoSeries([drawn], crs=raster.rio.crs)) == expected).all()


def test_old_geojson_with_its_own_crs_is_understood() -> None:
    content = {
        **mapping(box(500_050, 5_799_900, 500_150, 5_799_970)),
        "crs": {"type": "name", "properties": {"name": "EPSG:32633"}},
    }
    assert area_mask(located(), content).sum() == 70


def test_clip_keeps_values_crs_and_place() -> None:
    raster = located()
    cut = clip(raster, gpd.GeoSeries([box(500_050, 5_799_900, 500_150, 5_799_970)], crs=raster.rio.crs))
    assert cut.shape == (2, 7, 10)
    assert (cut.values == raster.values[:, 3:10, 5:15]).all()
    assert cut.rio.crs == raster.rio.crs
    assert cut.rio.bounds() == (500_050.0, 5_799_900.0, 500_150.0, 5_799_970.0)


def test_clip_without_crs_keeps_pixel_coordinates_of_the_whole() -> None:
    cut = clip(plain(), (4, 6, 10, 12))
    assert cut["x"].values.tolist() == [4.5, 5.5, 6.5, 7.5, 8.5, 9.5]
    assert (area_mask(cut, (5, 7, 9, 11)) == np.pad(np.ones((4, 4), bool), 1)).all()


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
        area_mask(plain(), area)


def test_clip_refuses_what_area_mask_refuses() -> None:
    for area in (BOWTIE, (100, 100, 120, 120), (2, 2, 3, 3)):
        with pytest.raises(ValueError, match=r"area"):
            clip(plain(), area)


def test_metres_given_as_degrees_are_explained() -> None:
    with pytest.raises(ValueError, match="longitude and latitude in degrees"):
        area_mask(located(), (500_050, 5_799_900, 500_150, 5_799_970))
    with pytest.raises(ValueError, match="outside the scene"):
        area_mask(located(), (-70.0, -30.0, -69.0, -29.0))


def test_area_files_that_are_missing_or_not_geojson(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such area file"):
        read_area(tmp_path / "nowhere.geojson", None)
    (tmp_path / "notes.geojson").write_text("hello")
    with pytest.raises(ValueError, match="must be GeoJSON"):
        read_area(tmp_path / "notes.geojson", None)
