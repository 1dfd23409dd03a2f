"""A checkpoint's evaluation.json: written, read, and refused where it is none."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from spexlab.extraction.domain import Domain, looks_of
from spexlab.extraction.scorecard import FILE, HeldOut, Scorecard, read_scorecard, write_scorecard
from spexlab.training.domain import training_domain
from tests.support.places import striped_place

WATER = HeldOut("water", "coarse", "swir", 9, 0.7, 0.5, 0.9)


def flat(value: float, *, pixel_size: float | None = 10.0, band: str = "green") -> xr.DataArray:
    coords = {"band": [band], "wavelength": ("band", [560.0])}
    return xr.DataArray(
        np.full((1, 8, 8), value, np.float32), dims=("band", "y", "x"), coords=coords, attrs={"pixel_size_m": pixel_size}
    )


TEN_METRES = [flat(0.1)] * 4


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    domain = Domain.of([*TEN_METRES, flat(0.3, pixel_size=30.0)])
    card = Scorecard((WATER,), domain)
    path = write_scorecard(tmp_path, card, checkpoint="abc")
    assert read_scorecard(path, checkpoint="abc") == read_scorecard(path, checkpoint="") == card
    assert read_scorecard(path, checkpoint="other") == Scorecard()  # of other weights it says nothing
    assert read_scorecard(tmp_path / "none.json", checkpoint="abc") == read_scorecard(None, checkpoint="abc") == Scorecard()


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"held_out": [{"target": "water"}]}', '{"held_out": [], "domain": {"pixel_size_m": 3}}']
)
def test_another_file_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ValueError, match=r"evaluation.json must hold `checkpoint` and `held_out`.*get it again"):
        read_scorecard(tmp_path / FILE, checkpoint="abc")


def test_a_score_is_of_such_pixels_and_bands_only() -> None:
    place = striped_place()
    card = Scorecard((WATER,))
    assert card.score("water", place.scene) == WATER
    assert card.score("trees", place.scene) is None
    assert card.score("water", striped_place(pixel_size=0.5).scene) is None
    assert card.score("water", striped_place(bands=("blue", "green", "red")).scene) is None


def test_a_domain_is_the_ranges_of_its_scenes() -> None:
    domain = Domain.of([*TEN_METRES, flat(0.3, pixel_size=30.0), flat(1.0, pixel_size=None)])
    assert domain.pixel_size_m == (10.0, 30.0)
    assert domain.reflectance == {"green": (0.1, 1.0)}
    assert domain.saturated == 1.0
    with pytest.raises(ValueError, match="scenes with data"):
        Domain.of([flat(np.nan)])


def test_a_band_that_few_scenes_had_has_no_usual_level() -> None:
    assert Domain.of(TEN_METRES).departures(flat(0.9)) == ()


def test_departures_are_told_in_words_and_only_beyond_a_quarter() -> None:
    domain = Domain.of([*TEN_METRES, flat(0.3, pixel_size=30.0)])
    assert domain.departures(flat(0.2)) == domain.departures(flat(0.37, pixel_size=8.1)) == ()
    assert domain.departures(flat(0.2, pixel_size=None)) == ()
    assert domain.departures(flat(0.2, pixel_size=0.5)) == ("has pixels of 0.5 m, where training had 10 to 30 m",)
    assert domain.departures(flat(0.02)) == ("has a median green of 0.02, where training had 0.1 to 0.3",)
    assert domain.departures(flat(0.2, band="blue")) == ("has the band blue, which no scene of the training had",)
    bright = flat(0.2)
    bright[:, :2] = 1.0
    assert domain.departures(bright) == ("is saturated in 25% of its pixels, where training had at most 0%",)


def test_a_large_scene_is_looked_at_in_blocks_all_over() -> None:
    large = xr.DataArray(np.zeros((1, 3000, 600), np.float32), dims=("band", "y", "x"), coords={"band": ["green"]})
    large[:, -20:] = 1.0
    assert 0 < looks_of(large).saturated < 0.2
    assert looks_of(large).medians == {"green": 0.0}


def test_the_training_places_make_the_domain() -> None:
    domain = training_domain([striped_place(), striped_place(pixel_size=30.0)])
    assert domain.pixel_size_m == (10.0, 30.0)
    assert set(domain.reflectance) == {"blue", "green", "red", "nir", "swir16", "swir22"}
