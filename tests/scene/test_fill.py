"""What is no measurement is left out, and what was left out is said."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr

from spexlab.scene import SceneWarning, open_scene
from tests.support.rasters import BGRN, numbers, quiet, write

LAZY_OR_NOT = pytest.mark.parametrize("chunks", [None, 16])


def left_out(scene: xr.DataArray) -> np.ndarray:
    """Bool (y, x): where every band is left out; nowhere are only some."""
    empty = np.isnan(scene.values)
    assert (empty.all(axis=0) == empty.any(axis=0)).all()
    return empty.all(axis=0)


@LAZY_OR_NOT
@pytest.mark.parametrize("kind", ["internal", ".msk"])
def test_masks_in_and_beside_a_file_are_heeded(tmp_path: Path, kind: str, chunks: int | None) -> None:
    mask = np.full((24, 32), 255, "uint8")
    mask[3:9, 10:] = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=kind == "internal"):
        path = write(tmp_path / "a.tif", numbers(), names=BGRN, scales=[1e-4] * 4, mask=mask)
    assert path.with_name("a.tif.msk").exists() == (kind == ".msk")
    assert (left_out(open_scene(path, chunks=chunks)) == (mask == 0)).all()


def test_a_mask_is_heeded_beside_nodata_and_in_an_area(tmp_path: Path) -> None:
    mask = np.full((24, 32), 255, "uint8")
    mask[:6] = 0
    values = numbers()
    values[:, 10] = 7
    path = write(tmp_path / "a.tif", values, names=BGRN, scales=[1e-4] * 4, mask=mask, nodata=7, crs=None, transform=None)
    cut = open_scene(path, area=(0, 4, 32, 12))
    assert left_out(cut).all(axis=1).tolist() == [True, True, False, False, False, False, True, False]


def test_every_band_has_its_own_nodata(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", numbers(2), names=["red", "nir"])
    source = '<SourceFilename relativeToVRT="1">a.tif</SourceFilename><SourceBand>{0}</SourceBand>'
    band = (
        '<VRTRasterBand dataType="UInt16" band="{0}"><Description>{1}</Description><NoDataValue>{2}</NoDataValue>'
        f"<Scale>0.0001</Scale><SimpleSource>{source}</SimpleSource></VRTRasterBand>"
    )
    red, nir = int(numbers(2)[0, 3, 4]), int(numbers(2)[1, 7, 8])
    bands = band.format(1, "red", red) + band.format(2, "nir", nir)
    (tmp_path / "a.vrt").write_text(f'<VRTDataset rasterXSize="32" rasterYSize="24">{bands}</VRTDataset>')
    scene = open_scene(tmp_path / "a.vrt")
    assert np.array_equal(np.isnan(scene.values), [numbers(2)[0] == red, numbers(2)[1] == nir])
    layers = {
        name: xr.DataArray(numbers(2)[i], dims=("y", "x"), attrs={"nodata": n})
        for i, (name, n) in enumerate([("red", red), ("nir", nir)])
    }
    assert np.array_equal(np.isnan(quiet(xr.Dataset(layers)).values), np.isnan(scene.values))


def test_a_quality_band_says_nothing_about_what_is_black(tmp_path: Path) -> None:
    values = np.concatenate([numbers(), np.full((1, 24, 32), 4, "uint16")])
    values[:4, :5] = 0
    assert left_out(quiet(write(tmp_path / "a.tif", values, names=[*BGRN, "SCL"], nodata=0)))[:5].all()


@LAZY_OR_NOT
@pytest.mark.parametrize(("number", "dtype"), [(255, "uint8"), (0, "uint8"), (65535, "uint16"), (-9999, "int16"), (0, "float32")])
def test_a_strip_of_one_extreme_number_along_the_border_is_fill(
    tmp_path: Path, number: int, dtype: str, chunks: int | None
) -> None:
    rng = np.random.default_rng(2)
    values = rng.integers(10, 240, (4, 80, 100)).astype(dtype) / (1 if dtype != "float32" else 400)
    outside = np.add.outer(np.arange(80), 2 * np.arange(100)) < 90  # beyond the edge of a swath
    values = np.where(outside, number, values).astype(dtype)
    path = write(tmp_path / "a.tif", values, names=BGRN)
    with pytest.warns(SceneWarning, match=f"left out: {number} in every band, as a strip along the border is"):
        scene = open_scene(path, chunks=chunks, scale=1e-3 if dtype != "float32" else 1).load()
    assert (left_out(scene) == outside).all()
    assert f"{number} in every band" in scene.attrs["notes"]


def test_saturated_clouds_in_the_middle_are_no_border(tmp_path: Path) -> None:
    values = np.random.default_rng(2).integers(10, 240, (4, 80, 100)).astype("uint8")
    values[:, 20:60, 20:60] = 255
    values[:, :20, :5] = 255  # and a roof in the corner is too small
    scene = quiet(write(tmp_path / "a.tif", values, names=BGRN))
    assert not left_out(scene).any()
    assert scene.attrs["notes"] == ""


CODES = {
    "SCL": (
        {4: False, 5: False, 6: False, 11: False, 7: False, 2: False, 0: True, 1: True, 3: True, 8: True, 9: True, 10: True},
        {},
    ),
    "QA_PIXEL": ({21824: False, 21952: False, 30048: False, 1: True, 22280: True, 23888: True, 54596: True, 21826: True}, {}),
    "Fmask": ({0: False, 1: False, 3: False, 2: True, 4: True, 255: True}, {}),
    "fmask": ({0: False, 64: False, 224: False, 48: False, 2: True, 4: True, 8: True, 66: True, 255: True}, {"sensor": "hls"}),
}
"""Codes of clear land, water and snow, and of cloud, shadow and fill, from the products' definitions."""


@pytest.mark.parametrize("name", CODES)
@LAZY_OR_NOT
def test_quality_bands_leave_out_cloud_and_shadow(tmp_path: Path, name: str, chunks: int | None) -> None:
    codes, options = CODES[name]
    layer = np.resize(list(codes), (24, 32)).astype("uint16")
    values = np.concatenate([numbers(), layer[None]])
    path = write(tmp_path / "a.tif", values, names=[*BGRN, name], scales=[1e-4] * 4 + [1.0])
    with pytest.warns(SceneWarning, match=rf"left out: .*cloud.*, by the band {name}"):
        scene = open_scene(path, chunks=chunks, **options).load()
    assert scene["band"].values.tolist() == BGRN
    assert (left_out(scene) == np.vectorize(codes.get)(layer)).all()


def test_a_scene_that_is_all_cloud_has_no_valid_pixel(tmp_path: Path) -> None:
    values = np.concatenate([numbers(), np.full((1, 24, 32), 9, "uint16")])
    with pytest.raises(ValueError, match=r"no valid pixel.*100.0% of the pixels are left out: cloud.*by the band SCL"):
        open_scene(write(tmp_path / "a.tif", values, names=[*BGRN, "SCL"]))


def test_numbers_that_are_all_zero_measure_nothing() -> None:
    with pytest.raises(ValueError, match="no valid pixel"):
        open_scene(np.zeros((4, 8, 8), "uint16"), bands=BGRN)


@pytest.mark.data
def test_the_strip_outside_the_swath_of_a_real_scene_is_left_out() -> None:
    path = Path(__file__).parents[2].parent / "shared" / "data" / "scenes" / "s2_rachelcarson_nc_2018.tif"
    if not path.exists():
        pytest.skip("no ../shared/data")
    assert left_out(quiet(path)).sum() == 67_655
