"""PromptLab scores instructions against a reference, in one scene and over several."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from spexlab.targets import CLASSES
from tests.support.apps import send
from tests.support.browser.paced import pond_scene
from tests.support.fakes import FakeSpex
from widgets.labs.prompt_lab import PromptLab

ASKED = ["water", "vegetation", "a sonnet"]


def labels(scene: xr.DataArray, *, columns: slice) -> xr.DataArray:
    """Codes: water in rows 20-39 of these columns, trees elsewhere; the pond lies in columns 60-79."""
    values = np.full(scene.shape[1:], CLASSES["trees"], "uint8")
    values[20:40, columns] = CLASSES["water"]
    return scene.isel(band=0, drop=True).copy(data=values)


def asked(lab: PromptLab) -> str:
    lab.instructions = ASKED
    assert lab.run()
    assert lab.wait(60)
    return lab.status


def test_without_a_reference_nothing_is_scored() -> None:
    lab = PromptLab(pond_scene(), model=FakeSpex(window=100))
    assert asked(lab) == "done"
    assert lab.scores is None
    assert lab._results._scored.layout.display == "none"


def test_every_instruction_is_scored_in_every_scene_and_the_best_is_marked(tmp_path: Path) -> None:
    scene, evil = pond_scene(), "<b>elsewhere"
    others = {evil: (scene, labels(scene, columns=slice(60, 80)))}
    lab = PromptLab(scene, model=FakeSpex(window=100), reference=labels(scene, columns=slice(70, 90)), others=others)
    assert asked(lab) == "done"
    here, _ = lab.scores.scenes
    assert lab.scores.score("water", here)["iou"] == pytest.approx(1 / 3)
    assert lab.scores.score("water", evil)["iou"] == 1.0
    assert lab.comparison.table["iou"][0] == pytest.approx(1 / 3)
    page = lab._results.scores.value
    assert f"<td>{(1 / 3 + 1) / 2:.3f}</td>" in page
    best = page.split('<tr class="spx-best">')[1].split("</tr>")[0]
    assert ">vegetation<" in best
    assert "&lt;b&gt;elsewhere" in page
    assert "<img" not in page
    assert page.count("<td>0.333</td>") == 1
    file = lab._results.scores_file
    file.name.value = str(tmp_path / "scores.csv")
    file.save.click()
    assert len(pd.read_csv(tmp_path / "scores.csv")) == 3 * len(ASKED)


def test_a_reference_is_uploaded_and_one_of_another_scene_leaves_the_last_one(tmp_path: Path) -> None:
    scene = pond_scene()
    lab = PromptLab(scene, model=FakeSpex(window=100))
    for name, size in (("labels.tif", 100), ("small.tif", 50)):
        labels(scene, columns=slice(60, 80)).isel(y=slice(size), x=slice(size)).rio.to_raster(tmp_path / name)
        send(lab._upload, (tmp_path / name).read_bytes(), name, piece=1 << 20)
        assert lab.wait(30)
    assert "100 x 100 pixels" in lab.message
    assert "scored by labels.tif: each by its own classes" in lab._reference_note.value
    assert asked(lab) == "done"
    assert lab.scores.score("water") == {"iou": 1.0, "precision": 1.0, "recall": 1.0}
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    send(lab._upload, (tmp_path / "bad.csv").read_bytes(), "bad.csv")
    assert lab.wait(30)
    assert "columns longitude" in lab.message
