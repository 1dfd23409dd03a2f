import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

import spexlab
from spexlab.scene import drawing


@pytest.mark.parametrize(("metres", "length"), [(1280.0, 1000.0), (999.0, 500.0), (2.0, 2.0), (0.07, 0.05)])
def test_a_scale_bar_has_a_round_length(metres: float, length: float) -> None:
    assert drawing.round_length(metres) == pytest.approx(length)


def test_large_scenes_are_thinned() -> None:
    scene = spexlab.sample_scene()
    small, step = drawing.thinned(scene, longest=100)
    assert (small.shape, step) == ((4, 100, 100), 3)
    assert drawing.thinned(scene)[1] == 1


def test_a_scene_is_shown_in_the_best_colours_that_it_has() -> None:
    scene = spexlab.sample_scene()
    names = [
        drawing.picture(scene.sel(band=bands))[1] for bands in (["blue", "green", "red"], ["green", "red", "nir"], ["blue", "nir"])
    ]
    assert names == ["true colour", "false colour", "blue band"]


def test_a_mask_gets_a_fill_and_an_outline() -> None:
    mask = np.zeros((20, 20), bool)
    mask[5:10, 5:10] = True
    axes = Figure().subplots()
    drawing.lay(axes, mask, "#0072B2", 1.0)
    fill = axes.images[0].get_array()
    assert fill[7, 7, 3] == pytest.approx(drawing.FILL)
    assert fill[0, 0, 3] == 0
    assert len(axes.collections) == 1


@pytest.mark.parametrize(
    ("crs", "x", "y", "north"),
    [("EPSG:32633", 500_000, 5_000_000, (0, -1)), ("EPSG:4326", 12, -40, (0, -1)), ("EPSG:3995", 1_000_000, 0, (-1, 0))],
)
def test_the_arrow_points_to_true_north(crs: str, x: float, y: float, north: tuple[float, float]) -> None:
    step = 1e-4 if crs == "EPSG:4326" else 10.0
    coords = {"y": y - step * (np.arange(40) - 19.5), "x": x + step * (np.arange(40) - 19.5)}
    scene = xr.DataArray(np.zeros((40, 40)), dims=("y", "x"), coords=coords).rio.write_crs(crs)
    axes = Figure().subplots()
    drawing.north_arrow(axes, scene, step=1)
    arrow = next(text for text in axes.texts if not text.get_text())
    drawn = np.subtract(arrow.xy, arrow.get_position())
    assert drawn / np.hypot(*drawn) == pytest.approx(north, abs=1e-2)


def test_where_the_place_is_unknown_there_is_no_north() -> None:
    axes = Figure().subplots()
    drawing.north_arrow(axes, spexlab.sample_scene(), step=1)
    assert not axes.texts
