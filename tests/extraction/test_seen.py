"""What a checkpoint has seen: listed once, for its own weights, and with what the weights before it have seen."""

import json
import shutil
from pathlib import Path

import pytest

from spexlab.extraction.seen import SeenPlaces
from tests.support.places import striped_place
from tests.support.tiny import save_spex, tiny_spex


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_spex(tiny_spex(), tmp_path / "tiny")


def _names(records: tuple) -> list[str]:
    return [record["name"] for record in records]


def test_what_is_written_is_read_and_every_place_stands_once(folder: Path) -> None:
    place = striped_place("a", group="hill")
    place.extra["licence"] = {"data": "CC BY 4.0"}
    SeenPlaces.of([place, place], [striped_place("b")]).write(folder)
    seen = SeenPlaces.read(folder)
    assert seen.training == ({"name": "a", "group": "hill", "licence": {"data": "CC BY 4.0"}},)
    assert _names(seen.validation) == ["b"]
    places = [striped_place("other", group="hill"), striped_place("b"), striped_place("c")]
    assert [seen.part_of(place) for place in places] == ["training", "validation", "held-out"]


def test_a_list_beside_other_weights_is_refused(folder: Path, tmp_path: Path) -> None:
    other = save_spex(tiny_spex(seed=1), tmp_path / "other")
    shutil.copy(other / "places.json", folder / "places.json")
    with pytest.raises(ValueError, match="must tell of the weights beside it"):
        SeenPlaces.read(folder)
    unsigned = {"training": [], "validation": []}
    (folder / "places.json").write_text(json.dumps(unsigned))
    with pytest.raises(ValueError, match="tells of unnamed ones"):
        SeenPlaces.read(folder)


def test_a_checkpoint_without_a_list_is_said_so(folder: Path) -> None:
    (folder / "places.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"places\.json tells which places it never saw"):
        SeenPlaces.read(folder)


@pytest.mark.parametrize("listed", ["{", "[]", '{"training": ["a"]}', '{"training": [{"name": "a"}]}', '{"validation": 1}'])
def test_a_broken_list_is_said_so(listed: str, folder: Path) -> None:
    (folder / "places.json").write_text(listed)
    with pytest.raises(ValueError, match="lists, part by part"):
        SeenPlaces.read(folder)


def test_what_was_learnt_from_once_is_not_measured_on() -> None:
    before = SeenPlaces.of([striped_place("a")], [striped_place("b"), striped_place("c")])
    after = SeenPlaces.of([striped_place("b")], [striped_place("a"), striped_place("d")]).after(before, SeenPlaces(unlisted=("x",)))
    parts = {name: after.part_of(striped_place(name)) for name in "abcde"}
    assert parts == {"a": "training", "b": "training", "c": "validation", "d": "validation", "e": "held-out"}
    assert after.unlisted == ("x",)


def test_the_bundled_list_is_of_the_bundled_weights() -> None:
    assert len(SeenPlaces.read("spex-tiny").training) > 50
