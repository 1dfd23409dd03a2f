import numpy as np
import pytest
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
