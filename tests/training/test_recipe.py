from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import spexlab
from spexlab.extraction import load_model
from spexlab.extraction.seen import SeenPlaces
from spexlab.places import Place, simulated_places
from spexlab.scene import sample_scene
from spexlab.scene.bands import WAVELENGTHS
from spexlab.targets import TARGETS
from spexlab.training.recipes import Recipe, read_recipe, spex_tiny, train_recipe
from spexlab.training.recipes.halves import worth_unseen
from spexlab.training.run import TrainingRun

TINY = """
vocabulary = 600
corpus = 200
simulated = 3
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
[halves]
steps = 2
batch_size = 1
sizes = [64]
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


@pytest.fixture(autouse=True, scope="module")
def _small_landscapes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spex_tiny, "simulated_places", partial(simulated_places, size=96))
        yield


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    path.write_text(TINY)
    return read_recipe(path)


@pytest.fixture(scope="module")
def whole(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A checkpoint made at one go, whose overlap on water is said to be known, and the parts that it was made in."""
    parts: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spex_tiny, "worth_unseen", lambda *_, **__: {("coarse", "swir", "water"): 0.25})
        return train_recipe([], out=tmp_path_factory.mktemp("whole") / "run", recipe=recipe, on_part=parts.append), parts


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


def test_a_checkpoint_from_nothing_extracts_and_tells_how_it_was_made(whole: tuple[Path, list[str]]) -> None:
    made, parts = whole
    assert parts == ["words", "teacher", "halves", "pixels", "features", "masks", "calibration"]
    spex = load_model(made)
    assert spex.targets == tuple(TARGETS)
    assert spex.model.config.land_cover_channels is not None
    assert spex.model.config.calibration["coarse"]["swir"]["water"][2] == pytest.approx(0.2), "0.25 is known of places not seen"
    log = pd.read_csv(made / "training_log.csv")
    assert set(log["part"]) == {"words", "pixels", "features", "masks"}
    pixels = sample_scene().isel(y=slice(0, 64), x=slice(0, 64))
    features, _ = spex.encode(pixels)
    assert features.land_cover is not None
    assert features.land_cover.shape == (1, len(TARGETS), 64, 64)


def test_what_is_finished_is_not_done_again_and_an_interruption_costs_nothing(
    recipe: Recipe, whole: tuple[Path, list[str]], tmp_path: Path
) -> None:
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
    first, second = (load_model(folder).model.state_dict() for folder in (whole[0], parts))
    assert all(np.allclose(first[name].numpy(), second[name].numpy(), atol=1e-6) for name in first)


def test_the_words_of_a_checkpoint_are_kept_as_they_are(recipe: Recipe, tmp_path: Path) -> None:
    apart = narrow_places(2)
    made = train_recipe([], out=tmp_path / "run", recipe=recipe, words_of="spex-tiny", held_out=apart)
    before, after = (load_model(name).model.state_dict() for name in ("spex-tiny", made))
    for name, weight in before.items():
        if name.startswith(("language_model.", "target_head.", "condenser.", "projector.")):
            assert np.array_equal(weight.numpy(), after[name].numpy()), name
    assert any(not np.array_equal(before[name].numpy(), after[name].numpy()) for name in before if name.startswith("backbone."))
    seen, start = SeenPlaces.read(made), SeenPlaces.read("spex-tiny")
    assert {one["group"] for one in seen.training} > {one["group"] for one in start.training}
    assert [one["name"] for one in seen.held_out] == [place.name for place in apart]


def test_halves_of_the_narrow_places_answer_for_each_other(recipe: Recipe, tmp_path: Path) -> None:
    places = narrow_places(8)
    start = Path(spexlab.__file__).parent / "checkpoints" / "spex-tiny"
    worth = worth_unseen(start, places, tmp_path / "halves", settings=recipe.halves)
    assert set(worth) == {("fine", "visible", "buildings")}
    assert 0 < worth["fine", "visible", "buildings"] <= 1
    seen = [SeenPlaces.read(TrainingRun(tmp_path / "halves" / f"half-{half}" / "features").model) for half in range(2)]
    first, second = ({one["group"] for one in half.training} for half in seen)
    assert first
    assert second
    assert first | second == {place.group for place in places}
    assert not first & second
    assert worth_unseen(start, places[:7], tmp_path / "few", settings=recipe.halves) == {}, "seven groups tell too little"


def narrow_places(count: int) -> list[Place]:
    """Roofs on a lawn, in plain colour."""
    places = []
    for number in range(count):
        rng = np.random.default_rng(number)
        labels = np.full((64, 64), 11, np.uint8)
        row, column = rng.integers(4, 36, 2)
        labels[row : row + 24, column : column + 24] = 5
        lawn, roof = (np.array(values)[:, None, None] for values in ((0.1, 0.3, 0.15), (0.4, 0.4, 0.45)))
        values = np.where(labels == 5, roof, lawn) + rng.normal(0, 0.02, (3, 64, 64))
        names = ("blue", "green", "red")
        coords = {"band": list(names), "wavelength": ("band", [WAVELENGTHS[name] for name in names])}
        scene = xr.DataArray(values.astype(np.float32), dims=("band", "y", "x"), coords=coords, attrs={"pixel_size_m": 0.5})
        places.append(Place(f"roofs-{number}", f"roofs-{number}", scene, labels, complete_for=("buildings",)))
    return places
