"""What a user says about a source's numbers counts for more than what the source says, or leaves unsaid."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import xarray as xr

from spexlab.scene import SceneWarning, open_scene, pixel_areas, pixel_size, sample_scene
from tests.support.rasters import BGRN, UTM, numbers, quiet, write


def landsat(rows: int = 24, columns: int = 32) -> np.ndarray:
    """Make numbers of Landsat Collection 2 level 2, blue to NIR: a reservoir left, forest right."""
    water, forest = [0.05, 0.05, 0.03, 0.01], [0.02, 0.04, 0.03, 0.3]
    reflectance = np.repeat(np.array([water, forest]).T[:, None], rows, axis=1).repeat(columns // 2, axis=2)
    return np.round((reflectance + 0.2) / 2.75e-5).astype("uint16")


def test_scale_and_offset_as_given_need_no_assumption(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", landsat(), names=BGRN)
    scene = open_scene(path, scale=2.75e-5, offset=-0.2)
    assert scene.values[:, 0, 0] == pytest.approx([0.05, 0.05, 0.03, 0.01], abs=2e-5)
    assert scene.attrs["radiometry"] == "scale 2.75e-05 and offset -0.2 as given"
    assert not scene.attrs["radiometry_assumed"]
    by_band = open_scene(path, scale="2.75e-5", offset=[-0.2, -0.2, -0.2, 0.0])
    assert np.allclose(by_band.values[:3], scene.values[:3])
    assert np.allclose(by_band.values[3], scene.values[3] + 0.2)


def test_what_is_given_replaces_what_the_metadata_state(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", numbers(), names=BGRN, scales=[3e-4] * 4, offsets=[-0.1] * 4, nodata=numbers()[0, 0, 0])
    assert np.isnan(open_scene(path).values[0, 0, 0])
    given = open_scene(path, scale=1e-4, offset=0, nodata=int(numbers()[1, 2, 3]))
    assert given.values[0, 0, 0] == pytest.approx(numbers()[0, 0, 0] * 1e-4)
    assert np.isnan(given.values[1, 2, 3])
    assert np.allclose(open_scene(path, scale=1e-4).values[2, 5:], numbers()[2, 5:] * 1e-4 - 0.1)  # the stated offset stays
    assert np.allclose(open_scene(path, offset=0.0).values[2, 5:], numbers()[2, 5:] * 3e-4)  # and the stated scale


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"scale": 0}, "scale= must not be 0"),
        ({"scale": "one"}, "scale= must be a number"),
        ({"scale": ""}, "scale= must be a number"),
        ({"offset": float("nan")}, "offset= must be a finite number"),
        ({"scale": [1e-4, 1e-4]}, "one for each of the 4 bands, but 2"),
        ({"nodata": "none"}, "nodata= must be a number"),
        ({"pixel_size": -10}, "pixel_size= must be metres"),
        ({"pixel_size": 30}, "the CRS of this one says 10 m, not 30 m"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        quiet(write(tmp_path / "a.tif", numbers(), names=BGRN), **options)


def test_a_pixel_size_is_given_where_the_place_is_not_known() -> None:
    scene = quiet((numbers(), BGRN), pixel_size=2.5)
    assert pixel_size(scene) == 2.5
    assert pixel_areas(scene) is None
    assert pixel_size(open_scene(sample_scene(), pixel_size=20)) == 20
    assert pixel_size(sample_scene()) == 10


def test_a_scene_takes_a_mask_but_no_other_numbers() -> None:
    scene = sample_scene()
    left_out = np.zeros(scene.shape[1:], bool)
    left_out[:30] = True
    cut = open_scene(scene, mask=left_out, area=(0, 20, 300, 60))
    assert np.isnan(cut.values[:, :10]).all()
    assert np.isfinite(cut.values[:, 10:]).all()
    assert "left out: by mask=" in cut.attrs["notes"]
    with pytest.raises(ValueError, match="scale= and nodata= would change the numbers of what is a scene already"):
        open_scene(scene, scale=1e-4, nodata=0)


def test_landsat_collection_2_is_known_by_its_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "reservoir.tif", landsat(), names=BGRN)
    for options in ({}, {"sensor": "landsat-8"}):
        with pytest.warns(SceneWarning, match="offset -0.2 assumed: Landsat numbers of this size"):
            scene = open_scene(path, **options)
        assert scene.attrs["radiometry_assumed"]
        assert scene.values[3, 0].tolist() == pytest.approx([0.01] * 16 + [0.3] * 16, abs=2e-5)


def test_sentinel_2_with_1000_added_is_known_by_its_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", numbers() + 800, names=BGRN)
    with pytest.warns(SceneWarning, match="offset -0.1 assumed: Sentinel-2 without numbers under 1000"):
        scene = open_scene(path, sensor="sentinel-2")
    assert np.allclose(scene.values, (numbers() - 200.0) * 1e-4, atol=1e-6)
    with pytest.warns(SceneWarning, match="offset -0.1 assumed: no number is under 1000, as in Sentinel-2 of baseline"):
        assert np.allclose(open_scene(path).values, scene.values)
    with pytest.warns(SceneWarning, match="no offset assumed"):  # another sensor, or nothing dark at all
        assert np.allclose(open_scene(path, sensor="hls").values, (numbers() + 800) * 1e-4, atol=1e-6)
    with pytest.warns(SceneWarning, match="no offset assumed"):
        assert np.allclose(open_scene(write(tmp_path / "c.tif", numbers() + 2000, names=BGRN)).values, (numbers() + 2000) * 1e-4)
    with pytest.warns(SceneWarning, match="no offset assumed.*speak against"):
        assert np.allclose(open_scene(write(tmp_path / "b.tif", numbers(), names=BGRN), sensor="s2"), numbers() * 1e-4)


@pytest.mark.parametrize(
    ("values", "facts", "complaint"),
    [
        (np.full((4, 40, 40), 30_000, "uint16"), {"scales": [1e-4] * 4}, "come out above 1"),
        (numbers(), {"scales": [1e30] * 4}, "come out above 1"),
        (numbers(), {"scales": [1e-30] * 4}, "hardly any reflectance comes out above 0"),
        (numbers() // 4, {"scales": [1e-4] * 4, "offsets": [-0.2] * 4}, "come out below 0"),
        (numbers() // 40, {"names": ["B02", "B03", "B04", "B08"], "tags": {"PROCESSING_BASELINE": "05.09"}}, "come out below 0"),
        (numbers() + 6000, {}, "no surface comes out dark"),
    ],
)
def test_numbers_that_come_out_as_no_reflectance_are_a_question(
    tmp_path: Path, values: np.ndarray, facts: dict[str, Any], complaint: str
) -> None:
    path = write(tmp_path / "a.tif", values, **{"names": BGRN, **facts})
    with pytest.raises(ValueError, match=rf"{complaint}.*say what its numbers are with scale= and offset="):
        open_scene(path, sensor="planetscope" if not facts else None)
    with pytest.warns(SceneWarning, match=complaint) if facts else contextlib.nullcontext():  # who insists is believed, and warned
        open_scene(path, scale=facts.get("scales", [1e-4])[0], offset=facts.get("offsets", [-0.1 if "tags" in facts else 0])[0])


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"scales": [0.0] * 4}, "scale 0 and offset 0"),
        ({"scales": [1e-4, 1e-4, float("nan"), 1e-4]}, "scale"),
        (
            {"names": ["B02", "B03", "B04", "B08"], "tags": {"PROCESSING_BASELINE": "05.09", "BOA_QUANTIFICATION_VALUE": "0"}},
            "VALUE 0",
        ),
        (
            {"names": ["B02", "B03", "B04", "B08"], "tags": {"PROCESSING_BASELINE": "05.09", "BOA_QUANTIFICATION_VALUE": "x"}},
            "VALUE x",
        ),
    ],
)
def test_metadata_that_cannot_be_are_a_question(tmp_path: Path, facts: dict[str, Any], complaint: str) -> None:
    path = write(tmp_path / "a.tif", numbers(), **{"names": BGRN, **facts})
    with pytest.raises(ValueError, match=rf"metadata state .*{complaint}.*which cannot be; say what its numbers are"):
        open_scene(path)
    assert np.allclose(open_scene(path, scale=1e-4).values, numbers() * 1e-4)


def test_masks_come_in_every_form(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", numbers(), names=BGRN, scales=[1e-4] * 4)
    left_out = np.zeros((24, 32), "uint8")
    left_out[:6] = 1
    place = {"y": open_scene(path)["y"], "x": open_scene(path)["x"]}
    drawn = xr.DataArray(left_out, dims=("y", "x"), coords=place).rio.write_crs(32633)
    coarse = drawn[::2, ::2].assign_coords(y=drawn["y"][::2] - 5.0, x=drawn["x"][::2] + 5.0)
    file = write(tmp_path / "clouds.tif", left_out[None])
    for mask in (left_out, left_out.astype(bool), file, str(file), drawn, coarse):
        for chunks in (None, 8):
            with pytest.warns(SceneWarning, match="left out: by mask="):
                scene = open_scene(path, mask=mask, chunks=chunks).load()
            assert np.isnan(scene.values[:, :6]).all()
            assert np.isfinite(scene.values[:, 6:]).all()
    assert "25.0% of the pixels are left out: by mask=" in quiet(path, mask=left_out).attrs["notes"]
    cut = quiet(path, mask=left_out, area=box_of(4, 4, 20, 12))
    assert cut.shape == (4, 8, 16)
    assert np.isnan(cut.values[:, :2]).all()
    assert np.isfinite(cut.values[:, 2:]).all()


def box_of(left: int, top: int, right: int, bottom: int) -> tuple[float, ...]:
    """Pixels of the test rasters, as longitude and latitude a little inside their edges."""
    corners = [(500_000 + 10 * left + 3, 5_800_000 - 10 * bottom + 3), (500_000 + 10 * right - 3, 5_800_000 - 10 * top - 3)]
    (west, east), (south, north) = rasterio.warp.transform(32633, 4326, *zip(*corners, strict=True))
    return west, south, east, north


@pytest.mark.parametrize(
    ("mask", "complaint"),
    [
        (np.zeros((5, 5)), "grid of 24 x 32 pixels.*but it is 5 x 5"),
        (np.ones((24, 32)), "no valid pixel"),
        (np.zeros((2, 24, 32)), "must have one band"),
        ("nowhere.tif", "no such file"),
    ],
)
def test_masks_that_do_not_fit_are_refused(tmp_path: Path, mask: Any, complaint: str) -> None:
    with pytest.raises((ValueError, OSError), match=complaint):
        open_scene(write(tmp_path / "a.tif", numbers(), names=BGRN, scales=[1e-4] * 4), mask=mask)


def test_a_mask_by_its_codes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", numbers(), names=BGRN, scales=[1e-4] * 4)
    classes = np.full((1, 12, 16), 4, "uint8")  # 20 m: vegetation
    classes[:, :2] = 9
    classes[:, 11:] = 11  # snow is ground
    write(tmp_path / "T33UVT_20210716_SCL_20m.tif", classes, transform=UTM @ UTM.scale(2))
    with pytest.warns(SceneWarning, match=r"16.7% of the pixels are left out: cloud.*by T33UVT_20210716_SCL_20m"):
        scene = open_scene(path, mask=tmp_path / "T33UVT_20210716_SCL_20m.tif")
    assert np.isnan(scene.values[:, :4]).all()
    assert np.isfinite(scene.values[:, 4:]).all()
