"""A notebook that trains, run from top to bottom: the monitor steers the run while a cell waits for its end."""

import pytest
from playwright.sync_api import Page, expect

from spexlab.training.run import TrainingRun
from tests.support.browser.lab import Lab, start_cells, wait_for_cells

pytestmark = pytest.mark.browser

TRAINING = """
from ipywidgets import Widget
Widget.close_all()
from tests.support.runs import obedient_training
import spexlab
from spexlab.training import in_background

run = in_background(obedient_training, None, out="runs/all")
spexlab.TrainingMonitor(run)
"""
WAITING = "ended = await run"
AFTER = "print('what stands below ran after it was', ended, 'at step', run.step)"


def test_the_monitor_steers_a_run_while_a_cell_waits_for_its_end(lab: Lab, page: Page) -> None:
    lab.open(page, lab.write_notebook("all.ipynb", TRAINING, WAITING, AFTER))
    run = TrainingRun(lab.folder / "runs" / "all")
    start_cells(page)
    state = page.locator(".spx-badge").first
    expect(state).to_have_text("running", timeout=120_000)
    page.locator(".spx-pause").click()
    expect(state).to_have_text("paused")
    paused = run.step
    page.wait_for_timeout(500)
    assert run.step == paused < run.total_steps
    page.locator(".spx-resume").click()
    expect(state).to_have_text("running")
    page.locator(".spx-stop").click()
    wait_for_cells(page)
    assert paused < run.step < run.total_steps
    expect(page.locator(".jp-OutputArea-output").last).to_contain_text(f"after it was stopped at step {run.step}")
