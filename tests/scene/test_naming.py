"""Every way of naming a band comes down to one band."""

import pytest

from spexlab.scene.bands import WAVELENGTHS, Band
from spexlab.scene.naming import resolve_bands


def names(given: list[str | float | Band], sensor: str | None = None) -> list[str]:
    return [band.name for band in resolve_bands(given, sensor)]


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
