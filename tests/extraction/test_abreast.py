"""Windows side by side: the same answers, in the caller's order, and an end where somebody asks for one."""

import threading

import numpy as np
import pytest
import torch
import xarray as xr

from spexlab import simulate_scene
from spexlab.extraction import Cancelled, Events, Extraction, Spex, extract
from spexlab.extraction.engine import Engine
from tests.support.tiny import tiny_spex


@pytest.fixture(scope="module")
def scene() -> xr.DataArray:
    return simulate_scene(3, size=100)[0]


@pytest.fixture
def spex(monkeypatch: pytest.MonkeyPatch) -> Spex:
    monkeypatch.setattr("spexlab.extraction.engine.MAX_WORDS", 3)
    return tiny_spex()


def looked(
    spex: Spex, scene: xr.DataArray, lanes: int, monkeypatch: pytest.MonkeyPatch, events: Events | None = None
) -> Extraction:
    monkeypatch.setattr(Engine, "abreast", lanes)
    spex.cache.clear()
    return extract(scene, "water", model=spex, events=events)


def names() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("spexlab-window")]


@pytest.mark.parametrize("chunks", [None, 50])
def test_the_answer_is_that_of_one_after_another(chunks: int | None, spex: Spex, scene: xr.DataArray, monkeypatch) -> None:
    scene = scene if chunks is None else scene.chunk(y=chunks, x=chunks)
    alone, abreast = (looked(spex, scene, lanes, monkeypatch) for lanes in (1, 3))
    np.testing.assert_array_equal(alone.probability.values, abreast.probability.values)
    np.testing.assert_array_equal(alone.mask.values, abreast.mask.values)
    assert not abreast.features_reused
    assert extract(scene, "water", model=spex).features_reused
    assert abreast.seconds["encode"] > 0
    assert abreast.seconds["mask"] > 0
    assert not names()


def test_everything_is_told_by_the_thread_that_asks(spex: Spex, scene: xr.DataArray, monkeypatch: pytest.MonkeyPatch) -> None:
    told, fractions = set(), []

    def stage(name: str, fraction: float) -> None:
        told.add(threading.current_thread())
        if name == "encode":
            fractions.append(fraction)

    def cancelled() -> bool:
        told.add(threading.current_thread())
        return False

    looked(spex, scene, 2, monkeypatch, Events(stage=stage, cancelled=cancelled))
    assert told == {threading.current_thread()}
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)


def test_who_asks_to_stop_is_heard_and_leaves_no_thread(spex: Spex, scene: xr.DataArray, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    with pytest.raises(Cancelled):
        looked(spex, scene, 2, monkeypatch, Events(mask=lambda *_: seen.append(1), cancelled=lambda: len(seen) >= 2))
    assert len(seen) == 2
    assert not names()


def test_an_error_in_a_thread_is_the_callers(spex: Spex, scene: xr.DataArray, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no such window")

    monkeypatch.setattr(spex, "encode", fails)
    with pytest.raises(RuntimeError, match="no such window"):
        looked(spex, scene, 2, monkeypatch)
    assert not names()


def test_threads_of_torch_are_as_before(spex: Spex, scene: xr.DataArray, monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    looked(spex, scene, 2, monkeypatch)
    assert torch.get_num_threads() == before


def test_a_small_model_on_a_cpu_takes_a_window_a_thread_as_far_as_memory_goes(spex: Spex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    monkeypatch.setattr("spexlab.extraction.engine.room_for", lambda _: 3)
    assert spex.abreast == 3
    monkeypatch.setattr("spexlab.extraction.engine.room_for", lambda _: 30)
    assert spex.abreast == 4
    monkeypatch.setattr("spexlab.extraction.engine.SMALL", 1000)
    assert spex.abreast == 1, "a large model's layers share the work themselves"
