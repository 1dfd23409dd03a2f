"""Jupyter in a real browser: start the server, open a notebook, run its cells, draw on the map."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

ROOT = Path(__file__).parents[3]
TOKEN = "only-on-loopback"  # noqa: S105  guards nothing: the server listens on this machine and ends with the tests
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    # The browser sees this machine and nothing else, so a test fails if the app needs the internet.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
SCENE = ".spx-app .leaflet-scene-pane img.leaflet-image-layer"
MASKS = ".spx-app .leaflet-mask-pane img.leaflet-image-layer"

# The toolbar's circle says idle before the kernel's websocket is up, so the application's model is asked.
_KERNEL = """() => {
  const widget = window.jupyterapp?.shell.currentWidget, session = widget?.sessionContext;
  const kernel = session?.session?.kernel;
  const open = widget?.context?.isReady && session?.isReady;
  return open && kernel?.connectionStatus === 'connected' && kernel.status === 'idle' ? kernel.id : null;
}"""
# Stored, never awaited here: evaluate() has no time limit and would hang with a lost kernel.
_COMMAND = """name => {
  const note = result => { window.spxDone = String(result); };
  window.spxDone = null;
  window.jupyterapp.commands.execute(name).then(note, note);
}"""
# From the model: cells out of view have no outputs in the page.
_ERRORS = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content.model.cells, errors = [];
  for (let i = 0; i < cells.length; i++) for (const output of cells.get(i).outputs?.toJSON() ?? [])
    if (output.output_type === 'error') errors.push(`cell ${i}: ${output.ename}: ${output.evalue}`);
  return errors;
}"""


_PAINTED = """async selector => Promise.all([...document.querySelectorAll(selector)].map(async image => {
  // A picture that gives way to the next one while it is decoded is asked again.
  const decoded = () => image.decode().then(() => true, () => false);
  for (let left = 20; left > 0 && !await decoded(); left--) await new Promise(go => setTimeout(go, 50));
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight), pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  const data = pen.getImageData(0, 0, canvas.width, canvas.height).data, pixels = [];
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) pixels.push((i - 3) / 4);
  const {x, y, width, height} = image.getBoundingClientRect();
  return {pixels, shape: [canvas.height, canvas.width], box: {x, y, width, height}};
}))"""
_SELECT_FIRST = """() => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.type === 'code');
}"""

_REWRITE = """source => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.model.cells.get(0).sharedModel.setSource(source);
  notebook.model.cells.get(0).clearExecution();
}"""


@dataclass(frozen=True)
class Lab:
    """A running Jupyter server."""

    port: int
    folder: Path
    view: str = "/doc/tree"
    """Path at which a notebook opens, the server's base address included."""

    def write_notebook(self, name: str, *cells: str) -> str:
        """Write a notebook of code cells into the server's folder; return its name."""
        listed = [_cell(number, source) for number, source in enumerate(cells)]
        content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": _KERNELSPEC}, "cells": listed}
        (self.folder / name).write_text(json.dumps(content), encoding="utf-8")
        return name

    def open_cell(self, page: Page, name: str, source: str) -> None:
        """Open a notebook of one cell; in the page that shows it already, with the kernel it has, another cell of the same name."""
        if page.url.partition("?")[0] == self._address(name):
            page.evaluate(_REWRITE, source)
            wait_for_kernel(page)
        else:
            self.open(page, self.write_notebook(name, source))

    def open(self, page: Page, notebook: str) -> None:
        """Open a notebook and wait until its kernel answers."""
        page.goto(f"{self._address(notebook)}?token={TOKEN}", timeout=120_000)
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=90_000)
        wait_for_kernel(page)

    def _address(self, notebook: str) -> str:
        return f"http://127.0.0.1:{self.port}{self.view}/{notebook}"


_KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def _cell(number: int, source: str) -> dict[str, Any]:
    return {"cell_type": "code", "id": f"cell-{number}", "metadata": {}, "execution_count": None, "outputs": [], "source": source}


@contextlib.contextmanager
def running_lab(folder: Path, *, base: str = "/") -> Iterator[Lab]:
    """Run JupyterLab, with the settings of `make explore`, on a free port of this machine and under a base address."""
    work = folder / "work"
    work.mkdir()
    with _serving("jupyterlab", "--allow-root", *_server_options(work, base), folder=folder) as port:
        yield Lab(port, work, f"{base}doc/tree")


@contextlib.contextmanager
def running_notebook(folder: Path) -> Iterator[Lab]:
    """Run Notebook 7 in the same way."""
    work = folder / "work"
    work.mkdir()
    with _serving("notebook", "--allow-root", *_server_options(work, "/"), folder=folder) as port:
        yield Lab(port, work, "/notebooks")


@contextlib.contextmanager
def running_voila(folder: Path, notebook: Path) -> Iterator[str]:
    """Run Voila, with the settings of `make app`; the page's address."""
    folder.mkdir(exist_ok=True)
    options = {"Voila.port_retries": 0, "Voila.token": TOKEN}
    with _serving("voila", str(notebook), *_flags(options), folder=folder, port_option="Voila.port") as port:
        yield f"http://127.0.0.1:{port}/?token={TOKEN}"


@contextlib.contextmanager
def _serving(module: str, *arguments: str, folder: Path, port_option: str = "ServerApp.port") -> Iterator[int]:
    """Run a server until the tests are done with it; its port."""
    port = _free_port()
    command = [sys.executable, "-m", module, "--no-browser", *_flags({port_option: port}), *arguments]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=_environment(folder / "jupyter"), start_new_session=True)
    try:
        _wait_for_server(process, port, folder / "server.log")
        yield port
    finally:
        _end(process)


def _server_options(work: Path, base: str) -> list[str]:
    options = {
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": work,
        "ServerApp.base_url": base,
        "IdentityProvider.token": TOKEN,
        "LabApp.expose_app_in_browser": True,
        "JupyterNotebookApp.expose_app_in_browser": True,
    }
    return _flags(options)


def _flags(options: dict[str, object]) -> list[str]:
    return [f"--{name}={value}" for name, value in options.items()]


def wait_for_kernel(page: Page, *, timeout: float = 90, stable: float = 1.0) -> None:
    """Wait until one kernel has been connected and idle for `stable` seconds."""
    deadline, known, since = time.monotonic() + timeout, None, 0.0
    while time.monotonic() < deadline:
        kernel, now = page.evaluate(_KERNEL), time.monotonic()
        if kernel is None or kernel != known:
            known, since = kernel, now
        elif now - since >= stable:
            return
        page.wait_for_timeout(100)
    raise TimeoutError(f"no kernel was ready within {timeout} seconds")


def run_cells(page: Page, command: str = "notebook:run-all-cells", *, timeout: float = 180) -> None:
    """Run all cells, or what another command runs, to the end; fail with what they raised."""
    start_cells(page, command)
    wait_for_cells(page, timeout=timeout)


def start_cells(page: Page, command: str = "notebook:run-all-cells") -> None:
    """Begin to run all cells, or what another command runs."""
    page.evaluate(_COMMAND, command)


def wait_for_cells(page: Page, *, timeout: float = 180) -> None:
    """Wait until the cells have run; fail with what they raised."""
    page.wait_for_function("() => window.spxDone !== null", timeout=1000 * timeout)
    errors = page.evaluate(_ERRORS)
    assert not errors, errors


def restart_kernel(page: Page) -> None:
    """Restart the kernel, as the menu does, and wait until it answers."""
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }")
    page.wait_for_timeout(500)
    wait_for_kernel(page)


def run_first_cell(page: Page) -> None:
    """Run the first code cell and nothing else."""
    page.evaluate(_SELECT_FIRST)
    run_cells(page, "notebook:run-cell")


def wait_for_map(page: Page) -> None:
    """Wait until the scene is painted and the view has settled."""
    scene = page.locator(SCENE)
    scene.wait_for(timeout=90_000)
    page.wait_for_function("selector => document.querySelector(selector).naturalWidth > 1", arg=SCENE)
    box = None
    while box != (box := scene.bounding_box()):
        page.wait_for_timeout(400)


def draw_rectangle(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """Draw a rectangle with the mouse; its sides are fractions of the map's width and height."""
    page.locator(".spx-app .leaflet-draw-draw-rectangle").click()
    (x0, y0), (x1, y1) = map_point(page, left, top), map_point(page, right, bottom)
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2, steps=5)
    page.mouse.move(x1, y1, steps=5)
    page.mouse.up()


def map_point(page: Page, x: float, y: float) -> tuple[float, float]:
    """Position in the page of a fraction of the map's width and height."""
    box = page.locator(".spx-app .leaflet-container").bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def mask_pixels(page: Page) -> int:
    """Count the painted pixels of all masks, in the pictures that the browser decoded."""
    return sum(len(painted["pixels"]) for painted in _painted(page))


def painted_box(page: Page) -> tuple[float, float, float, float]:
    """Left, top, right and bottom, in the page, of what the masks paint."""
    corners = []
    for painted in _painted(page):
        box, (height, width) = painted["box"], painted["shape"]
        rows, columns = zip(*(divmod(pixel, width) for pixel in painted["pixels"]), strict=True)
        x, y = box["width"] / width, box["height"] / height
        first, last = (min(columns), min(rows)), (max(columns) + 1, max(rows) + 1)
        corners.append((box["x"] + first[0] * x, box["y"] + first[1] * y, box["x"] + last[0] * x, box["y"] + last[1] * y))
    lefts, tops, rights, bottoms = zip(*corners, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _painted(page: Page) -> list[dict[str, Any]]:
    """Of each mask with anything in it: its box in the page, its shape, and the numbers of its painted pixels."""
    pictures: list[dict[str, Any]] = page.evaluate(_PAINTED, MASKS)
    return [picture for picture in pictures if picture["pixels"]]


def _environment(home: Path) -> dict[str, str]:
    """Settings of `make explore`, and nothing of the person who runs the tests."""
    own = {
        "JUPYTER_CONFIG_PATH": str(ROOT / ".jupyter"),
        "JUPYTER_PATH": str(ROOT / ".jupyter" / "share"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": str(ROOT),
    }
    return {**os.environ, **own}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_server(process: subprocess.Popen[bytes], port: int, log: Path, *, timeout: float = 90) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
            return
        time.sleep(0.2)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(15)
