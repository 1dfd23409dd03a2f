"""Regions of masks: values worked out by hand, and properties on noise."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from spexlab.evidence.regions import LOCATIONS, SIZES, find_regions, location_word, share_words, size_word


def empty(height: int, width: int) -> NDArray[np.bool_]:
    return np.zeros((height, width), bool)


def test_locations_are_a_grid_of_thirds() -> None:
    centres = [(x, y) for y in (1 / 6, 1 / 2, 5 / 6) for x in (1 / 6, 1 / 2, 5 / 6)]
    assert [location_word(x, y) for x, y in centres] == list(LOCATIONS)
    assert LOCATIONS[4] == "center"
    assert LOCATIONS[3] == "middle-left"


@pytest.mark.parametrize(
    ("x", "y", "word"),
    [(0, 0, "top-left"), (1, 1, "bottom-right"), (0.3333, 0.5, "middle-left"), (0.3334, 0.5, "center"), (0.6667, 0.2, "top-right")],
)
def test_location_at_the_limits(x: float, y: float, word: str) -> None:
    assert location_word(x, y) == word


def test_size_words_grow_with_the_share() -> None:
    words = [size_word(share) for share in (0.001, 0.003, 0.005, 0.01, 0.05, 0.5)]
    assert words == list(SIZES) == ["very tiny", "small", "medium", "somewhat large", "large", "huge"]


def test_size_words_agree_with_the_boxes_of_the_released_prompts() -> None:
    # Box areas in pixels of 512 x 512; a region fills at most its box, and these fill about 0.6 of it.
    boxes = {"very tiny": (167, 421), "small": (1135, 1671), "medium": (1771, 2160), "huge": (78_590, 229_220)}
    assert all(size_word(0.6 * box / 512**2) == word for word, found in boxes.items() for box in found)


def test_one_pixel_is_where_it_is() -> None:
    mask = empty(4, 8)
    mask[1, 6] = True
    (region,) = find_regions(mask)
    assert region.pixels == 1
    assert region.centroid == (6.5 / 8, 1.5 / 4)
    assert region.location == "middle-right"
    assert region.box == ((0.75, 0.25), (0.875, 0.25), (0.875, 0.5), (0.75, 0.5))


def test_released_way_puts_one_pixel_at_the_origin() -> None:
    mask = empty(4, 8)
    mask[1, 6] = True
    (region,) = find_regions(mask, centroid="released")
    assert region.centroid == (0.0, 0.0)
    assert region.location == "top-left"
    assert region.box == ((0.75, 0.25),) * 4


def test_released_way_counts_a_line_as_no_area() -> None:
    mask = empty(16, 16)
    mask[3, 4:12] = True
    (region,) = find_regions(mask, centroid="released")
    assert region.centroid == (0.0, 0.0)
    assert set(region.box) == {(4 / 16, 3 / 16), (11 / 16, 3 / 16)}


def test_released_centroid_is_that_of_the_contour() -> None:
    # The contour of a filled 5 x 3 block runs through pixel centres 2..6 and 4..6, a hole in it changes nothing.
    mask = empty(16, 16)
    mask[4:7, 2:7] = True
    whole = find_regions(mask, centroid="released")[0]
    mask[5, 4] = False
    assert whole.centroid == (4 / 16, 5 / 16)
    assert find_regions(mask, centroid="released")[0].centroid == whole.centroid


def test_released_centroid_of_a_triangle() -> None:
    # Pixel centres (0, 0), (9, 0), (0, 9) and all below the diagonal: centroid at a third of each leg.
    mask = np.add.outer(np.arange(12), np.arange(12)) <= 9
    assert find_regions(mask, centroid="released")[0].centroid == (3 / 12, 3 / 12)


def test_released_coordinates_are_whole_pixels_inside_the_image() -> None:
    mask = np.random.default_rng(1).random((64, 48)) < 0.45
    for region in find_regions(mask, centroid="released"):
        points = np.array([region.centroid, *region.box]) * [48, 64]
        assert np.allclose(points, points.round())
        assert points.min() >= 0
        assert (points <= [48, 64]).all()


def test_diagonal_pixels_are_one_region() -> None:
    assert len(find_regions(np.eye(5, dtype=bool))) == 1


def test_largest_first_ten_at_most_and_none_below_the_minimum() -> None:
    mask = np.random.default_rng(0).random((80, 80)) < 0.3
    pixels = [region.pixels for region in find_regions(mask)]
    assert len(pixels) == 10
    assert pixels == sorted(pixels, reverse=True)
    assert all(region.pixels >= 5 for region in find_regions(mask, minimum=5, limit=1000))
    assert sum(region.pixels for region in find_regions(mask, limit=10_000)) == mask.sum()


@pytest.mark.parametrize("centroid", ["true", "released"])
def test_corners_ascend_in_angle_and_enclose_the_region(centroid: str) -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        mask = empty(40, 40)
        mask[10:30, 10:30] = rng.random((20, 20)) < 0.5
        region = find_regions(mask, limit=1, centroid=centroid)[0]  # type: ignore[arg-type]
        corners = np.array(region.box) - np.mean(region.box, axis=0)
        angles = np.arctan2(corners[:, 1], corners[:, 0])
        assert (np.diff(angles) > -1e-6).all()
        assert inside_box(region.centroid, region.box)


def inside_box(point: tuple[float, float], box: tuple[tuple[float, float], ...]) -> bool:
    closed = [*box, box[0]]
    return all((bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax) > -1e-9 for (ax, ay), (bx, by) in pairwise(closed))


def test_box_is_the_smallest_of_all_rotations() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        rows, columns = np.indices((64, 64)) - 32.0
        angle, long, short = rng.uniform(0, np.pi), rng.uniform(8, 20), rng.uniform(3, 8)
        along, across = columns * np.cos(angle) + rows * np.sin(angle), rows * np.cos(angle) - columns * np.sin(angle)
        region = find_regions((np.abs(along) < long) & (np.abs(across) < short), limit=1)[0]
        box = np.array(region.box) * 64
        area = np.linalg.norm(box[1] - box[0]) * np.linalg.norm(box[2] - box[1])
        assert area <= smallest_by_turning((np.abs(along) < long) & (np.abs(across) < short)) + 1e-6


def smallest_by_turning(mask: NDArray[np.bool_]) -> float:
    y, x = np.nonzero(mask)
    x, y = (np.concatenate([v, v + 1, v, v + 1]) if v is x else np.concatenate([v, v, v + 1, v + 1]) for v in (x, y))
    turns = np.linspace(0, np.pi / 2, 181)[:, None]
    return float(
        (np.ptp(x * np.cos(turns) + y * np.sin(turns), axis=1) * np.ptp(y * np.cos(turns) - x * np.sin(turns), axis=1)).min()
    )


def test_around_is_outside_region_and_mask() -> None:
    mask = empty(20, 20)
    mask[5:8, 5:8] = mask[5:8, 9:12] = True
    values = np.where(mask, 1.0, 0.0).astype(np.float32)
    values[0, :] = np.nan
    for region in find_regions(mask, values):
        assert (region.mean_inside, region.mean_around) == (1.0, 0.0)


def test_means_know_no_nodata() -> None:
    mask = empty(9, 9)
    mask[4, 4] = True
    region = find_regions(mask, np.full((9, 9), np.nan, np.float32))[0]
    assert (region.mean_inside, region.mean_around) == (None, None)


def test_wrong_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="two-dimensional"):
        find_regions(np.zeros((2, 3, 3), bool))
    with pytest.raises(ValueError, match="boolean"):
        find_regions(np.zeros((3, 3)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one grid"):
        find_regions(empty(3, 3), np.zeros((3, 4), np.float32))
    with pytest.raises(ValueError, match="released"):
        find_regions(empty(3, 3), centroid="other")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (0.00001, "under 0.01 %"), (0.0055, "0.55 %"), (0.1234, "12.3 %"), (0.9999, "over 99.9 %"), (1.0, "100 %")],
)
def test_a_share_that_is_not_nothing_does_not_read_as_nothing(share: float, text: str) -> None:
    assert share_words(share) == text
