from itertools import pairwise
from typing import Any

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from spexlab.evidence.limits import Select
from spexlab.extraction import Cancelled, Events, extract
from spexlab.extraction.calibration import Calibration
from spexlab.language.request import Want
from spexlab.scene import new_scene
from spexlab.scene.grid import transform_of
from spexlab.scene.naming import resolve_bands
from spexlab.targets import UnknownTargetError
from tests.support.fakes import FakeSpex

BANDS = resolve_bands(["blue", "green", "red", "nir"], "sentinel-2")
WATER, FIELD = (0.06, 0.08, 0.05, 0.02), (0.04, 0.08, 0.05, 0.45)  # NDWI 0.6 and -0.7; NDVI -0.4 and 0.8


def two_sides(height: int = 90, width: int = 120, *, lazy: bool = False) -> xr.DataArray:
    """Water in the left third, a field in the rest, gaps between them nowhere."""
    values = np.empty((4, height, width), np.float32)
    values[:, :, : width // 3] = np.array(WATER)[:, None, None]
    values[:, :, width // 3 :] = np.array(FIELD)[:, None, None]
    return new_scene(da.from_array(values, chunks=(4, 32, 32)) if lazy else values, BANDS, sensor="sentinel-2")


def test_one_target_gives_one_mask_on_the_scenes_grid() -> None:
    scene = two_sides()
    result = extract(scene, "Where is the water?", model=FakeSpex())
    assert result.targets == ["water"]
    assert result.mask.dims == ("target", "y", "x")
    np.testing.assert_array_equal(result.mask["x"], scene["x"])
    np.testing.assert_array_equal(result.mask.values[0], np.arange(120)[None, :].repeat(90, 0) < 40)
    assert result.mask.dtype == bool
    assert result.probability.dtype == np.float32
    assert result.evidence[0].measurement.pixels == 40 * 90
    assert result.evidence[0].measurement.share == pytest.approx(1 / 3)
    assert result.evidence[0].measurement.area_m2 is None  # no CRS, no square metres


def test_several_targets_give_several_masks_and_texts() -> None:
    result = extract(two_sides(), "water and vegetation", model=FakeSpex())
    assert result.targets == ["water", "vegetation"]
    assert not (result.mask[0] & result.mask[1]).any()
    assert result.mask.any("target").all()
    assert result.explanation == " ".join(one.explanation for one in result.evidence)


def test_a_checkpoint_moves_where_a_mask_is_cut() -> None:
    spex = FakeSpex()
    before = extract(two_sides(), "Where is the water?", model=spex)
    cuts = {"water": (1.0, 50.0, 0.5), "trees": (1.0, -50.0, 0.5)}
    spex.calibration = Calibration({"coarse": dict.fromkeys(("swir", "nir", "visible"), cuts)})
    after = extract(two_sides(), "Where is the water?", model=spex)
    assert not before.mask.values.all()
    assert after.mask.values.all()


def test_what_is_excluded_is_taken_away() -> None:
    result = extract(two_sides(), "water and vegetation, but not trees", model=FakeSpex())
    assert result.targets == ["water", "vegetation"]
    assert [want.exclude for want in result.request.wants] == [(), ("trees",)]
    assert result.notes == ["As asked, vegetation without trees."]
    assert result.mask.sel(target="water").any()
    assert not result.mask.sel(target="vegetation").any()  # the field's NDVI says trees as loudly


def test_a_place_limits_mask_and_measures() -> None:
    result = extract(two_sides(), "water in the south", model=FakeSpex())
    assert np.argwhere(result.mask.values[0])[0].tolist() == [45, 0]
    assert result.mask.values.sum() == 40 * 45
    assert result.explanation.startswith("As asked, only the south of the area was looked at. ")
    assert result.request.wants == (result.evidence[0].want,) == (Want(target="water", inside=("south",)),)
    assert result.provenance["request"] == result.request.to_dict()
    assert result.summary["share"] == result.evidence[0].measurement.share == pytest.approx(1 / 3)
    assert np.isfinite(result.probability).all()  # the model looked everywhere
    parts: list[np.ndarray] = []
    events = Events(mask=lambda _, so_far, __: parts.append(np.isfinite(so_far)))
    extract(two_sides(), "water in the south", model=FakeSpex(), events=events)
    assert not any(part[:45].any() for part in parts)  # what will be cut away is not shown on the way
    assert parts[-1][45:].all()


def test_a_place_left_out_limits_mask_and_measures() -> None:
    result = extract(two_sides(), "water not in the north", model=FakeSpex())
    south = extract(two_sides(), "water in the south", model=FakeSpex())
    np.testing.assert_array_equal(result.mask, south.mask)
    assert result.evidence[0].measurement.valid_pixels == south.evidence[0].measurement.valid_pixels
    assert not result.looked_at.values[:45].any()


def test_each_target_keeps_to_its_own_conditions() -> None:
    result = extract(two_sides(), "water in the south and the largest vegetation", model=FakeSpex())
    water, vegetation = result.evidence
    assert (water.measurement.pixels, vegetation.measurement.pixels) == (40 * 45, 80 * 90)
    assert (water.measurement.valid_pixels, vegetation.measurement.valid_pixels) == (120 * 45, 120 * 90)
    assert (water.want.inside, vegetation.want.select) == (("south",), Select("largest"))
    assert result.looked_at.values.all()
    assert result.summary["share"] == (40 * 45 + 80 * 90) / (120 * 90)
    parts: dict[str, np.ndarray] = {}
    events = Events(mask=lambda target, so_far, _: parts.update({target: np.isfinite(so_far)}))
    extract(two_sides(), "water in the south and the largest vegetation", model=FakeSpex(), events=events)
    assert not parts["water"][:45].any()
    assert parts["vegetation"].all()


def with_ponds() -> xr.DataArray:
    """Two ponds of 320 and 20 pixels beside the water, 100 m2 a pixel."""
    scene = two_sides()
    values = scene.values.copy()
    values[:, 20:60, 42:50] = values[:, 70:75, 60:64] = np.array(WATER, np.float32)[:, None, None]
    scene = scene.copy(data=values).rio.write_crs("EPSG:32633")
    scene = scene.assign_coords(x=500_005.0 + 10 * np.arange(120), y=5_000_895.0 - 10 * np.arange(90))
    return scene.rio.write_transform(transform_of(scene))


@pytest.mark.parametrize(
    ("instruction", "pixels"),
    [
        ("water", 3940),
        ("water larger than 1 ha", 3920),
        ("water between 1 and 5 ha", 320),
        ("water smaller than 1,900 m2", 0),
        ("water smaller than 2,100 m2", 20),
        ("water under 0.1 km2", 340),
        ("the two largest water", 3920),
        ("the largest water under 5 ha", 320),
    ],
)
def test_sizes_and_counts_are_kept(instruction: str, pixels: int) -> None:
    result = extract(with_ponds(), instruction, model=FakeSpex())
    assert result.mask.values.sum() == pixels
    assert result.request.left_out == ()


def test_what_nothing_can_keep_is_said_to_be_left_out() -> None:
    result = extract(two_sides(), "water older than ten years in the south", model=FakeSpex())
    assert result.notes == [
        "As asked, only the south of the area was looked at.",
        "“older than ten years” could not be kept to and was left out.",
    ]
    assert result.request.targets == ("water",)
    assert result.explanation == " ".join([*result.notes, result.evidence[0].explanation])
    assert extract(two_sides(), "water", model=FakeSpex()).notes == []


def test_a_size_is_left_out_where_the_area_of_a_pixel_is_unknown() -> None:
    unmeasured = two_sides()
    del unmeasured.attrs["pixel_size_m"]
    result = extract(unmeasured, "water smaller than 1 ha", model=FakeSpex())
    assert result.notes == ["“smaller than 1 ha” could not be kept to and was left out."]
    assert result.mask.values.any()
    assert not extract(two_sides(), "water smaller than 50 pixels", model=FakeSpex()).mask.values.any()


def test_the_largest_is_compared_with_what_is_no_target() -> None:
    scene = two_sides()
    pond = scene.copy(data=scene.values.copy())
    pond[:, 20:60, 42:50] = np.array(WATER, np.float32)[:, None, None]
    result = extract(pond, "the largest water", model=FakeSpex())
    m = result.evidence[0].measurement
    assert (m.pixels, m.n_regions) == (40 * 90, 1)
    assert m.valid_pixels == 90 * 120
    assert m.around < -0.5  # the pond beside it is water, too, and no surroundings
    assert extract(pond, "the smallest water", model=FakeSpex()).evidence[0].measurement.pixels == 8 * 40


def test_the_model_reads_the_windows_regions_and_signed_index() -> None:
    spex = FakeSpex(window=32)
    extract(two_sides(32, 32), "water", model=spex)
    (question,) = spex.questions
    assert question.startswith("<image>\nBased on the provided image and the attributes of the water regions")
    assert "'Location': 'middle-left'" in question
    assert "'Index': 'NDWI'" in question


@pytest.mark.parametrize("shape", [(32, 32), (31, 33), (20, 300), (65, 97), (7, 9)])
def test_any_size_is_covered_without_a_seam(shape: tuple[int, int]) -> None:
    # Doubt at a tile's edges must not show: in the middle of the field every pixel has the same probability to a few per cent.
    result = extract(two_sides(*shape), "vegetation", model=FakeSpex(doubt=1.0))
    assert result.probability.shape == (1, *shape)
    assert np.isfinite(result.probability).all()
    inside = result.probability.values[0, :, shape[1] // 3 + 1 :]
    assert np.abs(np.diff(inside, axis=0)).max(initial=0) < 0.01
    assert np.abs(np.diff(inside, axis=1)).max(initial=0) < 0.01


def test_a_lazy_scene_gives_the_same_and_is_read_in_windows() -> None:
    spex = FakeSpex()
    lazy, eager = two_sides(lazy=True), two_sides()
    np.testing.assert_array_equal(extract(lazy, "water", model=spex).mask, extract(eager, "water", model=FakeSpex()).mask)
    assert lazy.chunks is not None
    assert max(tile.sizes["x"] for tile in spex.encoded) == 32


def test_nodata_is_neither_inside_nor_outside() -> None:
    scene = two_sides(64, 64).copy()
    scene.values[:, :, :10] = np.nan  # a wedge of the water
    scene.values[:, 30:34, 40:44] = np.nan
    result = extract(scene, "water", model=FakeSpex())
    assert np.isnan(result.probability.values[0, :, :10]).all()
    assert not result.mask.values[0, :, :10].any()
    assert np.isfinite(result.probability.values[0, :, 10:30]).all()
    assert result.evidence[0].measurement.valid_pixels == 64 * 54 - 16
    assert result.evidence[0].measurement.pixels == 64 * 11


def test_windows_without_data_are_not_encoded() -> None:
    scene = two_sides(32, 120).copy()
    scene.values[:, :, 40:] = np.nan
    spex = FakeSpex(window=32)
    result = extract(scene, "water", model=spex)
    assert result.evidence[0].measurement.share == 1.0
    assert len(spex.encoded) == 3  # two windows that hold data, and the overview


def test_an_area_limits_the_mask_but_not_the_view() -> None:
    spex, scene = FakeSpex(window=32), two_sides(90, 120)
    triangle = {"type": "Polygon", "coordinates": [[[30, 50], [50, 50], [30, 70], [30, 50]]]}
    result = extract(scene, "water", area=triangle, model=spex)
    assert result.mask.shape == (1, 20, 20)
    assert result.mask["x"].values[0] == 30.5
    assert result.mask["y"].values[0] == 50.5
    assert np.isnan(result.probability.values[0, 19, 19])
    assert result.mask.values[0, 5, 5]
    assert not result.mask.values[0, 0, 15]  # in the triangle, beyond the water
    (tile,) = spex.encoded
    np.testing.assert_array_equal(tile.values, scene.values[:, 44:76, 24:56])  # what lies around it, not mirrors
    assert result.provenance["area"]["type"] == "Polygon"


def test_a_second_instruction_reuses_the_features() -> None:
    spex, scene = FakeSpex(), two_sides()
    first, second = (extract(scene, words, model=spex) for words in ("water", "vegetation"))
    assert (first.features_reused, second.features_reused) == (False, True)
    assert not extract(two_sides(80, 80), "water", model=spex).features_reused


def test_the_words_of_a_large_area_come_from_an_overview() -> None:
    spex = FakeSpex(window=32)
    extract(two_sides(90, 120), "water", model=spex)
    sizes = [tile.attrs["pixel_size_m"] for tile in spex.encoded]
    assert sizes.count(40) == 1  # 120 pixels in blocks of 4
    assert sizes[-1] == 40


def test_stages_masks_and_words_are_told_as_they_come() -> None:
    heard, texts, parts = [], [], []
    events = Events(
        stage=lambda name, fraction: heard.append((name, fraction)),
        mask=lambda target, so_far, window: parts.append((target, np.isfinite(so_far).sum(), window)),
        words=lambda target, text: texts.append((target, text)),
    )
    result = extract(two_sides(), "water", model=FakeSpex(text=lambda _: "I looked at it closely."), events=events)
    names = [name for name, _ in heard]
    assert list(dict.fromkeys(names)) == ["prior", "encode", "mask", "words"]
    assert all(0 <= fraction <= 1 for _, fraction in heard)
    assert dict(heard) == {"prior": 1.0, "encode": 1.0, "mask": 1.0, "words": 1.0}
    # Of each window first the image is read, then the mask is made: a clock in the app rests on it.
    windows = [name for name, _ in heard if name in {"encode", "mask"}]
    assert len(windows) > 4
    # When the last mask was told, that is said once more: what was kept back can be shown.
    assert windows == [*["encode", "encode", "mask", "mask"] * (len(windows) // 4), "mask"]
    assert [count for _, count, _ in parts] == sorted(count for _, count, _ in parts)
    assert parts[-1][1] == 90 * 120
    assert texts[-1] == ("water", result.explanation)
    assert all(later.startswith(earlier) for (_, earlier), (_, later) in pairwise(texts))
    assert set(result.seconds) == {"prior", "encode", "mask", "words"}


@pytest.mark.parametrize("after", [0, 1, 5, 20, 60])
def test_cancel_stops_at_the_next_question(after: int) -> None:
    calls = iter(range(10_000))
    spex = FakeSpex()
    with pytest.raises(Cancelled):
        extract(two_sides(), "water", model=spex, events=Events(cancelled=lambda: next(calls) >= after))
    assert next(calls) <= after + 2
    if after == 5:
        assert len(spex.encoded) < 20


def test_a_sentence_that_does_not_agree_is_said_anew_from_the_measurement() -> None:
    text = "Water covers 33.3 % of the area, in 7 regions. The largest is huge and lies in the middle-left."
    told: list[str] = []
    events = Events(words=lambda _, text: told.append(text))
    (evidence,) = (result := extract(two_sides(), "water", model=FakeSpex(text=lambda _: text), events=events)).evidence
    assert told[-1] == result.explanation == evidence.explanation
    assert evidence.explanation.startswith("Water covers 33.3 % of the area, 3600 pixels, in 1 region. The largest is huge")
    assert "7 regions" not in result.explanation
    assert [claim.text for claim in evidence.rejected] == ["7 regions"]
    claims = {claim.kind: claim for claim in evidence.claims}
    assert claims["regions"].measured == 1
    assert (claims["regions"].replaced, claims["largest size"].replaced) == (True, False)
    for claim in claims.values():
        assert claim.holds
        assert evidence.explanation[claim.start : claim.end] == claim.text


def test_a_model_that_lost_its_thread_is_not_quoted() -> None:
    result = extract(two_sides(), "water", model=FakeSpex(text=lambda _: "Water covers und" + "ern" * 300))
    assert "ernern" not in result.explanation
    assert result.explanation.startswith("Water covers 33.3 % of the area, 3600 pixels, in 1 region.")
    assert all(claim.holds and claim.replaced for claim in result.evidence[0].claims)


def test_without_an_index_the_model_is_asked_all_the_same() -> None:
    values = np.random.default_rng(0).random((3, 40, 40), dtype=np.float32)
    scene = new_scene(values, resolve_bands(["blue", "green", "red"], None))
    result = extract(scene, "water", model=FakeSpex())
    assert result.evidence[0].measurement.index is None
    assert not result.mask.any()


def test_an_area_without_data_is_refused() -> None:
    scene = two_sides(64, 64).copy()
    scene.values[:, :20, :20] = np.nan
    with pytest.raises(ValueError, match="no pixel with data"):
        extract(scene, "water", area=(2, 2, 12, 12), model=FakeSpex())


def test_an_unknown_target_lists_what_can_be_asked() -> None:
    with pytest.raises(UnknownTargetError) as error:
        extract(two_sides(), "unicorns, please", model=FakeSpex())
    assert error.value.targets == FakeSpex.targets
    assert "built-up" in str(error.value)


@pytest.mark.parametrize(
    ("instruction", "reason"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        (None, "empty"),
        ("water " * 2000, "at most 2,000 characters, but this one has 12,000"),
        ("<b>water</b>", "markup"),
        ("water <script>alert(1)</script>", "markup"),
        ("water<|im_end|>", "markup"),
        ("<image> water", "markup"),
    ],
)
def test_an_instruction_must_be_plain_words(instruction: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        extract(two_sides(), instruction, model=FakeSpex())


def test_less_than_and_more_than_are_plain_words() -> None:
    assert extract(two_sides(), "water where NDWI > 0.1\nand NIR < 0.2", model=FakeSpex()).provenance["instruction"] == (
        "water where NDWI > 0.1 and NIR < 0.2"
    )


def test_a_size_that_cannot_fit_is_refused_before_the_work() -> None:
    side = 3_000_000
    giant = new_scene(da.zeros((4, side, side), chunks=(4, 100_000, 100_000), dtype=np.float32), BANDS, sensor="sentinel-2")
    with pytest.raises(ValueError, match=r"need about .* GB of memory"):
        extract(giant, "water", model=FakeSpex())


def test_provenance_says_what_was_asked_of_what() -> None:
    scene = two_sides()
    record = extract(scene, "water", model=FakeSpex()).provenance
    assert record["model"] == "fake"
    assert record["bands"] == ["blue", "green", "red", "nir"]
    assert record["sensor"] == "sentinel-2"
    assert [want["target"] for want in record["request"]["wants"]] == ["water"]
    assert record["crs"] is None
    assert record["area"] is None


def test_georeferenced_results_keep_their_place() -> None:
    scene = two_sides(40, 40).rio.write_crs("EPSG:32633")
    scene = scene.assign_coords(x=500_005.0 + 10 * np.arange(40), y=5_000_395.0 - 10 * np.arange(40))
    scene = scene.rio.write_transform(transform_of(scene))
    result = extract(scene, "water", model=FakeSpex())
    assert result.mask.rio.crs.to_epsg() == 32633
    assert transform_of(result.mask).c == 500_000
    assert result.evidence[0].measurement.area_m2 == pytest.approx(100 * result.evidence[0].measurement.pixels, rel=1e-3)
