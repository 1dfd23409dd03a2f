"""A mask judged by a reference, against numbers counted by hand."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from shapely.geometry import Point, box

from spexlab.evaluation.assessment import OTHER, Judged, judge, judge_samples
from spexlab.evidence.outcomes import NOT_JUDGED, OUTCOMES
from spexlab.extraction import Extraction
from spexlab.places.references import Meaning
from tests.support.browser.paced import pond_scene
from tests.support.fakes import FakeSpex

CRS = "EPSG:32633"
LEFT, TOP = 500_000.0, 5_000_000.0


@pytest.fixture(scope="module")
def pond() -> Extraction:
    """A pond in a dry square of 100 pixels of 10 m: rows 20-39, columns 60-79, all of it found."""
    scene = pond_scene()
    placed = scene.assign_coords(x=LEFT + 10 * scene["x"], y=TOP - 10 * scene["y"]).rio.write_crs(CRS)
    return FakeSpex(window=100).extract(placed, "water")


def labels(found: Extraction, rows: slice, columns: slice, *, value: int = 1) -> xr.DataArray:
    grid = found.mask.isel(target=0, drop=True)
    values = np.zeros(grid.shape, "uint8")
    values[rows, columns] = value
    return grid.copy(data=values)


def column_of_points(found: Extraction, places: list[tuple[int, int, str]]) -> gpd.GeoDataFrame:
    grid = found.mask
    points = [Point(float(grid["x"][column]), float(grid["y"][row])) for row, column, _ in places]
    return gpd.GeoDataFrame({"class": [kind for *_, kind in places]}, geometry=points, crs=CRS)


def measure(judged: Judged, name: str) -> tuple[float, float]:
    row = judged.table.set_index("measure").loc[name]
    return float(row["value"]), float(row["plus_minus"])


def test_the_mask_of_the_pond_is_what_these_tests_take_it_for(pond: Extraction) -> None:
    assert int(pond.mask.sum()) == 400
    assert bool(pond.mask.values[0, 20:40, 60:80].all())


def test_a_label_raster_is_counted_pixel_by_pixel(pond: Extraction) -> None:
    # The label is the pond moved by ten columns: 200 hits, 200 false alarms, 200 missed.
    found = judge(pond, labels(pond, slice(20, 40), slice(70, 90)))
    assert [found.count(outcome) for outcome in OUTCOMES] == [10_000 - 600, 200, 200, 200]
    assert (found.iou, found.precision, found.recall) == pytest.approx((1 / 3, 0.5, 0.5))
    assert found.overall == pytest.approx(0.96)
    assert found.counted == "pixels"
    assert found.estimate is None
    assert "nothing to estimate" in found.note
    assert measure(found, "area in the reference")[0] == pytest.approx(4.0, rel=1e-2)  # 400 pixels of 100 m2
    assert measure(found, "area of the mask, where judged")[0] == pytest.approx(4.0, rel=1e-2)
    places = {outcome: found.outcomes.values[30, column] for outcome, column in (("false alarm", 65), ("hit", 75), ("missed", 85))}
    assert places == {outcome: OUTCOMES.index(outcome) for outcome in places}


def test_what_the_reference_does_not_know_is_not_judged(pond: Extraction) -> None:
    label = labels(pond, slice(20, 40), slice(60, 80)).values
    label[:, 70:] = 255
    raster = labels(pond, slice(0), slice(0)).copy(data=label)
    raster.rio.write_nodata(255, inplace=True)
    found = judge(pond, raster)
    assert [found.count(outcome) for outcome in OUTCOMES] == [7_000 - 200, 0, 0, 200]
    assert found.left_out == 3_000
    assert (found.outcomes.values[:, 70:] == NOT_JUDGED).all()


def test_spexlabs_own_codes_are_understood_and_others_can_be_told(pond: Extraction) -> None:
    codes = labels(pond, slice(20, 40), slice(60, 80))  # water has the code 1
    values = codes.values
    values[values == 0] = 7
    values[90:] = 0
    found = judge(pond, codes.copy(data=values))
    assert (found.iou, found.left_out) == (1.0, 1_000)
    values[values == 1] = 40
    with pytest.raises(ValueError, match="none was named; it holds 0, 7, 40"):
        judge(pond, codes.copy(data=values))
    told = judge(pond, codes.copy(data=values), meaning=Meaning(yes=("40",)))
    assert (told.iou, told.left_out) == (1.0, 0)
    with pytest.raises(ValueError, match="'41' does not"):
        judge(pond, codes.copy(data=values), meaning=Meaning(yes=("41",)))


def test_polygons_of_the_target_alone_are_all_of_it(pond: Extraction) -> None:
    outline = box(LEFT + 600, TOP - 300, LEFT + 800, TOP - 200)  # rows 20-29 of the pond
    found = judge(pond, gpd.GeoDataFrame({"name": ["the north of it"]}, geometry=[outline], crs=CRS).to_crs(4326))
    assert [found.count(outcome) for outcome in OUTCOMES] == [9_600, 0, 200, 200]
    assert (found.recall, found.precision) == (1.0, 0.5)


def test_points_are_samples_that_are_weighted_by_the_area_they_stand_for(pond: Extraction) -> None:
    # Of the pond 4 points, one of them dry; of the rest 10, one of them wet.
    wet = [(25, 65, "water"), (25, 70, "water"), (30, 65, "water"), (35, 75, "other")]
    dry = [(5, 5 + column, "other") for column in range(9)] + [(60, 10, "water")]
    found = judge(pond, column_of_points(pond, [*wet, *dry]).to_crs(4326))
    assert [found.count(outcome) for outcome in OUTCOMES] == [9, 1, 1, 3]
    assert found.counted == "samples"
    weight = {True: 400 / 10_000, False: 9_600 / 10_000}
    true_share = weight[True] * 3 / 4 + weight[False] * 1 / 10
    assert found.precision == pytest.approx(3 / 4)
    assert found.recall == pytest.approx(weight[True] * 3 / 4 / true_share)
    assert found.iou == pytest.approx(weight[True] * 3 / 4 / (weight[True] + weight[False] / 10))
    area, interval = measure(found, "estimated area")
    assert area == pytest.approx(100 * true_share, rel=1e-2)  # hectares of 10 000 pixels
    spread = weight[True] ** 2 * (3 / 4) * (1 / 4) / 3 + weight[False] ** 2 * (1 / 10) * (9 / 10) / 9
    assert interval == pytest.approx(1.959964 * 100 * np.sqrt(spread), rel=1e-2)
    assert set(found.outcomes["outcome"]) == set(OUTCOMES)


def test_too_few_points_are_counted_without_an_estimate(pond: Extraction) -> None:
    found = judge(pond, column_of_points(pond, [(25, 65, "water"), (5, 5, "no"), (5, 6, "no")]))
    assert found.estimate is None
    assert "at least 2 reference samples" in found.note
    assert (found.precision, found.recall) == (1.0, 1.0)
    assert np.isnan(measure(found, "precision (user's accuracy)")[1])
    with pytest.raises(KeyError):
        measure(found, "estimated area")


def test_samples_that_were_picked_by_hand_get_no_estimate(pond: Extraction) -> None:
    places = [(25, 65, "water"), (25, 66, "water"), (5, 5, OTHER), (5, 6, OTHER)]
    found = judge_samples(pond, column_of_points(pond, places), target="water", trouble="they were picked by hand")
    assert found.estimate is None
    assert "picked by hand" in found.note
    assert found.iou == 1.0


def test_points_of_which_nothing_is_known_or_looked_at_are_left_out(pond: Extraction) -> None:
    places = [(25, 65, "water"), (25, 66, "water"), (5, 5, "no"), (5, 6, "no"), (5, 7, "cloud"), (5, 8, "")]
    points = column_of_points(pond, places)
    points.loc[len(points)] = ["water", Point(LEFT - 500, TOP)]
    found = judge(pond, points, meaning=Meaning("class", ("water",), ("cloud",)))
    assert found.confusion.total == 4
    assert found.left_out == 1


def test_the_table_is_written_and_read_back(pond: Extraction, tmp_path: Path) -> None:
    found = judge(pond, labels(pond, slice(20, 40), slice(70, 90)))
    table = pd.read_csv(found.to_csv(tmp_path / "judged.csv"))
    written = table.set_index("measure")["value"]
    assert written["IoU"] == pytest.approx(1 / 3)
    assert written["hit"] == 200
    assert set(table["target"]) == {"water"}
    assert found.note in table["measure"].iloc[-1]
    assert "IoU" in str(found)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (gpd.GeoDataFrame({"a": ["x"]}, geometry=[Point(LEFT + 5, TOP - 5)], crs=CRS), "its columns are: a"),
        (gpd.GeoDataFrame({"class": ["water"]}, geometry=[Point(0, 0)], crs=4326), "lies elsewhere"),
        (gpd.GeoDataFrame({"class": ["water"]}, geometry=[Point(LEFT, TOP).buffer(9).boundary], crs=CRS), "LineString"),
    ],
)
def test_references_that_do_not_fit_are_refused(pond: Extraction, reference: gpd.GeoDataFrame, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        judge(pond, reference)


def test_only_a_mask_that_is_there_is_judged(pond: Extraction) -> None:
    with pytest.raises(ValueError, match="must be one of water"):
        judge(pond, labels(pond, slice(1), slice(1)), target="trees")
