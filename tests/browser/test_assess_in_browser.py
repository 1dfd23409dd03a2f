"""Assess an answer as a person does: a file of labels, or points that are looked at one by one."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

import spexlab
from spexlab.evidence.outcomes import OUTCOME_COLOURS
from spexlab.targets import label_codes
from tests.support.browser.app import ask, fill, open_app, open_tab
from tests.support.browser.lab import Lab
from tests.support.browser.pictures import take_picture

pytestmark = pytest.mark.browser

FARMLAND = """
import spexlab
explorer = Explorer(spexlab.simulate_scene(11, size=256)[0])
explorer
"""
POND = """
explorer = Explorer(pond_scene(), model=PacedSpex(words=5, pause=0.01, window=100))
explorer
"""
ERRORS = ".spx-app .leaflet-errors-pane img.leaflet-image-layer"
_COLOURS = """async selector => {
  const image = document.querySelector(selector);
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight), pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  const data = pen.getImageData(0, 0, canvas.width, canvas.height).data, found = new Set();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3])
    found.add('#' + [0, 1, 2].map(part => data[i + part].toString(16).padStart(2, '0')).join('').toUpperCase());
  return [...found];
}"""


def choose(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(path)


def test_a_file_of_labels_beside_the_mask_gives_figures_errors_and_a_table(lab: Lab, page: Page, tmp_path: Path) -> None:
    _, labels = spexlab.simulate_scene(11, size=256)
    labels.rio.to_raster(tmp_path / "landscape.tif")
    open_app(lab, page, FARMLAND)
    ask(page, "vegetation", timeout=180)
    open_tab(page, "Assess")
    choose(page, tmp_path / "landscape.tif")
    figures = page.locator(".spx-assessed")
    expect(figures).to_contain_text("IoU")
    expect(figures).to_contain_text("nothing to estimate")
    expect(page.locator(".spx-map-legend")).to_contain_text("false alarm")
    assert {OUTCOME_COLOURS[name] for name in ("missed", "false alarm")} <= set(page.evaluate(_COLOURS, ERRORS))
    expect(page.locator(".leaflet-mask-pane")).to_have_css("visibility", "hidden")
    take_picture(page, "assess")
    fill(page, "Name", "landscape")
    page.get_by_role("button", name="Figures", exact=True).click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download landscape.csv").click()
    table = pd.read_csv(saved.value.path()).set_index("measure")["value"]
    assert table["hit"] + table["missed"] == np.isin(labels.values, label_codes("vegetation")).sum()
    assert table["IoU"] == pytest.approx(table["hit"] / table[["hit", "missed", "false alarm"]].sum())
    expect(figures).to_contain_text(f"{table['IoU']:.2f}")
    (tmp_path / "bad.tif").write_text("no raster")
    choose(page, tmp_path / "bad.tif")
    expect(page.locator(".spx-assess-status .spx-error")).to_contain_text("cannot")
    expect(figures).to_contain_text(f"{table['IoU']:.2f}")


def test_a_sample_is_walked_through_without_seeing_the_mask(lab: Lab, page: Page) -> None:
    open_app(lab, page, POND)
    ask(page, "water")
    open_tab(page, "Assess")
    page.get_by_role("button", name="By points on the map").click()
    fill(page, "Points", "4")
    page.get_by_role("button", name="Draw a sample").click()
    question = page.locator(".spx-question")
    for number in range(1, 5):
        expect(question).to_contain_text(f"Point {number} of 4: is it water here?")
        expect(page.locator(".leaflet-mask-pane")).to_have_css("visibility", "hidden")
        page.get_by_role("button", name="Yes" if number % 2 else "No", exact=True).click()
    expect(question).to_contain_text("All 4 points are answered")
    expect(page.locator(".leaflet-mask-pane")).to_have_css("visibility", "visible")
    expect(page.locator(".spx-assessed")).to_contain_text("are estimated (95 % interval)")
    expect(page.locator(".leaflet-overlay-pane path")).to_have_count(4)
    expect(page.locator(".spx-map-legend")).to_contain_text(re.compile("hit"))
