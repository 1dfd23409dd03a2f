"""Measurements of masks, worked out by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from spexlab.evidence.measurement import measure
from spexlab.evidence.rings import region_means
from tests.support.measured import prior_of


def empty(height: int, width: int) -> NDArray[np.bool_]:
    return np.zeros((height, width), bool)


def test_measurement_by_hand() -> None:
    mask = empty(10, 10)
    mask[:2, :5] = mask[9, 9] = True
    values = np.where(mask, 0.5, -0.25).astype(np.float32)
    valid = ~empty(10, 10)
    valid[9, 9] = valid[9, 0] = False
    m = measure(mask, target="water", valid=valid, prior=prior_of("water", "NDWI", values), pixel_area=100.0)
    assert (m.pixels, m.valid_pixels, m.n_regions, m.area_m2) == (10, 98, 1, 1000.0)
    assert m.share == pytest.approx(10 / 98)
    assert m.largest is not None
    assert (m.largest.location, m.largest.size) == ("top-left", "huge")
    assert (m.index, m.threshold, m.inside, m.around) == ("NDWI", 0.0, 0.5, -0.25)


def test_empty_mask_measures_the_whole_area() -> None:
    m = measure(empty(6, 6), target="snow", prior=prior_of("snow", "NDSI", np.full((6, 6), -0.5, np.float32), threshold=0.4))
    assert (m.pixels, m.share, m.area_m2, m.n_regions, m.largest, m.inside, m.around) == (0, 0.0, None, 0, None, None, -0.5)


def test_full_mask_has_nothing_around() -> None:
    m = measure(~empty(6, 6), target="snow", prior=prior_of("snow", "NDSI", np.full((6, 6), 0.5, np.float32), threshold=0.4))
    assert (m.inside, m.around) == (0.5, None)


def test_index_unknown_all_over_the_mask_is_no_index() -> None:
    mask = empty(8, 8)
    mask[2:4, 2:4] = True
    values = np.where(mask, np.nan, 0.1).astype(np.float32)
    m = measure(mask, target="snow", prior=prior_of("snow", "NDSI", values, threshold=0.4))
    assert (m.index, m.threshold, m.inside, m.around) == (None, None, None, None)


def test_no_valid_pixel_is_no_division_by_zero() -> None:
    m = measure(~empty(3, 3), target="water", valid=empty(3, 3))
    assert (m.pixels, m.valid_pixels, m.share) == (0, 0, 0.0)


def test_what_limits_cut_away_is_no_surrounding() -> None:
    mask, found = empty(12, 12), empty(12, 12)
    mask[5:7, 5:7] = found[5:7, 5:7] = found[:3] = True
    values = np.where(found, 0.5, -0.5).astype(np.float32)
    prior = prior_of("water", "NDWI", values)
    assert measure(mask, target="water", prior=prior, found=found).around == -0.5
    assert measure(mask, target="water", prior=prior).around > -0.5
    assert measure(mask & ~found, target="water", prior=prior, found=found).around == pytest.approx(values.mean())


def test_an_index_of_another_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="one grid"):
        measure(empty(3, 3), target="water", prior=prior_of("water", "NDWI", np.zeros((3, 4), np.float32)))


def test_the_ring_is_square_and_the_same_wherever_it_is_measured() -> None:
    mask = empty(20, 20)
    mask[8:11, 8:11] = mask[0, 19] = True
    values = np.random.default_rng(4).random((20, 20)).astype(np.float32)
    valid = ~empty(20, 20)
    valid[:7] = False
    ring = empty(20, 20)
    ring[7:14, 5:14] = True  # three rows and columns beside the region, of the seventh row and below
    by_hand = values[ring & ~mask].mean()
    m = measure(mask, target="water", valid=valid, prior=prior_of("water", "NDWI", values))
    labels = np.where(mask & valid, 1, 0)
    ((inside, around),) = region_means(labels, np.where(valid, values, np.nan))
    assert m.largest is not None
    assert (m.inside, m.around) == (m.largest.mean_inside, m.largest.mean_around) == (inside, around)
    assert around == pytest.approx(by_hand)
