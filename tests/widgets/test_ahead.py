"""What the first run needs is loaded in the kernel's pauses, and only that which comes with spexlab."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from spexlab import Explorer
from spexlab.extraction import loading
from tests.support.fakes import FakeSpex
from tests.support.tiny import save_spex, tiny_spex
from widgets.parts import ahead
from widgets.parts.ahead import AHEAD


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, threading.Thread]]:
    """Names of the models that were loaded, and by which thread."""
    found: list[tuple[str, threading.Thread]] = []

    def shared(name: str) -> None:
        found.append((name, threading.current_thread()))
        raise OSError("the disk is gone, which the first run will tell")

    monkeypatch.setattr(loading, "shared_model", shared)
    monkeypatch.setattr(ahead, "_PAUSE", 0.01)
    return found


def _in_a_kernel(look: Callable[[], Coroutine[Any, Any, None]]) -> threading.Thread:
    """Run in an event loop, in a thread of its own: in this one a browser's driver may have a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: (asyncio.run(look()), threading.current_thread())[1]).result(timeout=120)


def _shown(explorer: Explorer) -> None:
    assert "application/vnd.jupyter.widget-view+json" in explorer._repr_mimebundle_()


async def _rested() -> None:
    while AHEAD._waiting is not None:  # noqa: ASYNC110 - nothing tells when it is done
        await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of somebody's own, which may be large."""
    return save_spex(tiny_spex(), tmp_path_factory.mktemp("own") / "tiny")


def test_a_checkpoint_of_ones_own_waits_for_the_run(own: Path, asked: list[tuple[str, threading.Thread]]) -> None:
    async def look() -> None:
        _shown(Explorer(model=own))
        await _rested()

    _in_a_kernel(look)
    assert not asked


@pytest.mark.parametrize(("model", "ready"), [("spex-tiny", ["spex-tiny"]), ("some/folder", []), (FakeSpex(), [])])
def test_a_model_that_comes_with_spexlab_is_loaded_as_soon_as_the_app_is_shown(
    model: str | FakeSpex, ready: list[str], asked: list[tuple[str, threading.Thread]]
) -> None:
    explorer = Explorer(model=model)

    async def look() -> None:
        _shown(explorer)
        assert not asked, "the app comes first"
        await _rested()

    kernel = _in_a_kernel(look)
    assert asked == [(name, kernel) for name in ready]
    assert explorer.message == ""


def test_a_run_loads_what_it_needs_itself(asked: list[tuple[str, threading.Thread]]) -> None:
    async def look() -> None:
        _shown(Explorer())
        Explorer(model=FakeSpex()).run()
        await asyncio.sleep(0.5)

    _in_a_kernel(look)
    assert not asked


def test_without_a_kernel_nothing_is_loaded(asked: list[tuple[str, threading.Thread]]) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: _shown(Explorer())).result(timeout=120)
    assert AHEAD._waiting is None
    assert not asked
