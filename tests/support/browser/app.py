"""The Explorer's controls as a person finds them, for the tests that drive it."""

import re

from playwright.sync_api import Page, expect

from tests.support.browser.lab import Lab, run_cells, wait_for_map

# What the last test left in the kernel is closed first.
OPENING = """
from ipywidgets import Widget
Widget.close_all()
from tests.support.browser.paced import PacedSpex, pond_scene
from spexlab import Explorer
"""
STATUS = ".spx-status:not(.spx-training-monitor *)"
"""The app's own line of news; a lesson in one of its panels has a line, too."""
# From the key or click in the page to the words that answer it, so that the tests' own way there does not count.
_TIMED = """([selector, words, act]) => new Promise(done => {
  const place = document.querySelector(selector);
  let start = null;
  const look = () => {
    if (start !== null && place.innerText.includes(words)) { watch.disconnect(); done(performance.now() - start); }
  };
  const watch = new MutationObserver(look);
  watch.observe(place, {childList: true, subtree: true, characterData: true});
  const begin = () => { start = performance.now(); };
  document.addEventListener(act === 'Escape' ? 'keydown' : 'click', begin, {capture: true, once: true});
  window.spxArmed = true;
})"""


def open_app(lab: Lab, page: Page, code: str) -> Page:
    """Open a notebook whose one cell makes an Explorer, and wait for its map."""
    # Always of the same name: its kernel, which has imported everything, and its page serve all tests.
    lab.open_cell(page, "app.ipynb", OPENING + code)
    run_cells(page)
    wait_for_map(page)
    return page


def ask(page: Page, instruction: str, *, answer: str = "Done in", timeout: float = 60) -> None:
    """Type an instruction, press Enter, and wait for what the panel says of it."""
    page.locator(".spx-instr input").fill(instruction)
    page.locator(".spx-instr input").press("Enter")
    expect(page.locator(STATUS)).to_contain_text(answer, timeout=1000 * timeout)


def open_tab(page: Page, name: str) -> None:
    """Show one of the panels beside the answer."""
    tab = page.locator(".spx-tabs").first.get_by_role("button", name=name, exact=True)
    tab.click()
    expect(tab).to_have_class(re.compile("mod-active"))


def fill(page: Page, label: str, text: str) -> None:
    """Fill the visible field with this label."""
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Tab")


def seconds_until(page: Page, words: str, *, press: str) -> float:
    """Press Escape or click a selector; seconds until the status line holds these words."""
    page.evaluate("() => { window.spxArmed = false; }")
    page.evaluate(f"args => {{ window.spxTimed = ({_TIMED})(args); }}", [".spx-status", words, press])
    page.wait_for_function("() => window.spxArmed")
    if press == "Escape":
        page.keyboard.press(press)
    else:
        page.locator(press).click()
    milliseconds: float = page.evaluate("() => Promise.race([window.spxTimed, new Promise(stop => setTimeout(stop, 10000, 1e6))])")
    return milliseconds / 1000
