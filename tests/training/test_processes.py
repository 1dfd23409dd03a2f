"""Several processes train one model: each sees its own samples, and has all weights or a part of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from spexlab.extraction import load_model
from spexlab.training import FSDP_CONFIG, TrainingRun, load_segmenter
from tests.support.train_sharded import adapt, tune
from tests.support.train_tiny import losses, tiny_run

ROOT = Path(__file__).parents[2]
SUPPORT = ROOT / "tests" / "support"
# "--multi_gpu" chooses torch's launcher, of which "--cpu" alone would make one process; without GPUs they talk by gloo.
WHOLE = ("--multi_gpu", "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no")


def _launch(*script: object, how: tuple[str, ...]) -> None:
    two = ["--num_processes", "2", "--num_cpu_threads_per_process", "1", "--main_process_port", "0"]
    command = [sys.executable, "-m", "accelerate.commands.launch", *how, *two, *map(str, script)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr[-3000:]


def test_two_processes_share_a_step(tmp_path: Path) -> None:
    watched = ("--validation", 1, "--patience", 2)
    _launch(SUPPORT / "train_tiny.py", tmp_path / "two", "--drop-path", 0, *watched, how=WHOLE)
    two = TrainingRun(tmp_path / "two")
    assert two.state == "finished"
    assert (two.folder / "best" / "model.safetensors").is_file()
    # Two processes with two samples each take the step that one takes with four, in two parts: each saw its own half.
    one = tiny_run(tmp_path / "one", drop_path=0.0, batch_size=4, micro_batches=2)
    assert losses(two) == pytest.approx(losses(one), abs=1e-5)


@pytest.fixture(scope="module")
def sharded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sharded")
    _launch(SUPPORT / "train_sharded.py", folder, how=("--config_file", str(FSDP_CONFIG)))
    return folder


def test_weights_that_are_spread_over_processes_learn_what_whole_ones_do_also_after_a_stop(sharded: Path, tmp_path: Path) -> None:
    alone = tune(tmp_path / "alone", batch_size=4, micro_batches=2)
    spread = TrainingRun(sharded / "whole")
    assert (spread.state, spread.step) == ("finished", 3)
    assert losses(spread) == pytest.approx(losses(alone), abs=1e-4)
    first, second = (load_model(run.model).model.state_dict() for run in (spread, alone))
    assert set(first) == set(second)
    assert max(float((first[name] - second[name]).abs().max()) for name in first) < 1e-3
    seen = [run.curves().query("name == 'validation_loss'")["value"].to_list() for run in (spread, alone)]
    assert seen[0] == pytest.approx(seen[1], abs=1e-3)


def test_adapters_beside_spread_weights_are_merged(sharded: Path, tmp_path: Path) -> None:
    spread, alone = TrainingRun(sharded / "adapters"), adapt(tmp_path / "alone", batch_size=4, micro_batches=2)
    assert (spread.folder / "best" / "adapter_model.safetensors").is_file()
    assert losses(spread) == pytest.approx(losses(alone), abs=1e-4)
    assert set(load_model(spread.model).model.state_dict()) == set(load_model(alone.model).model.state_dict())


def test_a_backbone_is_pretrained_by_spread_weights(sharded: Path, tmp_path: Path) -> None:
    spread = TrainingRun(sharded / "backbone")
    assert load_segmenter(spread.model).targets
    assert losses(spread) == pytest.approx(
        losses(tiny_run(tmp_path / "alone", drop_path=0.0, batch_size=4, micro_batches=2)), abs=1e-4
    )


def test_an_average_of_spread_weights_is_refused(sharded: Path) -> None:
    assert "average=0.9 needs all weights in each process" in TrainingRun(sharded / "average").message
