"""scripts/browser.py: which browser is taken, and what is said where there is none."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import browser

SCRIPT = Path(browser.__file__)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    browser.find_browser.cache_clear()
    yield
    browser.find_browser.cache_clear()


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, on a machine without Playwright's download."""
    monkeypatch.delenv("SPEXLAB_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "MAC_APPS", ())
    monkeypatch.setattr(browser, "_playwright_download", lambda: iter(()))
    return tmp_path


def _program(path: Path, status: int = 0) -> str:
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)
    return str(path)


def test_none_is_found_where_there_is_none(empty_machine: Path) -> None:
    assert empty_machine.is_dir()
    assert browser.find_browser() is None


def test_a_program_that_does_not_start_is_passed_over(empty_machine: Path) -> None:
    _program(empty_machine / "chromium-browser", status=1)
    chrome = _program(empty_machine / "google-chrome")
    assert browser.find_browser() == chrome


def test_the_chosen_browser_comes_first(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(empty_machine / "chromium")
    monkeypatch.setenv("SPEXLAB_BROWSER", _program(empty_machine / "mine"))
    assert browser.find_browser() == str(empty_machine / "mine")


def test_an_installer_runs_only_where_none_is_found(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(browser, "_install_package", lambda: calls.append(_program(empty_machine / "chromium")))
    monkeypatch.setattr(browser, "_install_download", lambda: calls.append("download"))
    assert browser.provide_browser() == browser.provide_browser() == str(empty_machine / "chromium")
    assert calls == [str(empty_machine / "chromium")]


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_a_missing_browser_fails_only_in_ci_and_in_one_line(ci: str, status: int) -> None:
    environment = {**os.environ, "SPEXLAB_BROWSER": "/nowhere/chrome", "CI": ci}
    done = subprocess.run([sys.executable, SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.count("\n") == 1
    assert "apt-get install chromium" in done.stderr
