"""Every example in README.md and docs/ is run: Python, one namespace a page; commands; and make, which only says what it would."""

import re
import shlex
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import pytest
from shapely.geometry import box
from typer.main import get_command

import spexlab
from spexlab.cli import app, main
from spexlab.places import simulated_places
from spexlab.scene.writing import write_image
from spexlab.workshop import raw_numbers
from tests.support.places import write_places

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LONG = {"build-spie", "evaluate", "finetune", "pretrain"}
"""Commands that take minutes: here their options are read, and tests/cli/test_the_whole_way.py runs them with small values."""
UNTOUCHED = {"text"}
"""Blocks that are no code of ours: what a program prints, a cell for a machine elsewhere."""


def _blocks(page: Path) -> Iterator[tuple[str, str]]:
    for language, block in FENCED.findall(page.read_text(encoding="utf-8")):
        assert language in {"python", "sh", *UNTOUCHED}, f"{page.name} has a block of {language or 'no language'}"
        yield language, block


def _pages(*languages: str) -> list[Path]:
    return [page for page in PAGES if {language for language, _ in _blocks(page)} & set(languages)]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the examples speak of."""
    folder = tmp_path_factory.mktemp("given")
    scene, labels = spexlab.simulate_scene(3, size=64)
    for name in ("scene", "june", "september"):
        write_image(scene, folder / f"{name}.tif")
    labels.rio.to_raster(folder / "labels.tif")
    raw_numbers().rio.to_raster(folder / "numbers.tif")
    gpd.GeoSeries([box(*scene.rio.bounds())], crs=scene.rio.crs).to_crs(4326).to_file(folder / "area.geojson")
    drawn = simulated_places(6, seed=4, size=48, sensors=[("sentinel-2", 10.0)])
    write_places(folder / "places", drawn)
    write_places(folder / "samples", drawn)
    return folder


@pytest.fixture
def here(given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(given, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    mpl.use("agg")
    return tmp_path / "work"


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("page", _pages("python"), ids=lambda page: page.stem)
def test_the_python_of_a_page_runs(page: Path) -> None:
    room: dict[str, Any] = {}
    code = "\n".join(block for language, block in _blocks(page) if language == "python")
    code = re.sub(r"area=\(12\.0, 44\.9, 12\.1, 45\.2\)", f"area={_bounds()}", code)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", spexlab.scene.SceneWarning)
        exec(compile(code, page.name, "exec"), room)  # noqa: S102 - our own examples


def _bounds() -> tuple[float, ...]:
    """The area of the scene at hand, in place of the one that an example names."""
    return tuple(map(float, gpd.read_file("area.geojson").total_bounds))


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("page", _pages("sh"), ids=lambda page: page.stem)
def test_the_commands_of_a_page_run(page: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spexlab.workshop.folder.write_landscapes", lambda _: None)
    for line in _commands(page):
        program, *arguments = shlex.split(line, comments=True)
        if program == "make":
            done = subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        else:
            assert program == "spexlab", line
            _spexlab(*arguments)
    assert here.is_dir()


def _commands(page: Path) -> Iterator[str]:
    for language, block in _blocks(page):
        if language == "sh":
            yield from filter(None, map(str.strip, block.splitlines()))


def _spexlab(*arguments: str) -> None:
    if arguments[0] in LONG:
        get_command(app).commands[arguments[0]].make_context(arguments[0], list(arguments[1:]))  # type: ignore[attr-defined]
        return
    with pytest.raises(SystemExit) as end:
        main(arguments)
    # A doctor may find something to mend on the machine that the tests run on.
    assert end.value.code in ({0, 1} if arguments[0] == "doctor" else {0, None}), arguments


def test_every_page_is_looked_at() -> None:
    assert len(_pages("python", "sh")) >= 10
    assert {ROOT / "README.md", ROOT / "docs" / "index.md"} <= set(_pages("python")) & set(_pages("sh"))
