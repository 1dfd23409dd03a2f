"""`make` and its .venv, asked with --dry-run: nothing is installed."""

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
