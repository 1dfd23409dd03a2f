import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import spexlab
from spexlab.extraction.comparison import compare
from tests.support.apps import late_threads, open_widgets
from tests.support.fakes import FakeSpex
from widgets.labs.prompt_lab import MOST, PromptLab

EVIL = "<img src=x onerror=alert(1)>"
TRIANGLE = {"type": "Polygon", "coordinates": [[[0, 0], [60, 0], [0, 60], [0, 0]]]}


@pytest.fixture(scope="module")
def scene() -> xr.DataArray:
    return spexlab.sample_scene().isel(y=slice(0, 96), x=slice(0, 96))


@pytest.fixture
def lab(scene: xr.DataArray) -> PromptLab:
    return PromptLab(scene, model=FakeSpex(window=96))


def finished(lab: PromptLab) -> str:
    assert lab.wait(60)
    return lab.status


def asked(lab: PromptLab, *instructions: str) -> str:
    lab.instructions = list(instructions)
    assert lab.run()
    return finished(lab)


def test_typed_lines_are_instructions(lab: PromptLab) -> None:
    lab._text.value = "trees\n\n  water "
    assert lab.instructions == ["trees", "water"]
    assert lab._text.value == "trees\n\n  water ", "what is typed is left alone"
    lab.instructions = ["snow"]
    assert lab._text.value == "snow"


def test_a_click_ends_in_cards_overlap_and_table(lab: PromptLab, scene: xr.DataArray) -> None:
    lab.instructions = ["vegetation", "trees"]
    lab._run.click()
    assert finished(lab) == "done"
    twin = compare(scene, ["vegetation", "trees"], model=FakeSpex(window=96))
    assert list(lab.comparison.table["pixels"]) == list(twin.table["pixels"])
    first, second, agreement = (card.value for card in lab._results.cards)
    assert f"{100 * twin.table['share'][0]:.1f} %" in first
    assert "“trees”" in second
    assert "Agreement" in agreement
    assert f"{twin.iou.loc['vegetation', 'trees']:.2f}" in lab._results.overlap.value
    assert lab._results.table.value.count("<tr>") == 3
    assert not lab._run.disabled


def test_a_refusal_stands_in_its_own_card_and_row(lab: PromptLab) -> None:
    assert asked(lab, "trees", "a sonnet") == "done"
    assert "what can be asked" in lab._results.cards[1].value
    assert "what can be asked" in lab._results.table.value
    assert lab.message.startswith("1 answered, 1 refused")
    assert "2 of 2 done" in lab._progress.value
    assert "Two answers" in lab._results.overlap.value


def test_strangers_text_is_escaped(lab: PromptLab) -> None:
    assert asked(lab, f"trees {EVIL}", f"a <b>sonnet</b> about {EVIL}") == "done"
    shown = [card.value for card in lab._results.cards] + [lab._results.table.value, lab._results.overlap.value]
    assert not any("<img src=x" in html or "<b>sonnet" in html for html in shown)


def test_an_area_limits_the_pictures(lab: PromptLab) -> None:
    lab.area = TRIANGLE
    assert asked(lab, "vegetation") == "done"
    assert lab.comparison.scene.sizes["x"] == 60
    lab.area = {"type": "Polygon", "coordinates": [[[500, 500], [600, 500], [600, 600], [500, 500]]]}
    assert "outside the scene" in lab.message
    assert asked(lab, "vegetation") == "failed"
    assert "outside the scene" in lab.message


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_too_few_and_too_many_are_told(lab: PromptLab, count: int) -> None:
    assert asked(lab, *["trees"] * count) == "failed"
    assert f"there are {count}" in lab.message


@pytest.mark.parametrize("area", [None, {"type": "Polygon", "coordinates": [[[500, 500], [600, 500], [600, 600], [500, 500]]]}])
def test_a_start_that_is_refused_leaves_the_last_answers(lab: PromptLab, area: dict[str, object] | None) -> None:
    asked(lab, "vegetation", "trees")
    before, shown = lab.comparison, [card.value for card in lab._results.cards]
    lab.area = area
    assert asked(lab, *["trees"] * (2 if area else MOST + 1)) == "failed"
    assert lab.comparison is before
    assert [card.value for card in lab._results.cards] == shown
    assert not lab._results.file.save.disabled
    assert "2 of 2 done" in lab._progress.value


def test_a_limited_answer_says_so_in_card_and_table(lab: PromptLab) -> None:
    asked(lab, "vegetation", "vegetation in the north")
    whole, north = (card.value for card in lab._results.cards[:2])
    assert "% of the north ·" in north
    assert "only the north of the area was looked at" in north
    assert "the north" not in whole
    assert lab._results.table.value.count("<small>of the north</small>") == 1


def test_a_long_instruction_is_clamped_and_told_whole(lab: PromptLab) -> None:
    long = "water " * 330
    asked(lab, long, "vegetation")
    for html in (lab._results.cards[0].value, lab._results.overlap.value, lab._results.table.value):
        assert f'title="{long.strip()}"' in html or f'title="“{long.strip()}”"' in html
    assert len(lab._results.cards[0].value.split('alt="')[1].split('"')[0]) == 120


def test_cancel_keeps_the_answers_that_are_there(scene: xr.DataArray) -> None:
    reached, released = threading.Event(), threading.Event()

    class Waiting(FakeSpex):
        def segment(self, *arguments: object, **keywords: object) -> object:
            if self.asked == 1:
                reached.set()
                assert released.wait(30)
            return super().segment(*arguments, **keywords)

    lab = PromptLab(scene, model=Waiting(window=96))
    lab.instructions = ["vegetation", "trees", "water"]
    lab.run()
    assert reached.wait(30)
    assert not lab.run()
    assert "1 of 3 done" in lab._progress.value
    lab._cancel.click()
    released.set()
    assert finished(lab) == "cancelled"
    assert list(lab.comparison.table["instruction"]) == ["vegetation"]
    assert "waiting" in lab._results.cards[2].value
    assert "spx-step-active" not in lab._progress.value
    assert asked(lab, "water") == "done"


def test_a_run_leaves_nothing_of_the_last_one_behind(lab: PromptLab) -> None:
    asked(lab, "vegetation", "trees")
    before = open_widgets()
    asked(lab, "water", "trees")
    assert open_widgets() == before


def test_a_cancel_right_after_the_start_is_heard(lab: PromptLab, monkeypatch: pytest.MonkeyPatch) -> None:
    with late_threads(monkeypatch):
        lab.run()
        assert lab.status == "running"
        lab.cancel()
    assert finished(lab) == "cancelled"


def test_what_cannot_start_now_is_told(lab: PromptLab, monkeypatch: pytest.MonkeyPatch) -> None:
    with late_threads(monkeypatch):
        lab.run()
        lab._ask("trees")
        assert "at work" in lab.message
    assert finished(lab) == "done"


def test_the_table_is_saved(lab: PromptLab, tmp_path: Path) -> None:
    assert lab._results.file.save.disabled
    asked(lab, "vegetation", "trees")
    lab._results.file.name.value = str(tmp_path / "compared.csv")
    lab._results.file.save.click()
    assert list(pd.read_csv(tmp_path / "compared.csv")["instruction"]) == ["vegetation", "trees"]
    lab._results.file.name.value = str(tmp_path / "no" / "such" / "folder.csv")
    lab._results.file.save.click()
    assert "spx-error" in lab._results.file.message.value


def test_what_nobody_foresaw_is_shown(scene: xr.DataArray, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeSpex):
        def interpret(self, texts: list[str]) -> list:
            raise RuntimeError(f"{texts[0]}: out of luck")

    lab = PromptLab(scene, model=Broken())
    assert asked(lab, "trees") == "failed"
    assert lab.message == "RuntimeError: trees: out of luck"
    assert "out of luck" in caplog.text


def test_every_control_has_a_label(lab: PromptLab) -> None:
    controls = [lab._text, lab._run, lab._cancel, lab._results.file.name, lab._results.file.save]
    assert all(control.description and control.tooltip for control in controls)


class Everywhere:
    name = "all <b>of it</b>"

    def predict(self, scene: xr.DataArray, _: str) -> "Everywhere":
        self.mask = np.ones(scene.shape[1:], bool)
        return self


def test_another_method_gets_a_column(scene: xr.DataArray) -> None:
    lab = PromptLab(scene, model=FakeSpex(window=96), baseline=Everywhere())
    assert asked(lab, "trees", "a sonnet") == "done"
    page = lab._results.table.value
    assert "All &lt;b&gt;of it&lt;/b&gt;" in page
    assert f"IoU {lab.comparison.table['baseline_iou'][0]:.2f} with the mask" in page
    assert 'colspan="9"' in page, "a refusal spans the column, too"
    assert asked(PromptLab(scene, model=FakeSpex(window=96)), "trees") == "done"
