"""Instructions scored against a reference, in one scene and over several."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from shapely.geometry import box

import spexlab
from spexlab.extraction.comparison import MEAN, Comparison, ScoreTable, compare
from spexlab.targets import CLASSES
from tests.support.browser.paced import pond_scene
from tests.support.fakes import FakeSpex

ASKED = ["water", "a sonnet", "vegetation", "water in the north"]


def labels(scene: xr.DataArray, *, columns: slice) -> xr.DataArray:
    """Codes: water in rows 20-39 of these columns, trees elsewhere."""
    values = np.full(scene.shape[1:], CLASSES["trees"], "uint8")
    values[20:40, columns] = CLASSES["water"]
    return scene.isel(band=0, drop=True).copy(data=values)


@pytest.fixture(scope="module")
def scene() -> xr.DataArray:
    """A pond in rows 20-39 and columns 60-79 of 100, all of it found."""
    return pond_scene()


@pytest.fixture(scope="module")
def moved(scene: xr.DataArray) -> Comparison:
    """Beside a label ten columns to the right: 200 hits, 200 false alarms, 200 missed."""
    return compare(scene, ASKED, model=FakeSpex(window=100), reference=labels(scene, columns=slice(70, 90)))


def scores(comparison: Comparison, instruction: str) -> list[float]:
    row = comparison.table.set_index("instruction").loc[instruction]
    return [float(row[name]) for name in ("iou", "precision", "recall")]


def test_every_answer_is_scored_by_its_own_targets(moved: Comparison) -> None:
    assert scores(moved, "water") == pytest.approx([1 / 3, 0.5, 0.5])
    assert np.isnan(scores(moved, "a sonnet")).all()
    # What is no water was taken for vegetation, and is trees: 9 600 found, 200 of them water, 200 trees taken for water.
    assert scores(moved, "vegetation") == pytest.approx([9_400 / 9_800, 9_400 / 9_600, 9_400 / 9_600])
    assert moved.best is not None
    assert moved.best.instruction == "vegetation"


def test_only_what_was_looked_at_counts(moved: Comparison) -> None:
    assert scores(moved, "water in the north") == pytest.approx([1 / 3, 0.5, 0.5]), "the pond is in the north"
    north = next(answer for answer in moved.answers if answer.instruction == "water in the north")
    assert north.confusion is not None
    assert north.confusion.total == 5_000


def test_what_an_instruction_leaves_out_is_left_out_of_the_truth(scene: xr.DataArray) -> None:
    reference = labels(scene, columns=slice(60, 80))
    reference.values[50:] = CLASSES["cropland"]
    compared = compare(scene, ["vegetation", "vegetation, not cropland"], model=FakeSpex(window=100), reference=reference)
    whole, without = (answer.confusion.matrix[1].sum() for answer in compared.answers if answer.confusion is not None)
    assert (whole, without) == (9_600, 4_600)


def test_a_mask_is_the_truth_of_all_that_is_asked(scene: xr.DataArray) -> None:
    lake = box(60, 20, 80, 40)  # in pixels, as the scene has no CRS
    for reference in (labels(scene, columns=slice(60, 80)) == CLASSES["water"], gpd.GeoDataFrame(geometry=[lake])):
        compared = compare(scene, ["water", "vegetation"], model=FakeSpex(window=100), reference=reference)
        assert scores(compared, "water") == [1.0, 1.0, 1.0]
        assert scores(compared, "vegetation") == [0.0, 0.0, 0.0]


def test_an_area_is_scored_within_it(scene: xr.DataArray) -> None:
    reference = labels(scene, columns=slice(70, 90))
    compared = compare(scene, ["water"], area=(70, 10, 95, 45), model=FakeSpex(window=100), reference=reference)
    assert scores(compared, "water") == pytest.approx([0.5, 1.0, 0.5])


def test_without_a_reference_there_is_no_score(scene: xr.DataArray) -> None:
    compared = compare(scene, ["water"], model=FakeSpex(window=100))
    assert np.isnan(scores(compared, "water")).all()
    assert compared.best is None


def test_a_reference_that_lies_elsewhere_is_refused_before_anything_is_asked(scene: xr.DataArray) -> None:
    spex = FakeSpex(window=100)
    with pytest.raises(ValueError, match="100 x 100 pixels"):
        compare(scene, ["water"], model=spex, reference=labels(scene, columns=slice(3)).isel(y=slice(50)))
    with pytest.raises(ValueError, match="lies elsewhere"):
        compare(scene, ["water"], model=spex, reference=gpd.GeoDataFrame(geometry=[box(500, 500, 600, 600)]))
    assert spex.asked == 0


def test_scenes_are_put_together_with_their_mean_and_the_best(scene: xr.DataArray, moved: Comparison, tmp_path: Path) -> None:
    exact = compare(scene, ASKED, model=FakeSpex(window=100), reference=labels(scene, columns=slice(60, 80)))
    table = ScoreTable.of({"moved": moved, "exact": exact})
    assert table.scenes == ["moved", "exact"]
    assert table.instructions == ASKED
    assert table.score("water", "exact") == {"iou": 1.0, "precision": 1.0, "recall": 1.0}
    assert table.score("water")["iou"] == pytest.approx((1 / 3 + 1) / 2)
    assert np.isnan(table.score("a sonnet")["iou"])
    assert table.best == "vegetation"
    written = pd.read_csv(table.to_csv(tmp_path / "scores.csv"))
    assert len(written) == 3 * len(ASKED)
    best = written[(written["scene"] == MEAN) & written["best"]]
    assert best["instruction"].tolist() == ["vegetation"]
    with pytest.raises(ValueError, match="same instructions"):
        ScoreTable.of({"moved": moved, "other": compare(scene, ["water"], model=FakeSpex(window=100))})


def test_simulated_labels_are_a_reference(tmp_path: Path) -> None:
    scene, truth = spexlab.simulate_scene(3, size=96)
    truth.rio.to_raster(tmp_path / "labels.tif")
    by_array = compare(scene, ["water", "vegetation"], model=FakeSpex(window=96), reference=truth)
    by_file = compare(scene, ["water", "vegetation"], model=FakeSpex(window=96), reference=tmp_path / "labels.tif")
    assert by_array.table["iou"].tolist() == by_file.table["iou"].tolist()
    assert by_array.table["iou"].min() > 0.3
