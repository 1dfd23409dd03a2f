"""`make` and its .venv; nothing is installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


@pytest.mark.parametrize("folder", ["here", "with a space"])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_venv_made_elsewhere_is_made_anew(tmp_path: Path, folder: str, *, elsewhere: bool) -> None:
    checkout = tmp_path / folder
    venv = checkout / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    made_at = "/some/where/else/.venv" if elsewhere else venv
    (venv / "pyvenv.cfg").write_text(f"home = /usr/bin\ncommand = /usr/bin/python3 -m venv {made_at}\n")
    told = subprocess.run(["make", "-n", "explore"], cwd=checkout, check=True, capture_output=True, text=True).stdout
    assert ("-m venv .venv" in told) is elsewhere
    assert ("made at /some/where/else/.venv" in told) is elsewhere
    assert venv.exists() is not elsewhere


def test_the_app_is_told_its_own_folder(tmp_path: Path) -> None:
    checkout, venv = tmp_path / "with a space", tmp_path / "with a space" / ".venv"
    (venv / "bin").mkdir(parents=True)
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    for name in ("python", "voila"):
        (venv / "bin" / name).write_text('#!/bin/sh\necho "voila keeps files in $SPEXLAB_FILES"\n')
        (venv / "bin" / name).chmod(0o755)
    for stamp in (".torch", ".app"):
        (venv / stamp).touch()
    for given, folder in (({}, checkout / "app-files"), ({"FILES": "my files"}, checkout / "my files")):
        told = subprocess.run(
            ["make", "app", *(f"{name}={value}" for name, value in given.items())],
            cwd=checkout,
            check=True,
            capture_output=True,
            text=True,
            env={name: value for name, value in os.environ.items() if name != "FILES"},
        ).stdout
        assert f"goes to {folder}, and nowhere else" in told
        assert f"voila keeps files in {folder}" in told
