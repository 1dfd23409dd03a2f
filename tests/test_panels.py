"""The panels beside the answer, with the Explorer around them."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio

import spexlab
from spexlab.regions import LOCATIONS
from tests.fakes import FakeSpex
from tests.test_explorer import EVIL, finished, shown_masks
from widgets import Explorer
from widgets.download import Download
from widgets.history import Entry, HistoryPanel
from widgets.overlay import TRANSPARENT
from widgets.scene_ref import SceneRef
from widgets.scene_source import SceneSource
from widgets.session import Session
from widgets.upload import Upload

BAD_AREAS = (
    b"{",
    b"[]",
    b'{"type": "Feature"}',
    b'{"type": "Point", "coordinates": [1, 2]}',
    b'{"type": "Polygon", "coordinates": [[[1, 2]]]}',
)


@pytest.fixture
def explorer() -> Explorer:
    return asked(Explorer(spexlab.simulate_scene(3, size=96)[0], model=FakeSpex(window=96)), "water")


def asked(explorer: Explorer, instruction: str) -> Explorer:
    explorer.instruction = instruction
    explorer.run()
    assert finished(explorer) == "done"
    return explorer


def open_tab(explorer: Explorer, name: str) -> None:
    explorer._controls.tabs.selected = name


def test_regions_are_listed_largest_first_once_their_tab_is_open(explorer: Explorer) -> None:
    table = explorer._panels.regions.table
    assert table.rows == []
    open_tab(explorer, "Regions")
    regions = explorer.extraction.regions
    assert len(table.rows) == min(50, len(regions))
    first = regions.iloc[0]
    assert table.rows[0][0] == "water"
    assert table.rows[0][2:4] == [f"{first.inside:.2f}", f"{first.around:.2f}"]
    assert table.rows[0][4] in LOCATIONS
    asked(explorer, "snow")
    assert table.rows == [] or table.rows[0][0] == "snow"


def test_a_region_that_is_picked_is_zoomed_to_marked_and_drawn(explorer: Explorer) -> None:
    open_tab(explorer, "Regions")
    explorer._panels.regions.table.pick(0)
    region = explorer.extraction.regions.to_crs(4326).iloc[0].geometry
    west, south, east, north = region.bounds
    assert explorer._map._map.center == pytest.approx(((south + north) / 2, (west + east) / 2))
    mark = explorer._map._pictures["highlight", ""]
    (bottom, left), (top, right) = mark.bounds
    pixel = 10 / 80_000  # degrees, a little more than ten metres
    assert (left, bottom, right, top) == pytest.approx(region.bounds, abs=3 * pixel)
    assert "water region 1" in explorer._panels.spectra.chart.value
    asked(explorer, "water")
    assert mark.url == TRANSPARENT


def test_a_click_shows_a_pixels_spectrum_while_spectra_are_looked_at(explorer: Explorer) -> None:
    chart, scene = explorer._panels.spectra.chart, explorer.scene
    (lon,), (lat,) = rasterio.warp.transform(scene.rio.crs, "EPSG:4326", [float(scene["x"][7])], [float(scene["y"][50])])
    click = {"type": "click", "coordinates": [lat, lon]}
    explorer._map._hear(**click)
    assert "pixel" not in chart.value
    open_tab(explorer, "Spectra")
    assert "mean of water" in chart.value
    explorer._map._hear(**click)
    assert "pixel 7, 50" in chart.value
    explorer._map._hear(type="click", coordinates=[lat + 5, lon])
    assert "pixel 7, 50" in chart.value, "beside the scene there is nothing to pick"


def test_every_file_is_written_where_the_panel_says(explorer: Explorer, tmp_path: Path) -> None:
    panel = explorer._panels.exports
    panel.folder.value, panel.name.value = str(tmp_path), "lake"
    for pressed in panel.buttons.values():
        pressed.click()
        assert str(tmp_path / "lake") in panel.message.value
        path = tmp_path / panel.download.name
        assert requested(panel.download) == [({"name": path.name, "view": "this one"}, path.read_bytes())]
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"lake-mask.tif", "lake-probability.tif", "lake.parquet", "lake.geojson", "lake.png"}
    with rasterio.open(tmp_path / "lake-mask.tif") as file:
        np.testing.assert_array_equal(file.read(1) == 1, explorer.extraction.mask.values[0])
        assert file.bounds == pytest.approx(explorer.scene.rio.bounds())
        assert file.crs == explorer.scene.rio.crs
    regions = gpd.read_parquet(tmp_path / "lake.parquet")
    assert regions.total_bounds == pytest.approx(explorer.extraction.regions.total_bounds)
    assert gpd.read_file(tmp_path / "lake.geojson").total_bounds == pytest.approx(regions.to_crs(4326).total_bounds, abs=1e-6)


def requested(download: Download) -> list[tuple[dict[str, str], bytes]]:
    """What the browser gets when the button is pressed."""
    sent = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "send", lambda content, buffers: sent.append((content, buffers[0])))
        download._receive(download, {"wanted": True, "view": "this one"}, [])
    return sent


def test_a_file_that_is_gone_is_told_instead_of_downloaded(explorer: Explorer, tmp_path: Path) -> None:
    panel = explorer._panels.exports
    panel.folder.value, panel.name.value = str(tmp_path), "lake"
    panel.buttons["GeoJSON"].click()
    (tmp_path / "lake.geojson").unlink()
    assert requested(panel.download) == []
    assert "spx-error" in panel.message.value
    asked(explorer, "snow")
    assert panel.download.name == ""


def test_what_cannot_be_written_is_told(explorer: Explorer, tmp_path: Path) -> None:
    panel = explorer._panels.exports
    panel.folder.value = str(tmp_path / EVIL)
    panel.buttons["Mask"].click()
    assert "spx-error" in panel.message.value
    assert "<img" not in panel.message.value
    panel.folder.value, panel.name.value = str(tmp_path), " "
    panel.buttons["Mask"].click()
    assert "name" in panel.message.value
    assert requested(panel.download) == []
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="run an instruction"):
        Explorer(explorer.scene, model=FakeSpex())._panels.exports.write("Mask")


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
    monkeypatch.setattr("widgets.history.KEPT_BYTES", explorer.scene.nbytes + masks)
    asked(explorer, "vegetation")
    newest, oldest = explorer._panels.history.entries[::-1]
    assert newest.extraction is not None
    assert oldest.extraction is None
    explorer._panels.history.table.pick(1)
    assert finished(explorer) == "done"
    assert explorer.extraction.targets == ["water"]
    monkeypatch.setattr("widgets.history.KEPT_BYTES", explorer.scene.nbytes - 1)
    asked(explorer, "water")
    assert [(entry.extraction, entry.scene.scene) for entry in explorer._panels.history.entries] == [(None, None)] * 4


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
    assert again.extraction is None
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


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"format": "spexlab session 2"}', '{"format": "other"}'])
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
    picker.kind.value, picker.size.value = "simulated", 64
    picker.opener.click()
    assert explorer.wait(20)
    assert explorer.scene.attrs["simulated"]
    picker.kind.value = "sample"
    picker.opener.click()
    assert explorer.wait(20)
    assert "spyndex" in explorer.scene.attrs["title"]


def write_scene(path: Path, *, columns: int = 50) -> None:
    values = np.random.default_rng(0).integers(200, 4000, (4, 40, columns)).astype("uint16")
    profile = {"driver": "GTiff", "count": 4, "height": 40, "width": columns, "dtype": "uint16", "crs": "EPSG:32633"}
    with rasterio.open(path, "w", **profile, transform=rasterio.transform.from_origin(5e5, 5e6, 10, 10)) as file:
        file.write(values)


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


def upload(explorer: Explorer, content: bytes) -> None:
    send(explorer._controls.upload, content, "area.geojson")


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


def test_an_answer_names_its_question_and_how_it_was_taken(explorer: Explorer) -> None:
    asked(explorer, "water smaller than 1 ha in the north")
    shown, rows = explorer._controls.asked.value, explorer._controls.legend.value
    assert "“water smaller than 1 ha in the north”" in shown
    assert "whole scene" in shown
    assert all(note in shown for note in explorer.extraction.notes)
    assert "Share of the north" in rows
    entry = explorer._panels.history.entries[-1]
    assert entry.pixels == 96 * 96
    assert entry.cells(scenes=1)[2].endswith("% of the north")
    asked(explorer, f"vegetation {EVIL}"[:40].replace("<", "").replace(">", ""))
    assert "Share of" not in explorer._controls.legend.value


def test_a_failed_run_leaves_no_rows_behind() -> None:
    scene = spexlab.simulate_scene(3, size=96)[0]
    scene[:, :, 48:] = np.nan
    explorer = Explorer(scene, model=FakeSpex(window=32))
    bounds = scene.isel(x=slice(60, 90), y=slice(10, 40)).rio.transform_bounds("EPSG:4326")
    west, south, east, north = bounds
    explorer.area = {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }
    explorer.instruction = "water"
    explorer.run()
    assert finished(explorer) == "failed"
    assert "no pixel with data" in explorer.message
    assert "<table" not in explorer._controls.legend.value
    assert shown_masks(explorer) == []


def test_what_cannot_start_now_is_told(explorer: Explorer) -> None:
    gate = threading.Event()
    explorer._job.start(lambda _: gate.wait(20))
    explorer._ask("vegetation")
    assert "at work" in explorer.message
    explorer._say("info", "")
    explorer.recall(explorer._panels.history.entries[0])
    assert "at work" in explorer.message
    explorer.cancel()  # what is at work is no run
    assert "Stopping" not in explorer.message
    gate.set()
    assert explorer.wait(10)


def test_a_scene_cannot_change_under_a_run(explorer: Explorer) -> None:
    gate = threading.Event()
    explorer._model.write = lambda _: str(gate.wait(20))
    explorer.instruction = "vegetation"
    explorer.run()
    with pytest.raises(ValueError, match="at work"):
        explorer.show_scene(spexlab.simulate_scene(5, size=64)[0])
    gate.set()
    assert finished(explorer) == "done"


def test_one_file_read_in_two_ways_is_two_scenes(tmp_path: Path) -> None:
    write_scene(tmp_path / "scene.tif")
    plain = SceneSource("file", path=str(tmp_path / "scene.tif"), bands="blue, green, red, nir")
    ways = [plain, replace(plain, sensor="landsat-8")]
    first, second = (SceneRef.of(source.open(), source) for source in ways)
    assert first.means(ways[0].open())
    assert not first.means(ways[1].open())
    assert second.means(second.open())


def test_no_run_starts_while_a_scene_is_opened(explorer: Explorer) -> None:
    gate, started = threading.Event(), threading.Event()

    def slowly(_: object) -> None:
        started.set()
        gate.wait(20)

    explorer._start(slowly, explorer._say)
    assert started.wait(10)
    assert explorer._controls.run.disabled
    assert not explorer.run()
    gate.set()
    assert explorer.wait(10)
    assert not explorer._controls.run.disabled


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
    bad = [
        {"settings": {**record["settings"], "rows": rows}},
        {"area": ring},
        {"history": [{**record["history"][0], "provenance": None}]},
        {"history": [{**record["history"][0], "seconds": "x"}]},
    ]
    for change in bad:
        path.write_text(json.dumps({**record, "instruction": "snow", **change}))
        with pytest.raises(ValueError, match=r"do not|does not"):
            explorer.restore_session(path)
    assert (explorer.layers.settings, explorer.instruction, explorer.area) == before
    assert asked(explorer, "water").status == "done"
    assert len(explorer._panels.history.entries) == 2


def test_a_scene_whose_pixels_cannot_be_read_leaves_the_last(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    before, head = explorer.scene, explorer._head.value

    def unreadable(*_: object, **__: object) -> None:
        raise OSError("the file is gone")

    monkeypatch.setattr("widgets.mapview.scene_overlay", unreadable)
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


def test_a_clicked_pixel_is_ringed_at_every_zoom(explorer: Explorer) -> None:
    open_tab(explorer, "Spectra")
    lon, lat = explorer._map._map.center[::-1]
    explorer._map._hear(type="click", coordinates=[lat, lon])
    pin = explorer._map._pin
    assert pin.location == [lat, lon]
    assert pin in explorer._map._map.layers
    open_tab(explorer, "Regions")
    explorer._panels.regions.table.pick(len(explorer._panels.regions.table.rows) - 1)  # the smallest
    assert pin not in explorer._map._map.layers
    zoomed = explorer._map._map.zoom
    explorer._map.show_all()
    assert explorer._map._map.zoom < zoomed


def test_a_pixel_without_data_has_no_spectrum() -> None:
    scene = spexlab.simulate_scene(3, size=96)[0]
    scene[:, 40:56, 40:56] = np.nan
    explorer = Explorer(scene, model=FakeSpex(window=96))
    open_tab(explorer, "Spectra")
    lon, lat = explorer._map._map.center[::-1]
    explorer._map._hear(type="click", coordinates=[lat, lon])
    assert "no data" in explorer._panels.spectra._note.value
    assert "<svg" not in explorer._panels.spectra.chart.value
