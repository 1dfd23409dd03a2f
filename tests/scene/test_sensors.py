"""What is known of a sensor stands in its row."""

import pytest

from spexlab.scene.bands import SPYNDEX, WAVELENGTHS
from spexlab.scene.sensors import SENSORS, get_sensor, recognise_sensor, sensor_bands


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


def test_wrong_number_of_bands_names_the_right_ones() -> None:
    with pytest.raises(ValueError, match=r"has 4 or 6 or 10 or 12 bands, but this has 5"):
        sensor_bands(get_sensor("sentinel-2"), 5)


def test_wrong_number_of_bands_points_to_the_sibling_that_has_it() -> None:
    with pytest.raises(ValueError, match="use sensor='sentinel-2-l1c'"):
        sensor_bands(get_sensor("sentinel-2"), 13)
    with pytest.raises(ValueError, match="use sensor='planetscope-8'"):
        sensor_bands(get_sensor("planetscope"), 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("S2B_MSIL2A_20250302T095029_N0511_R079_T33UXP_20250302T104753", "sentinel-2"),
        ("S2A_MSIL1C_20190607T105031_N0207_R051_T31TDG_20190607T125642", "sentinel-2-l1c"),
        ("HLS.S30.T32TQM.2024150T101559.v2.0 Sentinel-2A", "hls-s30"),
        ("LC09_L2SP_193026_20230604_20230606_02_T1", "landsat-8-9"),
        ("20230701_101112_55_2461_3B_AnalyticMS_SR_8b", "planetscope-8"),
        ("20190701_101112_1025_3B_AnalyticMS_SR", "planetscope"),
        ("m_3807708_nw_18_1_naip_2018", "naip"),
        ("snaiper", None),
    ],
)
def test_a_product_is_recognised_by_its_name(text: str, expected: str | None) -> None:
    found = recognise_sensor(text)
    assert (found.name if found else None) == expected
