"""Other scenes and areas: picked, uploaded, and left alone when they cannot be opened."""

import json
import threading
from pathlib import Path

import pytest

import spexlab
from spexlab import Explorer
from spexlab.scene.area import Area
from spexlab.scene.grid import bounds_of, crs_of
from tests.support.apps import EVIL, finished, lake_explorer, send, shown_masks, write_scene
from widgets.explorer.scene_source import SceneSource
from widgets.parts.upload import Upload

BAD_AREAS = (
    b"{",
    b"[]",
    b'{"type": "Feature"}',
    b'{"type": "Point", "coordinates": [1, 2]}',
    b'{"type": "Polygon", "coordinates": [[[1, 2]]]}',
)


@pytest.fixture
def explorer() -> Explorer:
    return lake_explorer()


def test_scenes_are_picked_from_files_uploads_and_simulations(explorer: Explorer, tmp_path: Path) -> None:
    picker = explorer._panels.scene
    write_scene(tmp_path / "scene.tif")
    picker.kind.value, picker.path.value, picker.bands.value = "file", str(tmp_path / "scene.tif"), "blue, green, red, nir"
    picker.opener.click()
    assert explorer.wait(20)
    assert explorer.scene.shape == (4, 40, 50)
    assert "Opened" in picker.message.value
    assert [row[0] for row in explorer._panels.history.table.rows] == ["water"]
    assert shown_masks(explorer) == []
    content = (tmp_path / "scene.tif").read_bytes()
    picker.kind.value = "upload"
    send(picker.upload, content, "up.tif")
    assert "up.tif" in picker.message.value
    picker.opener.click()
    assert explorer.wait(20)
    assert explorer.scene.attrs["source"] == "up.tif"
    assert picker.content is None, "what was uploaded may be a gigabyte"
    picker.kind.value, picker.size.value = "simulated", 64
    picker.opener.click()
    assert explorer.wait(20)
    assert explorer.scene.attrs["simulated"]
    picker.kind.value = "sample"
    picker.opener.click()
    assert explorer.wait(20)
    assert "spyndex" in explorer.scene.attrs["title"]


def test_wrong_numbers_of_a_file_are_put_right(explorer: Explorer, tmp_path: Path) -> None:
    picker = explorer._panels.scene
    write_scene(tmp_path / "scene.tif")
    picker.kind.value, picker.path.value, picker.bands.value = "file", str(tmp_path / "scene.tif"), "blue, green, red, nir"
    picker.numbers["scale"].value, picker.numbers["offset"].value, picker.numbers["pixel_size"].value = "2e-5", "0.01", "one"
    picker.opener.click()
    assert explorer.wait(20)
    assert "pixel_size= must be a number" in picker.message.value
    picker.numbers["pixel_size"].value = ""
    picker.opener.click()
    assert explorer.wait(20)
    assert explorer.scene.attrs["radiometry"] == "scale 2e-05 and offset 0.01 as given"
    assert SceneSource.from_json(picker.source.to_json()).open().identical(explorer.scene)


def test_a_bad_file_is_told_once_and_leaves_the_scene(explorer: Explorer, tmp_path: Path) -> None:
    picker, before = explorer._panels.scene, explorer.scene
    (tmp_path / "bad.tif").write_text("no raster")
    for path in (str(tmp_path / "bad.tif"), str(tmp_path / EVIL), "  "):
        picker.kind.value, picker.path.value = "file", path
        picker.opener.click()
        assert explorer.wait(20)
        assert "spx-error" in picker.message.value
        assert "<img" not in picker.message.value
    picker.kind.value = "upload"
    picker.opener.click()
    assert "choose one" in picker.message.value
    send(picker.upload, b"no raster", "up.tif")
    picker.opener.click()
    assert explorer.wait(20)
    assert picker.content == b"no raster", "with other words about its bands it may be opened yet"
    assert explorer.scene is before
    assert shown_masks(explorer) == ["water"]


def test_an_area_is_uploaded_as_geojson_and_a_bad_one_leaves_the_last(explorer: Explorer) -> None:
    lon, lat = explorer._map._map.center[::-1]
    ring = [[lon, lat], [lon + 2e-3, lat], [lon + 2e-3, lat + 2e-3], [lon, lat]]
    good = json.dumps({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}).encode()
    upload(explorer, good)
    assert explorer.area["coordinates"][0] == ring
    for bad in BAD_AREAS:
        upload(explorer, bad)
        assert "holds no area" in explorer.message
        assert explorer.area["coordinates"][0] == ring


def test_an_uploaded_area_may_count_in_metres(explorer: Explorer) -> None:
    left, bottom, right, top = bounds_of(explorer.scene)
    corners = [[left, bottom], [right, bottom], [right, (bottom + top) / 2], [left, (bottom + top) / 2], [left, bottom]]
    name = crs_of(explorer.scene).to_string()
    area = {"type": "Polygon", "coordinates": [corners], "crs": {"type": "name", "properties": {"name": name}}}
    upload(explorer, json.dumps(area).encode())
    assert "In the drawn area" in explorer._controls.where.value
    assert explorer.message == ""
    half = Area.of(explorer.area).mask(explorer.scene).mean()
    assert half == pytest.approx(0.5, abs=0.03)


def upload(explorer: Explorer, content: bytes) -> None:
    send(explorer._controls.upload, content, "area.geojson")


def test_a_file_arrives_piece_by_piece() -> None:
    arrived, told = [], []
    upload = Upload("Choose", hint="A file", accept=".tif", say=lambda kind, text: told.append((kind, text)))
    upload.on_file(lambda name, content: arrived.append((name, content)))
    content = bytes(range(256)) * 4
    assert send(upload, content, "a.tif") == [0, 300, 600, 900, 1024]
    upload._receive(upload, {"name": "b.tif", "size": 900, "at": 0}, [b"x" * 300])
    send(upload, b"", "empty.tif")
    upload._receive(upload, {"name": "b.tif", "size": 900, "at": 300}, [b"x" * 300])  # was overtaken
    assert arrived == [("a.tif", content), ("empty.tif", b"")]
    upload._receive(upload, {"name": "huge.tif", "size": 3 << 30, "at": 0}, [b"x"])
    assert len(arrived) == 2
    assert told[0][0] == "error"
    assert "huge.tif has 3.0" in told[0][1]
    upload._receive(upload, {"name": "c.tif", "size": 900, "at": 0}, [b"x" * 300])
    upload._receive(upload, {"name": "c.tif", "failed": "NotReadableError"}, [])
    assert "c.tif could not be read (NotReadableError)" in told[-1][1]
    assert not upload._pieces


def test_a_scene_cannot_change_under_a_run(explorer: Explorer) -> None:
    gate = threading.Event()
    explorer._model.write = lambda _: str(gate.wait(20))
    explorer.instruction = "vegetation"
    explorer.run()
    with pytest.raises(ValueError, match="at work"):
        explorer.show_scene(spexlab.simulate_scene(5, size=64)[0])
    gate.set()
    assert finished(explorer) == "done"


def test_no_run_starts_while_a_scene_is_opened(explorer: Explorer) -> None:
    gate, started = threading.Event(), threading.Event()

    def slowly(_: object) -> None:
        started.set()
        gate.wait(20)

    explorer._start(slowly)
    assert started.wait(10)
    assert explorer._controls.run.disabled
    assert not explorer.run()
    gate.set()
    assert explorer.wait(10)
    assert not explorer._controls.run.disabled


def test_a_scene_whose_pixels_cannot_be_read_leaves_the_last(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    before, head = explorer.scene, explorer._head.value

    def unreadable(*_: object, **__: object) -> None:
        raise OSError("the file is gone")

    monkeypatch.setattr("widgets.map.mapview.scene_overlay", unreadable)
    with pytest.raises(OSError, match="gone"):
        explorer.show_scene(spexlab.simulate_scene(5, size=64)[0])
    assert explorer.scene is before
    assert explorer._head.value == head
    assert shown_masks(explorer) == ["water"]
    assert explorer.extraction is not None


def test_scenes_with_fewer_bands_are_shown_as_they_can_be(explorer: Explorer) -> None:
    explorer.composite = "false colour"
    explorer.show_scene(explorer.scene.isel(band=[7, 8]))
    assert explorer.composite == "first band"
    explorer.show_scene(spexlab.sample_scene())
    assert explorer.composite == "true colour"
