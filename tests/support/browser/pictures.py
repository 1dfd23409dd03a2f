"""Pictures of the app for the documents, taken by the tests that see it: SPEXLAB_SCREENSHOTS=1 pytest tests/browser."""

import io
import os

from PIL import Image
from playwright.sync_api import Page

from tests.support.browser.lab import ROOT

IMAGES = ROOT / "docs" / "images"
TAKEN = bool(os.environ.get("SPEXLAB_SCREENSHOTS"))
"""Whether pictures are to be taken."""
HEAVIEST = 300_000
"""Bytes of a picture, at most: all clones carry them."""


def take_picture(page: Page, name: str, *, width: int = 1280, height: int = 1100) -> None:
    """Save the app alone, if pictures are to be taken; the window is high enough that no bar of JupyterLab covers its foot."""
    if not TAKEN:
        return
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(1000)
    shown = Image.open(io.BytesIO(page.locator(".spx-app").first.screenshot(animations="disabled"))).convert("RGB")
    path = IMAGES / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    for colours in (256, 128, 64):
        shown.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < HEAVIEST:
            return
    raise ValueError(f"{path.name} has {path.stat().st_size:,} bytes, more than {HEAVIEST:,}; show less in it.")
