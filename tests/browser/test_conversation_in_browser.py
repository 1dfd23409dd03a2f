"""A conversation with the map: a whole sentence, its chips, and an instruction that goes on from it."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.app import ask, open_app
from tests.support.browser.lab import Lab, mask_pixels
from tests.support.browser.pictures import take_picture

pytestmark = pytest.mark.browser

TOWN = """
import spexlab
explorer = Explorer(spexlab.simulate_scene(3, size=192)[0], model="spex-tiny")
explorer
"""


def chips(page: Page) -> list[str]:
    return page.locator(".spx-part-name").all_inner_texts()


def test_a_sentence_its_chips_and_a_follow_up(lab: Lab, page: Page) -> None:
    town = open_app(lab, page, TOWN)
    ask(town, "Lakes larger than 0.1 ha in the north and the three largest forests within 500 m of a field", timeout=120)
    parts = ["water", "larger than 0.1 ha", "in the north", "trees", "the 3 largest", "within 500 m of cropland"]
    assert chips(town) == parts
    take_picture(town, "request_chips")
    town.locator(".spx-part", has_text="in the north").get_by_text("×").click()
    expect(town.locator(".spx-part", has_text="in the north")).to_have_count(0)
    expect(town.locator(".spx-status")).to_contain_text("Done in", timeout=120_000)
    assert chips(town) == [part for part in parts if part != "in the north"]
    town.get_by_role("button", name="larger than 0.1 ha").click()
    field = town.locator(".spx-part-editor input[type=number]")
    field.fill("100000")
    field.press("Tab")
    town.get_by_role("button", name="Run so").click()
    expect(town.locator(".spx-part", has_text="larger than 100000 ha")).to_be_visible(timeout=120_000)
    expect(town.locator(".spx-table")).to_contain_text("0 %")
    ask(town, "only trees in the south", timeout=120)
    expect(town.get_by_role("button", name="in the south", exact=True)).to_be_visible(timeout=120_000)
    before = mask_pixels(town)
    ask(town, "only the largest", timeout=120)
    expect(town.get_by_role("button", name="the largest", exact=True)).to_be_visible(timeout=120_000)
    expect(town.locator(".spx-taken").first).to_contain_text("goes on from the request before")
    assert 0 < mask_pixels(town) <= before
