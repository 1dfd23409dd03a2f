"""The Explorer's layers and panels as a person meets them: JupyterLab, a mouse, a keyboard."""

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from playwright.sync_api import Page, expect
from rasterio.transform import from_origin

from tests.support.browser.app import ask, fill, open_app, open_tab
from tests.support.browser.lab import (
    MASKS,
    SCENE,
    Lab,
    draw_rectangle,
    map_point,
    mask_pixels,
    restart_kernel,
    run_cells,
    wait_for_map,
)

pytestmark = pytest.mark.browser

POND = """
explorer = Explorer(pond_scene(), model=PacedSpex(words=5, pause=0.01, window={window}, look={look}))
explorer
"""
LAKE = """
import spexlab
explorer = Explorer(spexlab.simulate_scene(3, size=96)[0], model=PacedSpex(words=5, pause=0.01))
explorer
"""
SAMPLE = """
explorer = Explorer(model=PacedSpex(words=5, pause=0.01))
explorer
"""
EVIL = "<img src=x onerror=\"document.title = 'owned'\">"


@pytest.fixture
def pond(lab: Lab, page: Page) -> Page:
    """A pond in a dry square, rows 20-39 and columns 60-79 of 100."""
    return open_app(lab, page, POND.format(window=300, look=0.0))


@pytest.fixture
def lake(lab: Lab, page: Page) -> Page:
    """A simulated lake with coordinates."""
    return open_app(lab, page, LAKE)


def test_masks_appear_window_by_window(lab: Lab, page: Page) -> None:
    open_app(lab, page, POND.format(window=32, look=0.5))
    ask(page, "vegetation", answer="")
    seen = [0]
    while "Done in" not in page.locator(".spx-status").inner_text():
        seen.append(mask_pixels(page))
        page.wait_for_timeout(100)
    growing = sorted(set(seen))
    assert seen == sorted(seen), "what was found stays"
    assert len(growing) >= 4
    assert mask_pixels(page) == 100 * 100 - 20 * 20


def test_an_index_is_shown_with_its_legend_and_swiped_against_the_mask(pond: Page) -> None:
    ask(pond, "water")
    pond.get_by_role("button", name="Layers").click()
    pond.get_by_label("Index", exact=True).check()
    expect(pond.locator(".spx-layer-index .spx-ramp")).to_be_visible()
    pond.get_by_label("Search the indices").fill("water")
    expect(pond.get_by_label("Which index")).to_contain_text("NDWI")
    pond.get_by_label("Swipe").check()
    pond.get_by_label("Left of the line").select_option("index")
    line = pond.locator(".spx-line .noUi-handle")
    expect(pond.locator(".leaflet-index-pane img")).to_have_css("clip-path", "inset(0px 50% 0px 0px)")
    line.focus()
    pond.keyboard.press("ArrowRight")
    expect(pond.locator(".leaflet-mask-pane img")).to_have_css("clip-path", "inset(0px 0px 0px 50.5%)")
    box = pond.locator(".spx-line .noUi-target").bounding_box()
    assert box is not None
    pond.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    expect(pond.locator(".leaflet-mask-pane img")).to_have_css("clip-path", re.compile(r"inset\(0px 0px 0px (8[5-9]|9[0-5])"))
    pond.get_by_label("Swipe").uncheck()
    expect(pond.locator(".leaflet-mask-pane img")).to_have_css("clip-path", "none")


@pytest.mark.parametrize("key", [None, "Enter"], ids=["mouse", "keyboard"])
def test_a_row_of_the_region_table_zooms_to_its_region(pond: Page, key: str | None) -> None:
    ask(pond, "water")
    open_tab(pond, "Regions")
    row = pond.locator(".spx-rows tbody tr").first
    expect(row).to_contain_text("400 px")
    before = pond.locator(SCENE).bounding_box()
    if key:
        row.focus()
        pond.keyboard.press(key)
    else:
        row.click()
    expect(row).to_have_attribute("aria-selected", "true")
    wider = "([selector, width]) => document.querySelector(selector).getBoundingClientRect().width > 1.5 * width"
    assert before is not None
    pond.wait_for_function(wider, arg=[SCENE, before["width"]])
    pond.wait_for_timeout(600)  # the map glides there
    x, y = map_point(pond, 0.5, 0.5)
    mask = pond.locator(".leaflet-highlight-pane img").bounding_box()
    assert mask is not None
    assert mask["x"] < x < mask["x"] + mask["width"]
    assert mask["y"] < y < mask["y"] + mask["height"]


def test_a_clicked_pixel_joins_the_spectra(pond: Page) -> None:
    ask(pond, "water")
    open_tab(pond, "Spectra")
    chart = pond.locator(".spx-chart svg")
    expect(chart).to_contain_text("mean of water")
    scene = pond.locator(SCENE).bounding_box()
    assert scene is not None
    pond.mouse.click(scene["x"] + 0.105 * scene["width"], scene["y"] + 0.905 * scene["height"])
    expect(chart).to_contain_text("pixel 10, 90")


def test_exports_lie_where_the_lake_is(lab: Lab, lake: Page) -> None:
    ask(lake, "water")
    open_tab(lake, "Files")
    fill(lake, "Name", "shore")
    for title in ("Mask", "Probability", "GeoParquet", "GeoJSON", "Figure"):
        lake.get_by_role("button", name=title, exact=True).click()
        expect(lake.locator(".spx-export-status")).to_contain_text(f"{title} written to", timeout=60_000)
    with rasterio.open(lab.folder / "shore-mask.tif") as file:
        mask, crs, bounds = file.read(1), file.crs, file.bounds
    with rasterio.open(lab.folder / "shore-probability.tif") as file:
        assert (file.crs, file.bounds) == (crs, bounds)
        assert ((file.read(1) > 0.5) == (mask == 1)).all()
    assert (bounds.right - bounds.left, bounds.top - bounds.bottom) == pytest.approx((960, 960))
    regions = gpd.read_parquet(lab.folder / "shore.parquet")
    assert regions.crs == crs
    assert regions.area.sum() == pytest.approx(100 * (mask == 1).sum())
    lonlat = gpd.read_file(lab.folder / "shore.geojson")
    assert lonlat.total_bounds == pytest.approx(regions.to_crs(4326).total_bounds, abs=1e-6)
    assert (lab.folder / "shore.png").stat().st_size > 10_000
    with lake.expect_download() as saved:
        lake.get_by_role("button", name="Download shore.png").click()
    assert saved.value.suggested_filename == "shore.png"
    assert Path(saved.value.path()).read_bytes() == (lab.folder / "shore.png").read_bytes()


def test_the_history_brings_masks_back_and_says_what_was_reused(pond: Page) -> None:
    ask(pond, "water")
    pixels = mask_pixels(pond)
    ask(pond, "vegetation", answer="image features reused")
    open_tab(pond, "History")
    rows = pond.locator(".spx-rows tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("↺")
    rows.nth(1).click()
    expect(pond.locator(".spx-status")).to_contain_text("nothing was run")
    expect(pond.locator(".spx-instr input")).to_have_value("water")
    pond.wait_for_function(f"() => document.querySelectorAll({MASKS!r}).length > 0")
    pond.wait_for_timeout(300)
    assert mask_pixels(pond) == pixels


def test_a_session_survives_the_kernel(lab: Lab, page: Page) -> None:
    open_app(lab, page, SAMPLE)
    open_scene(page, "Simulated", {"Seed": "3", "Pixels a side": "96"}, answer="Opened")
    expect(page.locator(".spx-title")).to_contain_text("Simulated")
    wait_for_map(page)
    draw_rectangle(page, 0.35, 0.2, 0.7, 0.9)
    expect(page.locator(".spx-where")).to_contain_text("drawn area")
    where = page.locator(".spx-where").inner_text()
    ask(page, "vegetation")
    pixels, title = mask_pixels(page), page.locator(".spx-title").inner_text()
    open_tab(page, "Files")
    fill(page, "Session", "kept.json")
    page.get_by_role("button", name="Save session").click()
    expect(page.locator(".spx-session-status")).to_contain_text("written to")
    assert json.loads((lab.folder / "kept.json").read_text())["history"][0]["provenance"]["model"] == "fake"
    restart_kernel(page)
    run_cells(page)
    wait_for_map(page)
    expect(page.locator(".spx-title")).to_contain_text("spyndex")
    open_tab(page, "Files")
    fill(page, "Session", "kept.json")
    page.get_by_role("button", name="Restore session").click()
    expect(page.locator(".spx-session-status")).to_contain_text("Restored", timeout=60_000)
    expect(page.locator(".spx-title")).to_have_text(title)
    expect(page.locator(".spx-where")).to_have_text(where)
    wait_for_map(page)
    expect(page.locator(".leaflet-overlay-pane path")).to_have_count(1)
    open_tab(page, "History")
    page.locator(".spx-rows tbody tr").first.click()
    expect(page.locator(".spx-status")).to_contain_text("Done in", timeout=60_000)
    assert mask_pixels(page) == pixels


def open_scene(page: Page, kind: str, fields: dict[str, str], *, answer: str) -> None:
    open_tab(page, "Scene")
    page.get_by_role("button", name=kind, exact=True).click()
    for label, text in fields.items():
        fill(page, label, text)
    page.get_by_role("button", name="Open scene").click()
    expect(page.locator(".spx-scene-status")).to_contain_text(answer, timeout=60_000)


def test_a_bad_file_is_told_and_the_scene_stays(lab: Lab, pond: Page) -> None:
    (lab.folder / "bad.tif").write_text("no raster")
    for path, answer in (("bad.tif", "cannot"), (f"{EVIL}.tif", "img"), ("missing.tif", "missing.tif")):
        open_scene(pond, "File", {"Path": path}, answer=answer)
        expect(pond.locator(".spx-scene-status .spx-error")).to_have_count(1)
    assert pond.locator(".spx-app img[src='x']").count() == 0
    assert pond.title() != "owned"
    expect(pond.locator(".spx-title")).to_contain_text("Pond")
    ask(pond, "water")
    assert mask_pixels(pond) == 400


def test_an_area_is_loaded_from_a_file(pond: Page, tmp_path: Path) -> None:
    ring = [[50, 10], [90, 10], [90, 50], [50, 50], [50, 10]]
    (tmp_path / "area.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    with pond.expect_file_chooser() as chooser:
        pond.locator(".spx-upload-area").click()
    chooser.value.set_files(tmp_path / "area.geojson")
    expect(pond.locator(".spx-where")).to_contain_text("1,600 px")
    expect(pond.locator(".spx-upload-area")).to_have_text("Load area")
    expect(pond.locator(".leaflet-overlay-pane path")).to_have_count(1)


def test_a_scene_larger_than_a_message_is_uploaded(lab: Lab, page: Page, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    profile = {"driver": "GTiff", "count": 4, "height": 1300, "width": 1300, "dtype": "uint16", "crs": "EPSG:32633"}
    with rasterio.open(tmp_path / "large.tif", "w", **profile, transform=from_origin(5e5, 5e6, 10, 10)) as file:
        file.write(rng.integers(200, 4000, (4, 1300, 1300)).astype("uint16"))
    assert (tmp_path / "large.tif").stat().st_size > 12e6
    open_app(lab, page, POND.format(window=300, look=0.0))
    open_tab(page, "Scene")
    page.get_by_role("button", name="Upload", exact=True).click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(tmp_path / "large.tif")
    expect(page.locator(".spx-scene-status")).to_contain_text("large.tif (13.5 MB) has arrived", timeout=60_000)
    fill(page, "Bands", "blue, green, red, nir")
    page.get_by_role("button", name="Open scene").click()
    expect(page.locator(".spx-scene-status")).to_contain_text("Opened", timeout=60_000)
    expect(page.locator(".spx-facts")).to_contain_text("1300 × 1300 px")


def test_nothing_jumps_and_a_narrow_pane_holds_everything(lab: Lab, page: Page) -> None:
    page.set_viewport_size({"width": 600, "height": 900})
    open_app(lab, page, POND.format(window=300, look=0.0))
    places = [box(page, selector) for selector in PARTS]
    ask(page, "water and vegetation")
    for name in ("Regions", "Spectra", "Assess", "History", "Files", "Scene", "Answer"):
        open_tab(page, name)
        assert [box(page, selector) for selector in PARTS] == places, name
    tops = [place[1] for place in places]
    assert tops[0] < tops[1] < tops[2], "in a narrow pane the instruction comes below the map"
    beyond = "() => { const app = document.querySelector('.spx-app'); return app.scrollWidth - app.clientWidth; }"
    assert page.evaluate(beyond) <= 0
    # As wide as what JupyterLab leaves of 1280 pixels beside its file browser: the answer is beside the map again.
    page.set_viewport_size({"width": 990, "height": 900})
    panel_beside = "() => { const [map, panel] = ['.spx-map-frame', '.spx-panel'].map(name => document.querySelector(name)"
    panel_beside += ".getBoundingClientRect()); return panel.left >= map.right && Math.abs(panel.top - map.top) < 2; }"
    page.wait_for_function(panel_beside)
    assert 800 < page.locator(".spx-app").bounding_box()["width"] < 840
    assert page.evaluate(beyond) <= 0


PARTS = (".spx-map-frame", ".spx-actions", ".spx-tabs")


def box(page: Page, selector: str) -> tuple[float, ...]:
    """Place and size within the app, which the notebook may have scrolled."""
    script = """selector => {
      const app = document.querySelector('.spx-app').getBoundingClientRect();
      const own = document.querySelector(selector).getBoundingClientRect();
      return [own.x - app.x, own.y - app.y, own.width, own.height].map(Math.round);
    }"""
    return tuple(page.evaluate(script, selector))
