import numpy as np
import pytest
import xarray as xr

from spexlab.extraction import Events, extract
from spexlab.extraction.calibration import Calibration, Cut, check_thresholds, with_threshold
from spexlab.scene import new_scene
from spexlab.scene.naming import resolve_bands
from tests.support.fakes import FakeSpex

SENTINEL, AERIAL, COLOUR = (560.0, 665.0, 842.0, 1610.0), (560.0, 665.0, 842.0), (490.0, 560.0, 665.0)


def scene_of(*wavelengths: float, pixel_size: float | None = 10.0) -> xr.DataArray:
    values = np.full((len(wavelengths), 40, 40), 0.1, np.float32)
    values[: len(wavelengths) // 2, :, :20] = 0.3
    coords = {"band": [f"b{number}" for number in range(len(wavelengths))], "wavelength": ("band", list(wavelengths))}
    return xr.DataArray(values, dims=("band", "y", "x"), coords=coords, attrs={"pixel_size_m": pixel_size})


def test_a_cut_is_that_of_target_pixels_and_bands_or_one_half_of_the_plain_probability() -> None:
    calibration = Calibration({"coarse": {"swir": {"water": (2.0, 1.0, 0.3)}}})
    assert calibration.cut("water", scene_of(*SENTINEL)) == Cut(2.0, 1.0, 0.3)
    assert calibration.covers("water", scene_of(*SENTINEL))
    for target, scene in (
        ("trees", scene_of(*SENTINEL)),
        ("water", scene_of(*AERIAL)),
        ("water", scene_of(*SENTINEL, pixel_size=1)),
    ):
        assert calibration.cut(target, scene) == Cut(1.0, 0.0, 0.5)
        assert not calibration.covers(target, scene)


def test_probability_is_the_sigmoid_of_the_scaled_logit_also_where_it_would_overflow() -> None:
    found = Cut(2.0, -1.0).probability(np.array([0.5, 1.5, 1e6, -1e6], np.float32))
    np.testing.assert_allclose(found, [0.5, 1 / (1 + np.exp(-2)), 1.0, 0.0], rtol=1e-6)


def test_a_threshold_may_be_asked_for_of_all_targets_or_of_some() -> None:
    assert with_threshold(Cut(2.0, 1.0, 0.3), None, "water") == Cut(2.0, 1.0, 0.3)
    assert with_threshold(Cut(2.0, 1.0, 0.3), 0.7, "water") == Cut(2.0, 1.0, 0.7, own=0.3)
    assert with_threshold(Cut(2.0, 1.0, 0.7, own=0.3), 0.3, "water") == Cut(2.0, 1.0, 0.3)
    assert with_threshold(Cut(), {"trees": 0.7}, "water") == Cut()


@pytest.mark.parametrize("wrong", [0.0, 1.0, -1, 2, float("nan"), "0.5", True])
def test_what_is_no_probability_is_no_threshold(wrong: object) -> None:
    with pytest.raises(ValueError, match=f"between 0 and 1, but {wrong!r} was given for water"):
        check_thresholds({"water": wrong}, ["water"])  # type: ignore[dict-item]


def test_a_threshold_for_what_is_no_target_is_not_ignored() -> None:
    with pytest.raises(ValueError, match=r"for one of water, trees, .*, but one for 'wter' was given"):
        extract(water_scene(), "water", model=FakeSpex(), threshold={"wter": 0.3})


def water_scene() -> xr.DataArray:
    values = np.empty((4, 40, 40), np.float32)
    values[:, :, :20] = np.array([0.08, 0.05, 0.02, 0.01], np.float32)[:, None, None]  # a lake
    values[:, :, 20:] = np.array([0.06, 0.04, 0.30, 0.15], np.float32)[:, None, None]  # a field
    values[3, :, 10:20] = 0.07  # reeds: hardly water
    return new_scene(values, resolve_bands(["green", "red", "nir", "swir16"]), sensor="sentinel-2")


def test_extraction_cuts_where_the_checkpoint_says_and_keeps_the_probability() -> None:
    scene, spex = water_scene(), FakeSpex()
    plain = extract(scene, "water", model=spex)
    spex.calibration = Calibration({"coarse": {"swir": {"water": (1.0, 0.0, 0.99999)}}})
    stricter = extract(scene, "water", model=spex)
    np.testing.assert_array_equal(plain.probability, stricter.probability)
    np.testing.assert_array_equal(stricter.mask, stricter.probability > 0.99999)
    assert plain.mask.sum() > stricter.mask.sum()
    assert stricter.provenance["thresholds"] == {"water": 0.99999}
    assert stricter.provenance["calibrated"] == {"water": True}


def test_the_preview_is_cut_as_the_result_is() -> None:
    seen: list[np.ndarray] = []
    events = Events(mask=lambda _, so_far, __: seen.append(so_far.copy()))
    result = extract(water_scene(), "water", model=FakeSpex(), threshold=0.99, events=events)
    np.testing.assert_array_equal(seen[-1] == 1, result.mask.values[0])
    assert result.provenance["thresholds"] == {"water": 0.99}


def test_what_is_left_out_is_cut_at_its_own_threshold() -> None:
    scene = water_scene()
    everything = extract(scene, "water", model=FakeSpex())
    without = extract(scene, "water, but not snow", model=FakeSpex(), threshold={"snow": 0.999999})
    np.testing.assert_array_equal(without.mask, everything.mask)  # nothing is snow beyond all doubt
    np.testing.assert_array_equal(without.probability, everything.probability)
