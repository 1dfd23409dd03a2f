"""Accuracy assessment: the worked example of Olofsson et al. 2014, and samples on a map."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from shapely.geometry import Point, box

import spexlab
from spexlab.evaluation.assessment import Assessment, assess, draw_samples

# Table 8: counts of samples; rows are the map, columns the reference. Areas are pixels of 30 m.
CLASSES = ("deforestation", "forest gain", "stable forest", "stable non-forest")
COUNTS = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]], dtype=float)
PIXELS = np.array([200_000, 150_000, 3_200_000, 6_450_000], dtype=float)


@pytest.fixture
def example() -> Assessment:
    return Assessment(CLASSES, COUNTS, PIXELS * 0.09, "ha")


def test_accuracies_are_those_of_the_paper(example: Assessment) -> None:
    assert example.users.round(2).tolist() == [0.88, 0.73, 0.93, 0.96]
    assert example.users_interval.round(2).tolist() == [0.07, 0.10, 0.04, 0.02]
    assert example.producers.round(2).tolist() == [0.75, 0.85, 0.93, 0.96]
    assert round(float(example.producers_interval[0]), 2) == 0.21
    assert (round(example.overall, 2), round(example.overall_interval, 2)) == (0.95, 0.02)


def test_a_producers_interval_is_equation_7_written_out(example: Assessment) -> None:
    for j in range(4):
        of_map, users, producers = COUNTS.sum(axis=1), example.users, example.producers
        mine = PIXELS[j] ** 2 * (1 - producers[j]) ** 2 * users[j] * (1 - users[j]) / (of_map[j] - 1)
        share = COUNTS[:, j] / of_map
        others = [PIXELS[i] ** 2 * share[i] * (1 - share[i]) / (of_map[i] - 1) for i in range(4) if i != j]
        variance = (mine + producers[j] ** 2 * sum(others)) / (PIXELS * share).sum() ** 2
        assert example.producers_interval[j] == pytest.approx(1.959964 * np.sqrt(variance))


def test_areas_are_those_of_the_paper(example: Assessment) -> None:
    assert example.areas.tolist() == pytest.approx([21_158, 11_686, 285_770, 581_386], abs=1)
    assert example.areas_interval.tolist() == pytest.approx([6_158, 3_756, 15_510, 16_282], abs=2)
    assert example.areas.sum() == pytest.approx(900_000)


def test_the_tables_name_what_they_hold(example: Assessment) -> None:
    assert example.matrix.loc["deforestation", "stable forest"] == 5
    assert example.matrix.index.name == "map"
    assert example.table.loc["forest gain", "samples"] == 75
    assert example.table.loc["forest gain", "mapped ha"] == 13_500
    assert "overall accuracy 0.947 ± 0.018 (95% confidence)" in str(example)


def test_more_confidence_is_a_wider_interval(example: Assessment) -> None:
    wide = Assessment(CLASSES, COUNTS, PIXELS, "pixels", 0.99)
    assert wide.areas_interval[0] / 1e3 == pytest.approx(2.5758 / 1.95996 * 68_418 / 1e3, rel=1e-3)
    assert wide.users == pytest.approx(example.users)


def test_a_class_that_is_not_mapped_leaves_the_rest_as_it_is() -> None:
    counts, pixels = np.zeros((5, 5)), np.zeros(5)
    counts[:4, :4], pixels[:4] = COUNTS, PIXELS
    padded = Assessment((*CLASSES, "water"), counts, pixels, "pixels")
    assert padded.areas[4] == 0
    assert padded.areas[0] == pytest.approx(235_086, abs=1)
    assert padded.areas_interval[0] == pytest.approx(68_418, abs=5)
    assert np.isnan(padded.users[4])
    assert np.isnan(padded.producers[4])
    assert padded.overall_interval == pytest.approx(Assessment(CLASSES, COUNTS, PIXELS).overall_interval)


@pytest.mark.parametrize(
    ("counts", "pixels", "confidence", "said"),
    [
        (COUNTS[:2], PIXELS, 0.95, "4 x 4 counts"),
        (COUNTS, PIXELS * 0, 0.95, "something must be mapped"),
        (COUNTS * 0, PIXELS, 0.95, "at least 2 reference samples"),
        (COUNTS, PIXELS, 95, "between 0 and 1"),
    ],
)
def test_what_allows_no_estimate_is_refused(counts: np.ndarray, pixels: np.ndarray, confidence: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Assessment(CLASSES, counts, pixels, "ha", confidence)


@pytest.fixture(scope="module")
def place() -> tuple[xr.DataArray, xr.DataArray]:
    """A map that calls the right half water, and the truth, whose right third is."""
    _, labels = spexlab.simulate_scene(3, size=60)
    columns = np.arange(60)
    mapped = labels.copy(data=np.broadcast_to(columns >= 30, (60, 60)))
    return mapped, labels.copy(data=np.broadcast_to(columns >= 40, (60, 60)))


def _labelled(points: gpd.GeoDataFrame, truth: xr.DataArray) -> gpd.GeoDataFrame:
    x, y = (xr.DataArray(values, dims="sample") for values in (points.geometry.x, points.geometry.y))
    inside = truth.sel(x=x, y=y, method="nearest").values
    return points.assign(**{"class": np.where(inside, "water", "other")})


def test_points_within_classes_find_the_true_area(place: tuple[xr.DataArray, xr.DataArray]) -> None:
    mapped, truth = place
    points = _labelled(draw_samples(mapped, classes=("other", "water"), per_class=200), truth)
    assert points["mapped"].value_counts().to_dict() == {"other": 200, "water": 200}
    found = assess(mapped, points.to_crs(4326), classes=("other", "water"))
    assert found.unit == "ha"
    assert found.mapped.tolist() == pytest.approx([18.0, 18.0], rel=1e-3)  # 1800 pixels of 10 m
    assert found.areas[1] == pytest.approx(12.0, abs=found.areas_interval[1] * 1.5)
    assert found.producers[1] == 1.0
    assert found.users[1] == pytest.approx(2 / 3, abs=0.1)
    assert found.left_out == 0


def test_samples_are_the_same_for_a_seed_and_never_twice_the_same(place: tuple[xr.DataArray, xr.DataArray]) -> None:
    draw = draw_samples(place[0], classes=("other", "water"), per_class=5000)
    assert len(draw) == 60 * 60 == len(set(zip(draw.geometry.x, draw.geometry.y, strict=True)))
    again = draw_samples(place[0], classes=("other", "water"), per_class=5000)
    assert draw.geometry.equals(again.geometry)


def test_a_polygon_counts_once_for_what_most_of_it_is_mapped_as(place: tuple[xr.DataArray, xr.DataArray]) -> None:
    mapped, _ = place
    x, y = mapped["x"].values, mapped["y"].values
    shapes = [box(x[25], y[30], x[40], y[20]), box(x[32], y[30], x[38], y[20]), Point(x[2], y[2]), box(x[0], y[9], x[20], y[3])]
    polygons = gpd.GeoDataFrame({"class": ["water", "other", "other", "other"]}, geometry=shapes, crs=mapped.rio.crs)
    found = assess(mapped, polygons, classes=("other", "water"))
    assert found.counts.tolist() == [[2, 0], [1, 1]]


def test_samples_where_nothing_is_mapped_are_left_out_and_counted(place: tuple[xr.DataArray, xr.DataArray]) -> None:
    mapped, truth = place
    points = _labelled(draw_samples(mapped, classes=("other", "water"), per_class=100), truth)
    hidden = mapped.where(mapped["y"] > mapped["y"].values[30])
    beyond = gpd.GeoDataFrame({"class": ["water"]}, geometry=[Point(0, 0)], crs=mapped.rio.crs)
    found = assess(hidden, pd.concat([points, beyond], ignore_index=True), classes=("other", "water"))
    assert found.left_out == 1 + int((points.geometry.y <= mapped["y"].values[30]).sum())
    assert found.counts.sum() + found.left_out == 201


def test_a_map_without_a_place_is_counted_in_pixels() -> None:
    mapped = xr.DataArray(
        np.arange(16).reshape(4, 4) % 2, dims=("y", "x"), coords={"y": np.arange(4) + 0.5, "x": np.arange(4) + 0.5}
    )
    points = draw_samples(mapped, classes=("a", "b"), per_class=4).rename(columns={"mapped": "class"})
    found = assess(mapped, points, classes=("a", "b"))
    assert (found.unit, found.mapped.tolist(), found.overall) == ("pixels", [8.0, 8.0], 1.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"column": "kind"}, "must have a column 'kind'"),
        ({"classes": ("other", "lake")}, "water was found"),
        ({"classes": ("water",)}, "other was found"),
    ],
)
def test_what_does_not_fit_is_refused(place: tuple[xr.DataArray, xr.DataArray], change: dict[str, object], said: str) -> None:
    mapped, truth = place
    points = _labelled(draw_samples(mapped, classes=("other", "water"), per_class=9), truth)
    with pytest.raises(ValueError, match=said):
        assess(mapped, points, **{"classes": ("other", "water"), **change})
    with pytest.raises(ValueError, match="says no CRS"):
        assess(mapped, points.set_crs(None, allow_override=True), classes=("other", "water"))
    with pytest.raises(ValueError, match=r"dims \(y, x\)"):
        assess(mapped.expand_dims("target"), points, classes=("other", "water"))
    with pytest.raises(ValueError, match="numbers must be 0 to 1"):
        draw_samples(mapped + 1, classes=("other", "water"))
