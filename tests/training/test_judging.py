"""Validation sees what a user would: the masks of `extract`, cut where the checkpoint says."""

from functools import partial

import numpy as np
import pytest

from spexlab.extraction import Spex
from spexlab.language.instructions import Instruction
from spexlab.places import Place
from spexlab.spie import Sample, place_of
from spexlab.training.finetuning import _ask
from spexlab.training.judging import Judge
from tests.support.tiny import tiny_spex
from tests.support.train_tiny import lake


def _judge(spex: Spex, *places: Place) -> Judge:
    return Judge(partial(_ask, spex.processor), places)


def _extracted(spex: Spex, place: Place) -> float:
    found, truth = spex.extract(place.scene, "water").mask.values[0], place.labels == 1
    return float((found & truth).sum() / (found | truth).sum())


@pytest.mark.parametrize("size", [20, 48, 64])
def test_overlap_is_that_of_extract_at_the_models_own_cut(size: int) -> None:
    spex, place = tiny_spex(window=64), lake(3, size=size)
    plain = _judge(spex, place).validate(spex.model)["iou_water"]
    assert plain == pytest.approx(_extracted(spex, place))
    # The median probability: half of the pixels are taken, whatever the random weights say.
    middle = float(np.median(spex.extract(place.scene, "water").probability))
    spex.model.config.calibration = {"coarse": {"nir": {"water": [1.0, 0.0, middle]}}}
    tuned = Spex(spex.model, spex.processor)
    cut = _judge(tuned, place).validate(tuned.model)["iou_water"]
    assert cut == pytest.approx(_extracted(tuned, place))
    assert cut != pytest.approx(plain)


def test_pictures_are_cut_there_too() -> None:
    spex, place = tiny_spex(window=64), lake(3)
    pictures = []
    for threshold in (0.3, 0.7):
        table = {name: [1e-6, 0.0, threshold] for name in ("water", "low vegetation")}
        spex.model.config.calibration = {"coarse": {"nir": table}}
        pictures.append(np.asarray(_judge(spex, place).picture(spex.model)))
    everything, nothing = pictures
    assert (everything[:, -64:] != nothing[:, -64:]).any()
    assert (nothing[:, -64:] == 225).all()


def test_samples_are_measured_by_their_own_target_alone() -> None:
    scene, mask = lake(1).scene, lake(1).labels == 3
    instruction = Instruction("vegetation", ("vegetation",))
    sample = Sample("a", scene, instruction, "vegetation", mask, np.ones_like(mask), "", "", "", "one target")
    measured = _judge(tiny_spex(window=64), place_of(sample)).validate(tiny_spex(window=64).model)
    assert set(measured) == {"iou", "loss", "iou_vegetation"}
