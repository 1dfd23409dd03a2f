"""What kind of scene it is."""

import numpy as np
import pytest
import xarray as xr

from spexlab.scene import band_set, pixel_kind


def scene_of(*wavelengths: float, pixel_size: float | None = 10.0) -> xr.DataArray:
    coords = {"wavelength": ("band", list(wavelengths))}
    return xr.DataArray(
        np.zeros((len(wavelengths), 2, 2)), dims=("band", "y", "x"), coords=coords, attrs={"pixel_size_m": pixel_size}
    )


@pytest.mark.parametrize(
    ("wavelengths", "expected"),
    [((560.0, 665.0, 842.0, 1610.0), "swir"), ((560.0, 665.0, 842.0), "nir"), ((490.0, 560.0, 665.0), "visible")],
)
def test_bands_decide_the_set(wavelengths, expected) -> None:
    assert band_set(scene_of(*wavelengths)) == expected


@pytest.mark.parametrize(("metres", "expected"), [(30.0, "coarse"), (8.0, "coarse"), (None, "coarse"), (0.5, "fine")])
def test_the_pixels_width_decides_the_kind(metres, expected) -> None:
    assert pixel_kind(scene_of(665.0, pixel_size=metres)) == expected
