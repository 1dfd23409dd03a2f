from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spexlab.extraction import load_model
from spexlab.extraction.seen import SeenPlaces
from spexlab.scene import sample_scene
from spexlab.targets import TARGETS
from spexlab.training.recipes import Recipe, read_recipe, train_recipe
from spexlab.training.run import TrainingRun

TINY = """
vocabulary = 600
corpus = 200
simulated = 7
wordings = 2
[shares]
coarse = 0.6
simulated = 0.4
[trees]
iterations = 3
pixels = 200
[words]
steps = 2
batch_size = 1
[pixels]
steps = 3
batch_size = 2
average = 0.9
save_every = 2
[features]
steps = 2
batch_size = 2
sizes = [64]
average = 0.9
[masks]
steps = 2
batch_size = 2
sizes = [64]
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return read_recipe(path)


def test_the_bundled_recipe_reads_and_names_every_part() -> None:
    read = read_recipe("spex-tiny")
    assert [part.steps > 100 for part in (read.words, read.pixels, read.features, read.masks)] == [True] * 4
    assert sum(read.shares.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("steps = 3", "it has no steps"),
        ("[words]\nsteps = 0", "steps"),
        ("[words", "is no recipe"),
        ("[trees]\nleafs = 3", "leafs"),
    ],
)
def test_a_broken_recipe_says_what_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=reason):
        read_recipe(path)
    with pytest.raises(ValueError, match="there is no recipe 'spex-giant'"):
        read_recipe("spex-giant")


def test_a_checkpoint_from_nothing_extracts_and_tells_how_it_was_made(recipe: Recipe, tmp_path: Path) -> None:
    parts: list[str] = []
    made = train_recipe([], out=tmp_path / "run", recipe=recipe, on_part=parts.append)
    assert parts == ["words", "teacher", "pixels", "features", "masks", "calibration"]
    spex = load_model(made)
    assert spex.targets == tuple(TARGETS)
    assert spex.model.config.land_cover_channels is not None
    assert spex.model.config.calibration["coarse"]["swir"]
    log = pd.read_csv(made / "training_log.csv")
    assert set(log["part"]) == {"words", "pixels", "features", "masks"}
    pixels = sample_scene().isel(y=slice(0, 64), x=slice(0, 64))
    features, _ = spex.encode(pixels)
    assert features.land_cover is not None
    assert features.land_cover.shape == (1, len(TARGETS), 64, 64)


def test_what_is_finished_is_not_done_again_and_an_interruption_costs_nothing(recipe: Recipe, tmp_path: Path) -> None:
    whole = train_recipe([], out=tmp_path / "whole", recipe=recipe)

    class StoppedError(Exception):
        pass

    def stop(part: str) -> None:
        if part == "masks":
            raise StoppedError

    with pytest.raises(StoppedError):
        train_recipe([], out=tmp_path / "parts", recipe=recipe, on_part=stop)
    begun = (tmp_path / "parts" / "words" / "curves.csv").read_bytes()
    parts = train_recipe([], out=tmp_path / "parts", recipe=recipe)
    assert (tmp_path / "parts" / "words" / "curves.csv").read_bytes() == begun
    assert TrainingRun(tmp_path / "parts" / "masks").state == "finished"
    first, second = (load_model(folder).model.state_dict() for folder in (whole, parts))
    assert all(np.allclose(first[name].numpy(), second[name].numpy(), atol=1e-6) for name in first)


def test_the_words_of_a_checkpoint_are_kept_as_they_are(recipe: Recipe, tmp_path: Path) -> None:
    made = train_recipe([], out=tmp_path / "run", recipe=replace(recipe, simulated=7), words_of="spex-tiny")
    before, after = (load_model(name).model.state_dict() for name in ("spex-tiny", made))
    for name, weight in before.items():
        if name.startswith(("language_model.", "target_head.", "condenser.", "projector.")):
            assert np.array_equal(weight.numpy(), after[name].numpy()), name
    assert any(not np.array_equal(before[name].numpy(), after[name].numpy()) for name in before if name.startswith("backbone."))
    seen, start = SeenPlaces.read(made), SeenPlaces.read("spex-tiny")
    assert {one["group"] for one in seen.training} > {one["group"] for one in start.training}
