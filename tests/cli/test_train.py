"""Training and converting from the command line."""

import sys
from pathlib import Path

import pytest

from spexlab.cli import main
from spexlab.training import TrainingRun
from tests.support.runs import write_run


def _exit_code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


def test_pretrain_without_labelled_scenes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "run")
    options = ["--simulated", "2", "--validation-share", "0", "--steps", "1", "--batch-size", "1"]
    assert _exit_code("pretrain", "--out", out, *options) == 0
    assert "finished after 1 of 1 steps" in capsys.readouterr().out
    assert (TrainingRun(out).model / "backbone" / "config.json").is_file()
    assert _exit_code("pretrain", "--out", out, *options) == 2
    assert "holds a run already" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["pretrain", "finetune"])
def test_what_is_wrong_with_the_folder_is_known_before_any_place_is_opened(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _exit_code(command, "--data", "nowhere", "--out", "/proc/run") == 2
    assert "cannot write '/proc/run'" in capsys.readouterr().err
    write_run(tmp_path / "run", steps=0)
    assert _exit_code(command, "--data", "nowhere", "--out", str(tmp_path / "run")) == 2
    assert "holds a run already" in capsys.readouterr().err


def test_a_missing_extra_is_known_before_any_place_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    assert _exit_code("finetune", "--data", "nowhere", "--lora", "--out", str(tmp_path / "run")) == 2
    assert capsys.readouterr().err.strip().endswith("pip install 'spexlab[train]'")
    for name in [name for name in sys.modules if name.startswith("spexlab.training")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "accelerate.utils.memory", None)
    assert _exit_code("pretrain", "--data", "nowhere", "--out", str(tmp_path / "run")) == 2
    assert capsys.readouterr().err.strip().endswith("pip install 'spexlab[train]'")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pretrain", "--simulated", "0"], "at least one place"),
        (["pretrain", "--data", "nowhere"], "manifest.json"),
        (["finetune", "--data", "somewhere", "--rank", "4"], "--rank is that of the adapters of --lora"),
        (["finetune", "--spie", "elsewhere", "--data", "somewhere"], "--data has no effect"),
        (["finetune", "--spie", "elsewhere", "--simulated", "3"], "--simulated has no effect"),
        (["finetune", "--spie", "elsewhere", "--validation-share", "0.2"], "--validation-share has no effect"),
        (["finetune", "--spie", "elsewhere", "--held-out-share", "0.2"], "--held-out-share has no effect"),
        (["finetune", "--spie", "elsewhere"], "a SPIE folder holds a list"),
        (["finetune", "--simulated", "1", "--validation-share", "0", "--model", "no-such-model"], "no-such-model"),
        (["pretrain", "--steps", "0"], "steps must be above 0"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    assert _exit_code(*arguments, "--out", str(tmp_path / "run")) == 2
    error = capsys.readouterr().err.strip()
    assert told in error
    assert "\n" not in error


def test_convert_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _exit_code("convert", str(tmp_path / "nothing"), str(tmp_path / "out")) == 2
    error = capsys.readouterr().err
    assert "config.json" in error
    assert not (tmp_path / "out").exists()
    assert _exit_code("convert", str(tmp_path / "nothing"), "/proc/out") == 2
    assert "cannot write '/proc/out'" in capsys.readouterr().err
