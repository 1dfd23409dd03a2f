"""The Explorer's panel Assess: a file or points beside the answer, figures, errors on the map, and what is written of them."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from PIL import Image
from shapely.geometry import box

import spexlab
from spexlab import Explorer
from spexlab.evidence.outcomes import OUTCOME_COLOURS
from tests.support.apps import EVIL, asked, lake_explorer, open_tab, picture, requested, send
from tests.support.browser.paced import pond_scene
from tests.support.fakes import FakeSpex
from widgets.explorer.assess.panel import FILE, POINTS, AssessPanel
from widgets.map.overlay import TRANSPARENT


@pytest.fixture
def explorer() -> Explorer:
    """A pond in a dry square without a CRS, rows 20-39 and columns 60-79 of 100, all of it found."""
    return asked(Explorer(pond_scene(), model=FakeSpex(window=100)), "water")


def panel_of(explorer: Explorer) -> AssessPanel:
    panel = explorer._panels.assess
    assert panel.wait(30)
    return panel


def write_labels(path: Path, labels: np.ndarray, **profile: object) -> Path:
    shape = {"driver": "GTiff", "count": 1, "height": labels.shape[0], "width": labels.shape[1], "dtype": labels.dtype}
    with rasterio.open(path, "w", **shape, **profile) as file:
        file.write(labels, 1)
    return path


def moved_pond() -> np.ndarray:
    """The pond's label ten columns to the right: 200 hits, 200 false alarms, 200 missed."""
    labels = np.zeros((100, 100), "uint8")
    labels[20:40, 70:90] = 1
    return labels


def give(explorer: Explorer, path: Path) -> AssessPanel:
    panel = panel_of(explorer)
    send(panel.file.upload, path.read_bytes(), path.name, piece=1 << 20)
    return panel_of(explorer)


def painted(explorer: Explorer, pane: str) -> Image.Image:
    return picture(explorer._map._pictures[pane, ""])


def colours(image: Image.Image) -> dict[str, int]:
    """Number of pixels of each colour that is not clear."""
    found = image.convert("RGBA").getcolors()
    return {f"#{red:02X}{green:02X}{blue:02X}": count for count, (red, green, blue, alpha) in found if alpha}


def test_a_label_file_beside_the_mask_gives_figures_and_coloured_errors(explorer: Explorer, tmp_path: Path) -> None:
    panel = give(explorer, write_labels(tmp_path / "labels.tif", moved_pond()))
    for words in ("<b>0.33</b>", "<b>0.50</b>", "<b>200</b> hit", "<b>200</b> missed", "<b>9,400</b> neither"):
        assert words in panel.figures.value
    assert "nothing to estimate" in panel.figures.value
    errors = {OUTCOME_COLOURS[name]: 200 for name in ("hit", "missed", "false alarm")}
    assert colours(painted(explorer, "errors")) == errors
    assert "false alarm" in explorer._map._legend.value
    assert explorer._map._pictures["truth", ""].url != TRANSPARENT
    panel.errors.value = panel.truth.value = False
    assert explorer._map._pictures["errors", ""].url == explorer._map._pictures["truth", ""].url == TRANSPARENT
    assert explorer._map._legend.value == ""


def test_a_path_is_read_where_the_kernel_runs(explorer: Explorer, tmp_path: Path) -> None:
    panel = panel_of(explorer)
    panel.file.path.value = str(write_labels(tmp_path / "labels.tif", moved_pond()))
    assert panel.wait(30)
    assert "0.33" in panel.figures.value
    assert "a raster that holds 0, 1" in panel.file.about.value


def test_what_stands_for_the_target_is_shown_and_can_be_changed(explorer: Explorer, tmp_path: Path) -> None:
    labels = moved_pond() * 5
    labels[:, 0] = 9
    panel = give(explorer, write_labels(tmp_path / "labels.tif", labels + 30))
    assert "none was named; it holds 30, 35, 39" in panel.message.value
    assert panel.figures.value == ""
    panel.file.yes.value = "35"
    assert panel.wait(30)
    assert "<b>9,400</b> neither" in panel.figures.value
    panel.file.unknown.value = "39"
    assert panel.wait(30)
    assert "<b>9,300</b> neither" in panel.figures.value
    panel.file.yes.value = "35, 77"
    assert panel.wait(30)
    assert "&#x27;77&#x27; does not" in panel.message.value
    assert panel.figures.value == ""


def test_another_threshold_is_judged_at_once_and_another_question_too(explorer: Explorer, tmp_path: Path) -> None:
    panel = give(explorer, write_labels(tmp_path / "labels.tif", moved_pond()))
    explorer._controls.correcting.target.value = "water"
    explorer._revisions.change(lambda answer: answer.corrected(inside={"type": "Polygon", "coordinates": [RING]}))
    assert explorer.wait(30)
    assert panel.wait(30)
    assert "<b>200</b> hit" not in panel.figures.value
    asked(explorer, "vegetation")
    assert panel.wait(30)
    assert explorer._panels.assess.file.yes.description == "Is vegetation"
    explorer.extraction = None
    assert panel.wait(30)
    assert panel.figures.value == ""
    assert explorer._map._pictures["errors", ""].url == TRANSPARENT
    assert "Ask for something first" in panel.message.value


RING = [[80, 20], [90, 20], [90, 40], [80, 40], [80, 20]]


def test_bad_files_give_one_clear_error_and_leave_the_last_one(explorer: Explorer, tmp_path: Path) -> None:
    panel = give(explorer, write_labels(tmp_path / "labels.tif", moved_pond()))
    shown = panel.figures.value
    evil = f"{EVIL}.csv"
    (tmp_path / evil).write_text("a,b\n1,2\n")
    (tmp_path / "bad.tif").write_text("no raster")
    write_labels(tmp_path / "heights.tif", np.arange(10_000, dtype="float32").reshape(100, 100))
    for path, said in (
        ("bad.tif", "cannot"),
        (evil, "columns longitude"),
        ("heights.tif", "measurement"),
    ):
        give(explorer, tmp_path / path)
        assert said in panel.message.value
        assert panel.message.value.count("spx-error") == 1
        assert "<img" not in panel.message.value
        assert panel.figures.value == shown
    give(explorer, write_labels(tmp_path / "small.tif", np.eye(20, dtype="uint8")))
    assert "100 x 100 pixels" in panel.message.value
    assert panel.figures.value == ""


def test_polygons_are_all_of_the_target_or_samples(explorer: Explorer, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"kind": ["water", "wood", "wood", "water"]}, geometry=[box(60, 20, 80, 40), box(0, 0, 9, 9),
                             box(20, 20, 30, 30), box(0, 60, 9, 70)])  # fmt: skip
    plain = json.loads(frame.to_json())
    (tmp_path / "shapes.geojson").write_text(json.dumps(plain))
    panel = give(explorer, tmp_path / "shapes.geojson")
    assert (panel.file.column.value, panel.file.yes.value, panel.file.polygons.value) == ("kind", "water", False)
    assert "<b>1</b> hit" in panel.figures.value
    assert "at least 2 reference samples" in panel.figures.value
    panel.file.polygons.value = True
    assert panel.wait(30)
    assert "<b>400</b> hit" in panel.figures.value
    assert "<b>90</b> missed" in panel.figures.value
    panel.file.column.value = ""
    assert panel.wait(30)
    assert f"<b>{90 + 81 + 100}</b> missed" in panel.figures.value


@pytest.mark.parametrize("name", ["points.geojson", "points.gpkg", "points.csv"])
def test_points_of_a_file_estimate_areas_with_their_interval(tmp_path: Path, name: str) -> None:
    explorer = lake_explorer()
    mask = explorer.extraction.mask.sel(target="water")
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 96, 60), rng.integers(0, 96, 60)
    found = mask.values[rows, columns]
    points = gpd.points_from_xy(mask["x"].values[columns], mask["y"].values[rows], crs=mask.rio.crs)
    frame = gpd.GeoDataFrame({"land": np.where(found, "water", "wood")}, geometry=points)
    if name.endswith("csv"):
        pd.DataFrame({"x": frame.geometry.x, "y": frame.geometry.y, "land": frame["land"]}).to_csv(tmp_path / name, index=False)
    else:
        frame.to_crs(4326).to_file(tmp_path / name)
    panel = give(explorer, tmp_path / name)
    assert f"<b>{found.sum()}</b> hit" in panel.figures.value
    assert "are estimated (95 % interval)" in panel.figures.value
    assert f"{mask.values.sum() / 100:,.1f} ha" in panel.figures.value
    marks = explorer._map.marks._shown.data["features"]
    assert len(marks) == 60
    fills = [mark["properties"]["style"]["fillColor"] for mark in marks]
    assert fills.count(OUTCOME_COLOURS["hit"]) == found.sum()
    lon, lat = marks[0]["geometry"]["coordinates"]
    assert explorer._map._map.center == pytest.approx((lat, lon), abs=0.02)


def test_a_sample_is_drawn_walked_through_and_judged(explorer: Explorer) -> None:
    open_tab(explorer, "Assess")
    panel = panel_of(explorer)
    panel.way.value = POINTS
    panel.points.number.value = 10
    panel.points.draw.click()
    assert panel.wait(30)
    walk, mask = panel.points.walk, explorer.extraction.mask.values[0]
    there = [bool(mask[int(spot.y), int(spot.x)]) for spot in walk.spots]
    assert sum(there) == 5 == len(there) - sum(there)
    assert there != sorted(there), "the order does not tell which half a point is of"
    first = [(spot.x, spot.y) for spot in walk.spots]
    assert "Point 1 of 10: is it water here?" in panel.points.question.value
    assert "spx-blind" in explorer._map._dom_classes
    assert explorer._map._pin.location == pytest.approx((-first[0][1], first[0][0]))
    open_tab(explorer, "Answer")
    assert "spx-blind" not in explorer._map._dom_classes
    open_tab(explorer, "Assess")
    assert "spx-blind" in explorer._map._dom_classes
    for number, inside in enumerate(there):
        panel.points.unsure.click() if number == 3 else (panel.points.yes if inside else panel.points.no).click()
    assert panel.wait(30)
    assert "All 10 points are answered" in panel.points.question.value
    assert "spx-blind" not in explorer._map._dom_classes
    assert explorer._map._pin is None
    assert f"<b>{sum(there) - there[3]}</b> hit" in panel.figures.value
    assert "are estimated (95 % interval)" in panel.figures.value
    panel.points.back.click()
    panel.points.no.click()
    assert panel.wait(30)
    panel.points.draw.click()
    assert panel.wait(30)
    assert [(spot.x, spot.y) for spot in panel.points.walk.spots] == first, "the same seed draws the same points"
    panel.points.seed.value = 1
    panel.points.draw.click()
    assert panel.wait(30)
    assert [(spot.x, spot.y) for spot in panel.points.walk.spots] != first


def test_points_that_are_clicked_are_counted_without_an_estimate(explorer: Explorer) -> None:
    open_tab(explorer, "Assess")
    panel = panel_of(explorer)
    explorer._map._hear(type="click", coordinates=[-30.5, 70.5])
    assert panel.points.walk.spots == [], "by a file, a click means nothing"
    panel.way.value = POINTS
    for x, y, answer in ((70.5, 30.5, panel.points.yes), (10.5, 10.5, panel.points.no), (150, 10, None)):
        explorer._map._hear(type="click", coordinates=[-y, x])
        if answer is not None:
            assert "spx-blind" not in explorer._map._dom_classes
            answer.click()
    assert panel.wait(30)
    assert len(panel.points.walk.spots) == 2, "beside the scene there is nothing to ask"
    assert "picked by hand" in panel.figures.value
    assert "<b>1</b> hit" in panel.figures.value


def test_after_the_mask_has_changed_a_sample_gives_no_estimate(explorer: Explorer) -> None:
    panel = panel_of(explorer)
    panel.way.value = POINTS
    panel.points.number.value = 8
    panel.points.draw.click()
    assert panel.wait(30)
    for _ in range(8):
        panel.points.yes.click()
    assert panel.wait(30)
    assert "are estimated" in panel.figures.value
    explorer._revisions.change(lambda answer: answer.corrected(inside=(5, 95)))
    assert explorer.wait(30)
    assert panel.wait(30)
    assert "another one than when the points were drawn" in panel.figures.value


def test_points_of_another_scene_are_let_go(explorer: Explorer) -> None:
    panel = panel_of(explorer)
    panel.way.value = POINTS
    panel.points.draw.click()
    assert panel.wait(30)
    explorer.show_scene(spexlab.simulate_scene(3, size=64)[0])
    assert panel.points.walk.spots == []
    assert "spx-blind" not in explorer._map._dom_classes


def test_files_are_written_offered_and_read_back(explorer: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEXLAB_FILES", str(tmp_path / "home"))
    panel = give(explorer, write_labels(tmp_path / "labels.tif", moved_pond()))
    panel.files.name.value = "pond"
    panel.files.table.click()
    panel.files.errors.click()
    table = pd.read_csv(tmp_path / "home" / "pond.csv").set_index("measure")
    assert table.loc["hit", "value"] == 200
    with rasterio.open(tmp_path / "home" / "pond-errors.tif") as file:
        assert np.bincount(file.read(1).ravel()).tolist() == [9_400, 200, 200, 200]
        assert file.colormap(1)[1] == (0xD5, 0x5E, 0x00, 255)
    download = panel.files.downloads[panel.files.table]
    assert requested(download) == [({"name": "pond.csv", "view": "this one"}, (tmp_path / "home" / "pond.csv").read_bytes())]
    panel.files.name.value = "../out"
    panel.files.table.click()
    assert "within it" in panel.files.message.value
    panel.files.name.value = " "
    panel.files.table.click()
    assert "needs a name" in panel.files.message.value


def test_samples_are_written_so_that_they_can_be_read_again(explorer: Explorer, tmp_path: Path) -> None:
    panel = panel_of(explorer)
    panel.way.value = POINTS
    panel.points.number.value = 8
    panel.points.draw.click()
    assert panel.wait(30)
    for number in range(8):
        (panel.points.yes if number % 2 else panel.points.no).click()
    assert panel.wait(30)
    shown = panel.figures.value
    panel.files.name.value = str(tmp_path / "pond")
    panel.files.errors.click()
    panel.way.value = FILE
    give(explorer, tmp_path / "pond-errors.geojson")
    assert panel.figures.value == shown


def test_an_app_that_is_closed_takes_its_panel_along(explorer: Explorer) -> None:
    panel = panel_of(explorer)
    explorer.close()
    assert panel.points.comm is None
    assert panel.file.upload.comm is None


def test_every_control_has_a_label(explorer: Explorer) -> None:
    panel = panel_of(explorer)
    controls = [panel.way, panel.target, panel.errors, panel.truth, panel.files.name, panel.file.path, panel.file.column,
                panel.file.unknown, panel.file.polygons, panel.points.number, panel.points.seed, panel.points.draw]  # fmt: skip
    assert all(control.description and control.tooltip for control in controls)
