"""Scenes of several dates, from files and arrays."""

from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from spexlab.scene import check_scene, open_scene
from spexlab.scene.series import moments
from tests.support.rasters import BGRN, UTM, numbers, write


def file(folder: Path, name: str, values: np.ndarray | None = None, **facts: object) -> Path:
    return write(folder / name, numbers() if values is None else values, names=BGRN, scales=[1e-4] * 4, nodata=0, **facts)


def test_a_list_of_files_with_dates_has_a_time(tmp_path: Path) -> None:
    later = file(tmp_path, "b_2024-09-01.tif", numbers() // 2)
    series = open_scene([later, file(tmp_path, "a_2024-06-01.tif")])
    assert series.dims == ("time", "band", "y", "x")
    assert [str(day)[:10] for day in series["time"].values] == ["2024-06-01", "2024-09-01"]
    assert series["title"].values.tolist() == ["a_2024-06-01", "b_2024-09-01"]
    for one, source in zip(moments(series), (tmp_path / "a_2024-06-01.tif", later), strict=True):
        alone = open_scene(source)
        assert np.array_equal(one.values, alone.values, equal_nan=True)
        assert one.attrs == alone.attrs
    assert check_scene(series.isel(time=0)) is not None
    assert open_scene(series, area=(15.0, 52.3, 15.003, 52.4)).sizes["x"] < series.sizes["x"]


def test_dates_may_be_given(tmp_path: Path) -> None:
    sources = {"2024-06-01": file(tmp_path, "june.tif"), "2024-09-01": (numbers(), BGRN)}
    with pytest.warns(UserWarning, match="assumed"), pytest.raises(ValueError, match="must share one grid"):
        open_scene(sources)
    series = open_scene({"2024-06-01": file(tmp_path, "june.tif"), "2024-09-01": file(tmp_path, "autumn.tif")}, chunks=16)
    assert series.chunks is not None
    assert [one.attrs["date"] for one in moments(series)] == ["2024-06-01", "2024-09-01"]


def test_another_grid_is_put_on_the_first_and_said(tmp_path: Path) -> None:
    shifted = file(tmp_path, "b_2024-09-01.tif", transform=UTM @ Affine.translation(2, 0))
    series = open_scene([file(tmp_path, "a_2024-06-01.tif"), shifted])
    first, second = moments(series)
    assert first.attrs["notes"] == ""
    assert second.attrs["notes"] == "put on the grid of a_2024-06-01 by nearest neighbour"
    assert np.allclose(second.values[:, :, 2:], first.values[:, :, :-2])
    assert np.isnan(second.values[:, :, :2]).all()


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["june.tif", "autumn.tif"], "must have one each, but none is found for june; give a dict"),
        (["a_2024-06-01.tif", "b_2024-06-01.tif"], "two are of 2024-06-01"),
    ],
)
def test_what_has_no_time_is_one_sentence(tmp_path: Path, names: list[str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        open_scene([file(tmp_path, name) for name in names])


def test_bands_must_be_the_same(tmp_path: Path) -> None:
    three = write(tmp_path / "b_2024-09-01.tif", numbers()[:3], names=BGRN[:3], scales=[1e-4] * 3)
    with pytest.raises(ValueError, match="must have the same bands"):
        open_scene([file(tmp_path, "a_2024-06-01.tif"), three])
