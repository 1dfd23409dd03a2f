"""What the spectra make of a mask, on either side of a threshold."""

import numpy as np
import pytest
import xarray as xr

from spexlab.evidence.measurement import Measurement, measure
from spexlab.evidence.prior import spectral_prior
from spexlab.evidence.verdict import sides, verdict
from spexlab.scene import new_scene
from spexlab.scene.naming import resolve_bands


def half_and_half() -> xr.DataArray:
    """A field left, water right."""
    values = np.empty((2, 20, 20), np.float32)
    values[:, :, :10], values[:, :, 10:] = np.array([0.05, 0.45])[:, None, None], np.array([0.05, 0.02])[:, None, None]
    return new_scene(values, resolve_bands(["red", "nir"], None))


def measured(*, wet: bool, sign: int, empty: bool = False) -> Measurement:
    """A mask of the wet or the green half, or of neither, with an NDVI that is to lie above 0.15 or below."""
    scene = half_and_half()
    prior = spectral_prior(scene, "water", index="NDVI", threshold=0.15, sign=sign)
    mask = np.zeros((20, 20), bool)
    if not empty:
        mask[:, 10 if wet else 0 : 20 if wet else 10] = True
    return measure(mask, target="water", prior=prior)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("wet", [True, False])
def test_a_target_below_its_threshold_is_judged_as_one_above(*, wet: bool, sign: int) -> None:
    found = measured(wet=wet, sign=sign)
    expected = wet == (sign < 0)  # water is low in NDVI
    assert sides(found) == ("two sides" if expected else "wrong sides")
    assert verdict(found) == ("support" if expected else "against")


@pytest.mark.parametrize(("sign", "said"), [(1, "against"), (-1, "unclear")])
def test_nothing_found_is_judged_by_the_side_of_the_area(sign: int, said: str) -> None:
    nothing = measured(wet=True, sign=sign, empty=True)  # the mean NDVI is 0.19: green on the whole
    assert sides(nothing) == "above"
    assert verdict(nothing) == said, "0.04 from the threshold is no clear answer"
