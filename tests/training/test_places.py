"""What training draws from: mixtures by share, splits by group, simulated scenes, and indices that are sure."""

import dataclasses
import random
from collections import Counter

import numpy as np
import pytest

from spexlab.places import PlaceMixture, pseudo_labelled, simulated_places
from spexlab.places.simulation import simulate_scene
from spexlab.targets import KNOWN_NEGATIVE, TARGETS, UNLABELLED, label_codes
from spexlab.training.losses import overlap_loss
from spexlab.training.pretraining import CropSource
from spexlab.training.settings import PretrainSettings
from spexlab.training.stream import SampleStream
from tests.support.train_tiny import lake


def test_shares_are_of_kinds_and_groups_count_alike() -> None:
    crowd = [dataclasses.replace(lake(0), name=f"often-{n}", group="often") for n in range(9)]
    mixture = PlaceMixture(((0.75, [*crowd, lake(1)]), (0.25, [lake(2)]), (0.5, [])))
    rng = random.Random(0)
    drawn = Counter(mixture.pick(rng).group for _ in range(4000))
    assert drawn["lake-2"] / 4000 == pytest.approx(0.25, abs=0.03)
    assert drawn["often"] / drawn["lake-1"] == pytest.approx(1.0, abs=0.15)


def test_a_mixture_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one place"):
        PlaceMixture(((1.0, []),))


def test_sure_indices_are_nearly_always_right() -> None:
    scene, labels = simulate_scene(4, size=128)
    for place in pseudo_labelled(scene, name="simulated"):
        (target,) = place.complete_for or ()
        truth = np.isin(labels.values, label_codes(target))
        sure, absent = place.labels == place.labels[place.labels != KNOWN_NEGATIVE].max(), place.labels == KNOWN_NEGATIVE
        if sure.any() and place.labels.max() != KNOWN_NEGATIVE:
            assert truth[sure].mean() > 0.9, target
        assert truth[absent].mean() < 0.05, target


def test_a_pseudo_labelled_place_tells_of_its_own_target_only() -> None:
    (place,) = [p for p in pseudo_labelled(lake(0).scene, name="lake") if p.complete_for == ("vegetation",)]
    crop = CropSource(PlaceMixture.of([place]), (32,)).make(place, random.Random(0), random.Random(0))
    known = {name for name, truth in zip(TARGETS, crop.truth, strict=True) if (truth >= 0).any()}
    assert known == {"vegetation"}


def test_colour_alone_makes_no_sure_labels() -> None:
    assert list(pseudo_labelled(lake(0).scene.sel(band=["blue", "green", "red"]), name="colour")) == []


def test_simulated_places_are_seeded_groups_of_their_own() -> None:
    first, again, other = (simulated_places(2, seed=seed, size=32) for seed in (0, 0, 1))
    assert len({place.group for place in [*first, *other]}) == 4
    assert np.array_equal(first[1].labels, again[1].labels)
    assert (first[0].labels != UNLABELLED).all()


def test_a_sample_depends_on_its_number_alone() -> None:
    settings = PretrainSettings(steps=10, batch_size=2, sizes=(32, 64))
    source = CropSource(PlaceMixture.of([lake(0), lake(1)]), settings.sizes)
    stream = SampleStream(source, settings, processes=2)
    assert len(stream) == 40
    late = stream[17].sample
    for number in range(4):
        stream[number]
    assert np.array_equal(stream[17].sample.scene.values, late.scene.values)
    assert not np.array_equal(stream[16].sample.scene.values, late.scene.values)
    # Four samples, two in each process, make a step, and a step has one size.
    assert len({stream[number].sample.scene.shape[1:] for number in range(16, 20)}) == 1
    assert len({stream[number].sample.scene.shape[1:] for number in range(40)}) > 1


def test_overlap_loss_by_hand() -> None:
    import torch

    logits = torch.tensor([[[50.0, 50.0, -50.0, -50.0]], [[-50.0] * 4], [[50.0] * 4]])
    present = torch.tensor([[[1.0, 0.0, 0.0, 0.0]], [[0.0] * 4], [[1.0] * 4]])
    known = torch.tensor([[[True, True, True, False]], [[True] * 4], [[False] * 4]])
    # Found 2, wanted 1 of them: a Jaccard distance of 1/2, over the two masks of which something is known; one wrong pixel of 7.
    expected = 0.5 / 2 + 0.5 * 50 / 7
    assert overlap_loss(logits, present, known).item() == pytest.approx(expected, rel=1e-5)
    assert overlap_loss(logits, present, torch.zeros_like(known)).item() == 0
