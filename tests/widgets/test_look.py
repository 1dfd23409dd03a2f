import numpy as np
import pytest

import spexlab
from tests.support.apps import picture
from widgets.map.look import OWN, Look
from widgets.map.overlay import scene_overlay, shows

SCENE = spexlab.sample_scene().isel(y=slice(0, 40), x=slice(0, 50))


@pytest.fixture
def look() -> Look:
    made = Look()
    made.offer(SCENE, keep="true colour")
    return made


def test_a_person_puts_three_bands_together(look: Look) -> None:
    look.presets.value = OWN
    for chooser, name in zip(look.bands, ("nir", "red", "green"), strict=True):
        chooser.value = name
    assert look.composite == "nir, red, green"
    look.presets.value = "true colour"
    assert look.composite == "true colour"


def test_bands_set_from_code_are_seen_in_the_choosers(look: Look) -> None:
    look.composite = "nir, red, green"
    assert look.presets.value == OWN
    assert [chooser.value for chooser in look.bands] == ["nir", "red", "green"]
    look.composite = "false colour"
    assert look.presets.value == "false colour"


def test_own_bands_give_the_picture_of_the_composite_that_they_are() -> None:
    same = [np.asarray(picture(scene_overlay(SCENE, composite=name))) for name in ("false colour", "nir, red, green")]
    np.testing.assert_array_equal(*same)


def test_a_harder_stretch_has_more_black_and_more_white() -> None:
    limits = (0.0, 100.0), (20.0, 80.0)
    soft, hard = (np.asarray(picture(scene_overlay(SCENE, composite="true colour", stretch=one))) for one in limits)
    assert (hard < 8).mean() > (soft < 8).mean()
    assert (hard > 247).mean() > (soft > 247).mean()


@pytest.mark.parametrize("composite", ["nir, red", "nir, red, nosuch", "nir, red, green, blue", "no such", ""])
def test_what_the_bands_do_not_allow_is_not_shown(composite: str) -> None:
    assert not shows(SCENE, composite)


def test_a_scene_of_one_band_offers_no_choice_among_bands() -> None:
    look = Look()
    look.offer(SCENE[:1], keep="first band")
    assert look.presets.options == ("first band",)
