"""`spexlab doctor`."""

import json
from pathlib import Path

import pytest

from spexlab import cli, doctor
from spexlab.doctor import Finding

WELL = Finding("Python", "ok", "3.12.1")
NOTED = Finding("Port", "note", "8888 is taken", "open the address that Jupyter prints")
ILL = Finding("Disk", "problem", "0.1 GiB are free", "make room")


def _run(monkeypatch: pytest.MonkeyPatch, *findings: Finding, arguments: tuple[str, ...] = ()) -> int:
    monkeypatch.setattr(doctor, "examine", lambda _, **__: list(findings))
    with pytest.raises(SystemExit) as end:
        cli.main(["doctor", *arguments])
    return int(end.value.code or 0)


def test_a_machine_with_notes_is_ready(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch, WELL, NOTED) == 0
    said = capsys.readouterr().out
    assert "✓ Python: 3.12.1" in said
    assert "→ open the address" in said
    assert said.endswith("This machine is ready.\n")


def test_a_machine_with_a_problem_is_not(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch, WELL, ILL) == 1
    assert "✗ Disk: 0.1 GiB are free" in capsys.readouterr().out


def test_one_object_says_the_same(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch, WELL, ILL, arguments=("--json",)) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ready"] is False
    assert answer["findings"][1] == {"name": "Disk", "state": "problem", "found": "0.1 GiB are free", "advice": "make room"}


def test_the_folder_and_the_port_are_those_that_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = {}
    monkeypatch.setattr(doctor, "examine", lambda folder, *, port: seen.update(folder=folder, port=port) or [WELL])
    with pytest.raises(SystemExit):
        cli.main(["doctor", str(tmp_path), "--port", "8899"])
    assert seen == {"folder": tmp_path, "port": 8899}
