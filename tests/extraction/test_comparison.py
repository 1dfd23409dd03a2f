import numpy as np
import pandas as pd
import pytest
import xarray as xr

import spexlab
from spexlab.extraction import Cancelled, Events
from spexlab.extraction.comparison import Comparison, compare
from tests.support.fakes import FakeSpex

INSTRUCTIONS = ["vegetation", "trees", "a sonnet", "water"]


@pytest.fixture(scope="module")
def scene() -> xr.DataArray:
    return spexlab.sample_scene().isel(y=slice(0, 96), x=slice(0, 96))


@pytest.fixture(scope="module")
def compared(scene: xr.DataArray) -> Comparison:
    return compare(scene, INSTRUCTIONS, model=FakeSpex(window=96))


def test_each_instruction_has_a_row_and_a_refusal_says_why(compared: Comparison) -> None:
    table = compared.table
    assert list(table["instruction"]) == INSTRUCTIONS
    assert "what can be asked" in table["error"][2]
    assert pd.isna(table["share"][2])
    assert list(table["error"][[0, 1, 3]]) == ["", "", ""]
    assert table["pixels"][0] == compared.extractions[0].mask.values.sum()
    assert table["claims"][0] >= table["claims_replaced"][0] > 0
    assert len(compared.extractions) == 3


def test_a_limited_share_says_to_which_part_it_belongs(scene: xr.DataArray) -> None:
    words = ["vegetation", "vegetation in the north", "the largest vegetation", "the smallest vegetation in the north"]
    compared = compare(scene, words, model=FakeSpex(window=96))
    parts = ["", "of the north", "in the largest region only", "of the north, in the smallest region only"]
    assert list(compared.table["limits"]) == [answer.limited_to for answer in compared.answers] == parts
    whole, north = compared.table["pixels"][:2]
    assert compared.table["share"][0] == whole / 96**2
    assert compared.table["share"][1] == north / (96**2 / 2)
    assert "only the north" in compared.table["notes"][1]
    assert compared.plot().axes[1].get_title().endswith("% of the north")


def test_features_are_encoded_once(scene: xr.DataArray) -> None:
    spex = FakeSpex(window=32)
    compared = compare(scene, ["vegetation", "trees", "water"], model=spex)
    encoded = [pixels.values.tobytes() for pixels in spex.encoded]
    assert len(encoded) == len(set(encoded)) > 1
    assert list(compared.table["features_reused"]) == [False, True, True]


def test_agreement_is_the_share_of_masks_that_hold_a_pixel(compared: Comparison) -> None:
    masks = [found.mask.any("target").values for found in compared.extractions]
    assert np.allclose(compared.agreement.values, np.mean(masks, axis=0))
    assert compared.agreement.dims == ("y", "x")
    assert compared.agreement.values.max() <= 1.0


def test_agreement_is_unknown_outside_the_area(scene: xr.DataArray) -> None:
    triangle = {"type": "Polygon", "coordinates": [[[0, 0], [60, 0], [0, 60], [0, 0]]]}
    compared = compare(scene, ["vegetation", "trees"], area=triangle, model=FakeSpex(window=32))
    assert compared.agreement.shape == (60, 60)
    assert np.isnan(compared.agreement.values[59, 59])


def test_iou_is_what_counting_gives(compared: Comparison) -> None:
    vegetation, trees, _ = (found.mask.any("target").values for found in compared.extractions)
    assert list(compared.iou.columns) == ["vegetation", "trees", "water"]
    assert compared.iou.loc["vegetation", "trees"] == (vegetation & trees).sum() / (vegetation | trees).sum()
    assert np.allclose(compared.iou, compared.iou.T, equal_nan=True)
    assert compared.iou.loc["trees", "trees"] == 1.0


def test_two_empty_masks_have_no_iou(scene: xr.DataArray) -> None:
    dry = scene.isel(y=slice(60, 92), x=slice(60, 92))
    compared = compare(dry, ["water", "snow"], model=FakeSpex())
    assert compared.table["pixels"].sum() == 0
    assert compared.iou.isna().all(axis=None)


def test_nothing_answered_is_told(scene: xr.DataArray) -> None:
    compared = compare(scene, ["a sonnet", ""], model=FakeSpex())
    assert compared.iou.empty
    assert compared.plot() is not None
    with pytest.raises(ValueError, match="no instruction was answered"):
        _ = compared.agreement


def test_what_is_no_fault_of_an_instruction_is_raised(scene: xr.DataArray) -> None:
    with pytest.raises(ValueError, match="list of at least one"):
        compare(scene, "vegetation", model=FakeSpex())
    with pytest.raises(ValueError, match="outside the scene"):
        compare(scene, ["vegetation"], area=(500, 500, 600, 600), model=FakeSpex())
    with pytest.raises(ValueError, match="no checkpoint"):
        compare(scene, ["vegetation"], model="no-such-model")


def test_it_stops_when_asked(scene: xr.DataArray) -> None:
    with pytest.raises(Cancelled):
        compare(scene, ["vegetation"], model=FakeSpex(), events=Events(cancelled=lambda: True))


def test_the_csv_holds_the_table(compared: Comparison, tmp_path: object) -> None:
    path = compared.to_csv(f"{tmp_path}/compared.csv")
    back = pd.read_csv(path)
    assert list(back.columns) == list(compared.COLUMNS)
    assert list(back["pixels"].dropna()) == [row["pixels"] for row in compared.table.dropna(subset="pixels").to_dict("records")]


def test_the_figure_has_a_panel_for_each_answer_and_one_for_the_agreement(compared: Comparison) -> None:
    titles = [axes.get_title() for axes in compared.plot().axes]
    assert titles[0].startswith("“vegetation”")
    assert "not answered" in titles[2]
    assert titles[4].startswith("Agreement")


def test_the_repr_is_safe(scene: xr.DataArray) -> None:
    compared = compare(scene, ["<img src=x onerror=alert(1)>"], model=FakeSpex())
    assert "<img" not in compared._repr_html_()
    assert repr(compared) == "<Comparison of 1 instructions, 0 answered>"
