import random

import numpy as np
import pytest
import xarray as xr

from spexlab.evidence.prior import spectral_prior
from spexlab.places import Place
from spexlab.places.augmentation import claimed_width, drop_bands, relight, with_infrared
from spexlab.places.crops import CropRecipe, draw_crop
from spexlab.scene import pixel_kind
from spexlab.scene.bands import WAVELENGTHS
from spexlab.targets import TARGETS

NAMES = list(TARGETS)


def scene_of(pixel: dict[str, float], *, metres: float, side: int = 40) -> xr.DataArray:
    pixels = np.stack([np.full((side, side), value, np.float32) for value in pixel.values()])
    waves = ("band", [WAVELENGTHS[band] for band in pixel])
    scene = xr.DataArray(pixels, dims=("band", "y", "x"), coords={"band": list(pixel), "wavelength": waves})
    return scene.assign_attrs(pixel_size_m=metres)


def test_a_made_up_infrared_band_tells_grass_from_a_roof() -> None:
    picture = scene_of({"blue": 0.10, "green": 0.12, "red": 0.11}, metres=0.3)
    picture.values[:, :, 20:] = np.array([0.05, 0.14, 0.06], np.float32)[:, None, None]
    for seed in range(10):
        made = with_infrared(picture, random.Random(seed), 1.0)
        assert list(made["band"].values) == ["blue", "green", "red", "nir"]
        assert made.attrs == picture.attrs
        green = spectral_prior(made, "vegetation")
        assert green is not None
        assert green.signed[:, 20:].mean() > green.signed[:, :20].mean() + 0.1
    assert with_infrared(picture, random.Random(0), 0.0).identical(picture)


def test_a_scene_with_other_bands_gets_no_infrared() -> None:
    scene = scene_of({"green": 0.1, "red": 0.1, "nir": 0.3}, metres=0.3)
    assert with_infrared(scene, random.Random(0), 1.0).identical(scene)


def test_colour_infrared_is_among_the_cameras() -> None:
    scene = scene_of({"blue": 0.1, "green": 0.1, "red": 0.1, "nir": 0.3, "swir16": 0.2}, metres=10.0)
    rng = random.Random(0)
    sets = {tuple(drop_bands(scene, rng, 1.0)["band"].values) for _ in range(60)}
    assert ("green", "red", "nir") in sets


@pytest.mark.parametrize(("metres", "least", "most"), [(10.0, 0.08, 0.25), (0.3, 0.25, 0.6)])
def test_the_light_of_narrow_pixels_is_known_less(metres: float, least: float, most: float) -> None:
    scene, rng = scene_of({"blue": 0.2, "green": 0.2, "red": 0.2}, metres=metres), random.Random(0)
    lights = [np.log(relight(scene, rng).values.mean()) for _ in range(200)]
    assert least < np.std(lights) < most


def test_wide_pixels_that_are_said_to_be_narrow_teach_nothing_of_houses() -> None:
    scene = scene_of({"blue": 0.05, "green": 0.08, "red": 0.07, "nir": 0.35}, metres=30.0)
    assert pixel_kind(claimed_width(scene, random.Random(0))) == "fine"
    labels = np.full(scene.shape[1:], 5, np.uint8)
    labels[:, 20:] = 2
    taught = np.full((len(NAMES), *labels.shape), 200, np.uint8)
    place = Place("town", "town", scene, labels, taught=taught)
    crop = draw_crop(place, random.Random(0), CropRecipe(size=32, narrowed=1.0))
    houses, paved, trees = (NAMES.index(name) for name in ("buildings", "impervious", "trees"))
    assert pixel_kind(crop.scene) == "fine"
    assert (crop.truth[[houses, paved]] == -1).all()
    assert np.isnan(crop.taught[[houses, paved]]).all()
    assert (crop.truth[trees] >= 0).all()
    assert (crop.truth[NAMES.index("built-up")] >= 0).all()
    assert np.isfinite(crop.taught[trees]).all()
    assert {"buildings", "impervious"}.isdisjoint(answer.target for answer in crop.targets)
    plain = draw_crop(place, random.Random(0), CropRecipe(size=32))
    assert (plain.truth[houses] >= 0).all()


def test_pixels_are_averaged_to_ninety_metres_at_most() -> None:
    rng, recipe = random.Random(0), CropRecipe(size=32, factors=(1, 3, 5))
    for metres, widths in ((30.0, {30.0, 90.0}), (0.2, {0.2, 0.6, 1.0})):
        place = Place(
            "field",
            "field",
            scene_of({"blue": 0.1, "green": 0.1, "red": 0.1}, metres=metres, side=200),
            np.full((200, 200), 4, np.uint8),
        )
        drawn = {round(draw_crop(place, rng, recipe).scene.attrs["pixel_size_m"], 3) for _ in range(40)}
        assert drawn == widths
