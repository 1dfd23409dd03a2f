"""The threshold sliders of the Explorer: what a movement changes at once, and where it is kept."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spexlab import Explorer
from tests.support.apps import EVIL, asked, finished, open_widgets, shown_masks
from tests.support.canyon import canyon_scene
from tests.support.fakes import FakeSpex
from tests.support.measured import GOOD_TRUST, LAKE
from widgets.explorer.thresholds import ThresholdRow, change_text
from widgets.parts.trust import trust_html


@pytest.fixture
def explorer() -> Explorer:
    return asked(Explorer(canyon_scene(size=96, pond=True), model=FakeSpex(window=96)), "water")


def move(explorer: Explorer, value: float, target: str = "water") -> None:
    explorer._controls.thresholds.rows[target].slider.value = value
    assert explorer.wait(30)


def test_a_movement_changes_mask_numbers_trust_and_words_and_runs_no_model(explorer: Explorer) -> None:
    first, model = explorer.extraction, explorer._model
    legend, words, run_before = explorer._controls.legend.value, explorer._controls.words.value, model.asked
    move(explorer, 0.95)
    assert model.asked == run_before
    assert explorer.extraction.mask.sum() < first.mask.sum()
    np.testing.assert_array_equal(explorer.extraction.mask, first.cut_at(0.95).mask)
    assert shown_masks(explorer) == ["water"]
    assert explorer._controls.legend.value != legend
    assert explorer._controls.words.value != words
    assert "0.95, set by hand" in explorer._controls.trust.value
    assert "less than first answered" in explorer._controls.thresholds.rows["water"].change.value


def test_reset_brings_the_first_answer_back(explorer: Explorer) -> None:
    first, row = explorer.extraction, explorer._controls.thresholds.rows["water"]
    assert row.reset.disabled
    move(explorer, 0.95)
    assert not row.reset.disabled
    row.reset.click()
    assert explorer.wait(30)
    assert explorer.extraction is first, "with the model's own words"
    assert row.change.value == ""


def test_targets_are_cut_apart_and_a_new_answer_has_its_own_sliders(explorer: Explorer) -> None:
    asked(explorer, "water and vegetation")
    assert list(explorer._controls.thresholds.rows) == ["water", "vegetation"]
    before = explorer.extraction.mask.sel(target="vegetation").copy()
    move(explorer, 0.95)
    np.testing.assert_array_equal(explorer.extraction.mask.sel(target="vegetation"), before)
    held = open_widgets()
    asked(explorer, "water and vegetation")
    assert open_widgets() == held
    assert explorer.extraction.provenance["by_hand"] == []


def test_the_threshold_is_kept_in_history_session_and_export(explorer: Explorer, tmp_path: Path) -> None:
    move(explorer, 0.95)
    (entry,) = explorer._panels.history.entries
    assert entry.thresholds == {"water": 0.95}
    assert entry.answer.shown is explorer.extraction
    assert "cut at 0.95" in explorer._panels.history.table.rows[0][2]
    explorer._panels.exports.folder.value = str(tmp_path)
    written = json.loads(explorer._panels.exports.write("GeoJSON").read_text())
    assert written["provenance"]["thresholds"] == {"water": 0.95}
    explorer.save_session(tmp_path / "session.json")
    model = FakeSpex(window=96)
    another = Explorer(canyon_scene(size=96, pond=True), model=model)
    another._panels.history.replace([replace(entry, answer=None, scene=another._shown)])
    another._panels.history.table.pick(0)
    assert finished(another) == "done"
    assert another.extraction.provenance["by_hand"] == ["water"]
    np.testing.assert_array_equal(another.extraction.mask, explorer.extraction.mask)
    (saved,) = json.loads((tmp_path / "session.json").read_text())["history"]
    assert saved["provenance"]["by_hand"] == ["water"]


def test_a_name_that_was_typed_for_the_files_stays(explorer: Explorer) -> None:
    explorer._panels.exports.name.value = "my lake"
    move(explorer, 0.95)
    assert explorer._panels.exports.name.value == "my lake"


def test_an_answer_that_was_cut_is_recalled_as_it_was_and_can_be_cut_on(explorer: Explorer) -> None:
    own = explorer.extraction
    move(explorer, 0.95)
    asked(explorer, "vegetation")
    explorer._panels.history.table.pick(1)
    assert explorer.wait(30)
    row = explorer._controls.thresholds.rows["water"]
    assert row.slider.value == 0.95
    row.reset.click()
    assert explorer.wait(30)
    np.testing.assert_array_equal(explorer.extraction.mask, own.mask)
    assert explorer.extraction.provenance["by_hand"] == []


def test_what_changed_is_said_in_words() -> None:
    more = replace(LAKE, pixels=1500, area_m2=678_000.0, n_regions=5)
    assert change_text(LAKE, more) == "22.6 ha more than first answered; 3 → 5 regions"
    assert change_text(more, LAKE) == "22.6 ha less than first answered; 5 → 3 regions"
    assert change_text(replace(LAKE, area_m2=None), replace(more, area_m2=None)).startswith("500 px more")
    assert change_text(LAKE, LAKE) == ""


def test_the_trust_line_has_its_level_and_its_details_and_escapes_what_it_quotes() -> None:
    html = trust_html(replace(GOOD_TRUST, background=replace(GOOD_TRUST.background, outside=(f"has {EVIL}",))))
    assert 'class="spx-trust spx-trust-fair"' in html
    assert "<dt>Held-out IoU</dt>" in html
    assert "<img" not in html


def test_what_a_browser_makes_of_the_own_threshold_is_no_other() -> None:
    row = ThresholdRow("trees", own=0.4093, threshold=0.4093)
    row.slider.value = 0.01 + 40 * 0.01  # as the browser steps: 0.41000000000000003
    assert row.threshold == 0.4093
    row.slider.value = 0.42000000000000004
    assert row.threshold == 0.42
