"""The map's habits, the fold, and a kernel that is gone, as a person meets them."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.app import ask, open_app
from tests.support.browser.lab import SCENE, Lab, draw_rectangle, map_point, restart_kernel, wait_for_map

pytestmark = pytest.mark.browser

PLACE = """import numpy as np
import spexlab
explorer = Explorer(spexlab.simulate_scene(3, size=120)[0], model=PacedSpex(words=10, pause=0.02, window=120))
explorer"""


@pytest.fixture
def place(lab: Lab, page: Page) -> Page:
    """An Explorer of a small scene with coordinates."""
    return open_app(lab, page, PLACE)


def test_map_and_answer_are_seen_together_on_a_small_screen_with_the_layers_at_hand(place: Page) -> None:
    place.set_viewport_size({"width": 1280, "height": 800})
    ask(place, "water and vegetation")
    place.evaluate("() => document.querySelector('.jp-Notebook .jp-Cell').scrollIntoView()")
    for selector in (".spx-map-frame", ".spx-panel", ".spx-table", ".spx-trust", ".spx-layers button"):
        expect(place.locator(selector).first).to_be_in_viewport(ratio=0.9)
    place.get_by_role("button", name="Layers").click()
    expect(place.get_by_label("Probability", exact=True)).to_be_in_viewport()
    place.get_by_label("Probability", exact=True).check()
    expect(place.locator(".spx-layer-probability .spx-ramp")).to_be_visible()


def test_the_pointer_tells_its_place_and_the_map_its_north(place: Page) -> None:
    place.mouse.move(*map_point(place, 0.5, 0.5))
    pointer = place.locator(".spx-pointer").first
    expect(pointer).to_have_text(re.compile(r"[\d.]+° [NS], [\d.]+° [EW] · pixel (59|60), (59|60)"))  # the middle of 120
    expect(place.locator(".spx-north").first).to_be_visible()
    place.mouse.move(5, 5)
    expect(pointer).to_be_empty()


def test_a_distance_is_measured(place: Page) -> None:
    scene = place.locator(SCENE).bounding_box()
    assert scene is not None
    ends = [map_point(place, across, 0.5) for across in (0.3, 0.7)]
    metres = 1200 * (ends[1][0] - ends[0][0]) / scene["width"]  # 120 pixels of 10 m are as wide as the scene
    place.locator(".leaflet-control-measure").hover()
    place.get_by_text("Create a new measurement").click()
    for end in ends:
        place.mouse.click(*end)
        place.wait_for_timeout(400)  # two clicks at once would end it
    place.get_by_text("Finish measurement").click()
    told = re.search(r"([\d,]+) Meters", place.locator(".leaflet-popup-content").inner_text())
    assert told is not None
    assert int(told[1].replace(",", "")) == pytest.approx(metres, rel=0.03)


def test_a_basemap_that_cannot_come_says_so(place: Page) -> None:
    place.get_by_role("button", name="Layers").click()
    place.get_by_label("Basemap").select_option("OpenStreetMap")
    expect(place.locator(".spx-no-basemap").first).to_contain_text("cannot be loaded")
    place.get_by_label("Basemap").select_option("none")
    expect(place.locator(".spx-no-basemap").first).to_be_empty()


def test_masks_of_a_former_area_are_marked(place: Page) -> None:
    ask(place, "vegetation")
    draw_rectangle(place, 0.4, 0.3, 0.6, 0.6)
    expect(place.locator(".spx-panel .spx-left-out")).to_contain_text("Run again")
    expect(place.locator(".leaflet-mask-pane")).to_have_css("opacity", "0.45")


def test_a_restarted_kernel_asks_for_the_cell_in_one_sentence(place: Page) -> None:
    restart_kernel(place)
    after = "() => getComputedStyle(document.querySelector('.spx-app'), '::after').content"
    place.wait_for_function(f"() => ({after})().includes('run the cell again')")
    icons = "() => [...document.querySelectorAll('.spx-app .jupyter-widgets-disconnected')]"
    icons += ".filter(one => getComputedStyle(one, '::before').content !== 'none').length"
    assert place.evaluate(icons) == 0
    place.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    wait_for_map(place)
    place.wait_for_function(f"() => !({after})().includes('run the cell again')")
