"""What holds for every test: no network, one thread, a browser or a reason."""

import os
import socket
from typing import Any

import pytest

from scripts.browser import MISSING, find_browser

# Read when torch, the Hub client, curl (GDAL) and child processes start, so they are set before anything of ours is imported.
# One thread: on small shared machines a second one only spins. A proxy that nobody serves: what tries the network fails at once.
os.environ.update(
    HF_HUB_OFFLINE="1",
    OMP_NUM_THREADS="1",
    TRITON_INTERPRET="1",  # a kernel is tried without a GPU
    http_proxy="http://127.0.0.1:9",
    https_proxy="http://127.0.0.1:9",
    no_proxy="localhost,127.0.0.1,::1",
)
LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _loopback_only(getattr(socket.socket, name)))
        yield


def _loopback_only(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != getattr(socket, "AF_UNIX", None) and not str(address[0]).startswith(LOOPBACK):
            raise RuntimeError(f"tests must not use the network, this one tried {address}")
        return connect(self, address)

    return guarded


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a browser test where there is no browser; in continuous integration that is a failure."""
    if item.get_closest_marker("browser") and find_browser() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Path of a Chromium or Chrome that starts."""
    path = find_browser()
    assert path, MISSING
    return path
