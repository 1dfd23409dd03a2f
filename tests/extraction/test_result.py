import dataclasses
import json
import re
import resource
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import xarray as xr
from PIL import Image
from pyarrow import parquet
from pyproj import Geod
from rasterio.enums import ColorInterp
from shapely.geometry import shape

from spexlab.extraction import Extraction, extract
from spexlab.scene import new_scene
from spexlab.scene.grid import transform_of
from spexlab.scene.naming import resolve_bands
from spexlab.targets import COLOURS
from tests.support.fakes import FakeSpex

BANDS = resolve_bands(["blue", "green", "red", "nir"], "sentinel-2")
WATER, FIELD = (0.06, 0.08, 0.05, 0.02), (0.04, 0.08, 0.05, 0.45)
HOSTILE = "<script>alert('x')</script> costs $5 & $\\frac{"


def ponds(*, crs: str | None = "EPSG:32633", title: str = "Two ponds", size: int = 64) -> xr.DataArray:
    """A field with a pond of 10 x 20 pixels, another of two pixels that touch at a corner, and a wedge without data."""
    values = np.broadcast_to(np.array(FIELD, np.float32)[:, None, None], (4, size, size)).copy()
    wet = np.zeros((size, size), bool)
    wet[10:20, 10:30] = True
    wet[40, 40] = wet[41, 41] = True
    values[:, wet] = np.array(WATER, np.float32)[:, None]
    values[:, :, -4:] = np.nan
    scene = new_scene(values, BANDS, sensor="sentinel-2", title=title, date="2024-07-01")
    if crs is None:
        return scene
    scene = scene.assign_coords(x=500_005.0 + 10 * np.arange(size), y=5_000_635.0 - 10 * np.arange(size)).rio.write_crs(crs)
    return scene.rio.write_transform(transform_of(scene))


@pytest.fixture(scope="module")
def found() -> Extraction:
    return extract(ponds(), "water", model=FakeSpex())


@pytest.fixture(scope="module")
def unplaced() -> Extraction:
    return extract(ponds(crs=None, title=HOSTILE), "water and trees", model=FakeSpex(text=lambda _: HOSTILE))


def test_the_cog_says_inside_outside_and_no_data(found: Extraction, tmp_path: Path) -> None:
    with rasterio.open(found.to_cog(tmp_path / "m.tif")) as file:
        assert file.dtypes == ("uint8",)
        assert file.nodata == 255
        assert file.descriptions == ("water",)
        assert file.crs.to_epsg() == 32633
        assert file.transform == transform_of(found.scene)
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        layer = file.read(1)
        assert np.unique(layer).tolist() == [0, 1, 255]
        np.testing.assert_array_equal(layer == 1, found.mask.values[0])
        assert (layer[:, -4:] == 255).all()
        tags = file.tags()
        assert tags["INSTRUCTION"] == "water"
        assert json.loads(tags["PROVENANCE"]) == found.provenance
        assert json.loads(tags["CLASSES"]) == {"0": "none of these", "1": "water", "255": "no data"}
        assert file.colorinterp == (ColorInterp.palette,)
        assert file.colormap(1)[1] == (*bytes.fromhex(COLOURS["water"][1:]), 255)
    assert [path.name for path in tmp_path.iterdir()] == ["m.tif"]


def test_any_name_will_do(found: Extraction, tmp_path: Path) -> None:
    with rasterio.open(found.to_cog(tmp_path / "plain.tif")) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert [path.name for path in tmp_path.iterdir()] == ["plain.tif"]


def test_overviews_hold_no_invented_value(tmp_path: Path) -> None:
    result = extract(ponds(size=1100), "water", model=FakeSpex(window=512))
    with rasterio.open(result.to_cog(tmp_path / "m.tif")) as file:
        assert file.overviews(1)
        assert file.block_shapes == [(512, 512)]
        small = file.read(1, out_shape=(137, 137))
        assert set(np.unique(small)) <= {0, 1, 255}


def test_a_scene_without_crs_is_written_and_says_so(unplaced: Extraction, tmp_path: Path) -> None:
    with rasterio.open(unplaced.to_cog(tmp_path / "m.tif")) as file:
        assert file.crs is None
        assert "pixels" in file.tags()["CRS"]
        assert file.descriptions == ("water", "trees")
        assert file.count == 2


def test_probabilities_are_written_as_float(found: Extraction, tmp_path: Path) -> None:
    with rasterio.open(found.probability_to_cog(tmp_path / "p.tif")) as file:
        assert file.dtypes == ("float32",)
        assert np.isnan(file.nodata)
        np.testing.assert_array_equal(file.read(1), found.probability.values[0])


def test_regions_are_polygons_with_what_was_measured(found: Extraction) -> None:
    regions = found.regions
    assert regions.crs.to_epsg() == 32633
    assert regions["pixels"].tolist() == [200, 2]  # the corner-touching pixels are one region
    np.testing.assert_allclose(regions.area, [20_000, 200])
    np.testing.assert_allclose(regions["area_m2"], [20_000, 200], rtol=1e-3)  # on the ground
    assert regions.is_valid.all()
    assert regions.iloc[0].geometry.bounds == (500_100, 5_000_440, 500_300, 5_000_540)
    assert regions.iloc[0]["inside"] == pytest.approx(0.6, abs=1e-5)  # NDWI of 0.08 and 0.02
    assert regions.iloc[0]["around"] == pytest.approx(-0.37 / 0.53, abs=1e-5)
    assert set(regions["instruction"]) == {"water"}
    assert len(regions) == found.evidence[0].measurement.n_regions


@pytest.mark.parametrize("instruction", ["water", "the largest water", "water in the north"])
def test_a_region_has_the_same_surroundings_in_the_evidence_and_in_the_file(instruction: str, tmp_path: Path) -> None:
    wet = np.zeros((64, 64), bool)
    wet[20:31, 10:30] = True
    # Another pond in the ring of the first, which either limit cuts away.
    wet[33:36, 12:20] = instruction != "water"
    values = np.where(wet[..., None], WATER, FIELD) * np.random.default_rng(0).uniform(0.8, 1.2, (64, 64, 4))
    found = extract(new_scene(np.moveaxis(values, 2, 0).astype(np.float32), BANDS), instruction, model=FakeSpex())
    (row,), (one,) = found.regions.to_dict("records"), found.evidence
    assert (row["inside"], row["around"]) == (one.measurement.inside, one.measurement.around)
    assert gpd.read_parquet(found.to_geoparquet(tmp_path / "r.parquet"))["around"].tolist() == [one.measurement.around]


def test_what_is_left_out_is_a_surrounding_in_both() -> None:
    found = extract(ponds(), "the largest water", model=FakeSpex())
    # A second answer, in which a pond beside the first one is not water as asked, but was probable.
    probability, excluded = found.probability.copy(deep=True), found.excluded.copy(data=np.zeros(found.excluded.shape, bool))
    probability[0, 22:24, 12:20], excluded[0, 22:24, 12:20] = 0.9, True
    cut = dataclasses.replace(found, probability=probability, excluded=excluded).cut_at(0.5)
    (row,) = cut.regions.to_dict("records")
    assert row["around"] == cut.evidence[0].measurement.around


def test_geoparquet_comes_back(found: Extraction, tmp_path: Path) -> None:
    back = gpd.read_parquet(found.to_geoparquet(tmp_path / "r.parquet"))
    assert back.crs == found.regions.crs
    assert back.geometry.geom_equals(found.regions.geometry).all()
    assert back["target"].tolist() == ["water", "water"]
    assert json.loads(parquet.read_schema(tmp_path / "r.parquet").metadata[b"provenance"]) == found.provenance


def test_geopackage_comes_back(found: Extraction, unplaced: Extraction, tmp_path: Path) -> None:
    path, other = found.to_geopackage(tmp_path / "r.gpkg"), unplaced.to_geopackage(tmp_path / "u.gpkg")
    assert {path.name for path in tmp_path.iterdir()} == {"r.gpkg", "u.gpkg"}
    back = gpd.read_file(path, layer="regions")
    assert back.crs == found.regions.crs
    assert back.geometry.geom_equals(found.regions.geometry).all()
    assert back["area_m2"].tolist() == pytest.approx(found.regions["area_m2"].tolist())
    about = pyogrio.read_info(path)["dataset_metadata"]
    assert json.loads(about["provenance"]) == found.provenance
    assert gpd.read_file(other).total_bounds.max() <= 64
    assert "pixels" in pyogrio.read_info(other)["dataset_metadata"]["crs_note"]


def test_a_dataset_has_masks_and_probabilities_in_their_place(found: Extraction) -> None:
    dataset = found.to_dataset()
    assert dataset["mask"].dims == ("target", "y", "x")
    for name in ("mask", "probability"):
        xr.testing.assert_equal(dataset[name], getattr(found, name))
    assert dataset.rio.crs.to_epsg() == 32633
    assert dataset.rio.transform() == transform_of(found.scene)
    assert json.loads(dataset.attrs["provenance"]) == found.provenance


@pytest.mark.parametrize("name", ["found", "unplaced"])
def test_netcdf_comes_back(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    result: Extraction = request.getfixturevalue(name)
    with xr.open_dataset(result.to_netcdf(tmp_path / "d.nc"), engine="scipy", decode_coords="all") as back:
        assert back["target"].values.tolist() == result.targets
        np.testing.assert_array_equal(back["probability"].values, result.probability.values)
        known = np.isfinite(result.probability.values)
        np.testing.assert_array_equal(back["mask"].values == 1, result.mask.values)
        np.testing.assert_array_equal(np.isnan(back["mask"].values), ~known)
        assert json.loads(back.attrs["provenance"]) == result.provenance
        assert (back.rio.crs is None) == (name == "unplaced")
    with rasterio.open(f"netcdf:{tmp_path / 'd.nc'}:probability") as file:
        assert (file.crs is not None) == (name == "found")


def test_classes_are_one_band_with_colours_and_names(tmp_path: Path) -> None:
    both = extract(ponds(), "water and vegetation and trees", model=FakeSpex())
    with rasterio.open(both.classes_to_cog(tmp_path / "c.tif")) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        layer, names = file.read(1), json.loads(file.tags()["CLASSES"])
        assert names == {"0": "none of these", "255": "no data"} | {str(n): t for n, t in enumerate(both.targets, start=1)}
        for value, target in enumerate(both.targets, start=1):
            assert file.colormap(1)[value] == (*bytes.fromhex(COLOURS[target][1:]), 255)
            assert both.mask.sel(target=target).values[layer == value].all()
        assert json.loads(file.tags()["PROVENANCE"]) == both.provenance
    likely = both.probability.where(both.mask, -1).max("target").values
    for value, target in enumerate(both.targets, start=1):
        np.testing.assert_array_equal(both.probability.sel(target=target).values[layer == value], likely[layer == value])
    np.testing.assert_array_equal(layer == 255, np.isnan(both.probability.values[0]))
    np.testing.assert_array_equal(layer == 0, ~both.mask.values.any(axis=0) & np.isfinite(both.probability.values[0]))
    both.to_cog(tmp_path / "m.tif")


def test_what_was_left_out_of_the_scene_stands_in_the_provenance() -> None:
    scene = ponds().assign_attrs(notes="3.0% of the pixels are left out: cloud")
    assert extract(scene, "water", model=FakeSpex()).provenance["notes"] == scene.attrs["notes"]


@pytest.mark.parametrize(
    "method",
    ["to_cog", "classes_to_cog", "probability_to_cog", "to_netcdf", "to_geoparquet", "to_geopackage", "to_geojson", "to_png"],
)
def test_where_there_is_no_room_one_line_names_file_and_cause(found: Extraction, tmp_path: Path, method: str) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, limit[1]))  # as on a disk that fills up
    try:
        with pytest.raises(OSError, match=r"cannot write '.*/new': .*; nothing is left of it") as caught:
            getattr(found, method)(tmp_path / "new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_geojson_is_rfc_7946(found: Extraction, tmp_path: Path) -> None:
    content = json.loads(found.to_geojson(tmp_path / "r.geojson").read_text())
    assert "crs" not in content
    (lon, lat), *_ = content["features"][0]["geometry"]["coordinates"][0]
    assert 14.9 < lon < 15.1
    assert 45.1 < lat < 45.2
    ring = np.array(content["features"][0]["geometry"]["coordinates"][0])
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    assert np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) > 0  # counter-clockwise
    assert content["features"][0]["properties"]["pixels"] == 200
    assert content["provenance"]["instruction"] == "water"


def test_every_output_has_the_area_of_its_own_rows(tmp_path: Path) -> None:
    scene = ponds().assign_coords(x=15 + 0.01 * np.arange(64), y=62 - 0.1 * np.arange(64)).rio.write_crs("EPSG:4326")
    found = extract(scene.rio.write_transform(transform_of(scene)), "water", model=FakeSpex())
    lon, lat = zip((15.095, 61.05), (15.295, 61.05), (15.295, 60.05), (15.095, 60.05), strict=True)
    pond = abs(Geod(ellps="WGS84").polygon_area_perimeter(lon, lat)[0])
    assert found.regions["area_m2"][0] == pytest.approx(pond, rel=1e-3)
    total = found.regions["area_m2"].sum()
    said = [found.summary["area_m2"], found.summary["evidence"][0]["area_m2"], found.evidence[0].measurement.area_m2]
    exported = json.loads(found.to_geojson(tmp_path / "r.geojson").read_text())["features"]
    table = gpd.read_parquet(found.to_geoparquet(tmp_path / "r.parquet"))["area_m2"]
    assert [*said, sum(one["properties"]["area_m2"] for one in exported), table.sum()] == pytest.approx([total] * 5, rel=1e-9)


def test_geojson_is_cut_where_it_crosses_180(tmp_path: Path) -> None:
    scene = ponds().assign_coords(x=730_000 + 5_000 * np.arange(64), y=8_200_000 - 1000 * np.arange(64)).rio.write_crs("EPSG:32760")
    found = extract(scene.rio.write_transform(transform_of(scene)), "water", model=FakeSpex())
    pond = shape(json.loads(found.to_geojson(tmp_path / "r.geojson").read_text())["features"][0]["geometry"])
    assert pond.geom_type == "MultiPolygon"
    assert all(part.bounds[2] - part.bounds[0] < 1 for part in pond.geoms)
    assert (pond.bounds[0], pond.bounds[2]) == (-180, 180)
    assert found.regions["area_m2"][0] == pytest.approx(abs(Geod(ellps="WGS84").geometry_area_perimeter(pond)[0]), rel=1e-3)


def test_an_area_beyond_180_is_looked_at_and_told_in_the_scene_s_place() -> None:
    scene = ponds().assign_coords(x=179.5 + 0.0156 * np.arange(64), y=-16 - 0.0156 * np.arange(64)).rio.write_crs("EPSG:4326")
    scene = scene.rio.write_transform(transform_of(scene))
    areas = (-180, -90, 180, 90), (-180, -17, -179.6, -16)
    whole, east = (extract(scene, "water", area=area, model=FakeSpex()) for area in areas)
    assert whole.mask.shape[1:] == scene.shape[1:]
    assert east.mask["x"].values.min() > 179.98
    assert east.provenance["area"]["type"] == "Polygon"
    assert np.array(east.provenance["area"]["coordinates"]).min(axis=(0, 1))[0] == pytest.approx(180)


def test_geojson_without_crs_keeps_pixels_and_says_so(unplaced: Extraction, tmp_path: Path) -> None:
    content = json.loads(unplaced.to_geojson(tmp_path / "r.geojson").read_text())
    assert "pixels" in content["crs_note"]
    assert np.array(content["features"][0]["geometry"]["coordinates"][0]).max() <= 64
    assert content["features"][0]["properties"]["area_m2"] is None


def test_an_empty_mask_is_exported_all_the_same(tmp_path: Path) -> None:
    empty = extract(ponds(), "snow", model=FakeSpex())
    assert not empty.mask.any()
    assert len(empty.regions) == 0
    assert "geometry" in empty.regions
    assert json.loads(empty.to_geojson(tmp_path / "r.geojson").read_text())["features"] == []
    assert len(gpd.read_parquet(empty.to_geoparquet(tmp_path / "r.parquet"))) == 0
    empty.to_cog(tmp_path / "m.tif")
    assert empty.summary["area_m2"] == 0
    assert empty.plot() is not None


def test_the_summary_counts_each_pixel_once() -> None:
    both = extract(ponds(), "water and vegetation and trees", model=FakeSpex()).summary
    assert both["pixels"] == 64 * 60
    assert both["share"] == 1.0
    assert both["area_m2"] == pytest.approx(64 * 60 * 100, rel=1e-3)
    json.dumps(both, allow_nan=False)


def test_html_is_escaped(unplaced: Extraction) -> None:
    html = unplaced._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_words_of_files_and_models_do_not_break_the_figure(unplaced: Extraction, tmp_path: Path) -> None:
    unplaced.plot().savefig(tmp_path / "f.png")  # "$\\frac{" would be an error of mathtext
    assert (tmp_path / "f.png").stat().st_size > 10_000


def test_the_figure_shows_scene_masks_probability_and_words(found: Extraction) -> None:
    figure = found.plot()
    above, below = figure.subfigs
    assert [axes.get_title() for axes in above.axes[:3]] == ["True colour", "“water”", "Probability"]
    (probability,) = above.axes[2].images
    np.testing.assert_array_equal(np.ma.filled(probability.get_array(), np.nan), found.probability.values[0])
    words = " ".join(below.texts[0].get_text().split())
    assert found.explanation.split()[0] in words
    assert re.search(r"These sentences agree with the mask \(\d+ claims checked", words)


def test_the_figure_is_written_whole_or_not_at_all(found: Extraction, tmp_path: Path) -> None:
    with Image.open(found.to_png(tmp_path / "f.png")) as picture:
        assert json.loads(picture.info["Description"])["instruction"] == "water"
        assert picture.width == 1440
    with pytest.raises(OSError, match="no folder"):
        found.to_png(tmp_path / "missing" / "f.png")


def test_spectra_are_means_inside_each_mask_and_elsewhere(found: Extraction) -> None:
    spectra, inside = found.spectra, found.mask.values[0]
    assert list(spectra["name"].values) == ["water", "elsewhere"]
    values = found.scene.values.astype(float)
    assert spectra["mean"].sel(name="water").values == pytest.approx(np.nanmean(values[:, inside], axis=1))
    outside = np.isfinite(found.probability.values[0]) & ~inside
    assert spectra["spread"].sel(name="elsewhere").values == pytest.approx(np.nanstd(values[:, outside], axis=1))
    assert spectra["pixels"].values.tolist() == [inside.sum(), outside.sum()]


def test_a_placed_scene_gets_a_scale_bar_and_a_north_arrow(found: Extraction, unplaced: Extraction) -> None:
    words = [[text.get_text() for text in result.plot().axes[0].texts] for result in (found, unplaced)]
    assert words == [["100 m", "", "N"], []], "the arrow is a text without words"


def test_a_result_equals_itself_only_and_can_be_a_key(found: Extraction, unplaced: Extraction) -> None:
    assert found == found  # noqa: PLR0124
    assert found != unplaced
    assert found != dataclasses.replace(found)
    assert len({found, unplaced, found}) == 2


def test_the_repr_is_one_line(found: Extraction) -> None:
    assert repr(found) == "<Extraction water: 202 pixels (5.3 %, 2.02 ha)>"


def test_an_answer_that_leaves_something_out_looks_different_everywhere(found: Extraction) -> None:
    request = dataclasses.replace(found.request, left_out=("since 2019", "<b>"))
    part = dataclasses.replace(found, request=request)
    assert repr(part) == "<Extraction water: 202 pixels (5.3 %, 2.02 ha); Left out: “since 2019”, “<b>”>"
    assert "Left out: “since 2019”, “&lt;b&gt;”" in part._repr_html_()
    assert "Left out" not in found._repr_html_()
    assert part.plot().subfigs[0].get_suptitle().startswith("Left out: “since 2019”")
    assert found.plot().subfigs[0].get_suptitle() == ""
