"""A checkpoint larger than the bundled one in the Explorer, by its folder: what it takes is told first."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.app import ask, open_app
from tests.support.browser.lab import Lab, mask_pixels
from tests.support.tiny import mid_size_spex, save_spex

pytestmark = pytest.mark.browser

LARGER = """
import spexlab
explorer = Explorer(spexlab.simulate_scene(3, size=96)[0], model={folder!r})
explorer
"""
# The machine is short of memory until the answer has failed: the kernel serves other tests, too.
NO_ROOM = """
import spexlab
from spexlab.extraction import footprint
free, footprint.free_memory = footprint.free_memory, lambda device: 50_000_000
explorer = Explorer(model={folder!r})
explorer.observe(lambda change: setattr(footprint, "free_memory", free) if change["new"] == "failed" else None, "status")
explorer
"""


# Where the libraries are loaded already, reading these weights takes half a second: too short for who looks now and then.
_LISTEN = """() => {
  const told = window.spxTold = [], app = document.querySelector('.spx-app');
  const note = () => told.push(app.querySelector('.spx-status').innerText);
  new MutationObserver(note).observe(app, {subtree: true, childList: true, characterData: true});
}"""


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_spex(mid_size_spex(), tmp_path_factory.mktemp("checkpoints") / "mid-size")


def test_what_it_takes_is_told_before_it_answers(lab: Lab, page: Page, larger: Path) -> None:
    open_app(lab, page, LARGER.format(folder=str(larger)))
    page.evaluate(_LISTEN)
    ask(page, "water", timeout=180)
    told = page.evaluate("() => window.spxTold")
    assert any("51.5 million parameters, about 247 MB of memory" in news for news in told), told
    assert mask_pixels(page) > 0


def test_where_there_is_no_room_the_choices_left_are_told(lab: Lab, page: Page, larger: Path, tmp_path: Path) -> None:
    # One that was loaded already needs no room.
    other = shutil.copytree(larger, tmp_path / "other")
    open_app(lab, page, NO_ROOM.format(folder=str(other)))
    ask(page, "water", answer="takes about 247 MB of memory, but 50 MB are free")
    expect(page.locator(".spx-status")).to_contain_text("or take a smaller one, such as spex-tiny")
