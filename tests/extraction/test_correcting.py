"""What somebody points at is obeyed, carried to what looks alike, measured anew, and taken back."""

import json

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from shapely.geometry import Point, box

from spexlab.extraction import Extraction, extract
from spexlab.scene import new_scene
from spexlab.scene.naming import resolve_bands
from tests.support.canyon import canyon_scene
from tests.support.fakes import FakeSpex

SIDE = 64
DRY, LAKE, ROOF = (0.10, 0.12, 0.15, 0.30), (0.06, 0.07, 0.05, 0.02), (0.30, 0.22, 0.12, 0.11)


def ponds() -> np.ndarray:
    """Dry ground, a lake (rows and columns 4-27) and two blue roofs (rows 40-51, columns 8-19 and 40-51), by NDWI like water."""
    values = np.empty((4, SIDE, SIDE), np.float32)
    values[:] = np.array(DRY, np.float32)[:, None, None]
    values[:, 4:28, 4:28] = np.array(LAKE)[:, None, None]
    for left in (8, 40):
        values[:, 40:52, left : left + 12] = np.array(ROOF)[:, None, None]
    noise = 1 + np.random.default_rng(0).normal(0, 0.02, values.shape)
    return (values * noise).astype(np.float32)


def found(instruction: str = "water", values: np.ndarray | None = None) -> Extraction:
    scene = new_scene(ponds() if values is None else values, resolve_bands(("blue", "green", "red", "nir"), "planetscope"))
    return extract(scene, instruction, model=FakeSpex(window=SIDE))


def test_pointing_at_one_roof_takes_it_away_makes_its_twin_less_likely_and_leaves_the_lake() -> None:
    plain = found()
    assert plain.mask.values[0, 40:52, 8:20].all()
    better = plain.corrected(outside=(14.5, 46.5))
    assert better.mask.values[0, 42:50, 10:18].mean() < 0.1
    lake, twin = (slice(4, 28), slice(4, 28)), (slice(40, 52), slice(40, 52))
    fell = [plain.probability.values[0][part].mean() - better.probability.values[0][part].mean() for part in (lake, twin)]
    assert fell[1] > 0.005 > abs(fell[0])
    assert better.mask.values[0][lake].all()
    np.testing.assert_array_equal(plain.mask.values, found().mask.values)


def test_what_is_pointed_at_is_obeyed_pixel_by_pixel() -> None:
    better = found().corrected(inside=box(30, 2, 60, 6), outside=[(10.5, 10.5), (11.5, 10.5)])
    assert better.mask.values[0, 2:6, 30:60].all()
    assert not better.mask.values[0, 10, 10:12].any()
    assert (better.probability.values[0, 2:6, 30:60] == 1).all()
    assert [(one.target, one.inside) for one in better.corrections] == [("water", True), ("water", False)]


@pytest.mark.parametrize("instruction", ["the largest water", "vegetation, but not water"])
def test_conditions_and_exceptions_give_way_to_what_is_pointed_at(instruction: str) -> None:
    better = found(instruction).corrected(inside=(14.5, 46.5))
    assert better.mask.values[0, 46, 14]


def test_measures_trust_words_and_files_follow(tmp_path) -> None:
    plain = extract(canyon_scene(size=96, pond=True), "water and vegetation", model=FakeSpex(window=96))
    scene = plain.scene
    spot = gpd.GeoSeries([Point(float(scene.x[70]), float(scene.y[80]))], crs=scene.rio.crs)
    better = plain.corrected(target="water", inside=spot)
    water = better.evidence[0]
    assert water.measurement.pixels == int(better.mask.values[0].sum()) != plain.evidence[0].measurement.pixels
    assert all(claim.holds for claim in water.claims)
    assert better.evidence[1] is plain.evidence[1]
    assert "The mask of water was corrected once by pointing." in better.notes
    assert better.trust[0].to_dict()["corrections"] == 1
    assert "1, by pointing" in better.trust[0].details["Corrections"]
    record = json.loads(json.dumps(better.provenance))["corrections"]
    assert [(one["target"], one["said"], one["geometry"]["type"]) for one in record] == [("water", "inside", "Point")]
    with rasterio.open(better.to_cog(tmp_path / "mask.tif")) as file:
        np.testing.assert_array_equal(file.read(1) == 1, better.mask.values[0])
    assert better.regions["pixels"].sum() == better.mask.values.sum()


def test_a_word_of_what_is_inside_takes_nothing_away_and_one_of_what_is_outside_adds_nothing() -> None:
    answer = found()
    for said, at in (("outside", (14.5, 46.5)), ("inside", (45.5, 45.5)), ("outside", (10.5, 10.5)), ("inside", (20.5, 20.5))):
        before, answer = answer.probability.values, answer.corrected(**{said: at})
        rose = answer.probability.values - before
        assert (rose >= 0).all() if said == "inside" else (rose <= 0).all()


def test_corrections_are_undone_one_by_one_to_the_very_first_answer() -> None:
    plain = found()
    once = plain.corrected(outside=(14.5, 46.5))
    twice = once.corrected(inside=(60.5, 60.5))
    np.testing.assert_array_equal(twice.undone().mask, once.mask)
    np.testing.assert_array_equal(twice.undone().probability, once.probability)
    assert twice.undone().undone() is plain
    with pytest.raises(ValueError, match="none was made"):
        plain.undone()


def test_a_record_of_corrections_gives_the_same_mask_again() -> None:
    better = found().corrected(outside=(14.5, 46.5)).corrected(inside=box(50, 2, 60, 6))
    again = found()
    for one in better.provenance["corrections"]:
        again = again.corrected(target=one["target"], **{one["said"]: one["geometry"]})
    np.testing.assert_array_equal(again.mask, better.mask)


def test_thresholds_and_corrections_go_together() -> None:
    cut = found().corrected(outside=(14.5, 46.5)).cut_at(0.9)
    assert not cut.mask.values[0, 46, 14]
    assert cut.corrections
    more = cut.corrected(inside=(2.5, 2.5))
    assert more.cuts["water"].threshold == 0.9
    assert more.mask.values[0, 2, 2]
    assert more.undone().undone().cuts["water"].threshold == 0.9
    np.testing.assert_array_equal(more.undone().undone().mask, found().cut_at(0.9).mask)


def test_nothing_changes_where_nothing_looks_alike() -> None:
    plain = found()
    better = plain.corrected(outside=(14.5, 46.5))
    np.testing.assert_allclose(better.probability.values[0, 4:28, 4:28], plain.probability.values[0, 4:28, 4:28], atol=0.15)


def test_pixels_without_data_stay_without() -> None:
    values = ponds()
    values[:, :3] = np.nan
    plain = found(values=values)
    better = plain.corrected(inside=(40.5, 20.5))
    assert np.isnan(better.probability.values[0, :3]).all()
    assert not better.mask.values[0, :3].any()
    with pytest.raises(ValueError, match="where there is no data"):
        plain.corrected(inside=(40.5, 1.5))


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({}, "neither `inside` nor `outside`"),
        ({"inside": (70.0, 3.0)}, "must lie in the area"),
        ({"inside": (3.5, 3.5), "target": "trees"}, "one of the targets that were asked for, water, but 'trees' was given"),
        ({"inside": (3.5, 3.5), "outside": box(2, 2, 6, 6)}, "inside or outside, but 1 that are pointed at as outside"),
    ],
)
def test_what_cannot_be_meant_is_refused(what: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        found().corrected(**what)


def test_a_target_must_be_named_where_there_are_several_and_a_contradiction_undone_first() -> None:
    with pytest.raises(ValueError, match="water, vegetation, but none was named"):
        found("water and vegetation").corrected(inside=(3.5, 3.5))
    once = found("water and vegetation").corrected(target="water", inside=(3.5, 3.5))
    with pytest.raises(ValueError, match="undo that correction first"):
        once.corrected(target="water", outside=(3.5, 3.5))
    assert len(once.corrected(target="vegetation", outside=(3.5, 3.5)).corrections) == 2


def test_the_part_that_was_not_asked_about_cannot_be_pointed_at() -> None:
    with pytest.raises(ValueError, match="the part of it that was asked about"):
        found("water in the north").corrected(inside=(14.5, 46.5))
