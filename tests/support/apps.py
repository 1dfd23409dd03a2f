"""The Explorer as its tests find it, and what a browser would send it."""

import base64
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import rasterio
from ipywidgets.widgets.widget import _instances
from PIL import Image

import spexlab
from spexlab import Explorer
from tests.support.fakes import FakeSpex
from widgets.map.overlay import TRANSPARENT, Overlay
from widgets.parts.download import Download
from widgets.parts.upload import Upload

EVIL = "<img src=x onerror=alert(1)>"


def forest_explorer() -> Explorer:
    """An Explorer of a corner of the sample scene, not asked yet."""
    return Explorer(spexlab.sample_scene().isel(y=slice(0, 100), x=slice(0, 120)), model=FakeSpex(window=100))


def lake_explorer() -> Explorer:
    """An Explorer of a simulated scene, asked for its water."""
    return asked(Explorer(spexlab.simulate_scene(3, size=96)[0], model=FakeSpex(window=96)), "water")


def asked(explorer: Explorer, instruction: str) -> Explorer:
    explorer.instruction = instruction
    explorer.run()
    assert finished(explorer) == "done"
    return explorer


def finished(explorer: Explorer) -> str:
    assert explorer.wait(60)
    return explorer.status


def shown_masks(explorer: Explorer) -> list[str]:
    return [layer.name for layer in explorer._map._map.layers if layer.pane == "mask" and layer.url != TRANSPARENT]


def picture(overlay: Overlay) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(overlay.url.partition("base64,")[2])))


@contextmanager
def late_threads(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold back every thread that is started meanwhile: what must be so when a call returns cannot be left to them."""
    gate, run = threading.Event(), threading.Thread.run

    def late(thread: threading.Thread) -> None:
        assert gate.wait(30)
        run(thread)

    with patch.context() as within:
        within.setattr(threading.Thread, "run", late)
        try:
            yield
        finally:
            gate.set()


def open_widgets() -> int:
    """Number of widgets that the kernel and the page hold."""
    return len(_instances)


def open_tab(explorer: Explorer, name: str) -> None:
    explorer._controls.tabs.selected = name


def requested(download: Download) -> list[tuple[dict[str, str], bytes]]:
    """What the browser gets when the button is pressed."""
    sent = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "send", lambda content, buffers: sent.append((content, buffers[0])))
        download._receive(download, {"wanted": True, "view": "this one"}, [])
    return sent


def write_scene(path: Path, *, columns: int = 50) -> None:
    values = np.random.default_rng(0).integers(200, 4000, (4, 40, columns)).astype("uint16")
    profile = {"driver": "GTiff", "count": 4, "height": 40, "width": columns, "dtype": "uint16", "crs": "EPSG:32633"}
    with rasterio.open(path, "w", **profile, transform=rasterio.transform.from_origin(5e5, 5e6, 10, 10)) as file:
        file.write(values)


def send(upload: Upload, content: bytes, name: str, *, piece: int = 300) -> list[int]:
    """Send a file as the browser does: the next piece when the last one was taken; how much was taken each time."""
    taken: list[int] = [0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upload, "send", lambda answer: taken.append(answer["at"]))
        while len(taken) == 1 or taken[-1] < len(content):
            at = taken[-1]
            message = {"name": name, "size": len(content), "at": at}
            upload._receive(upload, message, [memoryview(content)[at : at + piece]])
    return taken
