"""Answers in a folder: kept as they were given, asked for once."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from spexlab.evaluation import AskedSpex, Prediction, predict, read_prediction
from spexlab.evaluation import predictions as module
from tests.support.places import striped_place
from tests.support.tiny import tiny_spex


class Dark:
    """Calls dark pixels whatever is asked, except what it cannot do."""

    name = "dark"

    def __init__(self, identity: str = "1") -> None:
        self.identity = identity
        self.asked: list[str] = []

    def predict(self, scene: xr.DataArray, target: str) -> Prediction | None:
        self.asked.append(target)
        if target == "snow":
            return None
        values = scene.sel(band="nir").values
        probability = np.where(values > 0.3, np.nan, 1 - values).astype(np.float32)
        return Prediction(values < 0.1, probability, words="dark", claims=({"kind": "share", "value": 1.0, "holds": True},))


def test_an_answer_is_read_as_it_was_given(tmp_path: Path) -> None:
    place = striped_place()
    predict(Dark(), [place], tmp_path)
    found = read_prediction(tmp_path, "stripes", "water")
    given = Dark().predict(place.scene, "water")
    assert given is not None
    assert given.probability is not None
    assert found.probability is not None
    assert np.array_equal(found.mask, given.mask)
    assert np.allclose(found.probability, given.probability, atol=1 / 250, equal_nan=True)
    assert (found.words, found.claims[0]["holds"], found.able) == ("dark", True, True)


def test_what_a_method_cannot_answer_is_kept_as_an_empty_mask(tmp_path: Path) -> None:
    predict(Dark(), [striped_place()], tmp_path)
    found = read_prediction(tmp_path, "stripes", "snow")
    assert not found.able
    assert not found.mask.any()
    assert found.probability is None


def test_absent_targets_are_asked_for_if_wanted(tmp_path: Path) -> None:
    eager, modest = Dark(), Dark()
    predict(eager, [striped_place()], tmp_path / "all")
    predict(modest, [striped_place()], tmp_path / "present", absent=False)
    assert "snow" in eager.asked
    assert set(modest.asked) == {"water", "trees", "buildings", "impervious", "vegetation", "built-up"}


def test_a_stopped_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    class Stopped(Dark):
        def predict(self, scene: xr.DataArray, target: str) -> Prediction | None:
            if len(self.asked) == 3:
                raise KeyboardInterrupt
            return super().predict(scene, target)

    first, second, third = Stopped(), Dark(), Dark()
    with pytest.raises(KeyboardInterrupt):
        predict(first, [striped_place()], tmp_path)
    predict(second, [striped_place()], tmp_path)
    predict(third, [striped_place()], tmp_path)
    assert len(first.asked) == 3
    assert not set(first.asked) & set(second.asked)
    assert third.asked == []


def test_a_folder_is_one_methods_own(tmp_path: Path) -> None:
    predict(Dark(), [striped_place()], tmp_path)
    with pytest.raises(ValueError, match=r"holds answers of dark \(1\), not of dark \(2\); choose another folder"):
        predict(Dark("2"), [striped_place()], tmp_path)


def test_nothing_half_written_is_taken_for_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, **_: object) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module.np, "savez_compressed", full)
        with pytest.raises(OSError, match="the disk is full"):
            predict(Dark(), [striped_place()], tmp_path)
    with pytest.raises(FileNotFoundError, match=r"run spexlab\.evaluation\.predict first"):
        read_prediction(tmp_path, "stripes", "water")
    predict(Dark(), [striped_place()], tmp_path)
    assert read_prediction(tmp_path, "stripes", "water").mask.any()


def test_spex_is_asked_in_words_and_answers_with_mask_and_claims(tmp_path: Path) -> None:
    predict(tiny_spex(wanted=("water",)), [striped_place()], tmp_path, absent=False)
    water, trees = (read_prediction(tmp_path, "stripes", target) for target in ("water", "trees"))
    assert water.provenance["instruction"] == "water"
    assert water.probability is not None
    assert np.array_equal(water.mask, water.probability > 0.5) or np.abs(water.probability[water.mask] - 0.5).min() < 0.01
    # It takes every instruction for water: asked for trees it finds none.
    assert not trees.mask.any()
    assert json.loads((tmp_path / "run.json").read_text())["method"] == "tiny"


def test_spex_is_its_weights_and_its_settings() -> None:
    first, again, other = (AskedSpex(tiny_spex()) for _ in range(3))
    other.spex.model.config.calibration = {"coarse": {"swir": {"water": [1.0, 0.5, 0.4]}}}
    assert first.identity == again.identity != other.identity


def test_what_spex_refuses_is_found_nowhere(tmp_path: Path) -> None:
    predict(tiny_spex(wanted=()), [striped_place()], tmp_path, absent=False)
    found = read_prediction(tmp_path, "stripes", "water")
    assert found.provenance == {"refused": True}
    assert not found.mask.any()
