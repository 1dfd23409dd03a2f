"""Shadow in a mask of water, told by the reflectance level."""

import numpy as np
import pytest

from spexlab.evidence.shadow import shadow_in
from tests.support.canyon import canyon_scene

SCATTERED = np.zeros((60, 60), bool)
SCATTERED[::6, ::6] = True


def painted(green: float, nir: float, swir: float):
    scene = canyon_scene(size=60).copy()
    for band, value in {"green": green, "nir08": nir, "swir16": swir}.items():
        scene.loc[{"band": band}] = value
    return scene


@pytest.mark.parametrize(
    ("green", "nir", "swir", "share"),
    [
        (0.03, 0.03, 0.02, 1.0),
        (0.03, 0.03, 0.07, 0.0),  # too bright in the SWIR for shade
        (0.03, 0.02, 0.01, 0.0),  # water swallows the NIR
        (0.014, 0.015, 0.005, 0.0),  # a bog lake: as dark and flat as shade, but water swallows the SWIR
        (0.07, 0.07, 0.05, 0.0),  # too bright in the green
    ],
)
def test_shade_is_dark_in_every_band_and_flat(green: float, nir: float, swir: float, share: float) -> None:
    shadow = shadow_in(SCATTERED, painted(green, nir, swir), target="water")
    assert shadow is not None
    assert (shadow.share, shadow.regions, shadow.pixels) == (share, 100, 100)
    assert shadow.likely is (share == 1)


def test_a_mask_in_one_piece_is_a_lake_however_dark() -> None:
    whole = np.zeros((60, 60), bool)
    whole[10:50, 10:50] = True
    shadow = shadow_in(whole, painted(0.03, 0.03, 0.02), target="water")
    assert shadow is not None
    assert shadow.share == 1
    assert not shadow.likely


def test_where_it_cannot_be_told_nothing_is_said() -> None:
    scene = painted(0.03, 0.03, 0.02)
    assert shadow_in(np.zeros((60, 60), bool), scene, target="water") is None
    assert shadow_in(SCATTERED, scene, target="trees") is None
    assert shadow_in(SCATTERED, scene.sel(band=["blue", "green", "red"]), target="water") is None
    assert shadow_in(SCATTERED, scene.sel(band=["green", "nir08"]), target="water") is not None
