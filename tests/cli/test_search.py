"""`spexlab search`, and its file as the scene of other commands."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.catalogue import Server, served, simulated_place
from tests.support.command import run
from tests.support.fakes import FakeSpex


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = simulated_place(tmp_path_factory.mktemp("catalogue"))
    place.add("june", "2024-06-10")
    place.add("cloudy", "2024-06-20", cloud=slice(0, 100))
    place.add("autumn", "2024-09-15", drained=True)
    (place.folder / "area.geojson").write_text(json.dumps(place.area))
    with served(place) as serving:
        yield serving


def search(server: Server, *options: object) -> int:
    area = server.place.folder / "area.geojson"
    return run("search", "--area", area, "--dates", "2024-06-01/2024-06-30", "--catalog", server.url, *options)


def test_what_is_found_is_listed_and_printed_as_json(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert search(server) == 0
    assert "2 items of 2 days, 2024-06-10 to 2024-06-20" in capsys.readouterr().out
    assert search(server, "--max-cloud", 20, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [item["id"] for item in found["features"]] == ["june"]


def test_the_file_of_items_is_a_scene(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("spexlab.extraction.load_model", lambda _: FakeSpex(window=128))
    items = tmp_path / "items.json"
    assert search(server, "--max-cloud", 20, "--out", items) == 0
    capsys.readouterr()
    area = server.place.folder / "area.geojson"
    assert run("extract", items, "water", "--area", area, "--bands", "blue,green,red,nir", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["provenance"]["scene"] == "june"
    assert answer["evidence"][0]["valid_pixels"] == 125 * 125  # of which the centres lie in the area
    assert run("info", items, "--json") == 0
    assert json.loads(capsys.readouterr().out)["date"] == "2024-06-10"


def test_items_of_several_dates_say_what_changed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("spexlab.extraction.load_model", lambda _: FakeSpex(window=128))
    items, area = tmp_path / "items.json", server.place.folder / "area.geojson"
    assert search(server, "--dates", "2024-06/2024-09", "--max-cloud", 20, "--out", items) == 0
    extract = ("extract", items, "--area", area, "--bands", "blue,green,red,nir")
    assert run(*extract, "where did water disappear between June and September?", "--out", tmp_path / "lost.tif", "--json") == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["dates"] == ["2024-06-10", "2024-09-15"]
    lost = next(one for one in answer["change"]["amounts"] if one["kind"] == "lost")
    assert lost["area_m2"] > 0
    assert (tmp_path / "lost.tif").is_file()
    assert run(*extract, "water", "--out", tmp_path / "areas.csv") == 0
    assert "2024-09-15  water" in capsys.readouterr().out
    assert run(*extract, "water", "--out", tmp_path / "water.tif") == 2
    assert "several dates are written as .nc, .csv or .png" in capsys.readouterr().err
    assert run("extract", "sample", "water", "--out", tmp_path / "areas.csv") == 2
    assert "a .csv holds areas by date, but the scene is of one date" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--max-cloud", 200), "0 to 100"),
        (("--dates", "soon"), "dates must be like 2024-06-01"),
        (("--catalog", "http://127.0.0.1:9/"), "cannot search http://127.0.0.1:9/"),
        (("--out", "items.tif"), "must end in .json or .geojson"),
    ],
)
def test_bad_input_is_one_line(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[object, ...], complaint: str
) -> None:
    monkeypatch.setattr("spexlab.scene.catalog._PAUSE", 0.01)
    assert search(server, *options) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert complaint in said.err
