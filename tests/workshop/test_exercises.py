"""Each exercise: its solution is right, and a well-known slip, nonsense and nothing are told apart."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

import spexlab
from spexlab.extraction.tuning import tune_index
from spexlab.shipped import shipped
from spexlab.workshop import EXERCISES, LANDSCAPES, check, judging, landscape, raw_numbers
from spexlab.workshop.verdict import Verdict, of_number

EXERCISE_BOOKS = shipped("notebooks") / "exercises"  # type: ignore[operator]
SOLUTIONS = sorted((EXERCISE_BOOKS / "solutions").glob("*.ipynb"))


def _code(path: Path) -> Iterator[str]:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            yield "".join(line for line in cell["source"] if not line.startswith("%"))


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_solutions_are_right(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("agg")
    verdicts: dict[str, Verdict] = {}
    monkeypatch.setattr("spexlab.workshop.check", lambda number, answer: verdicts.update({number: check(number, answer)}))
    room: dict[str, Any] = {}
    for code in _code(path):
        exec(compile(code, path.name, "exec"), room)  # noqa: S102 - our own notebook
    assert verdicts
    assert {number: verdict for number, verdict in verdicts.items() if verdict.state != "right"} == {}


def test_every_exercise_is_in_the_books_and_has_a_solution() -> None:
    for books in (EXERCISE_BOOKS, EXERCISE_BOOKS / "solutions"):
        code = "\n".join(line for path in sorted(books.glob("*.ipynb")) for line in _code(path))
        asked = re.findall(r'check\("(\w+)"', code)
        assert asked == list(EXERCISES)


def test_what_is_not_answered_is_asked() -> None:
    for number, exercise in EXERCISES.items():
        verdict = check(number)
        assert (verdict.state, verdict.words) == ("open", exercise.task)
        assert repr(verdict).startswith("… Not answered yet.")
    with pytest.raises(ValueError, match="there is no exercise '9z'; there are 1a, 1b"):
        check("9z", 1)


@pytest.mark.parametrize("number", EXERCISES)
def test_nonsense_is_answered_with_a_hint(number: str) -> None:
    verdict = check(number, [])
    assert verdict.state == "wrong"
    assert verdict.words


def _hectares() -> float:
    found = spexlab.extract(landscape("lakes")[0], "water")
    return float(found.pixel_areas[found.mask.values[0]].sum() / 1e4)


def test_units_are_the_usual_slip() -> None:
    hectares = _hectares()
    assert check("1a", hectares).state == "right"
    assert check("1a", 1.05 * hectares).state == "nearly"
    assert "square kilometres" in check("1a", hectares / 100).words
    assert "square metres" in check("1a", hectares * 1e4).words
    assert repr(check("1a", 3 * hectares)).startswith("✗ Not yet. It is too high.")


@pytest.mark.parametrize(
    ("instruction", "state", "said"),
    [
        ("northern lakes larger than 2 ha", "right", "north"),
        ("lakes over 2 ha", "nearly", "Look at the place"),
        ("lakes in the north", "nearly", "Look at the size"),
        ("lakes over 2 ha in the north, and the trees", "nearly", "ask for water alone"),
        ("trees in the north", "wrong", "Name the water"),
        ("all the cars", "wrong", "water"),
    ],
)
def test_instructions_are_judged_by_how_they_are_understood(instruction: str, state: str, said: str) -> None:
    verdict = check("1b", instruction)
    assert verdict.state == state
    assert said in verdict.words


def test_a_threshold_is_judged_by_what_it_reaches() -> None:
    assert check("2a", -0.9).state == "wrong"
    assert "takes in what is no vegetation" in check("2a", -0.9).words
    assert "leaves out thin vegetation" in check("2a", 0.95).words
    assert "between -1 and 1" in check("2a", 130).words


def test_an_index_is_judged_by_the_best_it_can_do() -> None:
    assert check("2b", "ndwi").state == "right"
    assert check("2b", "NDBI").state in {"nearly", "wrong"}
    assert check("2b", "NDSI").state == "wrong"


def test_words_of_spie_are_read_from_it() -> None:
    first = tune_index(landscape("lakes")[0], "water").table.iloc[0]
    assert check("3a", first["location"].upper()).state == "right"
    assert check("3a", "nowhere").state == "wrong"
    assert check("3b", first["around"]).state == "right"
    assert check("3b", first["inside"]).words == "That is the mean inside; the one around it is asked for."


def test_half_a_radiometry_is_nearly_right() -> None:
    assert check("4a", (2.75e-5, 0)).state == "nearly"
    assert check("4a", (1e-4, -0.2)).state == "nearly"
    assert check("4a", (1e-4, 0)).state == "wrong"
    scene = landscape("farmland")[0]
    again = raw_numbers() * 2.75e-5 - 0.2
    assert np.abs(again.values - scene.values).max() < 2e-5
    assert set(raw_numbers().attrs) == {"long_name"}


def test_a_difference_has_a_sign() -> None:
    off = next(value for value in np.linspace(-0.6, 0.6, 241) if check("4b", value).state == "right")
    assert off < 0
    assert "other way round" in check("4b", -off).words


def test_accuracies_are_not_mixed_up() -> None:
    found = judging._assessed()
    assert check("5a", found.users[1]).state == "right"
    assert check("5a", 100 * found.users[1]).words == "That is in per cent; give the share."
    assert check("5b", found.areas[1]).state == "right"
    assert check("5b", 2 * found.areas[1]).state == "wrong"


def test_a_correction_is_judged_by_what_it_mends() -> None:
    scene, _ = landscape("tropics")
    answer = spexlab.extract(scene, "trees")
    assert "what .corrected" in check("6a", answer).words
    west, south, east, north = scene.rio.transform_bounds(4326)
    middle = ((west + east) / 2, (south + north) / 2)
    other = spexlab.extract(scene, "water").corrected(inside=middle)
    assert "on the whole of landscape('tropics')" in check("6a", other).words
    many = answer
    for _ in range(4):
        many = many.corrected(inside=middle)
    assert "with 4 corrections, and 3 are allowed" in check("6a", many).words


def test_numbers_are_told_high_from_low() -> None:
    judged = [of_number(value, 10.0, within=0.1, nearly=1.0, hint="Count.") for value in (10.05, 10.5, 8.0, True, float("nan"))]
    assert [verdict.state for verdict in judged] == ["right", "nearly", "wrong", "wrong", "wrong"]
    assert judged[1].words == "It is a little too high. Count."
    assert judged[2].words == "It is too low. Count."


def test_landscapes_are_of_several_sensors_and_the_same_each_time() -> None:
    assert {drawn.sensor for drawn in LANDSCAPES.values()} == {"sentinel-2", "landsat-8-9", "planetscope", "naip"}
    scene, labels = landscape("lakes")
    assert scene.attrs["simulated"] is True
    assert scene.shape[1:] == labels.shape
    with pytest.raises(ValueError, match="choose one of lakes, city"):
        landscape("moon")
