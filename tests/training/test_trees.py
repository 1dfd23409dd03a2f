from pathlib import Path

import numpy as np
import pytest

from spexlab.targets import TARGETS
from spexlab.training.teacher import fold_of, teach
from spexlab.training.trees import BoostedTrees, TreeSettings, pixel_features
from tests.support.places import striped_place

QUICK = TreeSettings(iterations=10, pixels=300)


def layer(probability: np.ndarray, target: str) -> np.ndarray:
    return probability[list(TARGETS).index(target)]


def test_trees_find_the_classes_they_grew_on_and_their_unions() -> None:
    trees = BoostedTrees(QUICK).fit([striped_place(f"place-{number}") for number in range(3)])
    likely = trees.probability(striped_place("other").scene)
    assert likely.shape == (len(TARGETS), 24, 24)
    for target, rows in (
        ("water", slice(0, 8)),
        ("trees", slice(8, 16)),
        ("vegetation", slice(8, 16)),
        ("built-up", slice(16, 24)),
    ):
        found = layer(likely, target) > 0.5
        assert found[rows].mean() > 0.9
        assert found.mean() == pytest.approx(1 / 3, abs=0.05)
    np.testing.assert_array_equal(layer(likely, "buildings"), layer(likely, "impervious"))  # wide pixels mix them


def test_a_camera_of_fewer_bands_is_read_too() -> None:
    trees = BoostedTrees(QUICK).fit([striped_place(f"place-{number}") for number in range(3)])
    four = striped_place("four", bands=("blue", "green", "red", "nir")).scene
    assert pixel_features(four).shape[0] == pixel_features(striped_place().scene).shape[0]
    assert (layer(trees.probability(four), "water") > 0.5)[:8].mean() > 0.8


def test_pixels_without_data_have_no_probability() -> None:
    trees = BoostedTrees(QUICK).fit([striped_place(f"place-{number}") for number in range(3)])
    scene = striped_place("gap").scene.copy()
    scene[:, 3, 4] = np.nan
    assert np.isnan(trees.probability(scene)[:, 3, 4]).all()


def test_labels_of_one_class_teach_no_trees() -> None:
    with pytest.raises(ValueError, match="dense labels of two classes"):
        BoostedTrees(QUICK).fit([striped_place(complete_for=("water",))])


def test_no_place_teaches_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [striped_place(f"place-{number}") for number in range(8)]
    grown: list[set[str]] = []
    fit = BoostedTrees.fit

    def watched(trees: BoostedTrees, learnt: list) -> BoostedTrees:
        grown.append({place.group for place in learnt})
        return fit(trees, learnt)

    monkeypatch.setattr(BoostedTrees, "fit", watched)
    taught = teach(places, tmp_path, settings=QUICK)
    assert all(place.taught is not None and place.taught.shape == (len(TARGETS), 24, 24) for place in taught)
    folds = {fold_of(place.group) for place in places}
    assert len(grown) == len(folds)
    for groups, fold in zip(grown, sorted(folds), strict=True):
        assert not any(fold_of(group) == fold for group in groups)
    again = teach(places, tmp_path, settings=QUICK)  # from what was kept
    assert len(grown) == len(folds)
    assert all(np.array_equal(a.taught, b.taught) for a, b in zip(taught, again, strict=True))


def test_narrow_pixels_are_left_untaught(tmp_path: Path) -> None:
    narrow = striped_place("narrow", pixel_size=0.5)
    taught = teach([narrow, *(striped_place(f"place-{number}") for number in range(6))], tmp_path, settings=QUICK)
    assert taught[0].taught is None
