"""PromptLab, IndexLab and TrainingMonitor as a person meets them: JupyterLab, a mouse, a keyboard."""

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from spexlab.places import simulated_places
from spexlab.training import load_segmenter
from spexlab.training.run import TrainingRun
from tests.support.browser.lab import Lab, draw_rectangle, mask_pixels, run_cells, wait_for_map
from tests.support.browser.pictures import TAKEN, take_picture
from tests.support.runs import write_run

pytestmark = pytest.mark.browser

# One kernel serves all pages that open the same notebook, so what the last one left is closed first.
OPENING = "from ipywidgets import Widget\nWidget.close_all()\nfrom tests.support.browser.paced import PacedSpex, pond_scene\n"
EVIL = "water <img src=x onerror=\"document.title = 'owned'\">"
TRAINING = """
import torch
from spexlab.training import PretrainSettings, in_background, pretrain
from spexlab.places import simulated_places
from spexlab import TrainingMonitor

torch.set_num_threads(1)
places = simulated_places(12, size=128, sensors=[("sentinel-2", 10.0)])
unseen = simulated_places(6, seed=1, size=128, sensors=[("sentinel-2", 10.0)])[:3:-1]
settings = PretrainSettings(
    steps=600, batch_size=4, sizes=(64,), learning_rate=2e-3, warmup=20, validate_every=25, snapshot_every=25
)
run = in_background(pretrain, places, out="runs/landscapes", settings=settings, validation=unseen)
TrainingMonitor(run)
"""
# What the README shows is learnt in minutes; that the monitor shows it, in seconds.
WATCHED = 500 if TAKEN else 0
_OVERFLOW = "() => { const app = document.querySelector('.spx-app'); return app.scrollWidth - app.clientWidth; }"
_MARKS = (
    """selector => [...document.querySelectorAll(selector + ' mark.spx-of:not(.spx-of-index)')].map(mark => mark.textContent)"""
)


def open_lab(lab: Lab, page: Page, code: str, *, name: str) -> Page:
    lab.open_cell(page, name, OPENING + code)
    run_cells(page)
    page.locator(".spx-app").first.wait_for()
    return page


def fits_in_a_narrow_pane(page: Page) -> bool:
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_timeout(500)
    return page.evaluate(_OVERFLOW) <= 1


def test_index_lab_turns_numbers_into_words(lab: Lab, page: Page) -> None:
    open_lab(lab, page, "from spexlab import IndexLab\nIndexLab(target='trees')", name="index.ipynb")
    wait_for_map(page)
    threshold, share = page.get_by_label("Threshold", exact=True), page.locator(".spx-figures b").first
    expect(threshold).to_have_value("0.4")
    expect(page.locator(".spx-said")).to_have_count(10)
    before = mask_pixels(page)
    take_picture(page, "index_lab", height=1750)
    page.set_viewport_size({"width": 1280, "height": 900})
    seen = share.inner_text()
    page.get_by_role("slider", name="Threshold (slider)").focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(share).not_to_have_text(seen)
    expect(threshold).to_have_value("0.44")
    page.wait_for_timeout(1000)
    assert mask_pixels(page) < before
    # What stands in the table is what stands in the words.
    assert page.evaluate(_MARKS, ".spx-spie") == page.evaluate(_MARKS, ".spx-regions")
    page.locator(".spx-otsu").click()
    expect(threshold).not_to_have_value("0.44")
    assert fits_in_a_narrow_pane(page)


def test_index_lab_looks_in_the_drawn_area_alone(lab: Lab, page: Page) -> None:
    open_lab(lab, page, "from spexlab import IndexLab\nIndexLab(pond_scene(), target='water')", name="pond-index.ipynb")
    wait_for_map(page)
    pixels = page.locator(".spx-regions tbody td").first
    expect(pixels).to_have_text("400")
    draw_rectangle(page, 0.5, 0.05, 0.6, 0.9)
    expect(page.locator(".spx-where").first).to_contain_text("In the drawn area")
    expect(pixels).not_to_have_text("400")
    page.locator(".spx-clear").click()
    expect(pixels).to_have_text("400")
    page.locator(".spx-where-cut button", has_text="below").click()
    expect(pixels).to_have_text("9,600")
    page.get_by_label("Index", exact=True).select_option(label="★ NDWI – Normalized Difference Water Index")
    page.get_by_label("Target", exact=True).select_option("vegetation")
    expect(page.locator(".spx-formula")).to_contain_text("NDVI = ")
    expect(page.get_by_label("Threshold", exact=True)).to_have_value("0.15")
    assert page.title() != "owned"


def test_prompt_lab_compares_what_the_model_makes_of_instructions(lab: Lab, page: Page, tmp_path: Path) -> None:
    open_lab(lab, page, "from spexlab import PromptLab\nPromptLab()", name="prompt.ipynb")
    wait_for_map(page)
    draw_rectangle(page, 0.3, 0.05, 0.72, 0.7)
    expect(page.locator(".spx-where").first).to_contain_text("In the drawn area")
    page.locator(".spx-run").click()
    expect(page.locator(".spx-status").first).to_contain_text("4 answered, 1 refused", timeout=180_000)
    cards = page.locator(".spx-answer-card")
    expect(cards).to_have_count(6)
    expect(cards.nth(4)).to_contain_text("what can be asked")
    expect(page.locator(".spx-answers tbody tr").nth(1)).to_contain_text("reused")
    expect(page.locator(".spx-iou tbody tr")).to_have_count(4)
    take_picture(page, "prompt_lab", height=2500)
    page.get_by_role("textbox", name="Save the table as").fill(str(tmp_path / "compared.csv"))
    page.get_by_role("textbox", name="Save the table as").press("Tab")
    page.locator(".spx-save").locator("visible=true").click()
    expect(page.locator(".spx-saved").locator("visible=true")).to_contain_text("Written to")
    assert list(pd.read_csv(tmp_path / "compared.csv")["targets"].dropna())[:2] == ["trees", "trees"]
    assert fits_in_a_narrow_pane(page)


def test_prompt_lab_is_cancelled_with_escape_and_keeps_what_it_has(lab: Lab, page: Page) -> None:
    code = "from spexlab import PromptLab\nPromptLab(pond_scene(), model=PacedSpex(words=60, pause=0.05))"
    open_lab(lab, page, code, name="paced.ipynb")
    wait_for_map(page)
    page.get_by_label("Instructions").fill(f"{EVIL}\nwater\nvegetation")
    page.get_by_label("Instructions").press("Tab")
    page.locator(".spx-run").click()
    expect(page.locator(".spx-answer-card").nth(1)).to_contain_text("% ·", timeout=60_000)
    page.keyboard.press("Escape")
    expect(page.locator(".spx-status").first).to_contain_text("Cancelled: 2 of 3", timeout=20_000)
    expect(page.locator(".spx-answer-card").nth(2)).to_contain_text("waiting")
    expect(page.locator(".spx-answer-card").first).to_contain_text("<img src=x onerror=")
    expect(page.locator(".spx-run")).to_be_enabled()
    assert page.locator(".spx-app img[src='x']").count() == 0
    assert page.title() != "owned"


def test_training_monitor_follows_and_steers_a_run_of_another_process(lab: Lab, page: Page) -> None:
    run = write_run(lab.folder / "runs" / "ponds", steps=100)
    open_lab(lab, page, "from spexlab import TrainingMonitor\nTrainingMonitor('runs/ponds')", name="monitor.ipynb")
    state, sample = page.locator(".spx-badge").first, page.locator("img.spx-sample")
    expect(state).to_have_text("running")
    expect(page.locator(".spx-curves svg")).to_be_visible()
    page.locator(".spx-pause").click()
    expect(page.locator(".spx-status").first).to_contain_text("Asked to pause")
    assert wanted(run) == "pause"
    write_run(run.folder, steps=300, state="paused")
    expect(state).to_have_text("paused")
    expect(sample).to_have_attribute("alt", "Image, truth and prediction after 300 steps")
    page.locator(".spx-resume").click()
    write_run(run.folder, steps=305)
    expect(state).to_have_text("running")
    expect(page.locator(".spx-figures").first).to_contain_text("305 of 400")
    page.get_by_role("slider", name="After step").focus()
    page.keyboard.press("ArrowLeft")
    expect(sample).to_have_attribute("alt", "Image, truth and prediction after 200 steps")
    page.locator(".spx-stop").click()
    expect(page.locator(".spx-status").first).to_contain_text("Asked to stop")
    assert wanted(run) == "stop"
    write_run(run.folder, steps=310, state="stopped", message="Saved after step 310.")
    expect(page.locator(".spx-status").first).to_contain_text("Saved after step 310.")
    assert fits_in_a_narrow_pane(page)


@pytest.mark.timeout(900)
def test_training_monitor_shows_and_steers_a_real_training(lab: Lab, page: Page) -> None:
    run = TrainingRun(lab.folder / "runs" / "landscapes")
    open_lab(lab, page, TRAINING, name="training.ipynb")
    state = page.locator(".spx-badge").first
    expect(state).to_have_text("running", timeout=120_000)
    wait_for_step(page, above=2)
    page.locator(".spx-curves svg [id^=legend]").first.wait_for(state="attached")
    page.locator(f"img.spx-sample[alt$='after {WATCHED} steps']").wait_for(timeout=600_000)
    take_picture(page, "training_monitor", height=1300)
    page.locator(".spx-pause").click()
    expect(state).to_have_text("paused", timeout=60_000)
    paused = run.step
    page.wait_for_timeout(1500)
    assert run.step == paused
    expect(page.locator(".spx-figures b").first).to_have_text(f"{paused} of 600")
    page.locator(".spx-resume").click()
    expect(state).to_have_text("running")
    wait_for_step(page, above=paused)
    page.locator(".spx-stop").click()
    expect(state).to_have_text("stopped", timeout=120_000)
    assert paused < run.step < run.total_steps
    assert "water" in load_segmenter(run.model)(simulated_places(1, size=64)[0].scene)["target"]
    assert not page.locator(".spx-app button:enabled").count()


def wait_for_step(page: Page, *, above: int) -> None:
    """Wait until the monitor shows that more steps were taken."""
    taken = "than => parseInt(document.querySelector('.spx-figures b')?.textContent) > than"
    page.wait_for_function(taken, arg=above, timeout=120_000)


def wanted(run: TrainingRun) -> str:
    """What the folder asks of the run."""
    return (run.folder / "control.json").read_text().split('"')[3]
