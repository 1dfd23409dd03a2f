"""What was asked before: the history, and sessions that survive the kernel."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import spexlab
from spexlab import Explorer
from tests.support.apps import asked, finished, lake_explorer, requested, send, shown_masks, write_scene
from tests.support.fakes import FakeSpex
from widgets.explorer.history import Entry, HistoryPanel
from widgets.explorer.scene_ref import SceneRef
from widgets.explorer.scene_source import SceneSource
from widgets.explorer.session import Session


@pytest.fixture
def explorer() -> Explorer:
    return lake_explorer()


def test_the_history_brings_masks_back_without_a_run(explorer: Explorer) -> None:
    model = explorer._model
    first = explorer.extraction
    asked(explorer, "vegetation")
    assert [row[0] for row in explorer._panels.history.table.rows] == ["vegetation", "water"]
    assert "↺" in explorer._panels.history.table.rows[0][3]
    assert "↺" not in explorer._panels.history.table.rows[1][3]
    seen = model.asked
    explorer._panels.history.table.pick(1)
    assert explorer.wait(10)
    assert model.asked == seen
    assert explorer.extraction is first
    assert shown_masks(explorer) == ["water"]
    assert explorer.instruction == "water"
    assert "spx-error" not in explorer._controls.message.value


def test_what_is_no_longer_kept_is_asked_again(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    masks = explorer.extraction.mask.nbytes * 6  # one and a half results, beside the scene that both show
    monkeypatch.setattr("widgets.explorer.history.KEPT_BYTES", explorer.scene.nbytes + masks)
    asked(explorer, "vegetation")
    newest, oldest = explorer._panels.history.entries[::-1]
    assert newest.answer is not None
    assert oldest.answer is None
    explorer._panels.history.table.pick(1)
    assert finished(explorer) == "done"
    assert explorer.extraction.targets == ["water"]
    monkeypatch.setattr("widgets.explorer.history.KEPT_BYTES", explorer.scene.nbytes - 1)
    asked(explorer, "water")
    assert [(entry.answer, entry.scene.scene) for entry in explorer._panels.history.entries] == [(None, None)] * 4


def test_the_history_brings_the_scene_back_too(explorer: Explorer) -> None:
    given, first = explorer.scene, explorer.extraction
    source = SceneSource("simulated", sensor="sentinel-2", seed=4, size=96)
    explorer.show_scene(source.open(), source=source)
    assert explorer.extraction is None
    asked(explorer, "vegetation")
    table = explorer._panels.history.table
    for row, scene in zip(table.rows, (explorer.scene, given), strict=True):
        assert row[1].removesuffix(" …") in f"whole scene of {scene.attrs['title']}"
        assert len(row[1]) > len("whole scene of ")
    table.pick(1)
    assert explorer.wait(10)
    assert explorer.scene is given
    assert explorer.extraction is first
    assert shown_masks(explorer) == ["water"]
    table.pick(0)
    assert explorer.wait(10)
    assert explorer.scene.attrs["title"] != given.attrs["title"]
    assert shown_masks(explorer) == ["vegetation"]
    assert len(table.rows) == 2


def test_a_scene_that_changed_since_is_not_taken_for_the_old_one(explorer: Explorer, tmp_path: Path) -> None:
    write_scene(tmp_path / "scene.tif")
    source = SceneSource("file", path=str(tmp_path / "scene.tif"), bands="blue, green, red, nir")
    explorer.show_scene(source.open(), source=source)
    asked(explorer, "vegetation")
    explorer.show_scene(spexlab.sample_scene(), source=SceneSource("sample"))
    write_scene(tmp_path / "scene.tif", columns=60)
    explorer._panels.history.table.pick(0)
    assert explorer.wait(20)
    assert "shape changed" in explorer.message
    assert "spyndex" in explorer.scene.attrs["title"]
    (tmp_path / "scene.tif").unlink()
    explorer._panels.history.table.pick(0)
    assert explorer.wait(20)
    assert "scene.tif" in explorer.message


def test_an_entry_goes_through_json_without_its_masks(explorer: Explorer) -> None:
    (entry,) = explorer._panels.history.entries
    again = Entry.from_json(json.loads(json.dumps(entry.to_json())))
    assert again == entry
    assert again.answer is None
    panel = HistoryPanel()
    panel.replace([again])
    assert panel.table.rows == explorer._panels.history.table.rows


def test_a_session_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    source = SceneSource("simulated", sensor="sentinel-2", seed=3, size=96)
    first = Explorer(model=FakeSpex(window=96))
    first.show_scene(source.open(), source=source)
    lon, lat = first._map._map.center[::-1]
    first.area = {"type": "Polygon", "coordinates": [[[lon, lat], [lon + 2e-3, lat], [lon + 2e-3, lat + 2e-3], [lon, lat]]]}
    first.composite, first.opacity = "false colour", 0.4
    asked(first, "water")
    first.save_session(tmp_path / "s.json")
    second = Explorer(model=FakeSpex(window=96))
    second.restore_session(tmp_path / "s.json")
    assert second.scene.attrs["title"] == first.scene.attrs["title"]
    assert (second.area, second.instruction, second.composite, second.opacity) == (first.area, "water", "false colour", 0.4)
    assert second._panels.history.table.rows == first._panels.history.table.rows
    assert second.extraction is None
    second._panels.history.table.pick(0)
    assert finished(second) == "done"
    np.testing.assert_array_equal(second.extraction.mask.values, first.extraction.mask.values)


def test_a_session_is_saved_and_taken_up_through_the_browser(explorer: Explorer, tmp_path: Path) -> None:
    panel = explorer._panels.session
    panel.path.value = str(tmp_path / "s.json")
    panel.save.click()
    ((named, content),) = requested(panel.download)
    assert named["name"] == "s.json"
    same = Explorer(explorer.scene, model=FakeSpex())
    for text, answer in ((b"{", "must hold a session"), (content, "Restored")):
        send(same._panels.session.upload, text, "s.json")
        assert same.wait(10)
        assert answer in same._panels.session.message.value
    assert same.instruction == "water"


def test_a_scene_that_python_handed_over_must_be_there_already(explorer: Explorer, tmp_path: Path) -> None:
    path = explorer.save_session(tmp_path / "s.json")
    same = Explorer(explorer.scene, model=FakeSpex())
    same.restore_session(path)
    assert same.instruction == "water"
    with pytest.raises(ValueError, match="open the same scene"):
        Explorer(model=FakeSpex()).restore_session(path)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"format": "spexlab session 4"}', '{"format": "other"}'])
def test_a_file_that_is_no_session_is_told_and_changes_nothing(explorer: Explorer, tmp_path: Path, content: str) -> None:
    (tmp_path / "s.json").write_text(content)
    panel = explorer._panels.session
    panel.path.value = str(tmp_path / "s.json")
    panel.restore.click()
    assert explorer.wait(10)
    assert "must hold a session" in panel.message.value
    assert explorer.instruction == "water"
    with pytest.raises(OSError, match="cannot read the session"):
        Session.load(tmp_path / "missing.json")


def test_one_file_read_in_two_ways_is_two_scenes(tmp_path: Path) -> None:
    write_scene(tmp_path / "scene.tif")
    plain = SceneSource("file", path=str(tmp_path / "scene.tif"), bands="blue, green, red, nir")
    ways = [plain, replace(plain, sensor="landsat-8")]
    first, second = (SceneRef.of(source.open(), source) for source in ways)
    assert first.means(ways[0].open())
    assert not first.means(ways[1].open())
    assert second.means(second.open())


def test_a_session_that_does_not_fit_changes_nothing(explorer: Explorer, tmp_path: Path) -> None:
    path = explorer.save_session(tmp_path / "s.json")
    record = json.loads(path.read_text())
    before = explorer.layers.settings, explorer.instruction, explorer.area
    wrong = {"composite": "first band", "index": "NOSUCH", "position": 7.0, "left": "nowhere"}
    for name, value in wrong.items():
        path.write_text(json.dumps({**record, "instruction": "snow", "settings": {**record["settings"], name: value}}))
        with pytest.raises(ValueError, match=f"do not \\({name} must be"):
            explorer.restore_session(path)
    path.write_text(json.dumps({**record, "instruction": "snow", "area": {"type": "Point", "coordinates": [1, 2]}}))
    with pytest.raises(ValueError, match="do not"):
        explorer.restore_session(path)
    rows = {**record["settings"]["rows"], "mask": {"opacity": 1.0}}
    ring = {"type": "Polygon", "coordinates": ["ab"]}
    entry = record["history"][0]
    simulated = {"kind": "simulated", "sensor": "sentinel-2", "size": 10**9}
    bad = [
        {"instruction": 3},
        {"area": [1]},
        {"history": [{**entry, "instruction": 3}]},
        {"history": [{**entry, "area": 3}]},
        {"history": [{**entry, "shares": {"water": None}}]},
        {"scene": {**record["scene"], "source": {"kind": "file", "path": 3}}},
        {"scene": {**record["scene"], "source": {"kind": "pipe"}}},
        {"scene": {**record["scene"], "source": simulated}},
        {"settings": {**record["settings"], "rows": rows}},
        {"area": ring},
        {"history": [{**entry, "provenance": None}]},
        {"history": [{**entry, "seconds": "x"}]},
    ]
    for change in bad:
        path.write_text(json.dumps({**record, "instruction": "snow", **change}))
        with pytest.raises(ValueError, match=r"do not|does not"):
            explorer.restore_session(path)
    assert (explorer.layers.settings, explorer.instruction, explorer.area) == before
    assert asked(explorer, "water").status == "done"
    assert len(explorer._panels.history.entries) == 2
