"""From a search to a mask and a change, as a person meets it: a catalogue on this machine, JupyterLab, a mouse."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.app import ask, fill, open_app, open_tab
from tests.support.browser.lab import MASKS, Lab, mask_pixels
from tests.support.browser.pictures import take_picture
from tests.support.catalogue import Server, served, simulated_place

pytestmark = pytest.mark.browser

APP = """
import spexlab
explorer = Explorer(spexlab.simulate_scene(4, size=128)[0], model=PacedSpex(words=5, pause=0.01, window=128))
explorer
"""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = simulated_place(tmp_path_factory.mktemp("catalogue"))
    place.add("june", "2024-06-10")
    place.add("cloudy", "2024-06-20", columns=slice(0, 80), cloud=slice(0, 20))
    place.add("autumn", "2024-09-15", drained=True)
    with served(place) as serving:
        yield serving


@pytest.fixture
def search(lab: Lab, page: Page, server: Server) -> Page:
    """The Explorer, with a search of the loopback catalogue typed in."""
    open_app(lab, page, APP)
    open_tab(page, "Scene")
    page.get_by_role("button", name="Search", exact=True).first.click()
    expect(page.locator(".spx-world")).to_have_css("visibility", "visible")
    page.get_by_label("Catalogue").select_option("another …")
    fill(page, "Address", server.url)
    fill(page, "From", "2024-06-01")
    fill(page, "To", "2024-09-30")
    return page


def test_what_is_found_is_seen_opened_and_asked(search: Page) -> None:
    page, rows = search, search.locator(".spx-choices tbody tr")
    page.locator(".spx-search-panel .spx-open", has_text="Search").click()
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("2024-09-15")
    expect(page.locator(".spx-thumb:visible")).to_have_count(3)
    outlines = page.locator(".spx-world .leaflet-overlay-pane path")
    rows.nth(1).hover()
    expect(outlines).to_have_count(1)
    rows.nth(2).click()
    expect(rows.nth(2)).to_have_attribute("aria-selected", "true")
    rows.nth(0).get_by_role("checkbox").click()
    expect(page.get_by_role("button", name="Open all 2 chosen")).to_be_enabled()
    page.set_viewport_size({"width": 1280, "height": 1060})  # before the pointer is put down: the picture wants this height
    rows.nth(1).hover()
    expect(outlines).to_have_count(3)
    take_picture(page, "search", height=1060)
    rows.nth(2).click()
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator(".spx-head")).to_contain_text("june")
    expect(page.locator(".spx-world")).to_have_css("visibility", "hidden")
    ask(page, "water")
    assert mask_pixels(page) > 100


def test_several_dates_are_asked_together_and_compared(search: Page) -> None:
    page, rows = search, search.locator(".spx-choices tbody tr")
    page.locator(".spx-search-panel .spx-open", has_text="Search").click()
    rows.nth(0).click()
    rows.nth(2).get_by_role("checkbox").click()
    page.get_by_role("button", name="Open all 2 chosen").click()
    expect(page.locator(".spx-dates .widget-readout")).to_have_text("2024-09-15")
    ask(page, "water")
    expect(page.locator(".spx-chart svg")).to_be_visible()
    table = page.get_by_label("Areas by date").locator("tbody tr")
    expect(table).to_have_count(2)
    dry, mask = mask_pixels(page), page.locator(MASKS)
    picture = mask.get_attribute("src") or ""
    table.first.click()
    expect(page.locator(".spx-dates .widget-readout")).to_have_text("2024-06-10")
    expect(page.locator(".spx-head")).to_contain_text("june")
    expect(mask).not_to_have_attribute("src", picture)
    assert mask_pixels(page) > dry + 100
    page.get_by_role("button", name="Show the change").click()
    expect(page.locator(".spx-over-time .spx-words")).to_contain_text("Water was lost", ignore_case=True)
    expect(page.locator(".leaflet-change-pane img")).to_have_count(3)
    expect(page.locator(".spx-comparing .leaflet-mask-pane")).to_have_css("display", "none")
    take_picture(page, "over_time", height=1000)
