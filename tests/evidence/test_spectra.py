import numpy as np
import pytest
import xarray as xr

from spexlab.evidence.spectra import mean_spectrum
from spexlab.scene import new_scene
from spexlab.scene.naming import resolve_bands
from widgets.parts.chart import Line, spectra_svg


@pytest.fixture
def scene() -> xr.DataArray:
    values = np.arange(2 * 3 * 4, dtype="float32").reshape(2, 3, 4) / 100
    values[1, 0, 0] = np.nan
    return new_scene(values, resolve_bands(["nir", "red"]))


def test_a_mean_spectrum_leaves_out_what_has_no_data(scene: xr.DataArray) -> None:
    inside = np.zeros((3, 4), bool)
    inside[0, :2] = True
    spectrum = mean_spectrum(scene, inside)
    assert spectrum["mean"].values == pytest.approx([0.005, 0.13])
    assert spectrum["spread"].values == pytest.approx([0.005, 0.0])
    assert int(spectrum["pixels"]) == 2
    assert spectrum["wavelength"].values.tolist() == scene["wavelength"].values.tolist()
    assert np.isnan(mean_spectrum(scene, ~np.ones((3, 4), bool))["mean"].values).all()


def test_the_chart_takes_the_pages_colours_and_names_its_lines_as_text(scene: xr.DataArray) -> None:
    spectrum = mean_spectrum(scene, np.ones((3, 4), bool))
    drawing = spectra_svg([Line("mean of <b>$x", spectrum, "#0072B2"), Line("pixel 1, 2", spectrum)])
    assert drawing.startswith("<svg")
    assert "currentColor" in drawing
    assert "#0072b2" in drawing.lower()
    assert "#010203" not in drawing
    assert "<b>" not in drawing
    for word in ("pixel 1, 2", "Wavelength (nm)", "Reflectance"):
        assert word in drawing
