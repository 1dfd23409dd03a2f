"""spexlab.doctor: each failure simulated, and what is said to do about it."""

import shutil
import socket
import sys
import webbrowser
from collections import namedtuple
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch

from spexlab import doctor
from spexlab.extraction import loading
from spexlab.shipped import shipped

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - as shutil's own


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is sat at."""
    for name in doctor._ELSEWHERE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")


def test_all_checks_are_made(tmp_path: Path) -> None:
    findings = doctor.examine(tmp_path)
    assert [finding.name for finding in findings] == [
        "Python", "Packages", "Torch and GPU", "Memory", "Disk", "Write access", "Browser", "Port", "Model", "Sample scene",
    ]  # fmt: skip
    assert all(finding.found for finding in findings)
    assert all(finding.advice for finding in findings if finding.state != "ok")
    assert not list(tmp_path.iterdir())


def test_an_old_python_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.python().state == "ok"
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    finding = doctor.python()
    assert (finding.state, finding.found) == ("problem", "3.10.4, but spexlab needs >=3.11")
    assert "newer Python" in finding.advice


def test_a_missing_package_and_an_old_one_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = metadata.version
    assert doctor.packages().state != "problem"

    def version(name: str) -> str:
        if name == "geopandas":
            raise metadata.PackageNotFoundError(name)
        return "1.0" if name == "numpy" else installed(name)

    monkeypatch.setattr(metadata, "version", version)
    finding = doctor.packages()
    assert finding.state == "problem"
    assert "geopandas is not installed" in finding.found
    assert "numpy is 1.0, older than >=" in finding.found
    assert "make explore" in finding.advice


def test_versions_that_were_not_tested_with_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "99.0" if name == "numpy" else installed(name))
    finding = doctor.packages()
    assert finding.state == "note"
    assert "numpy 99.0" in finding.found


def test_no_gpu_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    finding = doctor.torch_and_gpu()
    assert finding.state == "note"
    assert "no GPU" in finding.found
    assert "nothing has to be done" in finding.advice
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert "built with CUDA" in doctor.torch_and_gpu().advice


def test_a_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    card = SimpleNamespace(name="A card", total_memory=8 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: card)
    finding = doctor.torch_and_gpu()
    assert finding.state == "ok"
    assert "A card with 8 GiB" in finding.found


def test_a_torch_that_does_not_load_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert doctor.torch_and_gpu().state == "problem"


@pytest.mark.parametrize(("free", "state"), [(1, "problem"), (3, "note"), (16, "ok")])
def test_memory_is_what_is_free(monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free * 2**30, total=32 * 2**30))
    finding = doctor.memory()
    assert (finding.state, finding.found) == (state, f"{free}.0 of 32.0 GiB are free")


def test_too_little_disk_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 2**40, 2**28))
    finding = doctor.disk(tmp_path / "not" / "there" / "yet")
    assert (finding.state, finding.found) == ("problem", f"0.2 GiB are free at {tmp_path}")
    assert "make room" in finding.advice


def test_a_read_only_folder_is_told() -> None:
    finding = doctor.write_access(Path("/proc/class"))
    assert finding.state == "problem"
    assert "cannot write '/proc/class'" in finding.found
    assert "a folder of your own" in finding.advice


@pytest.mark.usefixtures("_here")
def test_no_browser_is_a_problem_where_one_sits(monkeypatch: pytest.MonkeyPatch) -> None:
    def get() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", get)
    finding = doctor.browser()
    assert (finding.state, finding.found) == ("problem", "none was found")
    assert "install Firefox" in finding.advice
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    assert doctor.browser().state == "note"


@pytest.mark.usefixtures("_here")
def test_a_machine_without_a_screen_needs_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    def get() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", get)
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert doctor.browser().state == "note"


@pytest.mark.usefixtures("_here")
def test_a_browser_has_to_show_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("/usr/bin/lynx"))
    assert doctor.browser().found == "lynx shows no maps"
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.Mozilla("firefox"))
    assert (doctor.browser().state, doctor.browser().found) == ("ok", "firefox")


def test_a_taken_port_matters_where_it_was_chosen(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    finding = doctor.ports(taken)
    assert (finding.state, finding.found) == ("problem", f"{taken} is taken, perhaps by another Jupyter")
    assert "make explore PORT=" in finding.advice
    monkeypatch.setattr(doctor, "JUPYTER_PORT", taken)
    assert doctor.ports().state == "note"
    monkeypatch.setattr(doctor, "_free", lambda _: False)
    assert doctor.ports().state == "problem"
    monkeypatch.setattr(doctor, "_free", lambda _: True)
    assert doctor.ports().found == f"{taken} is free"


def test_a_model_or_scene_that_is_not_here_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert (doctor.checkpoint().state, doctor.sample().state) == ("ok", "ok")
    monkeypatch.setattr(loading, "CHECKPOINTS", tmp_path)
    monkeypatch.setattr("spexlab.scene.sample_scene", lambda: open(tmp_path / "nothing"))  # noqa: PTH123, SIM115 - it must fail
    assert doctor.checkpoint().state == doctor.sample().state == "problem"
    assert "install spexlab again" in doctor.checkpoint().advice
    assert "install spyndex again" in doctor.sample().advice


def test_what_is_shipped_is_found_beside_the_package_and_what_is_not_is_none() -> None:
    notebooks = shipped("notebooks")
    assert notebooks is not None
    assert (notebooks / "01_explore.ipynb").is_file()
    assert shipped("no-such-thing") is None
