"""Targets of one's own, by examples: found by their word here and elsewhere, kept in files, refused where they do not fit."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import spexlab
from spexlab.extraction import OwnTarget, Spex, load_model
from spexlab.language import spelling, vocabulary
from spexlab.targets import COLOURS, OWN, TARGETS

SHEDS = "greenhouses"


@pytest.fixture
def spex() -> Iterator[Spex]:
    yield load_model("spex-tiny")
    for name in list(OWN):
        del OWN[name], COLOURS[name]
    vocabulary.learn_words()
    spelling.learn_words()


def field_scene(*, seed: int, corner: tuple[int, int]) -> tuple[xr.DataArray, np.ndarray]:
    """A noisy meadow of 64 pixels with a pond and, from a corner on, 20 x 12 pixels of plastic roofs; and where these are."""
    rng = np.random.default_rng(seed)
    values = np.empty((4, 64, 64), "float32")
    values[:] = np.array([0.04, 0.07, 0.05, 0.40], "float32")[:, None, None]
    values[:, 45:60, 5:30] = np.array([0.07, 0.06, 0.04, 0.01], "float32")[:, None, None]
    there = np.zeros((64, 64), bool)
    there[corner[0] : corner[0] + 20, corner[1] : corner[1] + 12] = True
    values[:, there] = np.array([0.32, 0.33, 0.35, 0.38], "float32")[:, None]
    values += rng.normal(0, 0.01, values.shape).astype("float32")
    coords = {"band": ["blue", "green", "red", "nir"], "wavelength": ("band", [490.0, 560.0, 665.0, 842.0])}
    coords |= {"y": np.arange(64) + 0.5, "x": np.arange(64) + 0.5}
    attrs = {"title": "meadow", "sensor": "unknown", "pixel_size_m": None, "radiometry": "as made", "radiometry_assumed": False}
    return xr.DataArray(values, dims=("band", "y", "x"), coords=coords, attrs=attrs), there


def iou(found: spexlab.Extraction, there: np.ndarray) -> float:
    mask = found.mask.values[0]
    return float((mask & there).sum() / (mask | there).sum())


def polygon(corner: tuple[int, int]) -> tuple[int, int, int, int]:
    """A box well within the roofs, which covers a third of them."""
    return corner[1] + 2, corner[0] + 2, corner[1] + 10, corner[0] + 12


def test_a_target_of_ones_own_is_found_by_its_word_here_and_in_another_scene(spex: Spex) -> None:
    scene, there = field_scene(seed=0, corner=(10, 30))
    own = spexlab.teach(scene, "Greenhouses", inside=polygon((10, 30)), outside=[(10, 50), (50, 50)], model=spex)
    assert (own.name, own.singular, own.examples) == (SHEDS, "greenhouse", 82)
    found = spexlab.extract(scene, SHEDS, model=spex)
    assert found.targets == [SHEDS]
    assert iou(found, there) > 0.8
    assert found.evidence[0].measurement.index == own.recipe.name
    assert all(claim.holds for claim in found.evidence[0].claims)
    other, elsewhere = field_scene(seed=1, corner=(5, 8))
    assert iou(spexlab.extract(other, "how many greenhouses are there?", model=spex), elsewhere) > 0.8
    assert spexlab.understand("the largest greenhouse in the north", model=spex).wants[0].inside == ("north",)
    assert spexlab.understand("grenhouses", model=spex).targets == (SHEDS,)
    assert spexlab.understand("water but no greenhouses", model=spex).exclude == (SHEDS,)
    assert SHEDS not in list(TARGETS)


def test_it_is_saved_loaded_and_the_same(spex: Spex, tmp_path: Path) -> None:
    scene, _ = field_scene(seed=0, corner=(10, 30))
    own = spexlab.teach(scene, SHEDS, inside=polygon((10, 30)), model=spex)
    loaded = OwnTarget.load(own.save(tmp_path / SHEDS))
    np.testing.assert_array_equal(loaded.logits(scene), own.logits(scene))
    assert loaded.target == own.target
    assert sorted(file.name for file in (tmp_path / SHEDS).iterdir()) == ["head.safetensors", "target.json"]
    (tmp_path / SHEDS / "head.safetensors").write_bytes(b"broken")
    for folder in (tmp_path / SHEDS, tmp_path):
        with pytest.raises(ValueError, match="must hold a target of your own"):
            OwnTarget.load(folder)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("lakes", "means water already"),
        ("largest", "has a meaning in instructions already"),
        ("x", "at least three letters"),
        ("north", "has a meaning"),
    ],
)
def test_a_name_must_say_nothing_yet(name: str, problem: str) -> None:
    scene, _ = field_scene(seed=0, corner=(10, 30))
    with pytest.raises(ValueError, match=problem):
        spexlab.teach(scene, name, inside=(35, 15))


def test_examples_must_agree() -> None:
    scene, _ = field_scene(seed=0, corner=(10, 30))
    with pytest.raises(ValueError, match="pointed at as both"):
        spexlab.teach(scene, SHEDS, inside=(35, 15), outside=(35, 15))


def test_a_scene_that_cannot_be_compared_is_refused(spex: Spex, tmp_path: Path) -> None:
    scene, _ = field_scene(seed=0, corner=(10, 30))
    scene.attrs["pixel_size_m"] = 10.0
    spexlab.teach(scene, SHEDS, inside=polygon((10, 30)), model=spex)
    with pytest.raises(ValueError, match="bands near 842 nm"):
        spexlab.extract(scene.isel(band=slice(0, 3)), SHEDS, model=spex)
    wide = scene.copy()
    wide.attrs["pixel_size_m"] = 30.0
    with pytest.raises(ValueError, match="taught on pixels of 10 m"):
        spexlab.extract(wide, SHEDS, model=spex)
    with pytest.raises(ValueError, match="a target of your own; keep it with"):
        spexlab.extract(scene, SHEDS, model=spex).to_labels(tmp_path / "samples")


def test_it_is_corrected_by_pointing_as_any_other(spex: Spex) -> None:
    scene, _ = field_scene(seed=0, corner=(10, 30))
    spexlab.teach(scene, SHEDS, inside=polygon((10, 30)), model=spex)
    found = spexlab.extract(scene, SHEDS, model=spex)
    corrected = found.corrected(outside=(35.5, 15.5))
    assert found.mask.values[0, 15, 35]
    assert not corrected.mask.values[0, 15, 35]
