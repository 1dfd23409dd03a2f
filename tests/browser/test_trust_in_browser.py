"""How far a mask can be trusted, and the slider that cuts it elsewhere, as a person meets them."""

import os

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.app import ask, open_app
from tests.support.browser.lab import ROOT, Lab, mask_pixels

pytestmark = pytest.mark.browser

PICTURE = ROOT / "docs" / "images" / "trust_canyon_shadow.png"
CANYON = """
from tests.support.canyon import canyon_scene
explorer = Explorer(canyon_scene())
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
    if os.environ.get("SPEXLAB_SCREENSHOTS"):
        canyon.set_viewport_size({"width": 1280, "height": 1300})
        canyon.locator(".spx-app").first.screenshot(path=PICTURE, animations="disabled")
    facts = trust.locator("dl")
    expect(facts).to_be_hidden()
    trust.locator("summary").click()
    expect(facts).to_contain_text("Agreement with the index")
    expect(facts).to_contain_text("IoU 1.00 with MNDWI")


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
    expect(canyon.locator(".spx-threshold .spx-note")).to_contain_text("as first answered")
    assert mask_pixels(canyon) == before


def colour(page: Page, selector: str) -> str:
    found: str = page.locator(selector).first.evaluate("element => getComputedStyle(element).color")
    return found
