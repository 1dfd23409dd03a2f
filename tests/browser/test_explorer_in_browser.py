"""The Explorer as a person meets it: JupyterLab, a mouse, a keyboard."""

import re
import shutil

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.app import ask, open_app, seconds_until
from tests.support.browser.lab import (
    MASKS,
    ROOT,
    SCENE,
    Lab,
    draw_rectangle,
    map_point,
    mask_pixels,
    painted_box,
    run_first_cell,
    wait_for_map,
)
from tests.support.browser.pictures import take_picture

pytestmark = pytest.mark.browser

LOCAL = re.compile(r"(https?|wss?)://127\.0\.0\.1|data:|blob:")
POND = """
explorer = Explorer(pond_scene(), model=PacedSpex(words={words}, pause=0.05))
explorer
"""


@pytest.fixture
def notebook(lab: Lab, page: Page) -> Page:
    """The project's own notebook, its first cell run."""
    shutil.copy(ROOT / "notebooks" / "01_explore.ipynb", lab.folder)
    lab.open(page, "01_explore.ipynb")
    run_first_cell(page)
    wait_for_map(page)
    return page


@pytest.fixture
def pond(lab: Lab, page: Page, request: pytest.FixtureRequest) -> Page:
    """An Explorer with a pond in a dry square and a model that is quick to see and slow to speak."""
    return open_app(lab, page, POND.format(words=getattr(request, "param", 10)))


def test_draw_type_and_watch_and_ask_again_sooner(notebook: Page) -> None:
    outside: list[str] = []
    notebook.on("request", lambda request: outside.append(request.url) if not LOCAL.match(request.url) else None)
    notebook.on("console", lambda message: outside.append(message.text) if message.type == "error" else None)
    draw_rectangle(notebook, 0.35, 0.08, 0.75, 0.72)
    expect(notebook.locator(".spx-where")).to_contain_text("In the drawn area")
    ask(notebook, "where are the trees?", timeout=120)
    assert mask_pixels(notebook) > 100
    expect(notebook.locator(".spx-table")).to_contain_text("trees")
    expect(notebook.locator(".spx-words p")).to_contain_text(re.compile(r"\w+ \w+ \w+"))
    assert notebook.locator(".spx-claim").count() >= 1
    take_picture(notebook, "explorer")
    first = image_seconds(notebook)
    ask(notebook, "vegetation", answer="image features reused", timeout=120)
    assert image_seconds(notebook) < first
    assert outside == []


def image_seconds(page: Page) -> float:
    words = page.locator(".spx-step", has_text="Image").locator("em").inner_text()
    return float(words.removesuffix(" s"))


def test_the_mask_lies_on_the_pond_and_nowhere_else(pond: Page) -> None:
    ask(pond, "water")
    scene = pond.locator(SCENE).bounding_box()
    assert scene is not None
    left, top, right, bottom = painted_box(pond)
    pixel = scene["width"] / 100
    found = [(left - scene["x"]) / pixel, (top - scene["y"]) / pixel, (right - scene["x"]) / pixel, (bottom - scene["y"]) / pixel]
    assert found == pytest.approx([60, 20, 80, 40], abs=0.5)
    expect(pond.locator(".spx-table")).to_contain_text("400 px")


def test_an_area_is_edited_and_deleted_with_the_mouse(pond: Page) -> None:
    where = pond.locator(".spx-where")
    expect(where).to_contain_text("whole scene")
    draw_rectangle(pond, 0.4, 0.3, 0.6, 0.6)
    expect(where).to_contain_text("drawn area")
    before = where.inner_text()
    pond.locator(".leaflet-draw-edit-edit").click()
    drag_outwards(pond, pond.locator(".leaflet-editing-icon").first, centre=map_point(pond, 0.5, 0.45))
    pond.locator(".leaflet-draw-actions a", has_text="Save").click()
    expect(where).not_to_have_text(before)
    pond.locator(".leaflet-draw-edit-remove").click()
    pond.mouse.click(*map_point(pond, 0.5, 0.45))
    pond.locator(".leaflet-draw-actions a", has_text="Save").click()
    expect(where).to_contain_text("whole scene")


def drag_outwards(page: Page, handle: Locator, *, centre: tuple[float, float]) -> None:
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 0.2 * (x - centre[0]), y + 0.2 * (y - centre[1]), steps=8)
    page.mouse.up()


def test_a_polygon_is_drawn_and_deleted_with_the_button(pond: Page) -> None:
    pond.locator(".leaflet-draw-draw-polygon").click()
    corners = [(0.45, 0.3), (0.6, 0.35), (0.55, 0.6), (0.45, 0.3)]
    for corner in corners:
        pond.mouse.move(*map_point(pond, *corner), steps=3)
        pond.mouse.click(*map_point(pond, *corner))
        pond.wait_for_timeout(350)  # two clicks at one place within 300 ms are a double click to Leaflet
    expect(pond.locator(".spx-where")).to_contain_text("drawn area")
    pond.locator(".spx-clear").click()
    expect(pond.locator(".spx-where")).to_contain_text("whole scene")
    expect(pond.locator(".leaflet-overlay-pane path")).to_have_count(0)


@pytest.mark.parametrize("pond", [2000], indirect=True)
@pytest.mark.parametrize("way", [".spx-cancel", "Escape"])
def test_the_mask_comes_before_the_words_and_cancel_stops_them(pond: Page, way: str) -> None:
    ask(pond, "water", answer="")
    words = pond.locator(".spx-words p")
    expect(words).to_contain_text("word3")
    assert mask_pixels(pond) > 0
    expect(pond.locator(".spx-run")).to_be_disabled()
    pond.get_by_role("button", name="Layers").click()
    pond.locator(".spx-composite button", has_text="false").click()
    expect(pond.locator(".spx-composite button.mod-active")).to_have_text("false colour")
    seen = words.inner_text()
    expect(words).not_to_have_text(seen)
    assert seconds_until(pond, "Cancelled", press=way) < 1.0
    expect(pond.locator(".spx-run")).to_be_enabled()


def test_errors_are_shown_and_strangers_text_stays_text(pond: Page) -> None:
    expect(pond.locator(".spx-title")).to_contain_text("<img src=x onerror=")
    ask(pond, "a <img src=x onerror=\"document.title = 'owned'\">", answer="plain words")
    expect(pond.locator(".spx-error")).to_contain_text("plain words")
    ask(pond, "a sonnet about <3", answer="what can be asked")
    expect(pond.locator(".spx-error")).to_contain_text("what can be asked")
    expect(pond.locator(".spx-error")).to_contain_text("<3")
    assert pond.locator(".spx-app img[src='x']").count() == 0
    assert pond.title() != "owned"
    assert pond.locator(MASKS).count() == 0


def test_the_keyboard_is_enough(pond: Page) -> None:
    pond.locator(".spx-instr input").focus()
    pond.keyboard.press("Tab")
    expect(pond.locator(".spx-run")).to_be_focused()
    pond.keyboard.press("Tab")
    expect(pond.locator(".spx-chip").first).to_be_focused()
    pond.keyboard.press("Enter")
    expect(pond.locator(".spx-instr input")).to_have_value("trees")
    pond.locator(".spx-run").focus()
    pond.keyboard.press("Space")
    expect(pond.locator(".spx-status")).to_contain_text("Done in")
