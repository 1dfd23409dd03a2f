import random

import numpy as np
import pytest
import xarray as xr

from spexlab.places import Place
from spexlab.places.crops import CropRecipe, draw_crop
from spexlab.scene.bands import WAVELENGTHS

BANDS = ("blue", "green", "red", "nir", "swir16")


@pytest.fixture
def place():
    labels = np.full((60, 80), 3, np.uint8)
    labels[20:40, 10:50] = 1
    labels[:, 70:] = 0
    wet = labels == 1
    land, water = (0.05, 0.08, 0.07, 0.35, 0.2), (0.06, 0.07, 0.04, 0.02, 0.01)
    pixels = np.stack([np.where(wet, w, d) for w, d in zip(water, land, strict=True)]).astype(np.float32)
    waves = ("band", [WAVELENGTHS[b] for b in BANDS])
    scene = xr.DataArray(pixels, dims=("band", "y", "x"), coords={"band": list(BANDS), "wavelength": waves})
    return Place("lake", "lake", scene.assign_attrs(pixel_size_m=10.0), labels)


def test_a_seed_makes_a_crop(place: Place) -> None:
    first, second = (draw_crop(place, random.Random(5), CropRecipe(size=32)) for _ in range(2))
    assert first.scene.identical(second.scene)
    assert [a.target for a in first.targets] == [a.target for a in second.targets]


def test_labels_follow_the_pixels_through_every_change(place: Place) -> None:
    rng = random.Random(0)
    for _ in range(60):
        crop = draw_crop(place, rng, CropRecipe(size=16, factors=(1, 2, 3)))
        for answer in crop.targets:
            assert answer.present.shape == crop.scene.shape[1:] == (16, 16)
            if answer.target == "water" and answer.prior is not None:
                # The index, computed on the changed pixels, sees the lake where the turned label has it.
                seen = answer.prior.signed[answer.known] > 0
                assert (seen == answer.present[answer.known]).mean() > 0.8


def test_bands_are_lost_but_never_all(place: Place) -> None:
    rng = random.Random(1)
    sets = {tuple(draw_crop(place, rng, CropRecipe(size=16)).scene["band"].values) for _ in range(80)}
    assert BANDS in sets
    assert ("blue", "green", "red") in sets
    assert all(len(bands) >= 3 for bands in sets)


def test_an_index_is_missing_where_its_bands_are(place: Place) -> None:
    rng = random.Random(2)
    for _ in range(40):
        crop = draw_crop(place, rng, CropRecipe(size=16))
        has_nir = "nir" in crop.scene["band"].values and "red" in crop.scene["band"].values
        assert np.isfinite(crop.indices[0]).any() == has_nir
        assert all((a.prior is not None) or not has_nir for a in crop.targets if a.target == "vegetation")


def test_averaged_pixels_are_wider(place: Place) -> None:
    rng = random.Random(3)
    sizes = {draw_crop(place, rng, CropRecipe(size=16, factors=(1, 3))).scene.attrs["pixel_size_m"] for _ in range(20)}
    assert sizes == {10.0, 30.0}


def test_a_place_smaller_than_the_crop_is_mirrored(place: Place) -> None:
    crop = draw_crop(place, random.Random(4), CropRecipe(size=96, factors=(1, 2)))
    assert crop.scene.shape[1:] == (96, 96)
    assert np.isfinite(crop.scene.values).all()


@pytest.mark.parametrize("count", [1, 2])
def test_what_is_there_is_asked_before_what_is_not(place: Place, count: int) -> None:
    rng = random.Random(3)
    for _ in range(20):
        asked = draw_crop(place, rng, CropRecipe(size=16, targets=count)).targets
        assert len(asked) == count
        assert asked[0].present.any()


def test_a_place_with_one_target_everywhere_still_asks(place: Place) -> None:
    meadow = Place("meadow", "meadow", place.scene, np.full_like(place.labels, 3), complete_for=("low vegetation",))
    (asked,) = draw_crop(meadow, random.Random(0), CropRecipe(size=16, targets=1)).targets
    assert asked.present.all()
