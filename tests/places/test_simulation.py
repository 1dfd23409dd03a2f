"""Simulated scenes are scenes, reproducible, with labels that their spectra bear out."""

import json

import numpy as np
import pytest
import xarray as xr

from spexlab.places.simulation import simulate_scene
from spexlab.places.simulation.canvas import Canvas, Positions, patches
from spexlab.places.simulation.materials import ANCHORS, MATERIALS, material_spectra
from spexlab.places.simulation.noise import Dice, fractal, noise, share_above
from spexlab.places.simulation.render import majority, render
from spexlab.scene import check_scene, pixel_size, rgb
from spexlab.scene.sensors import SENSORS
from spexlab.targets import CLASSES


@pytest.fixture(scope="module")
def views() -> list[tuple[xr.DataArray, xr.DataArray]]:
    return [simulate_scene(seed, sensor="hls", size=40) for seed in range(36)]


def median_index(views: list[tuple[xr.DataArray, xr.DataArray]], first: str, second: str, cover: str) -> float:
    """Median normalised difference of two bands over a class."""
    values = []
    for scene, labels in views:
        a, b = scene.sel(band=first).values, scene.sel(band=second).values
        values.append(((a - b) / (a + b))[labels.values == CLASSES[cover]])
    return float(np.median(np.concatenate(values)))


def test_a_simulated_scene_is_a_scene_with_labels_on_its_grid() -> None:
    scene, labels = simulate_scene(3, size=(48, 80))
    assert check_scene(scene) is scene
    assert scene.shape == (12, 48, 80)
    assert labels.shape == (48, 80)
    assert labels.dtype == np.uint8
    assert set(np.unique(labels.values)) <= set(CLASSES.values())
    xr.testing.assert_equal(scene["x"].drop_vars("spatial_ref"), labels["x"].drop_vars("spatial_ref"))
    assert scene.rio.crs == labels.rio.crs
    assert scene.rio.crs.is_projected
    assert pixel_size(scene) == 10.0
    assert scene.attrs["simulated"]
    assert scene.attrs["title"].startswith("Simulated")
    assert "simulated" in scene.attrs["radiometry"]
    json.dumps(scene.attrs)


def test_the_seed_decides_everything() -> None:
    first, second, other = (simulate_scene(seed, size=32)[0] for seed in (7, 7, 8))
    assert np.array_equal(first.values, second.values)
    assert not np.array_equal(first.values, other.values)


@pytest.mark.parametrize("sensor", list(SENSORS))
def test_every_sensor_has_its_bands(sensor: str) -> None:
    scene, _ = simulate_scene(1, sensor=sensor, size=32)
    assert scene["band"].values.tolist() == [band.name for band in SENSORS[sensor].bands]
    assert np.isfinite(scene.values).all()
    assert scene.values.min() >= 0.0
    assert scene.attrs["pixel_size_m"] == pytest.approx(SENSORS[sensor].pixel_size or 0.3)


@pytest.mark.parametrize("metres", [0.1, 0.5, 2.0, 10.0, 30.0, 60.0])
def test_every_pixel_size_gives_a_picture_with_contrast(metres: float) -> None:
    scene, labels = simulate_scene(5, sensor="planetscope", size=96, pixel_size=metres)
    assert scene.attrs["pixel_size_m"] == pytest.approx(metres)
    assert rgb(scene).std() > 10
    assert len(np.unique(labels.values)) > 1


def test_spectra_bear_the_labels_out(views: list[tuple[xr.DataArray, xr.DataArray]]) -> None:
    assert median_index(views, "green", "nir08", "water") > 0.1
    assert median_index(views, "nir08", "red", "trees") > 0.4
    assert median_index(views, "nir08", "red", "bare") < 0.3
    assert median_index(views, "swir16", "nir08", "buildings") > -0.2
    assert median_index(views, "swir16", "nir08", "trees") < -0.2
    assert median_index(views, "green", "swir16", "snow") > 0.4


def test_many_seeds_show_all_that_is_painted(views: list[tuple[xr.DataArray, xr.DataArray]]) -> None:
    seen = {int(code) for _, labels in views for code in np.unique(labels.values)}
    assert seen == {*range(1, 10)}  # water to wetland


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"sensor": "hubble"}, "unknown sensor"),
        ({"pixel_size": 500.0}, "0.1 to 60"),
        ({"pixel_size": 0.01}, "0.1 to 60"),
        ({"size": 4}, "at least 16 pixels"),
        ({"size": (64, 0)}, "at least 16 pixels"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        simulate_scene(0, **options)  # type: ignore[arg-type]


def test_pixels_are_the_mean_of_their_cells() -> None:
    """Half water and half sand in every pixel give the mean of the two spectra, but for the variation that is common to both."""
    canvas = Canvas((32, 32), 5.0)
    canvas.paint(np.arange(1024), "water", "clear water")
    canvas.paint(np.arange(0, 1024, 2), "bare", "sand")
    wavelengths = np.array([490.0, 842.0], dtype="float32")
    image = render(canvas, np.zeros(1024, dtype=bool), wavelengths, 2, np.random.default_rng(0))
    spectra = material_spectra(wavelengths)
    expected = (spectra[MATERIALS["clear water"]] + spectra[MATERIALS["sand"]]) / 2
    assert image.shape == (2, 16, 16)
    assert np.allclose(image.mean(axis=(1, 2)), expected, rtol=0.5)
    dark = render(canvas, np.ones(1024, dtype=bool), wavelengths, 2, np.random.default_rng(0))
    assert (dark < 0.5 * image).all()


def test_majority_and_built_up_land() -> None:
    canvas = Canvas((6, 6), 10.0 / 3)
    square = np.arange(36).reshape(6, 6)
    canvas.paint(square[:3, :3].ravel(), "water", "clear water")
    canvas.paint(square[3:, :3].ravel()[:3], "buildings", "red tiles")
    canvas.paint(square[3:, :3].ravel()[3:4], "impervious", "asphalt")
    assert majority(canvas, 3, 2.0).tolist() == [[CLASSES["water"], CLASSES["low vegetation"]], [CLASSES["low vegetation"]] * 2]
    assert majority(canvas, 3, 10.0)[1, 0] == CLASSES["buildings"]  # 4 of 9 cells, that weigh more


def test_spectra_at_their_anchors_and_between() -> None:
    spectra = material_spectra(ANCHORS)
    assert spectra.shape == (len(MATERIALS), len(ANCHORS))
    assert spectra.min() >= 0.0
    assert spectra.max() < 1.0
    nir, red = ANCHORS.index(865), ANCHORS.index(665)
    assert spectra[MATERIALS["broadleaf"], nir] > 10 * spectra[MATERIALS["broadleaf"], red]
    between = material_spectra([525.0])[MATERIALS["sand"], 0]
    assert between == pytest.approx((0.20 + 0.27) / 2)


def test_noise_is_centred_smooth_and_of_unit_spread() -> None:
    field = noise(np.random.default_rng(1), (600, 700), 20.0)
    assert field.shape == (600, 700)
    assert field.dtype == np.float32
    assert abs(float(field.mean())) < 0.1
    assert float(field.std()) == pytest.approx(1.0, abs=0.15)
    assert float(np.abs(np.diff(field, axis=0)).max()) < 0.5
    fine = noise(np.random.default_rng(1), (900, 900), 3.0)  # one sheet, repeated
    assert np.array_equal(fine[:400, :400], fine[400:800, 400:800])


def test_share_above_cuts_off_that_share() -> None:
    field = fractal(np.random.default_rng(2), (300, 300), 60.0)
    assert (field > share_above(field, 0.2)).mean() == pytest.approx(0.2, abs=0.02)
    assert not (field > share_above(field, 0.0)).any()


def test_dice_and_patches_do_not_depend_on_what_else_is_asked() -> None:
    dice = Dice(np.random.default_rng(3))
    x, y = (np.random.default_rng(4).random((2, 500)) * 1000).astype("float32")
    whole, part = patches(Positions(x, y), 50.0, dice, 0), patches(Positions(x[::7], y[::7]), 50.0, dice, 0)
    assert np.array_equal(whole.i[::7], part.i)
    assert np.array_equal(whole.near[::7], part.near)
    assert (whole.edge >= 0).all()
    assert (whole.near < 75.0).all()
    drawn = dice(np.arange(20_000, dtype=np.int32), np.zeros(20_000, dtype=np.int32), 1)
    assert drawn.mean() == pytest.approx(0.5, abs=0.02)


def test_thin_lines_stay_connected() -> None:
    canvas = Canvas((50, 50), 10.0)
    cells = canvas.line(np.array([[0.0, 5.0], [250.0, 240.0], [499.0, 495.0]]), 1.0)
    rows, columns = np.divmod(cells, 50)
    assert set(columns.tolist()) == set(range(50))
    assert len(cells) < 110
    assert set(rows.tolist()) == set(range(50))
