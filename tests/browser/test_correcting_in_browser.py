"""Correct the answer as a person does: pick + or -, click, draw, look, undo."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.app import ask, open_app
from tests.support.browser.lab import SCENE, Lab, mask_pixels

pytestmark = pytest.mark.browser

POND = """
explorer = Explorer(pond_scene(), model=PacedSpex(words=5, pause=0.01, window=100))
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
