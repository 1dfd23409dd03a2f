"""Another method beside the model: the same targets, without words."""

from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

import spexlab
from spexlab.evaluation.baselines import BoostedTreeBaseline
from spexlab.extraction.comparison import compare
from spexlab.places import simulated_places
from spexlab.training.trees import TreeSettings
from tests.support.fakes import FakeSpex


@dataclass
class Seen:
    mask: np.ndarray


class Halves:
    """Sees trees in the left half, any other vegetation in the upper half, and cannot tell water."""

    name = "halves"

    def predict(self, scene: xr.DataArray, target: str) -> Seen | None:
        mask = np.zeros(scene.shape[1:], bool)
        if target == "trees":
            mask[:, : mask.shape[1] // 2] = True
        else:
            mask[: mask.shape[0] // 2] = True
        return None if target == "water" else Seen(mask)


@pytest.fixture(scope="module")
def scene() -> xr.DataArray:
    return spexlab.sample_scene().isel(y=slice(0, 96), x=slice(0, 96))


def test_its_share_and_overlap_stand_beside_each_answer(scene: xr.DataArray) -> None:
    compared = compare(scene, ["trees", "water", "a sonnet"], model=FakeSpex(window=96), baseline=Halves())
    table, mask = compared.table, compared.extractions[0].mask.values[0]
    left = np.zeros_like(mask)
    left[:, :48] = True
    assert compared.baseline == "halves"
    assert table["baseline_share"][0] == 0.5
    assert table["baseline_iou"][0] == pytest.approx((mask & left).sum() / (mask | left).sum())
    assert table.loc[[1, 2], ["baseline_share", "baseline_iou"]].isna().all(axis=None), "what it cannot tell is left open"


def test_it_leaves_out_what_the_instruction_excludes_and_looks_where_the_model_does(scene: xr.DataArray) -> None:
    compared = compare(scene, ["vegetation not trees", "trees in the north"], model=FakeSpex(window=96), baseline=Halves())
    assert list(compared.table["baseline_share"]) == [0.25, 0.5]
    triangle = {"type": "Polygon", "coordinates": [[[0, 0], [60, 0], [0, 60], [0, 0]]]}
    inside = compare(scene, ["trees"], area=triangle, model=FakeSpex(window=96), baseline=Halves()).answers[0]
    assert inside.extraction is not None
    assert not (inside.baseline & ~inside.extraction.looked_at.values).any()


def test_without_one_its_columns_are_empty(scene: xr.DataArray) -> None:
    compared = compare(scene, ["trees"], model=FakeSpex(window=96))
    assert compared.baseline == ""
    assert compared.table[["baseline_share", "baseline_iou"]].isna().all(axis=None)


def test_boosted_trees_are_one(scene: xr.DataArray) -> None:
    places = simulated_places(2, size=96, sensors=[("sentinel-2", 10.0)])
    trees = BoostedTreeBaseline(TreeSettings(iterations=5, pixels=500)).fit(places)
    compared = compare(scene, ["vegetation", "water"], model=FakeSpex(window=96), baseline=trees)
    assert compared.baseline == "boosted trees"
    assert compared.table["baseline_share"].between(0, 1).all()
    assert compared.table["baseline_share"][0] > compared.table["baseline_share"][1], "it is a forest with a pond"
