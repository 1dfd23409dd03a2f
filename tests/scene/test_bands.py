"""Every way of naming a band comes down to one band."""

import numpy as np
import pytest
import xarray as xr

from spexlab.scene.bands import (
    SENSORS,
    SPYNDEX,
    WAVELENGTHS,
    Band,
    find_bands,
    get_sensor,
    resolve_bands,
    sensor_bands,
    spyndex_letters,
    with_bands,
)


def names(given: list[str | float | Band], sensor: str | None = None) -> list[str]:
    return [band.name for band in resolve_bands(given, sensor)]


def test_sensors_are_consistent() -> None:
    for sensor in SENSORS.values():
        assert len({band.name for band in sensor.bands}) == len(sensor.bands)
        assert not sensor.native or len(sensor.native) == len(sensor.bands)
        assert all(band.name in WAVELENGTHS for band in sensor.bands)
        for layout in sensor.layouts:
            assert [b.name for b in sensor_bands(sensor, len(layout))] == list(layout)
    assert set(SPYNDEX) <= set(WAVELENGTHS)


@pytest.mark.parametrize("alias", ["Sentinel-2", "sentinel_2_l2a", "S2", "sentinel 2"])
def test_sensor_aliases(alias: str) -> None:
    assert get_sensor(alias).name == "sentinel-2"


def test_unknown_sensor_lists_the_known() -> None:
    with pytest.raises(ValueError, match=r"unknown sensor 'spot-9000'; known: sentinel-2, .*naip"):
        get_sensor("spot-9000")


def test_common_native_letter_and_everyday_names_agree() -> None:
    assert names(["B02", "B03", "B04", "B08"]) == ["blue", "green", "red", "nir"]
    assert names(["SR_B2", "SR_B3", "SR_B4", "SR_B5"], "landsat-8-9") == ["blue", "green", "red", "nir08"]
    assert names(["B", "G", "R", "N", "S1"]) == ["blue", "green", "red", "nir", "swir16"]
    assert names(["Red", "red edge 1", "SWIR 2"]) == ["red", "rededge071", "swir22"]


def test_native_names_that_fit_one_reading_need_no_sensor() -> None:
    assert names(["SR_B2", "SR_B3", "SR_B4", "SR_B5", "SR_B6", "SR_B7"])[3] == "nir08"
    assert names(["SR_B1", "SR_B2", "SR_B3", "SR_B4", "SR_B5", "SR_B7"], "landsat-7")[:2] == ["blue", "green"]


def test_ambiguous_native_names_ask_for_the_sensor() -> None:
    with pytest.raises(ValueError, match="say which with sensor="):
        resolve_bands(["B3", "B4", "B5"])
    assert names(["B3", "B4"], "landsat-7") == ["red", "nir"]


def test_wavelengths_in_nm_or_micrometres() -> None:
    bands = resolve_bands([443, "490 nm", 0.56, 1240])
    assert bands == (Band("coastal", 443.0), Band("blue", 490.0), Band("green", 560.0), Band("1240nm", 1240.0))


def test_nearest_wavelength_keeps_the_common_name() -> None:
    assert names([650, 664, 672]) == ["650nm", "red", "672nm"]
    assert names([531, 565]) == ["green05", "green"]
    assert names(["red", 650.0]) == ["red", "650nm"]


def test_sensor_gives_its_own_wavelengths_to_common_names() -> None:
    assert resolve_bands(["blue"], "landsat-8-9")[0].wavelength == 482.0
    assert resolve_bands(["blue"])[0].wavelength == WAVELENGTHS["blue"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["red", "R"], "repeated"),
        (["banana"], "unknown band 'banana'"),
        ([1, 2, 3], "300-20000 nm"),
        (["B02", "B99"], "not the band names of any one sensor"),
    ],
)
def test_bad_names_are_refused(given: list[str | float | Band], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        resolve_bands(given)


def test_wrong_number_of_bands_names_the_right_ones() -> None:
    with pytest.raises(ValueError, match=r"has 4 or 6 or 10 or 12 bands, but this has 5"):
        sensor_bands(get_sensor("sentinel-2"), 5)


def test_wrong_number_of_bands_points_to_the_sibling_that_has_it() -> None:
    with pytest.raises(ValueError, match="use sensor='sentinel-2-l1c'"):
        sensor_bands(get_sensor("sentinel-2"), 13)
    with pytest.raises(ValueError, match="use sensor='planetscope-8'"):
        sensor_bands(get_sensor("planetscope"), 8)


def test_one_near_infrared_stands_for_the_other_only_where_there_is_none() -> None:
    assert spyndex_letters(["red", "nir08"]) == {"R": "red", "N": "nir08", "N2": "nir08"}
    assert spyndex_letters(["nir", "nir08"]) == {"N": "nir", "N2": "nir08"}
    assert find_bands(("nir", "red"), ["red", "nir08"]) == ["nir08", "red"]
    assert find_bands(("nir", "swir16"), ["nir", "nir08"]) is None


def test_bands_are_cut_in_the_scenes_own_order() -> None:
    given = ["nir08", "red", "green", "blue", "swir16"]
    scene = xr.DataArray(np.arange(5.0)[:, None, None], dims=("band", "y", "x"), coords={"band": given})
    cut = with_bands(scene, ("blue", "green", "red", "nir"))
    assert cut is not None
    assert cut["band"].values.tolist() == given[:4]
    assert cut.values.ravel().tolist() == [0.0, 1.0, 2.0, 3.0]
    assert with_bands(scene, ("blue", "coastal")) is None
    assert with_bands(scene, None).identical(scene)
