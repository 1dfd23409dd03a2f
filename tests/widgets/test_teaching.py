"""Teach the model from the Explorer: kept samples, a run that is watched, and what was learnt is used."""

from pathlib import Path

import pytest

from spexlab import Explorer
from spexlab.training import teaching
from tests.support.apps import lake_explorer
from tests.support.runs import write_run
from widgets.explorer.teaching import TeachingPanel


@pytest.fixture
def explorer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Explorer:
    monkeypatch.chdir(tmp_path)
    return lake_explorer()


def panel(explorer: Explorer) -> TeachingPanel:
    return explorer._panels.teaching


def test_a_kept_sample_teaches_and_what_was_learnt_is_asked_next(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    def finished(_: object, places: list, *, out: Path, **options: object) -> object:
        asked.update(options, names=[place.name for place in places])
        return write_run(Path(out), steps=80, total=80, state="finished")

    monkeypatch.setattr(teaching, "in_background", finished)
    explorer._panels.keeping.keep.click()
    started_from = explorer._model
    panel(explorer).steps.value = 12
    panel(explorer).teach.click()
    assert asked["settings"].steps == 12
    assert asked["model"] is started_from
    assert len(asked["names"]) == 1
    assert not panel(explorer).take.disabled
    assert panel(explorer)._place.children[0].state == "finished"
    panel(explorer).take.click()
    assert Path(explorer._model).name == "model"
    assert "The next run asks" in panel(explorer).message.value
    explorer.close()


def test_without_samples_nothing_begins(explorer: Explorer) -> None:
    panel(explorer).teach.click()
    assert "spx-error" in panel(explorer).message.value
    assert panel(explorer).take.disabled
    assert not panel(explorer)._place.children
