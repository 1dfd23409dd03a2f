"""The shape of the package: which way imports point, what importing costs, what is declared."""

import ast
import functools
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ARRAYS = {"DataArray", "NDArray", "ndarray", "Tensor", "Bools", "Floats", "Cells", "Mask", "Values"}
ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SOURCES = sorted(path for package in ("spexlab", "widgets") for path in (ROOT / package).rglob("*.py"))


def test_imports_keep_the_written_order() -> None:
    # In a process of its own: called here, import-linter would switch off every logger that exists by now.
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_imported_by_their_own_names(source: Path) -> None:
    # A folder's `__init__` imports its modules: one that imports the folder would wait for it, and of two threads, as an app that
    # is at work and the next cell, each could wait for the other. Python then gives one of them a module that is half made.
    folders = [folder for folder in source.parents if ROOT in folder.parents and source != folder / "__init__.py"]
    around = {folder.relative_to(ROOT).as_posix().replace("/", "."): folder for folder in folders}
    taken = [
        f"{node.module}.{name.name}"
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module in around
        for name in node.names
        if (around[node.module] / f"{name.name}.py").exists()
    ]
    assert not taken, f"import what is needed of {taken} from there"


def test_importing_spexlab_is_light() -> None:
    code = "import sys, spexlab; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True).stdout.split()
    assert "spexlab" in loaded
    assert not set(loaded) & {"torch", "transformers", "xarray", "rasterio", "matplotlib", "numpy"}


def test_public_names_load_from_their_modules() -> None:
    code = "import spexlab; [getattr(spexlab, name) for name in spexlab.__all__]; assert set(spexlab.__all__) <= set(dir(spexlab))"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_apps_are_had_from_spexlab_and_are_loaded_when_first_used() -> None:
    code = (
        "import sys, spexlab; before = set(sys.modules)\n"
        "assert {'Explorer', 'IndexLab', 'PromptLab', 'TrainingMonitor'} <= set(dir(spexlab))\n"
        "assert spexlab.TrainingMonitor is spexlab.TrainingMonitor\n"
        "assert 'ipywidgets' in set(sys.modules) - before\n"
        "assert [app for app in spexlab._APPS if getattr(spexlab, app).__name__ == app] == list(spexlab._APPS)\n"
        "try: spexlab.Lab\n"
        "except AttributeError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True).stdout
    assert "no attribute 'Lab'" in told


def test_without_the_packages_of_the_apps_spexlab_says_how_to_get_them() -> None:
    code = (
        "import sys; sys.modules['ipywidgets'] = None\n"
        "import spexlab; from spexlab import *; spexlab.extract\n"
        "try: spexlab.Explorer\n"
        "except ImportError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True).stdout
    assert "spexlab.Explorer" in told
    assert "'ipywidgets'" in told
    assert "pip install 'spexlab[explore]'" in told


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_imported_package_is_declared(path: Path) -> None:
    extras = PROJECT["optional-dependencies"]
    declared = PROJECT["dependencies"] + (extras["explore"] if path.is_relative_to(ROOT / "widgets") else [])
    if any(path.is_relative_to(ROOT / "spexlab" / folder) for folder in ("training", "evaluation/baselines")):
        declared = declared + extras["train"]
    for module, extra in (("spexlab/scene/catalog.py", "search"), ("spexlab/cli/clusters.py", "cluster")):
        declared = declared + (extras[extra] if path == ROOT / module else [])
    names = {_distribution_name(requirement) for requirement in declared}
    # Triton is declared by torch for CUDA, in the version that it needs; nothing imports this module without it.
    others = {"triton"} if path == ROOT / "spexlab" / "model" / "dcnv3_fused.py" else set()
    for module in sorted(set(_imported_packages(path)) - set(sys.stdlib_module_names) - {"spexlab", "widgets"} - others):
        assert names & {_normal(owner) for owner in _owners()[module]}, f"{module} is imported but not declared in pyproject.toml"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_values_that_hold_arrays_are_compared_by_identity(path: Path) -> None:
    # The `==` that a dataclass makes asks arrays for one truth value, and its hash asks them for a hash; both fail.
    for found in _dataclasses(path):
        held = [ast.unparse(field) for field in found.body if isinstance(field, ast.AnnAssign) and _holds_array(field)]
        assert not held or "eq=False" in ast.unparse(found.decorator_list[0]), f"{found.name} holds {held}; give it eq=False"


def test_no_two_public_classes_share_a_name() -> None:
    places: dict[str, list[str]] = {}
    for path in SOURCES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert not {name: found for name, found in places.items() if len(found) > 1}


def _dataclasses(path: Path) -> Iterator[ast.ClassDef]:
    """Those of our own: the outputs of a model are transformers'."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef) and "dataclass(" in ast.unparse(node.decorator_list[:1]):
            yield node


def _holds_array(field: ast.AnnAssign) -> bool:
    kinds = {kind.partition("[")[0].rpartition(".")[2] for kind in ast.unparse(field.annotation).split(" | ")}
    return bool(kinds & ARRAYS) and "compare=False" not in ast.unparse(field)


_owners = functools.cache(packages_distributions)


def _imported_packages(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def _distribution_name(requirement: str) -> str:
    return _normal(requirement.partition(">=")[0])


def _normal(name: str) -> str:
    return name.strip().lower().replace("_", "-")
