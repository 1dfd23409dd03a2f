"""Spectral priors: indices against their formulas, thresholds, and the two traps (water that looks built-up, EVI over snow)."""

import numpy as np
import pytest
import spyndex
import xarray as xr
from numpy.typing import ArrayLike

from spexlab.evidence.prior import MODEL_INDICES, available_indices, index_stack, spectral_index, spectral_prior
from spexlab.scene.bands import WAVELENGTHS
from spexlab.targets import TARGETS


def scene_of(**bands: ArrayLike) -> xr.DataArray:
    """A scene of rows of pixels, one list a band."""
    values = np.stack([np.atleast_2d(np.asarray(v, np.float32)) for v in bands.values()])
    coords = {"band": list(bands), "wavelength": ("band", [WAVELENGTHS[name] for name in bands])}
    return xr.DataArray(values, dims=("band", "y", "x"), coords=coords)


def random_scene(*names: str, size: int = 32) -> xr.DataArray:
    rng = np.random.default_rng(0)
    return scene_of(**{name: rng.uniform(0.01, 0.6, (size, size)) for name in names})


@pytest.fixture(scope="module")
def landsat() -> tuple[xr.DataArray, np.ndarray]:
    """spyndex's Landsat 8 spectra (one row of 120 pixels) and their classes."""
    table = spyndex.datasets.open("spectral")
    names = ["coastal", "blue", "green", "red", "nir08", "swir16", "swir22"]
    return scene_of(**{name: table[f"SR_B{i}"] for i, name in enumerate(names, 1)}), table["class"].to_numpy()


def test_ndvi_by_hand() -> None:
    values = spectral_index(scene_of(red=[0.1, 0.3], nir=[0.3, 0.1]), "NDVI")
    assert values.dims == ("y", "x")
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, [[0.5, -0.5]], rtol=1e-6)


def test_evi_by_hand_uses_the_usual_constants() -> None:
    value = spectral_index(scene_of(blue=[0.05], red=[0.1], nir=[0.4]), "EVI")
    assert float(value[0, 0]) == pytest.approx(2.5 * 0.3 / (0.4 + 0.6 - 0.375 + 1.0), rel=1e-6)


def test_evi_never_leaves_its_range_nor_calls_snow_green() -> None:
    # Snow: N + 6 R - 7.5 B + 1 is -0.225 (wrong sign, although N - R < 0 would make it positive) and 0.005 (blown up).
    values = spectral_index(scene_of(blue=[0.95, 0.9], red=[0.85, 0.82], nir=[0.8, 0.835]), "EVI").values
    assert np.isnan(values[0, 0])
    assert values[0, 1] == 1.0
    wild = spectral_index(random_scene("blue", "red", "nir"), "EVI").values
    assert np.nanmax(np.abs(wild)) <= 1.0


def test_nodata_and_division_by_zero_are_unknown() -> None:
    values = spectral_index(scene_of(red=[np.nan, 0.0, 0.1], nir=[0.2, 0.0, -0.1]), "NDVI").values
    assert np.isnan(values).all()


def test_nir08_stands_for_nir() -> None:
    assert float(spectral_index(scene_of(red=[0.1], nir08=[0.3]), "NDVI")[0, 0]) == pytest.approx(0.5)


def test_wavelengths_of_the_scene_reach_the_formula() -> None:
    # DVI+ is the height of the line between green (560 nm) and NIR (840 nm) over red (665 nm): 0.1 + 0.3 * 105 / 280 - 0.2.
    value = spectral_index(scene_of(green=[0.1], red=[0.2], nir=[0.4]), "DVIplus")
    assert float(value[0, 0]) == pytest.approx(0.0125, rel=1e-4)


def test_every_available_index_can_be_computed() -> None:
    scene = random_scene(*(name for name in WAVELENGTHS if WAVELENGTHS[name] < 3000), size=3)
    names = available_indices(scene)
    assert len(names) > 200
    for name in names:
        values = spectral_index(scene, name)
        assert values.shape == (3, 3)
        assert values.dtype == np.float32
        assert not np.isinf(values).any()


def test_indices_that_bands_do_not_allow_are_named() -> None:
    scene = random_scene("red", "green", "blue")
    with pytest.raises(ValueError, match=r"swir16 \(S1\).*bands: red, green, blue"):
        spectral_index(scene, "MNDWI")
    with pytest.raises(ValueError, match="for example NDVI"):
        spectral_index(scene, "NDVII")
    assert "NDVI" not in available_indices(scene)


def test_lazy_scenes_stay_lazy() -> None:
    scene = random_scene("red", "nir").chunk({"y": 8})
    assert spectral_index(scene, "NDVI").chunks is not None


def test_index_stack_leaves_unknown_channels_empty() -> None:
    stack = index_stack(random_scene("green", "red", "nir"))
    known = {name for name, channel in zip(MODEL_INDICES, stack, strict=True) if np.isfinite(channel).all()}
    assert stack.shape == (6, 32, 32)
    assert stack.dtype == np.float32
    assert known == {"NDVI", "NDWI"}
    assert np.isnan(stack[[MODEL_INDICES.index(name) for name in MODEL_INDICES if name not in known]]).all()


def test_every_recipe_is_an_index_that_spyndex_knows() -> None:
    assert all(recipe.name in spyndex.indices for target in TARGETS.values() for recipe in (*target.indices, *target.textbook))


@pytest.mark.parametrize("target", TARGETS)
def test_visible_bands_alone_are_no_evidence(target: str) -> None:
    assert spectral_prior(random_scene("red", "green", "blue"), target) is None


@pytest.mark.parametrize("target", TARGETS)
def test_signed_is_positive_exactly_in_the_mask(target: str) -> None:
    scene = random_scene("blue", "green", "red", "nir", "swir16")
    scene[:, 0, :] = np.nan
    prior = spectral_prior(scene, target)
    assert prior is not None
    assert ((prior.signed > 0) == prior.mask).all()
    assert prior.signed.dtype == np.float32
    assert (prior.signed[0] == 0).all()
    assert not prior.mask[0].any()
    assert np.isnan(prior.values[0]).all()


def test_the_bands_choose_the_index() -> None:
    four, six = random_scene("blue", "green", "red", "nir"), random_scene("blue", "green", "red", "nir", "swir16", "swir22")
    chosen = {target: [getattr(spectral_prior(s, target), "index", None) for s in (four, six)] for target in TARGETS}
    assert chosen["water"] == ["NDWI", "MNDWI"]
    assert chosen["vegetation"] == ["NDVI", "NDVI"]
    assert chosen["built-up"] == ["VrNIRBI", "NDBI"]
    assert chosen["bare"] == ["VrNIRBI", "BI"]
    assert chosen["snow"] == [None, "NDSI"]


def test_real_spectra_are_told_apart(landsat: tuple[xr.DataArray, np.ndarray]) -> None:
    scene, classes = landsat
    for target, name in {"water": "Water", "vegetation": "Vegetation"}.items():
        prior = spectral_prior(scene, target)
        assert prior is not None
        assert prior.mask[0][classes == name].mean() > 0.95
        assert prior.mask[0][classes != name].mean() < (0.05 if target == "water" else 0.6)


def test_water_is_not_built_up(landsat: tuple[xr.DataArray, np.ndarray]) -> None:
    scene, classes = landsat
    water = classes == "Water"
    for bands in (slice(None), ["blue", "green", "red", "nir08"]):
        prior = spectral_prior(scene.sel(band=bands), "built-up")
        assert prior is not None
        assert (prior.values[0][water] > prior.threshold).mean() > 0.9  # the trap
        assert not prior.mask[0][water].any()
        assert (prior.signed[0][water] <= 0).all()
        assert prior.mask[0][classes == "Urban"].mean() > 0.8


def test_dark_water_is_no_snow() -> None:
    # Snow, water: both have an NDSI of 0.8.
    prior = spectral_prior(scene_of(green=[0.9, 0.09], nir=[0.8, 0.02], swir16=[0.1, 0.01]), "snow")
    assert prior is not None
    assert prior.mask.tolist() == [[True, False]]


def test_threshold_may_be_a_number_or_the_scenes_own() -> None:
    rng = np.random.default_rng(0)
    green = rng.random((40, 40)) < 0.4
    scene = scene_of(red=np.full((40, 40), 0.1), nir=np.where(green, 0.5, 0.12) + rng.normal(0, 0.005, (40, 40)))
    own = spectral_prior(scene, "trees", threshold="otsu")
    given = spectral_prior(scene, "trees", threshold=0.667)
    assert own is not None
    assert given is not None
    assert (own.mask == green).mean() > 0.99
    assert given.threshold == 0.667
    assert 0 < given.mask.sum() < green.sum()


def test_sign_turns_the_side() -> None:
    scene = random_scene("red", "nir")
    above, below = (spectral_prior(scene, "bare", index="NDVI", threshold=0.2, sign=sign) for sign in (1, -1))
    assert above is not None
    assert below is not None
    assert not (above.mask & below.mask).any()
    assert (below.mask == (below.values < np.float32(0.2))).all()


def test_no_threshold_is_ever_invented() -> None:
    flat = scene_of(red=np.full((4, 4), 0.1), nir=np.full((4, 4), 0.3))
    with pytest.raises(ValueError, match="two different values"):
        spectral_prior(flat, "trees", threshold="otsu")
    with pytest.raises(ValueError, match="no fixed threshold is known for NDVI for water"):
        spectral_prior(flat, "water", index="NDVI")
    with pytest.raises(ValueError, match='"fixed", "otsu" or a finite number'):
        spectral_prior(flat, "trees", threshold="mean")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="finite number"):
        spectral_prior(flat, "trees", threshold=float("nan"))
    with pytest.raises(ValueError, match="what can be asked"):
        spectral_prior(flat, "lava")
