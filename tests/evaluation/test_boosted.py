import numpy as np
import pytest

from spexlab.evaluation.baselines import BoostedTreeBaseline
from spexlab.training.trees import BoostedTrees, TreeSettings
from tests.support.places import striped_place

QUICK = TreeSettings(iterations=5, pixels=300)


def fitted() -> BoostedTreeBaseline:
    return BoostedTreeBaseline(QUICK).fit([striped_place(f"place-{number}") for number in range(3)])


def test_trees_answer_with_mask_and_probability() -> None:
    place = striped_place("other")
    found = fitted().predict(place.scene, "water")
    assert found is not None
    assert found.mask[:8].mean() > 0.9
    assert not found.mask[8:].any()
    np.testing.assert_array_equal(found.mask, found.probability > 0.5)


def test_a_kind_of_pixels_without_places_has_no_answer() -> None:
    assert fitted().predict(striped_place("narrow", pixel_size=0.5).scene, "water") is None


def test_a_scene_is_classified_once_for_all_its_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    probability = BoostedTrees.probability

    def counted(trees: BoostedTrees, scene: object) -> np.ndarray:
        asked.append(1)
        return probability(trees, scene)

    monkeypatch.setattr(BoostedTrees, "probability", counted)
    trees, first, second = fitted(), striped_place("first").scene, striped_place("second").scene
    for scene in (first, first, second):
        trees.predict(scene, "water")
    assert len(asked) == 2


def test_other_places_or_settings_make_other_trees() -> None:
    assert fitted().identity == fitted().identity
    assert fitted().identity != BoostedTreeBaseline(QUICK).fit([striped_place("one")]).identity
    assert fitted().identity != BoostedTreeBaseline().fit([striped_place(f"place-{number}") for number in range(3)]).identity
