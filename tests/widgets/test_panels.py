"""The panels beside the answer, with the Explorer around them."""

import threading
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio

import spexlab
from spexlab import Explorer
from spexlab.evidence.regions import LOCATIONS
from tests.support.apps import EVIL, asked, finished, lake_explorer, open_tab, requested, shown_masks
from tests.support.fakes import FakeSpex
from widgets.explorer.exports import FILES
from widgets.map.overlay import TRANSPARENT


@pytest.fixture
def explorer() -> Explorer:
    return lake_explorer()


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
    # Each is offered for download, also after others were written.
    for title, download in panel.downloads.items():
        path = tmp_path / f"lake{FILES[title][0]}"
        assert requested(download) == [({"name": path.name, "view": "this one"}, path.read_bytes())]
    assert panel._written.children == tuple(panel.downloads.values())
    rasters = {"lake-mask.tif", "lake-probability.tif", "lake-classes.tif", "lake.nc", "lake.png"}
    assert {path.name for path in tmp_path.iterdir()} == rasters | {"lake.parquet", "lake.geojson", "lake.gpkg"}
    with rasterio.open(tmp_path / "lake-mask.tif") as file:
        np.testing.assert_array_equal(file.read(1) == 1, explorer.extraction.mask.values[0])
        assert file.bounds == pytest.approx(explorer.scene.rio.bounds())
        assert file.crs == explorer.scene.rio.crs
    regions = gpd.read_parquet(tmp_path / "lake.parquet")
    assert regions.total_bounds == pytest.approx(explorer.extraction.regions.total_bounds)
    assert gpd.read_file(tmp_path / "lake.geojson").total_bounds == pytest.approx(regions.to_crs(4326).total_bounds, abs=1e-6)


def test_a_file_that_is_gone_is_told_instead_of_downloaded(explorer: Explorer, tmp_path: Path) -> None:
    panel = explorer._panels.exports
    panel.folder.value, panel.name.value = str(tmp_path), "lake"
    panel.buttons["GeoJSON"].click()
    (tmp_path / "lake.geojson").unlink()
    assert requested(panel.downloads["GeoJSON"]) == []
    assert "spx-error" in panel.message.value
    asked(explorer, "snow")
    assert panel._written.children == ()


def test_what_cannot_be_written_is_told(explorer: Explorer, tmp_path: Path) -> None:
    panel = explorer._panels.exports
    panel.folder.value = str(tmp_path / EVIL)
    panel.buttons["Mask"].click()
    assert "spx-error" in panel.message.value
    assert "<img" not in panel.message.value
    panel.folder.value, panel.name.value = str(tmp_path), " "
    panel.buttons["Mask"].click()
    assert "name" in panel.message.value
    assert requested(panel.downloads["Mask"]) == []
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="run an instruction"):
        Explorer(explorer.scene, model=FakeSpex())._panels.exports.write("Mask")


def test_an_answer_names_its_question_and_how_it_was_taken(explorer: Explorer) -> None:
    asked(explorer, "water smaller than 1 ha in the north")
    shown, rows = explorer._controls.asked.value, explorer._controls.legend.value
    assert "“water smaller than 1 ha in the north”" in shown
    assert "whole scene" in shown
    assert all(note in shown for note in explorer.extraction.notes)
    assert "% of the north" in rows
    entry = explorer._panels.history.entries[-1]
    assert entry.pixels == 96 * 96
    assert "% of the north, in regions smaller than 1 ha only" in entry.cells(scenes=1)[2]
    asked(explorer, f"vegetation {EVIL}"[:40].replace("<", "").replace(">", ""))
    assert "% of" not in explorer._controls.legend.value


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


def test_an_app_that_many_can_reach_writes_in_its_own_folder_only(
    explorer: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, panels = tmp_path / "home", explorer._panels
    monkeypatch.setenv("SPEXLAB_FILES", str(home))
    panel = panels.exports
    for folder, name in ((str(tmp_path), "lake"), ("..", "lake"), (".", "../lake"), ("~", "lake")):
        panel.folder.value, panel.name.value = folder, name
        panel.buttons["GeoJSON"].click()
        assert "within it" in panel.message.value
    for pressed in (panels.session.save, panels.session.restore):
        panels.session.path.value = str(tmp_path / "s.json")
        pressed.click()
        assert explorer.wait(10)
        assert "within it" in panels.session.message.value
    assert list(tmp_path.iterdir()) == []
    panel.folder.value, panel.name.value, panels.session.path.value = ".", "lake", "s.json"
    panel.buttons["GeoJSON"].click()
    panels.session.save.click()
    assert {path.name for path in home.iterdir()} == {"lake.geojson", "s.json"}
    assert str(home) in Explorer(explorer.scene, model=FakeSpex())._panels.exports.children[-1].value
