"""Seconds from a click in the browser to the mask and to the first word, by size of the area and by stage.

    python benchmarks/latency.py --results benchmarks/results

JupyterLab and a headless Chromium run on this machine. The clock is the page's own: it starts at the click on Run, and stops when
the browser has decoded the mask and drawn a frame with it. Each area is asked twice: the second instruction finds the image
encoded. The overlay alone is a ready mask that a click sends from the kernel to the map, so its seconds are transport and
painting, there and back. The scenes have four bands and are simulated; beyond 512 pixels they go on as in a mirror. The first
question of a kernel, about the sample scene, also waits for the model, which is loaded as soon as the app is shown.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rich
from machine import machine
from playwright.sync_api import Browser, Page, sync_playwright
from report import keep_results
from rich.markdown import Markdown

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' way to drive JupyterLab, and where browsers are

from scripts.browser import MISSING, find_browser
from tests.support.browser.lab import CHROMIUM, Lab, run_cells, running_lab, wait_for_map

SIZES = (512, 1024, 4096)
REPEATS = 7
READING = (0, 6)
"""Seconds between the map and a kernel's first question, in which a person reads and types."""
_MINUTES = 30

_SCENE = """
from ipywidgets import Widget
Widget.close_all()
import json, pathlib, time
import ipywidgets as W
import numpy as np
import xarray as xr
import spexlab
from spexlab.scene.naming import resolve_bands
from spexlab.scene import new_scene
from spexlab import Explorer
from widgets.map.mapview import MapView
from widgets.map.overlay import mask_overlay

small, _ = spexlab.simulate_scene(3, sensor="planetscope", pixel_size=3.0, size=min({size}, 512))
values = np.pad(small.values, ((0, 0), *[(0, {size} - small.sizes["y"])] * 2), mode="symmetric")
metres = 3.0 * np.arange({size})
place = {{"y": small.y.values[0] - metres, "x": small.x.values[0] + metres, "spatial_ref": small["spatial_ref"]}}
grid = xr.DataArray(np.zeros(values.shape[1:], "uint8"), dims=("y", "x"), coords=place)
bands = resolve_bands(small["band"].values.tolist(), "planetscope")
scene = new_scene(values, bands, coords=grid, sensor="planetscope", title="Simulated", simulated=True)
"""
_EXPLORER = """
spex = spexlab.load_model()
spex.extract(small.isel(y=slice(0, 128), x=slice(0, 128)), "snow")  # what a model does once is no part of a click
spex.cache.clear()
explorer = Explorer(scene, model=spex)
def note(change):
    if change["new"] is not None:
        pathlib.Path("seconds.json").write_text(json.dumps(change["new"].seconds))
explorer.observe(note, "extraction")
explorer
"""
_FRESH = """
from spexlab import Explorer
Explorer()
"""
_OVERLAY = """
begin = time.perf_counter()
rng = np.random.default_rng(0)
masks = [scene.isel(band=0, drop=True).copy(data=np.roll(scene.values[0] > np.median(scene.values[0]), shift)) for shift in (0, 9)]
begin = time.perf_counter()
overlays = [mask_overlay(mask, colour="#0072B2") for mask in masks]
pathlib.Path("seconds.json").write_text(json.dumps((time.perf_counter() - begin) / len(masks)))
view = MapView()
view.set_scene(scene, composite="true colour")
view.lay("mask", overlays[0])
button = W.Button(description="Lay")
button.add_class("spx-run")
def lay(_):
    overlays.reverse()
    view.lay("mask", overlays[0])
button.on_click(lay)
app = W.VBox([view, button])
app.add_class("spx-app")
app
"""
# A mask counts as visible when the picture is decoded and the frame after it was drawn.
_CLOCK = """() => {
  const seen = window.spxSeen = {}, masks = '.spx-app .leaflet-mask-pane img', clear = 200;
  const now = () => (performance.now() - seen.start) / 1000;
  const before = new Map([...document.querySelectorAll(masks)].map(image => [image, image.src]));
  const paint = async image => {
    if (image.src.length < clear || before.get(image) === image.src) return;
    before.set(image, image.src);
    await image.decode().catch(() => null);
    requestAnimationFrame(() => requestAnimationFrame(() => { seen.mask ??= now(); seen.whole = now(); }));
  };
  const words = () => document.querySelector('.spx-app .spx-words p')?.innerText.trim() ?? '', last = words();
  let begun = false; // until the last answer's "Done in" has gone
  const look = () => {
    document.querySelectorAll(masks).forEach(paint);
    if (words() && words() !== last) seen.word ??= now();
    const done = document.querySelector('.spx-app .spx-status')?.innerText.includes('Done in');
    begun ||= !done;
    if (begun && done) seen.done ??= now();
  };
  const app = document.querySelector('.spx-app');
  const start = () => {
    seen.start = performance.now();
    new MutationObserver(look).observe(app, {subtree: true, childList: true, characterData: true, attributes: true});
  };
  app.querySelector('.spx-run').addEventListener('click', start, {capture: true, once: true});
}"""


def main() -> None:
    """Measure, print, and keep the results if asked."""
    options = _options()
    browser_path = find_browser()
    if browser_path is None:
        sys.exit(f"error: {MISSING}")
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, running_lab(Path(folder)) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM)
        first = [_on_a_page(browser, lambda page, reading=reading: _first(lab, page, reading)) for reading in READING]
        rows = [_on_a_page(browser, lambda page, size=size: _about(lab, page, size)) for size in options.sizes]
        browser.close()
    measured = {"machine": machine(), "load_at_start": round(load, 1), "first": first, "rows": rows}
    rich.print(Markdown(_table(measured)))
    if options.results is not None:
        block = None if options.sizes == list(SIZES) else ""
        keep_results(options.results, "latency", measured, _table(measured), block=block)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, help="folder for latency.json and latency.md; and into the docs")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="sides of the areas in pixels")
    return parser.parse_args()


def _on_a_page(browser: Browser, measure: Callable[[Page], dict[str, Any]]) -> dict[str, Any]:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(120_000)
    measured = measure(page)
    page.context.close()
    return measured


def _first(lab: Lab, page: Page, reading: int) -> dict[str, Any]:
    """Seconds from running the cell to the map, and from the first question of a kernel to its answer."""
    lab.open(page, lab.write_notebook(f"first-{reading}.ipynb", _FRESH))
    began = time.monotonic()
    run_cells(page)
    wait_for_map(page)
    shown = time.monotonic() - began
    page.wait_for_timeout(1000 * reading)
    return {"reading": reading, "map": round(shown, 2), **_click(page, "water")}


def _about(lab: Lab, page: Page, size: int) -> dict[str, Any]:
    return {"size": size, **_overlay(lab, page, size), "runs": _asked(lab, page, size)}


def _overlay(lab: Lab, page: Page, size: int) -> dict[str, float]:
    """Seconds to make a mask's overlay, and from a click to the overlay painted: the median and the best of some clicks."""
    lab.open(page, lab.write_notebook(f"overlay-{size}.ipynb", _SCENE.format(size=size) + _OVERLAY))
    run_cells(page, timeout=60 * _MINUTES)
    wait_for_map(page)
    painted = []
    for _ in range(REPEATS + 1):
        page.evaluate(_CLOCK)
        page.locator(".spx-app .spx-run").click()
        page.wait_for_function("() => window.spxSeen.whole")
        painted.append(page.evaluate("() => window.spxSeen.whole"))
        page.wait_for_timeout(300)
    painted = sorted(painted[1:])  # the first also adds the layer
    made = json.loads((lab.folder / "seconds.json").read_text())
    return {"overlay_made": made, "painted": painted[len(painted) // 2], "painted_best": painted[0]}


def _asked(lab: Lab, page: Page, size: int) -> list[dict[str, Any]]:
    """Two instructions about the whole scene, one after the other."""
    lab.open(page, lab.write_notebook(f"explorer-{size}.ipynb", _SCENE.format(size=size) + _EXPLORER))
    run_cells(page, timeout=60 * _MINUTES)
    wait_for_map(page)
    return [_run(lab, page, instruction) for instruction in ("water", "vegetation")]


def _run(lab: Lab, page: Page, instruction: str) -> dict[str, Any]:
    (lab.folder / "seconds.json").unlink(missing_ok=True)
    clock = _click(page, instruction, pause=1000)
    return {"instruction": instruction, **clock, "stages": json.loads((lab.folder / "seconds.json").read_text())}


def _click(page: Page, instruction: str, *, pause: int = 0) -> dict[str, float | None]:
    """Type, wait some milliseconds, click, and read the page's clock when all is done."""
    page.locator(".spx-instr input").fill(instruction)
    page.locator(".spx-instr input").press("Tab")
    page.wait_for_timeout(pause)
    page.evaluate(_CLOCK)
    page.locator(".spx-app .spx-run").click()
    page.wait_for_function("() => window.spxSeen.done", timeout=60_000 * _MINUTES)
    seen = page.evaluate("() => ({...window.spxSeen})")
    return {name: round(seen[name], 3) if name in seen else None for name in ("mask", "whole", "word", "done")}


def _table(measured: dict[str, Any]) -> str:
    lines = [
        f"Machine: {measured['machine']}; load when it began: {measured['load_at_start']}. Seconds; *click → mask* is the first",
        "window painted, *whole mask* the last one; prior, encode, mask and words are the kernel's own clocks.",
        "",
        "| area | instruction | click → mask | whole mask | click → first word | done | prior | encode | mask | words |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in measured["rows"]:
        for number, run in enumerate(row["runs"]):
            clock = [run[name] for name in ("mask", "whole", "word", "done")]
            stages = [run["stages"][name] for name in ("prior", "encode", "mask", "words")]
            figures = " | ".join("–" if value is None else f"{value:.2f}" for value in (*clock, *stages))
            lines.append(f"| {row['size']} px | {('first', 'second')[number]} | {figures} |")
    lines += [
        "",
        "| area | overlay made in the kernel | transport and painting (median) | best |",
        "|---|--:|--:|--:|",
    ]
    lines += [
        f"| {row['size']} px | {row['overlay_made']:.3f} | {row['painted']:.3f} | {row['painted_best']:.3f} |"
        for row in measured["rows"]
    ]
    lines += [
        "",
        "| first question of a kernel, after the map is there | cell → map | click → whole mask | done |",
        "|---|--:|--:|--:|",
    ]
    lines += [
        f"| {_after(row['reading'])} | {row['map']:.1f} | {row['whole']:.1f} | {row['done']:.1f} |" for row in measured["first"]
    ]
    return "\n".join(lines) + "\n"


def _after(seconds: int) -> str:
    return f"{seconds} s later" if seconds else "at once"


if __name__ == "__main__":
    main()
