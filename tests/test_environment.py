"""pyproject.toml (floors), constraints.txt (pins) and environment.yml (conda) name the same packages and agree."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {"pytorch": "torch"}


def _parse(line: str, separator: str) -> tuple[str, Version]:
    name, _, version = line.partition(separator)
    name = re.sub(r"[-_.]+", "-", name.strip().lower())
    return CONDA_NAMES.get(name, name), Version(version.strip())


def _floors() -> dict[str, Version]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return dict(_parse(line, ">=") for line in lines if not line.startswith("spexlab["))


def _pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(_parse(line, "==") for line in lines if not line.startswith("#"))


def _conda() -> dict[str, Version]:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    lines = [line for line in listed if isinstance(line, str)] + next(entry["pip"] for entry in listed if isinstance(entry, dict))
    return dict(_parse(line, ">=") for line in lines if line != "pip")


def test_conda_lists_the_same_packages() -> None:
    assert set(_conda()) - {"python"} == set(_floors())


def test_conda_asks_for_the_same_python() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == f">={_conda()['python']}"


@pytest.mark.parametrize("name", sorted(_floors()))
def test_conda_floor_is_not_above_pyprojects(name: str) -> None:
    assert _conda()[name] <= _floors()[name]


@pytest.mark.parametrize("name", sorted(_floors()))
def test_pin_satisfies_the_floor(name: str) -> None:
    assert _pins()[name] >= _floors()[name]


def test_every_constraint_is_an_exact_public_version() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)


def test_the_image_is_built_by_commands_that_make_knows() -> None:
    image = (ROOT / "docker" / "Dockerfile").read_text()
    ignored = (ROOT / ".dockerignore").read_text().split()
    goals = [goal for line in re.findall(r"\bmake( [^&|\n]+)", image) for goal in line.split() if goal.startswith(".venv/")]
    assert goals == [".venv/.torch", ".venv/.explore", ".venv/.app"]
    dry = subprocess.run(["make", "--dry-run", "--always-make", *goals], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "--constraint constraints.txt" in dry.stdout
    copied = [name for line in re.findall(r"^COPY --chown=\w+ (.+) \S+$", image, flags=re.MULTILINE) for name in line.split()]
    assert all((ROOT / name).exists() and name not in ignored for name in copied)


def test_the_image_has_a_python_that_spexlab_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = re.search(r"^FROM python:([\d.]+)-slim$", (ROOT / "docker" / "Dockerfile").read_text(), flags=re.MULTILINE)
    assert found is not None
    assert Version(found[1]) >= Version(project["requires-python"].removeprefix(">="))
