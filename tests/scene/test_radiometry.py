"""The radiometry decision, by hand-worked cases."""

from typing import Any

import numpy as np
import pytest

from spexlab.scene.radiometry import Evidence, Radiometry, decide
from spexlab.scene.sensors import get_sensor


def decision(numbers: list[float], dtype: str = "uint16", **known: Any) -> Radiometry:
    facts: dict[str, Any] = {"scales": None, "offsets": None, "tags": {}, "text": "", "sensor": None, **known}
    return decide(Evidence(dtype=np.dtype(dtype), count=2, sample=np.asarray(numbers, float), **facts))


def applied(radiometry: Radiometry, number: float) -> float:
    return number * radiometry.scales[0] + radiometry.offsets[0]


def test_stated_scale_and_offset_win() -> None:
    made = decision([3000], scales=(2e-4, 2e-4), offsets=(-0.1, -0.1))
    assert applied(made, 3000) == pytest.approx(0.5)
    assert not made.assumed
    assert "from the metadata" in made.reason


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"tags": {"processing_baseline": "04.00"}}, 0.2),
        ({"tags": {"s2:processing_baseline": "05.11"}}, 0.2),
        ({"tags": {"processing_baseline": "03.01"}}, 0.3),
        ({"text": "S2B_MSIL2A_20250302T095029_N0511_R079_T33UXP_20250302T104753"}, 0.2),
        ({"text": "S2A_MSIL1C_20190607T105031_N0207_R051_T31TDG_20190607T125642"}, 0.3),
        ({"tags": {"s2:processing_baseline": "05.00", "earthsearch:boa_offset_applied": "True"}}, 0.3),
    ],
)
def test_sentinel_2_offset_follows_the_baseline(known: dict[str, Any], expected: float) -> None:
    made = decision([3000], **known)
    assert applied(made, 3000) == pytest.approx(expected)
    assert not made.assumed


def test_stated_offset_that_is_already_applied_is_not_applied_twice() -> None:
    made = decision([3000], scales=(1e-4, 1e-4), offsets=(-0.1, -0.1), tags={"earthsearch:boa_offset_applied": "True"})
    assert applied(made, 3000) == pytest.approx(0.3)


def test_baseline_without_stated_offset_is_a_visible_assumption() -> None:
    made = decision([3000], scales=(1e-4, 1e-4), tags={"processing_baseline": "04.00"})
    assert applied(made, 3000) == pytest.approx(0.2)
    assert made.assumed


def test_landsat_collection_2() -> None:
    by_name = decision([10_000], text="LC08_L2SP_123032_20200101_20200823_02_T1_SR_B4")
    by_band = decision([10_000], text="stack\nSR_B2\nSR_B3")
    assert applied(by_name, 10_000) == applied(by_band, 10_000) == pytest.approx(0.075)
    assert not by_name.assumed
    by_sensor = decision([9000, 11_000], sensor=get_sensor("landsat-8"))
    assert applied(by_sensor, 10_000) == pytest.approx(0.075)
    assert by_sensor.assumed
    rescaled = decision([300, 2500], sensor=get_sensor("landsat-8"))
    assert applied(rescaled, 2500) == pytest.approx(0.25)
    assert rescaled.assumed


def test_fill_that_is_not_stated_does_not_count() -> None:
    fill = [0] * 6
    by_sensor = decision([*fill, 9000, 9500, 10_000, 11_000], sensor=get_sensor("landsat-8"))
    assert applied(by_sensor, 10_000) == pytest.approx(0.075)
    assert by_sensor.fill == 0
    assert decision([*fill, 25_000, 40_000, 50_000, 60_000]).scales[0] == pytest.approx(1 / 65535)
    assert decision(fill, sensor=get_sensor("landsat-8")).scales[0] == pytest.approx(1 / 255)  # all the same, nothing is known


@pytest.mark.parametrize(
    ("numbers", "dtype", "scale", "assumed"),
    [
        ([0.1, 0.4], "float32", 1.0, False),
        ([0.1, 1.3], "float64", 1.0, False),
        ([800.0, 3500.0], "float32", 1e-4, True),
        ([20, 250], "uint8", 1 / 255, True),
        ([20, 250], "uint16", 1 / 255, True),
        ([20, 2500], "int16", 1e-4, True),
        ([25_000, 60_000], "uint16", 1 / 65535, True),
    ],
)
def test_numbers_without_metadata(numbers: list[float], dtype: str, scale: float, *, assumed: bool) -> None:
    made = decision(numbers, dtype)
    assert made.scales == (pytest.approx(scale),) * 2
    assert made.assumed is assumed
    assert ("assumed" in made.reason) is assumed
