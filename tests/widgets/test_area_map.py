import pytest
import xarray as xr

import spexlab
from widgets.map.area_map import WHOLE_SCENE, AreaMap

SQUARE = {"type": "Polygon", "coordinates": [[[10, 20], [60, 20], [60, 70], [10, 70], [10, 20]]]}


@pytest.fixture(scope="module")
def scene() -> xr.DataArray:
    return spexlab.sample_scene().isel(y=slice(0, 100), x=slice(0, 120))


def draw(shown: AreaMap, polygon: dict) -> None:
    """As the browser does: features in the map's coordinates, y upwards where there is no CRS."""
    upwards = {"type": "Polygon", "coordinates": [[[x, -y] for x, y in ring] for ring in polygon["coordinates"]]}
    shown.view._pencil.data = [{"type": "Feature", "properties": {"style": {}}, "geometry": upwards}]


def test_what_is_drawn_is_the_area_until_it_is_deleted(scene: xr.DataArray) -> None:
    shown = AreaMap(scene)
    draw(shown, SQUARE)
    assert shown.area == SQUARE
    assert "2,500 px" in shown._where.value
    shown._clear.click()
    assert shown.area is None
    assert shown._where.value == WHOLE_SCENE
    assert shown.view._pencil.data == []


def test_an_area_off_the_scene_is_a_problem(scene: xr.DataArray) -> None:
    shown = AreaMap(scene)
    shown.area = {"type": "Polygon", "coordinates": [[[500, 500], [600, 500], [600, 600], [500, 500]]]}
    assert "outside the scene" in shown.problem
    shown.area = SQUARE
    assert shown.problem == ""


def test_the_opacity_is_that_of_the_pane_it_was_asked_for(scene: xr.DataArray) -> None:
    shown = AreaMap(scene, pane="mask")
    _, slider = shown.children[1].children
    slider.value = 0.25
    assert shown.view._opacities["mask"] == 0.25
    assert len(AreaMap(scene).children[1].children) == 1


def test_the_composite_changes_the_picture(scene: xr.DataArray) -> None:
    shown = AreaMap(scene)
    before = shown.view._pictures["scene", ""].url
    shown.composite = "false colour"
    assert shown.view._pictures["scene", ""].url != before
