"""How far a mask can be trusted, and the slider that cuts it elsewhere, as a person meets them."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.app import ask, open_app
from tests.support.browser.lab import Lab, mask_pixels
from tests.support.browser.pictures import take_picture

pytestmark = pytest.mark.browser

CANYON = """
from tests.support.canyon import canyon_scene
explorer = Explorer(canyon_scene())
explorer
"""


FARMLAND = """
import spexlab
explorer = Explorer(spexlab.simulate_scene(11, size=384)[0])
explorer
"""
TOO_COARSE = """
import spexlab
explorer = Explorer(spexlab.simulate_scene(11, size=300, pixel_size=60)[0])
explorer
"""


@pytest.fixture
def canyon(lab: Lab, page: Page) -> Page:
    """The bundled checkpoint asked for the water of a canyon that has none."""
    open_app(lab, page, CANYON)
    ask(page, "water", timeout=180)
    return page


def test_shadow_that_passes_for_water_is_seen_to_be_doubtful_at_one_look(canyon: Page) -> None:
    trust = canyon.locator(".spx-trust")
    expect(trust).to_have_class("spx-trust spx-trust-poor")
    expect(trust.locator(".spx-level")).to_have_text("Trust: poor")
    expect(trust.locator("summary")).to_contain_text("Many of these pixels may be shadow")
    expect(trust.locator("summary")).to_be_in_viewport()
    expect(canyon.locator(".spx-verdict")).to_contain_text("agree with the mask")
    assert colour(canyon, ".spx-verdict") == colour(canyon, ".spx-radiometry"), "the check is neutral"
    take_picture(canyon, "trust_canyon_shadow")
    facts = trust.locator("dl")
    expect(facts).to_be_hidden()
    trust.locator("summary").click()
    expect(facts).to_contain_text("Agreement with the index")
    expect(facts).to_contain_text("IoU 1.00 with MNDWI")


def test_what_an_answer_leaves_out_is_seen_at_one_look(lab: Lab, page: Page) -> None:
    open_app(lab, page, FARMLAND)
    ask(page, "lakes with clean water, and the oldest forest", timeout=180)
    band = page.locator(".spx-panel .spx-left-out")
    expect(band).to_contain_text("Left out: “")
    expect(band).to_be_in_viewport()
    assert colour(page, ".spx-panel .spx-left-out") != colour(page, ".spx-asked")
    take_picture(page, "left_out")


def test_a_scene_unlike_those_of_the_training_is_seen_to_be_one(lab: Lab, page: Page) -> None:
    open_app(lab, page, TOO_COARSE)
    ask(page, "trees", timeout=180)
    expect(page.locator(".spx-trust summary")).to_contain_text("where training had")
    expect(page.locator(".spx-level")).not_to_have_text("Trust: good")
    take_picture(page, "out_of_domain")


def test_a_moved_threshold_shows_at_once_what_changes_and_goes_back(canyon: Page) -> None:
    before, area = mask_pixels(canyon), canyon.locator(".spx-table td:last-child").inner_text()
    handle = canyon.locator(".spx-threshold .noUi-handle")
    handle.focus()
    canyon.keyboard.press("End")
    expect(canyon.locator(".spx-threshold .spx-note")).to_contain_text("less than first answered")
    expect(canyon.locator(".spx-table td:last-child")).not_to_have_text(area)
    assert mask_pixels(canyon) < before
    expect(canyon.locator(".spx-trust dl")).to_contain_text("0.99, set by hand")
    canyon.locator(".spx-threshold").get_by_role("button", name="Reset").click()
    expect(canyon.locator(".spx-table td:last-child")).to_have_text(area)
    expect(canyon.locator(".spx-threshold .spx-note")).to_have_text("")
    assert mask_pixels(canyon) == before


def colour(page: Page, selector: str) -> str:
    found: str = page.locator(selector).first.evaluate("element => getComputedStyle(element).color")
    return found
