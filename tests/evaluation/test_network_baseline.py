"""The network without language, of random weights: it answers by the same protocol as every baseline."""

from pathlib import Path

import numpy as np
import pytest

from spexlab.evaluation.baselines import WithoutLanguage, network
from spexlab.evidence.prior import MODEL_INDICES
from spexlab.model.configuration import InternImageConfig
from spexlab.targets import TARGETS
from spexlab.training.segmenter import new_segmenter
from tests.support.places import striped_place


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    backbone = InternImageConfig(
        embed_dim=8,
        depths=[1, 1, 1, 1],
        groups=[1, 1, 2, 2],
        stem="wavelength",
        spectral_width=8,
        detail_channels=8,
        index_channels=len(MODEL_INDICES),
    )
    path = tmp_path_factory.mktemp("network")
    new_segmenter(backbone, hidden_size=16).save_pretrained(path)
    return path


def test_it_answers_with_mask_and_probability_on_the_scenes_grid(folder: Path) -> None:
    scene = striped_place().scene
    found = WithoutLanguage(folder).fit([]).predict(scene, "water")
    assert found is not None
    assert found.probability is not None
    assert found.mask.shape == found.probability.shape == scene.shape[1:]
    assert np.array_equal(found.mask, found.probability > 0.5)


def test_a_scene_is_read_once_for_all_targets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method, read = WithoutLanguage(folder), []
    whole = method._segment
    monkeypatch.setattr(method, "_segment", lambda scene: read.append(scene) or whole(scene))
    monkeypatch.setattr(method._segment, "targets", whole.targets, raising=False)
    first, second = striped_place("a").scene, striped_place("bb").scene
    for scene in (first, first, second):
        for target in ("water", "trees"):
            method.predict(scene, target)
    assert len(read) == 2


def test_its_cut_is_chosen_on_training_places(folder: Path) -> None:
    method = WithoutLanguage(folder)
    before = method.identity
    places = [striped_place(name) for name in ("a", "bb", "ccc")]
    found = method.fit(places).predict(striped_place().scene, "water")
    assert found is not None
    assert found.probability is not None
    assert method.identity != before
    cut = found.provenance["cut"]
    assert cut in network.CUTS
    assert np.array_equal(found.mask, found.probability > cut)
    assert "snow" not in {target for _, target in method._cuts or {}}


def test_the_best_cut_is_the_mean_over_groups() -> None:
    either = np.full(len(network.CUTS), 10)
    large = np.stack([np.where(network.CUTS == 0.3, 9, 1), either]) * 100
    small = np.stack([np.where(network.CUTS == 0.7, 10, 1), either])
    assert network.best_cut({"large": large, "small": small}) == 0.7


def test_it_knows_its_weights_and_its_targets(folder: Path) -> None:
    method = WithoutLanguage(folder)
    assert len(method.identity) == 64
    assert method.predict(striped_place().scene, "submarines") is None
    assert set(TARGETS) == set(method._segment.targets)
