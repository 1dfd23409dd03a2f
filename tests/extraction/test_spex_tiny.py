"""The bundled checkpoint: what is promised of it, and that the script that makes such a one runs."""

import json
import re
from pathlib import Path

import pytest

import spexlab
from spexlab.extraction.loading import CHECKPOINTS, load_model

ROOT = Path(__file__).parents[2]
FOLDER = CHECKPOINTS / "spex-tiny"


@pytest.fixture(scope="module")
def spex() -> spexlab.extraction.Spex:
    return load_model("spex-tiny")


def test_it_is_small_safe_and_documented() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 50e6
    assert not [file for file in FOLDER.iterdir() if file.suffix in {".bin", ".pt", ".pkl"}]
    assert {"README.md", "places.json", "training_log.csv"} <= {file.name for file in FOLDER.iterdir()}


def test_no_place_is_on_both_sides_of_the_split() -> None:
    places = json.loads((FOLDER / "places.json").read_text())
    groups = [{place["group"] for place in places[part]} for part in ("training", "validation", "held-out")]
    assert sum(map(len, groups)) == len(set.union(*groups))
    assert groups[0]
    assert groups[2]


def test_half_precision_finds_nearly_the_same(spex: spexlab.extraction.Spex) -> None:
    corner = spexlab.sample_scene().isel(y=slice(0, 128), x=slice(0, 128))
    whole, half = (model.extract(corner, "trees").mask.values == 1 for model in (spex, load_model("spex-tiny", dtype="bfloat16")))
    assert (whole & half).sum() > 0.99 * (whole | half).sum()


@pytest.mark.parametrize(
    ("instruction", "include", "exclude"),
    [
        ("vegetation", {"vegetation"}, set()),
        ("water bodies", {"water"}, set()),
        ("show me the lakes and rivers", {"water"}, set()),
        ("where are the trees?", {"trees"}, set()),
        ("built-up land", {"built-up"}, set()),
        ("Built-up land but no roads", {"built-up"}, {"impervious"}),
    ],
)
def test_everyday_words_find_their_target(spex: spexlab.extraction.Spex, instruction: str, include: set, exclude: set) -> None:
    request = spexlab.understand(instruction, model=spex)
    assert (set(request.targets), set(request.exclude)) == (include, exclude)


@pytest.mark.parametrize("instruction", ["cars", "how warm is it?", "tell me a joke", "asdf qwer", "ships and people"])
def test_what_it_cannot_do_is_refused_with_what_it_can(spex: spexlab.extraction.Spex, instruction: str) -> None:
    with pytest.raises(spexlab.UnknownTargetError, match=re.escape(", ".join(spex.targets))):
        spex.extract(spexlab.sample_scene(), instruction)


def test_the_forest_of_the_sample_is_found_and_told_truly(spex: spexlab.extraction.Spex) -> None:
    scene = spexlab.sample_scene()
    found = spex.extract(scene, "vegetation")
    mask = found.mask.sel(target="vegetation").values
    red, nir = (scene.sel(band=name).values for name in ("red", "nir"))
    ndvi = (nir - red) / (nir + red)
    assert mask[ndvi > 0.7].mean() > 0.95
    assert mask[ndvi < 0].mean() < 0.3
    claims = found.evidence[0].claims
    assert len(claims) >= 4
    assert sum(claim.holds for claim in claims) / len(claims) > 0.7


def test_the_documentation_shows_the_figures_that_the_script_wrote() -> None:
    table = (ROOT / "benchmarks" / "results" / "accuracy.md").read_text()
    assert table in (ROOT / "docs" / "accuracy.md").read_text()
