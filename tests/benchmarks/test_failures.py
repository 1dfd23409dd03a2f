"""The pictures of failures: which places are shown, and that a picture comes of it."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from spexlab.evaluation import Prediction, cases_of, predict
from tests.support.benchmarks import load
from tests.support.places import striped_place

OPEN = {"licence_clear": True}


class Share:
    """Finds the first rows of a scene, as many as its title says."""

    name, identity = "share", "1"

    def predict(self, scene: xr.DataArray, target: str) -> Prediction:  # noqa: ARG002
        mask = np.zeros(scene.shape[1:], dtype=bool)
        mask[: int(scene.attrs["title"])] = True
        return Prediction(mask)


@pytest.fixture(scope="module")
def failures() -> ModuleType:
    return load("failures")


def test_the_typical_and_the_worst_place_are_shown_if_they_may_be(failures: ModuleType, tmp_path: Path) -> None:
    # Water lies in the first 8 rows: IoU 1, 0.75, 0.5, 0.25.
    places = [replace(striped_place(name), extra=dict(OPEN)) for name in ("8", "6", "4")] + [striped_place("2")]
    folder = predict(Share(), places, tmp_path)
    shown = failures.choose(folder, places, "water", "coarse", any_licence=False)
    assert [(s.case.place.name, s.iou, s.rank) for s in shown] == [("6", 0.75, "2 of 4"), ("4", 0.5, "3 of 4")]
    shown = failures.choose(folder, places, "water", "coarse", any_licence=True)
    assert [s.case.place.name for s in shown] == ["6", "2"]
    assert failures.choose(folder, places, "snow", "coarse", any_licence=True) == []
    assert len(failures.choose(folder, places[2:], "water", "coarse", any_licence=False)) == 1


def test_what_is_not_for_everybody_is_not_published(failures: ModuleType) -> None:
    assert failures.may_be_published(replace(striped_place(), extra=dict(OPEN)))
    assert not failures.may_be_published(replace(striped_place(), extra=OPEN | {"non_commercial": True}))
    assert not failures.may_be_published(striped_place())


def test_the_window_holds_the_target(failures: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "SIDE", 8)
    case = next(case for case in cases_of([striped_place()]) if case.target == "trees")
    rows, columns = failures._window(case)
    assert (rows, columns.stop - columns.start) == (slice(8, 16), 8)


def test_a_small_picture_is_written(failures: ModuleType, tmp_path: Path) -> None:
    places = [replace(striped_place(name), extra=dict(OPEN)) for name in ("8", "4")]
    folder = predict(Share(), places, tmp_path / "answers")
    shown = failures.choose(folder, places, "water", "coarse", any_licence=False)
    failures.save(failures.draw(shown), tmp_path / "failures.png")
    with Image.open(tmp_path / "failures.png") as image:
        assert image.format == "PNG"
        assert image.width > 1000
    assert (tmp_path / "failures.png").stat().st_size < 400_000
