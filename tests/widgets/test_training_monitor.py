import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spexlab.targets import COLOURS
from spexlab.training.curves import plot_curves, plot_runs
from spexlab.training.run import TrainingRun
from tests.support.runs import write_run
from widgets.labs.training_monitor import TrainingMonitor
from widgets.labs.training_report import figures_html, head_html, sample_html, steps_per_second


@pytest.fixture
def watch() -> Iterator[Callable[..., TrainingMonitor]]:
    opened: list[TrainingMonitor] = []

    def opening(run: TrainingRun) -> TrainingMonitor:
        opened.append(TrainingMonitor(run))
        return opened[-1]

    yield opening
    for monitor in opened:
        monitor.close()


def wanted(run: TrainingRun) -> str:
    return json.loads((run.folder / "control.json").read_text())["wanted"]


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def test_a_run_that_has_not_begun_is_waited_for(tmp_path: Path, watch: Callable[..., TrainingMonitor]) -> None:
    monitor = watch(TrainingRun(tmp_path / "run"))
    assert monitor.state == "waiting"
    assert monitor._pause.disabled
    assert monitor._steps.disabled
    write_run(tmp_path / "run", steps=100)
    assert eventually(lambda: monitor.state == "running" and monitor.sample == 100)
    assert eventually(lambda: monitor._curves.value.count("<svg") == 1)
    assert "100 of 400" in monitor._figures.value


def test_pause_resume_and_stop_reach_the_folder(tmp_path: Path, watch: Callable[..., TrainingMonitor]) -> None:
    run = write_run(tmp_path, steps=50)
    monitor = watch(run)
    monitor._pause.click()
    assert wanted(run) == "pause"
    assert "pause" in monitor._news.value
    assert monitor._pause.disabled
    write_run(tmp_path, steps=50, state="paused")
    monitor.look()
    assert (monitor._resume.disabled, monitor._stop.disabled) == (False, False)
    monitor._resume.click()
    assert wanted(run) == "run"
    write_run(tmp_path, steps=55)
    monitor.look()
    monitor._stop.click()
    assert wanted(run) == "stop"
    write_run(tmp_path, steps=55, state="stopped", message="saved at step 55")
    monitor.look()
    assert "saved at step 55" in monitor._news.value
    assert all(pressed.disabled for pressed in (monitor._pause, monitor._resume, monitor._stop))


def test_who_looks_at_the_latest_picture_follows_to_the_next(tmp_path: Path, watch: Callable[..., TrainingMonitor]) -> None:
    monitor = watch(write_run(tmp_path, steps=200))
    assert monitor.sample == 200
    write_run(tmp_path, steps=300)
    monitor.look()
    assert monitor.sample == 300
    monitor.sample = 100
    assert "after 100 steps" in monitor._picture.value
    write_run(tmp_path, steps=400)
    monitor.look()
    assert monitor.sample == 100


def test_nothing_is_drawn_twice(tmp_path: Path, watch: Callable[..., TrainingMonitor], monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    monkeypatch.setattr("widgets.labs.training_monitor.curves_html", lambda _: drawn.append(1) or "drawn")
    monitor = watch(write_run(tmp_path, steps=100))
    for _ in range(5):
        monitor.look()
    assert len(drawn) == 1


def test_a_failure_is_shown_as_text(tmp_path: Path, watch: Callable[..., TrainingMonitor]) -> None:
    monitor = watch(write_run(tmp_path, steps=10, state="failed", message="out of memory <img src=x onerror=alert(1)>"))
    assert "spx-error" in monitor._news.value
    assert "<img" not in monitor._news.value
    assert "<b>" not in head_html("runs/<b>", "running").split("spx-facts")[1]


def test_closing_ends_the_watch(tmp_path: Path) -> None:
    monitor = TrainingMonitor(tmp_path / "run")
    monitor.close()
    write_run(tmp_path / "run", steps=10)
    time.sleep(1)
    assert monitor.state == "waiting"


def test_pace_is_the_recent_one() -> None:
    early = [(step, 10.0 * step) for step in range(10)]
    late = [(10 + step, 100.0 + 0.5 * step) for step in range(10)]
    curves = pd.DataFrame(early + late, columns=["step", "seconds"])
    assert steps_per_second(curves) == pytest.approx(2.0)
    assert steps_per_second(curves.head(1)) is None
    assert "1 min 0 s" in figures_html(20, 140, curves)


def test_the_figure_parts_losses_from_scores(tmp_path: Path) -> None:
    left, right = plot_curves(write_run(tmp_path, steps=300)).axes
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["loss", "validation loss"]
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["validation IoU"]
    empty, _ = plot_curves(TrainingRun(tmp_path / "none")).axes
    assert empty.texts[0].get_text() == "nothing measured yet"


def test_a_target_has_its_colour_on_maps_and_its_name_in_the_legend(tmp_path: Path) -> None:
    run = write_run(tmp_path, steps=100)
    with (tmp_path / "curves.csv").open("a") as file:
        file.write("100,50,validation_iou_low_vegetation,0.5\n100,50,validation_iou_$new$,0.5\n")
    lines = {line.get_label(): line.get_color() for line in plot_curves(run).axes[1].lines}
    assert list(lines) == ["validation IoU", "low vegetation", "$new$"]
    assert lines["low vegetation"] == COLOURS["low vegetation"]


def test_the_frame_of_the_curves_stays_while_they_grow(tmp_path: Path) -> None:
    early, late = (plot_curves(write_run(tmp_path, steps=steps)).axes for steps in (0, 300))
    for before, after in zip(early, late, strict=True):
        assert before.get_position().bounds == after.get_position().bounds
        assert before.get_xlim() == after.get_xlim() == (0, 400)
    assert plot_curves(write_run(tmp_path, steps=300, state="stopped")).axes[0].get_xlim() == (0, 300)


def test_runs_side_by_side_have_a_hue_each_and_one_frame(tmp_path: Path) -> None:
    long, short = write_run(tmp_path / "long", steps=300, state="stopped"), write_run(tmp_path / "short", steps=20, state="stopped")
    left, right = plot_runs({"all weights": long, "adapters": short}).axes
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["all weights", "adapters"]
    assert [line.get_label() for line in right.lines] == ["all weights", "adapters"]
    assert right.lines[0].get_color() != right.lines[1].get_color()
    assert left.get_xlim() == right.get_xlim() == (0, 300)
    np.testing.assert_allclose(right.lines[1].get_ydata(), 0.75 * (1 - np.exp(-5 / 120)), atol=1e-4)


def test_runs_that_have_not_begun_say_so_and_none_is_refused(tmp_path: Path) -> None:
    axes = plot_runs({"later": TrainingRun(tmp_path / "none")}).axes
    assert [one.texts[0].get_text() for one in axes] == ["nothing measured yet"] * 2
    with pytest.raises(ValueError, match="must be a run to draw"):
        plot_runs({})


def test_a_picture_names_its_panels_and_the_classes_in_it(tmp_path: Path) -> None:
    told = sample_html(write_run(tmp_path, steps=100).snapshots()[-1])
    assert all(f"<span>{name}</span>" in told for name in ("Image", "Truth", "Prediction after 100 steps"))
    assert ("water" in told, "trees" in told) == (True, False)
    assert 'width="288" height="96"' in told


def test_a_folder_that_cannot_be_read_is_told_and_looked_at_again(tmp_path: Path, watch: Callable[..., TrainingMonitor]) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "status.json").write_text("{half")
    monitor = watch(TrainingRun(folder))
    assert "must hold a JSON object" in monitor._news.value
    write_run(folder, steps=20)
    assert eventually(lambda: monitor.state == "running")
    assert eventually(lambda: "JSON" not in monitor._news.value)


def test_a_file_is_no_run(tmp_path: Path, watch: Callable[..., TrainingMonitor]) -> None:
    (tmp_path / "model.safetensors").write_text("")
    assert "spx-error" in watch(TrainingRun(tmp_path / "model.safetensors"))._news.value


def test_a_broken_picture_leaves_the_rest(tmp_path: Path, watch: Callable[..., TrainingMonitor]) -> None:
    run = write_run(tmp_path / "run", steps=100)
    (run.folder / "snapshots" / "step-000100.png").write_text("no picture")
    monitor = watch(run)
    assert "cannot be shown" in monitor._picture.value
    assert monitor.state == "running"
    monitor.sample = 0
    assert "<img" in monitor._picture.value


def test_what_has_ended_has_no_time_left(tmp_path: Path, watch: Callable[..., TrainingMonitor]) -> None:
    run = write_run(tmp_path / "run", steps=100)
    assert "<b>–</b><span>left" not in watch(run)._figures.value
    write_run(run.folder, steps=100, state="failed", message="out of memory")
    assert "<b>–</b><span>left" in watch(run)._figures.value
