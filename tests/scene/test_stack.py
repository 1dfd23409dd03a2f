"""Scenes whose bands lie in a file each: the same scene as one file of all bands is."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from spexlab.scene import open_scene
from tests.support.rasters import BGRN, UTM, numbers, quiet, write

LAZY_OR_NOT = pytest.mark.parametrize("chunks", [None, 8])


def band_files(folder: Path, names: dict[str, int], **facts: Any) -> list[Path]:
    """Write one band a file: its name, and which of `numbers`."""
    folder.mkdir(parents=True, exist_ok=True)
    return [write(folder / name, numbers()[i : i + 1], **facts) for name, i in names.items()]


@LAZY_OR_NOT
def test_a_list_or_dict_of_band_files(tmp_path: Path, chunks: int | None) -> None:
    files = band_files(
        tmp_path, {"T33UVT_20210716_B02.tif": 0, "T33UVT_20210716_B04_10m.tif": 2, "T33UVT_20210716_B08.tif": 3}, scales=[1e-4]
    )
    scene = open_scene(files, chunks=chunks)
    assert scene["band"].values.tolist() == ["blue", "red", "nir"]
    assert np.allclose(scene.values, numbers()[[0, 2, 3]] * 1e-4)
    assert scene.attrs["date"] == "2021-07-16"
    assert (scene.chunks is None) == (chunks is None)
    named = open_scene({"nir": files[2], "red": str(files[1])}, chunks=chunks)
    assert np.array_equal(named.values, scene.values[[2, 1]])
    described = [write(tmp_path / f"{i}.tif", numbers()[i : i + 1], names=[BGRN[i]], scales=[1e-4]) for i in range(4)]
    assert open_scene(described)["band"].values.tolist() == BGRN


@LAZY_OR_NOT
def test_a_safe_folder_is_read_at_its_finest(tmp_path: Path, chunks: int | None) -> None:
    folder = tmp_path / "S2B_MSIL2A_20250302T095029_N0511_R079_T33UXP_20250302T104753.SAFE"
    images, tile = folder / "GRANULE" / "L2A_T33UXP_A1" / "IMG_DATA", "T33UXP_20250302T095029"
    band_files(images / "R10m", {f"{tile}_B04_10m.tif": 2, f"{tile}_B08_10m.tif": 3, f"{tile}_TCI_10m.tif": 0})
    half = {"transform": UTM @ UTM.scale(2)}
    (images / "R20m").mkdir()
    write(images / "R20m" / f"{tile}_B04_20m.tif", numbers()[2:3, ::2, ::2], **half)
    write(images / "R20m" / f"{tile}_B11_20m.tif", numbers()[1:2, ::2, ::2], **half)
    classes = np.full((1, 12, 16), 4, "uint8")
    classes[0, 0] = 8
    write(images / "R20m" / f"{tile}_SCL_20m.tif", classes, **half)
    band_files(folder / "GRANULE" / "L2A_T33UXP_A1" / "QI_DATA", {"MSK_CLASSI_B00.tif": 0})
    scene = quiet(folder, chunks=chunks)
    assert scene["band"].values.tolist() == ["red", "nir", "swir16"]
    assert scene.attrs["radiometry"] == "scale 0.0001, offset -0.1: Sentinel-2 processing baseline 05.11"
    assert (scene.attrs["title"], scene.attrs["sensor"], scene.attrs["date"]) == (folder.stem, "sentinel-2", "2025-03-02")
    assert np.isnan(scene.values[:, :2]).all()
    expected = np.stack([numbers()[2], numbers()[3], numbers()[1, ::2, ::2].repeat(2, axis=0).repeat(2, axis=1)])
    assert np.allclose(scene.values[:, 2:], expected[:, 2:] * 1e-4 - 0.1, atol=1e-6)


def test_a_landsat_folder_keeps_reflectance_and_leaves_out_cloud(tmp_path: Path) -> None:
    product = "LC08_L2SP_123032_20200101_20200823_02_T1"
    names = {f"{product}_SR_B4.TIF": 2, f"{product}_SR_B5.TIF": 3, f"{product}_ST_B10.TIF": 0}
    (tmp_path / product).mkdir()
    for name, i in names.items():
        write(tmp_path / product / name, numbers()[i : i + 1] + 7500)
    quality = np.full((1, 24, 32), 21824, "uint16")
    quality[0, :, :4] = 22280
    write(tmp_path / product / f"{product}_QA_PIXEL.TIF", quality)
    scene = quiet(tmp_path / product)
    assert scene["band"].values.tolist() == ["red", "nir08"]
    assert scene.attrs["sensor"] == "landsat-8-9"
    assert not scene.attrs["radiometry_assumed"]
    assert np.isnan(scene.values[:, :, :4]).all()
    assert np.allclose(scene.values[:, :, 4:], (numbers()[2:] + 7500.0)[:, :, 4:] * 2.75e-5 - 0.2, atol=1e-5)


@LAZY_OR_NOT
def test_netcdf_with_a_variable_a_band(tmp_path: Path, chunks: int | None) -> None:
    y, x = 52.0 - np.arange(24) * 1e-4, 13.0 + np.arange(32) * 1e-4
    layers = {name: (("lat", "lon"), numbers()[i].astype("int16"), {"scale_factor": 1e-4}) for i, name in enumerate(BGRN)}
    stored = xr.Dataset(
        layers, coords={"lat": ("lat", y, {"units": "degrees_north"}), "lon": ("lon", x, {"units": "degrees_east"})}
    )
    stored.to_netcdf(tmp_path / "a.nc", engine="scipy")
    scene = open_scene(tmp_path / "a.nc", chunks=chunks)
    assert scene["band"].values.tolist() == BGRN
    assert np.allclose(scene.values, numbers() * 1e-4)
    assert scene.rio.crs.to_epsg() == 4326
    assert scene.attrs["title"] == "a"
    assert open_scene(tmp_path / "a.nc", bands=["nir", "red"])["band"].values.tolist() == ["nir", "red"]


def test_zarr_with_a_variable_a_band(tmp_path: Path) -> None:
    folder = tmp_path / "a.zarr"
    folder.mkdir()
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    array = {"zarr_format": 2, "shape": [24, 32], "chunks": [24, 32], "dtype": "<u2", "compressor": None}
    for i, name in enumerate(BGRN):
        (folder / name).mkdir()
        (folder / name / ".zarray").write_text(json.dumps({**array, "fill_value": None, "order": "C", "filters": None}))
        (folder / name / "0.0").write_bytes(numbers()[i].tobytes())
    scene = quiet(folder)
    assert sorted(scene["band"].values) == sorted(BGRN)  # a folder has no order
    assert np.allclose(scene.sel(band=BGRN).values, numbers() * 1e-4)


def item(files: list[Path]) -> dict[str, Any]:
    """Describe three bands, one of them twice, and a picture, as catalogues do."""
    bands = ["red", "nir", "swir16"]
    assets = {
        f"B{i}": {"href": str(file), "gsd": 10, "eo:bands": [{"name": f"B{i}", "common_name": band}], "roles": ["data"]}
        | {"raster:bands": [{"scale": 1e-4, "offset": -0.1, "nodata": 0}]}
        for i, (file, band) in enumerate(zip(files, bands, strict=False))
    }
    coarse = {**assets["B0"], "href": "nowhere.tif", "gsd": 60}
    picture = {"href": "picture.jpg", "roles": ["thumbnail"], "eo:bands": [{"common_name": "red"}]}
    properties = {"datetime": "2023-05-17T10:00:00Z", "platform": "sentinel-2a", "s2:processing_baseline": "05.09"}
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": "S2A_T33",
        "geometry": None,
        "links": [],
        "properties": properties,
    } | {"assets": {"coarse": coarse, **assets, "thumbnail": picture, "all": {"href": "all.tif", "eo:bands": [{}, {}]}}}


def test_a_stac_item_as_dict_and_as_pystac_has_it(tmp_path: Path) -> None:
    pystac = pytest.importorskip("pystac")
    described = item(band_files(tmp_path, {"a.tif": 2, "b.tif": 3, "c.tif": 1}))
    for source in (described, pystac.Item.from_dict(described)):
        scene = open_scene(source)
        assert scene["band"].values.tolist() == ["red", "nir", "swir16"]
        assert np.allclose(scene.values, numbers()[[2, 3, 1]] * 1e-4 - 0.1, atol=1e-6)
        assert (scene.attrs["sensor"], scene.attrs["date"], scene.attrs["title"]) == ("sentinel-2", "2023-05-17", "S2A_T33")
        assert not scene.attrs["radiometry_assumed"]
        assert open_scene(source, bands=["nir", "red"])["band"].values.tolist() == ["nir", "red"]


def test_arrays_and_dataarrays_with_the_band_last() -> None:
    last = np.moveaxis(numbers(), 0, -1)
    expected = quiet((numbers(), BGRN)).values
    assert np.array_equal(quiet((last, BGRN)).values, expected)
    assert np.array_equal(quiet(last, sensor="worldview").values, expected)
    assert np.array_equal(quiet(xr.DataArray(last, dims=("y", "x", "band")), bands=BGRN).values, expected)
    assert np.array_equal(quiet(xr.DataArray(last, dims=("y", "x", "colour")), bands=BGRN).values, expected)


@pytest.mark.parametrize("kind", ["none", "two bands", "two grids", "no band", "same band"])
def test_files_that_make_no_scene_are_refused(tmp_path: Path, kind: str) -> None:
    one = write(tmp_path / "x_B04.tif", numbers()[:1], scales=[1e-4])
    bare = {"crs": None, "transform": None}
    source, complaint = {
        "none": ([], "must name some"),
        "two bands": ([one, write(tmp_path / "x_B8A.tif", numbers()[:2])], "must have one band, but .*B8A.tif has 2"),
        "two grids": ([one, write(tmp_path / "x_B08.tif", numbers()[:1, :5], **bare)], "must share one grid"),
        "no band": (tmp_path / "empty", "a folder must hold a scene's bands"),
        "same band": ([one, write(tmp_path / "y_B04.tif", numbers()[:1], scales=[1e-4])], "each band must be named once"),
    }[kind]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=complaint):
        open_scene(source)
