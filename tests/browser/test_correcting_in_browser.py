"""Correct the answer as a person does: pick + or -, click, draw, look, undo."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.app import ask, fill, open_app, open_tab
from tests.support.browser.lab import SCENE, Lab, mask_pixels

pytestmark = pytest.mark.browser

POND = """
explorer = Explorer(pond_scene(), model=PacedSpex(words=5, pause=0.01, window=100))
explorer
"""

COAST = """
import spexlab
explorer = Explorer(spexlab.simulate_scene(3, size=96)[0], model="spex-tiny")
explorer
"""


def at(page: Page, column: float, row: float) -> tuple[float, float]:
    """Where in the page a place of the scene is, which has 100 pixels a side."""
    box = page.locator(SCENE).bounding_box()
    assert box is not None
    return box["x"] + column / 100 * box["width"], box["y"] + row / 100 * box["height"]


def tell(page: Page, words: str) -> None:
    expect(page.locator(".spx-correcting .spx-note")).to_contain_text(words)


def mask_becomes(page: Page, holds: Callable[[int], bool]) -> None:
    """Wait until the mask on the map, which is sent apart from the words about it, is as it should be."""
    for _ in range(50):
        if holds(mask_pixels(page)):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"the mask on the map has {mask_pixels(page)} pixels")


def test_clicks_strokes_undo_and_redo(lab: Lab, page: Page) -> None:
    pond = open_app(lab, page, POND)
    ask(pond, "water")
    first = mask_pixels(pond)
    pond.get_by_role("button", name="− does not").click()
    pond.mouse.click(*at(pond, 70.5, 30.5))
    tell(pond, "1 correction")
    mask_becomes(pond, lambda pixels: pixels < 0.75 * first)  # the middle of the pond is gone
    cut = mask_pixels(pond)
    pond.get_by_role("button", name="+ belongs").click()
    pond.mouse.move(*at(pond, 10.5, 80.5))
    pond.mouse.down()
    pond.mouse.move(*at(pond, 30.5, 80.5), steps=8)
    pond.mouse.up()
    tell(pond, "2 corrections")
    mask_becomes(pond, lambda pixels: pixels > cut + 20)
    pond.get_by_role("button", name="Undo").click()
    tell(pond, "1 correction")
    pond.get_by_role("button", name="Undo").click()
    expect(pond.get_by_role("button", name="Undo")).to_be_disabled()
    mask_becomes(pond, lambda pixels: pixels == first)
    pond.get_by_role("button", name="Redo").click()
    tell(pond, "1 correction")
    mask_becomes(pond, lambda pixels: pixels < 0.75 * first)


def test_a_corrected_answer_is_kept_taught_and_asked_of_what_was_learnt(lab: Lab, page: Page) -> None:
    coast = open_app(lab, page, COAST)
    ask(coast, "water", timeout=120)
    coast.get_by_role("button", name="− does not").click()
    coast.mouse.click(*at(coast, 50, 50))
    tell(coast, "1 correction")
    open_tab(coast, "Files")
    fill(coast, "Samples", "pointed-at")
    coast.get_by_role("button", name="Keep as a training sample").click()
    expect(coast.locator(".spx-keep-status")).to_contain_text("scene and masks of water")
    assert len(json.loads((lab.folder / "pointed-at" / "manifest.json").read_text())["scenes"]) == 1
    fill(coast, "Steps", "2")
    coast.get_by_role("button", name="Teach the model").click()
    expect(coast.locator(".spx-teach-status")).to_contain_text("Learnt", timeout=180_000)
    coast.get_by_role("button", name="Use what was learnt").click()
    expect(coast.locator(".spx-teach-status")).to_contain_text("The next run asks")
    open_tab(coast, "Answer")
    ask(coast, "the water", answer="Done in", timeout=120)
    open_tab(coast, "History")
    expect(coast.locator(".spx-rows tbody tr")).to_have_count(2)
