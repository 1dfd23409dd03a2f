import threading
import time
from collections.abc import Iterator

import ipywidgets as W
import numpy as np
import pytest
import traitlets as T
import xarray as xr

import spexlab
from spexlab import Explorer
from tests.support.apps import EVIL, asked, finished, forest_explorer, late_threads, open_widgets, shown_masks
from tests.support.canyon import canyon_scene
from tests.support.fakes import FakeSpex
from widgets.explorer.run import _coarse

CONTROLS = (
    W.Button,
    W.Checkbox,
    W.ColorPicker,
    W.Dropdown,
    W.FileUpload,
    W.FloatRangeSlider,
    W.FloatSlider,
    W.IntText,
    W.Text,
    W.ToggleButton,
    W.ToggleButtons,
)


class WaitingSpex(FakeSpex):
    """Waits in its first window until it is released, so that a test can look at a run at work."""

    def __init__(self) -> None:
        super().__init__(window=100)
        self.reached, self.released = threading.Event(), threading.Event()

    def encode(self, pixels: xr.DataArray) -> tuple[xr.DataArray, bool]:
        self.reached.set()
        assert self.released.wait(30)
        return super().encode(pixels)


@pytest.fixture
def explorer() -> Explorer:
    return forest_explorer()


def test_a_click_on_run_ends_in_mask_statistics_and_checked_words(explorer: Explorer) -> None:
    explorer._controls.instruction.value = "vegetation"
    explorer._controls.run.click()
    assert finished(explorer) == "done"
    assert explorer.extraction.targets == ["vegetation"]
    assert shown_masks(explorer) == ["vegetation"]
    assert f"{100 * explorer.extraction.evidence[0].measurement.share:.1f} %" in explorer._controls.legend.value
    assert "These sentences agree with the mask" in explorer._controls.words.value
    assert "spx-caret" not in explorer._controls.words.value


def test_the_whole_mask_is_shown_before_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    scene, spex, drawn = canyon_scene(size=96, pond=True), FakeSpex(window=32), []
    explorer = Explorer(scene, model=spex)  # its windows come so fast that most previews are left out
    draw = explorer._map.set_mask
    monkeypatch.setattr(explorer._map, "set_mask", lambda target, mask: (drawn.append(int(mask.sum())), draw(target, mask)))
    said: list[int] = []
    monkeypatch.setattr(spex, "write", lambda evidence: (said.append(drawn[-1]), evidence)[1])
    asked(explorer, "water")
    assert said == [int(explorer.extraction.mask.sum())]


def test_enter_in_the_instruction_runs_it(explorer: Explorer) -> None:
    explorer.instruction = "trees"
    explorer._keys._handle_custom_msg({"key": "Enter", "text": "the water"}, [])
    assert finished(explorer) == "done"
    assert explorer.instruction == "the water"
    assert explorer.extraction.targets == ["water"]


def test_a_chip_types_its_example(explorer: Explorer) -> None:
    explorer._controls.chips[1].click()
    assert explorer.instruction == explorer._controls.instruction.value == explorer._controls.chips[1].description
    assert explorer.status == "ready"


def test_each_target_has_a_mask_of_its_own_and_the_next_run_starts_afresh(explorer: Explorer) -> None:
    explorer.instruction = "vegetation and water"
    explorer.run()
    assert finished(explorer) == "done"
    assert sorted(shown_masks(explorer)) == ["vegetation", "water"]
    explorer.instruction = "water"
    explorer.run()
    assert finished(explorer) == "done"
    assert shown_masks(explorer) == ["water"]
    assert "features reused" in explorer.message


def test_the_sample_scene_is_shown_unless_another_is_given() -> None:
    assert Explorer().scene.attrs["title"] == spexlab.sample_scene().attrs["title"]


def test_what_is_no_keyword_or_no_scene_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        Explorer(colour="red")
    with pytest.raises(ValueError, match="band"):
        Explorer(xr.DataArray(np.zeros((4, 4), "float32"), dims=("y", "x")))


@pytest.mark.parametrize(
    ("instruction", "answer"),
    [("", "empty"), ("a sonnet", "what can be asked"), (EVIL, "&lt;img"), ("trees " * 2000, "characters")],
    ids=["empty", "unknown", "markup", "endless"],
)
def test_a_bad_instruction_is_answered_in_the_panel(explorer: Explorer, instruction: str, answer: str) -> None:
    explorer.instruction = instruction
    explorer._controls.run.click()
    assert finished(explorer) == "failed"
    assert answer in explorer._controls.message.value
    assert "<img" not in explorer._controls.message.value
    assert not explorer._controls.run.disabled
    assert explorer.extraction is None


def test_what_nobody_foresaw_is_shown_too(explorer: Explorer, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeSpex):
        def interpret(self, texts: list[str]) -> list:
            raise RuntimeError(f"{texts[0]}: out of luck {EVIL}")

    explorer = Explorer(explorer.scene, model=Broken(window=100))
    explorer.instruction = "vegetation"
    explorer.run()
    assert finished(explorer) == "failed"
    assert explorer.message.startswith("RuntimeError: vegetation: out of luck")
    assert "<img" not in explorer._controls.message.value
    assert "out of luck" in caplog.text


def test_an_unknown_model_is_an_error_in_the_panel(explorer: Explorer) -> None:
    explorer = Explorer(explorer.scene, model="no-such-model")
    explorer.instruction = "vegetation"
    explorer.run()
    assert finished(explorer) == "failed"
    assert "no-such-model" in explorer.message


def test_cancel_stops_and_the_next_run_works(explorer: Explorer) -> None:
    spex = WaitingSpex()
    explorer = Explorer(explorer.scene, model=spex)
    explorer.instruction = "vegetation"
    assert explorer.run()
    assert spex.reached.wait(30)
    assert explorer.status == "running"
    assert explorer._controls.run.disabled
    assert not explorer.run()
    explorer.instruction = "typed while it runs"
    explorer._controls.cancel.click()
    spex.released.set()
    assert finished(explorer) == "cancelled"
    assert explorer._controls.cancel.disabled
    assert explorer.extraction is None
    explorer.instruction = "vegetation"
    explorer.run()
    assert finished(explorer) == "done"


def test_a_cancel_right_after_the_start_is_heard(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    explorer.instruction = "vegetation"
    with late_threads(monkeypatch):
        assert explorer.run()
        assert explorer.status == "running"
        assert (explorer._controls.run.disabled, explorer._controls.cancel.disabled) == (True, False)
        explorer.cancel()
    assert finished(explorer) == "cancelled"
    assert explorer.extraction is None


def test_a_scene_cannot_change_under_a_run_that_only_just_started(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    explorer.instruction, scene = "vegetation", explorer.scene
    with late_threads(monkeypatch):
        explorer.run()
        with pytest.raises(ValueError, match="at work"):
            explorer.show_scene(spexlab.simulate_scene(1, size=64)[0])
    assert finished(explorer) == "done"
    assert explorer.scene is scene


def test_the_next_scene_may_be_shown_when_a_run_says_that_it_is_done(explorer: Explorer) -> None:
    after = spexlab.simulate_scene(1, size=64)[0]
    explorer.observe(lambda change: change["new"] == "done" and explorer.show_scene(after), "status")
    explorer.instruction = "vegetation"
    explorer.run()
    assert finished(explorer) == "ready"
    assert explorer.scene is after


def test_another_scene_leaves_nothing_of_the_last_one_behind(explorer: Explorer) -> None:
    one, other = explorer.scene, spexlab.simulate_scene(1, size=64)[0]
    explorer.show_scene(other)
    explorer.show_scene(one)
    before = open_widgets()
    for scene in (other, one, one):
        explorer.show_scene(scene)
    assert open_widgets() == before
    explorer._map.pin(3.0, 4.0)
    explorer._map.unpin()
    assert open_widgets() == before


def test_a_closed_app_leaves_nothing_behind(explorer: Explorer) -> None:
    before = open_widgets()
    another = Explorer(explorer.scene, model=FakeSpex(window=100))
    another.instruction = "vegetation"
    another.run()
    assert finished(another) == "done"
    another.close()
    assert open_widgets() == before


def test_apps_that_name_a_model_share_it_and_what_it_has_seen(explorer: Explorer) -> None:
    scene = explorer.scene.copy(deep=True) + 0.001  # that no other test has asked about
    first, second = (Explorer(scene.assign_attrs(explorer.scene.attrs)) for _ in range(2))
    for app in (first, second):
        app.instruction = "vegetation"
        app.run()
        assert finished(app) == "done"
    assert not first.extraction.features_reused
    assert second.extraction.features_reused


def test_the_composite_changes_the_picture_and_must_be_possible(explorer: Explorer) -> None:
    before = explorer._map._pictures["scene", ""].url
    explorer.composite = "false colour"
    assert explorer._map._pictures["scene", ""].url != before
    assert explorer.layers.look.presets.value == "false colour"
    explorer.composite = "nir, red, blue"
    assert explorer.layers.look.presets.value == "own bands"
    without_nir = Explorer(explorer.scene.sel(band=["blue", "green", "red"]), model=FakeSpex())
    assert without_nir.layers.look.presets.options == ("true colour", "own bands")
    with pytest.raises(T.TraitError, match="true colour"):
        without_nir.composite = "false colour"


def test_opacity_reaches_masks_that_are_there_and_those_to_come(explorer: Explorer) -> None:
    explorer.opacity = 0.3
    explorer.instruction = "vegetation"
    explorer.run()
    assert finished(explorer) == "done"
    assert explorer._map._pictures["mask", "vegetation"].opacity == 0.3
    explorer.layers.rows["mask"].slider.value = 0.6
    assert explorer._map._pictures["mask", "vegetation"].opacity == 0.6


def test_a_title_from_a_file_is_text(explorer: Explorer) -> None:
    scene = explorer.scene.assign_attrs(title=f"lake {EVIL}")
    head = Explorer(scene, model=FakeSpex())._head.value
    assert "<img" not in head
    assert "&lt;img" in head


def test_the_map_zooms_to_the_scene_when_the_browser_tells_its_size(explorer: Explorer) -> None:
    view = explorer._map._map
    view.zoom = 0.0
    # A map of 480 x 400 screen pixels, at one pixel each, shows 100 x 120 of the scene: four times can be magnified.
    view.set_trait("bounds", ((-250.0, -180.0), (150.0, 300.0)))
    assert view.zoom == pytest.approx(2.0)
    view.set_trait("bounds", ((-60.0, 0.0), (0.0, 60.0)))
    assert view.zoom == pytest.approx(2.0), "only once: later the view belongs to the user"


def test_every_control_has_a_label_and_a_hint(explorer: Explorer) -> None:
    controls = [widget for widget in descendants(explorer) if isinstance(widget, CONTROLS)]
    assert len(controls) > 30
    assert [widget for widget in controls if not (widget.description and widget.tooltip)] == []


def descendants(widget: W.Widget) -> Iterator[W.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from descendants(child)


def test_a_preview_of_a_large_area_is_coarser_and_lies_in_the_same_place() -> None:
    scene = spexlab.simulate_scene(3, size=64)[0]
    mask = scene.isel(band=0, drop=True) > 0.05
    assert _coarse(mask) is mask
    place = {"y": 5e6 - 10.0 * np.arange(2100), "x": 4e5 + 10.0 * np.arange(90)}
    large = xr.DataArray(np.random.default_rng(0).random((2100, 90)) > 0.8, dims=("y", "x"), coords=place)
    thin = _coarse(large)
    assert thin.shape == (700, 30)
    assert (float(thin.y[0]), float(thin.x[0])) == (5e6 - 10, 4e5 + 10)
    np.testing.assert_array_equal(thin, large.values.reshape(700, 3, 30, 3).any(axis=(1, 3)))


def test_a_mask_of_everything_offers_what_to_ask_next_and_a_click_asks_it() -> None:
    scene = spexlab.sample_scene().isel(y=slice(0, 40), x=slice(0, 40))  # forest and nothing else
    explorer = asked(Explorer(scene, model=FakeSpex(window=64)), "vegetation")
    assert "nearly all" in explorer._controls.advice.value or "covers all" in explorer._controls.advice.value
    chips = {chip.description: chip for chip in explorer._controls.questions.children}
    assert "trees" in chips
    chips["trees"].click()
    assert finished(explorer) == "done"
    assert explorer.extraction.targets == ["trees"]
    assert "vegetation" not in explorer._controls.advice.value


def test_loading_the_model_is_told_apart_from_the_run(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    explorer._model, fake = "slow-to-load", explorer._model

    def loaded(_: str) -> object:
        time.sleep(0.6)
        return fake

    monkeypatch.setattr("spexlab.extraction.loading.shared_model", loaded)
    monkeypatch.setattr("spexlab.extraction.loading.size_in_words", lambda _: "4.0 million parameters")
    asked(explorer, "water")
    done, _, before = explorer.message.partition(" Loading the model took ")
    assert float(before.removesuffix(" s more.")) >= 0.6
    assert float(done.removeprefix("Done in ").removesuffix(" s.")) < 0.6


def test_a_long_run_is_told_before_it_starts(explorer: Explorer) -> None:
    asked(explorer, "water")
    explorer._pace._seconds = 1.0  # a second a pixel
    explorer.area = {"type": "Polygon", "coordinates": [[[0, 0], [60, 0], [60, 60], [0, 60], [0, 0]]]}
    assert "about 60 min at the pace of the last run" in explorer._controls.where.value


def test_what_a_notebook_keeps_of_an_app_says_how_to_see_it_again(explorer: Explorer) -> None:
    assert repr(explorer) == "Explorer: run this cell again to see it."
