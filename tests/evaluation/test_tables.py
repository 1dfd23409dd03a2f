"""Tables made from records."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from spexlab.evaluation import Confusion, Estimate, LandCover, Record
from spexlab.evaluation.tables import Table, bands_table, comparison_table, confusion_table, scores_table

ESTIMATE = Estimate(0.5, 0.25, 0.75, 4)


def record(place: str, hits: float, *, target: str = "water", label: float = 100.0) -> Record:
    found = Confusion(np.array([[100.0, 0.0], [label - hits, hits]]))
    facts = {"claims": 4, "held": 3, "no_evidence": False, "seconds": 1.0, "able": True}
    return Record(place=place, group=place, kind="coarse", bands="swir", target=target, confusion=found, **facts)  # type: ignore[arg-type]


@pytest.fixture
def table() -> Table:
    return Table(("target", "places", "IoU", "other"), (("water", 4, ESTIMATE, float("nan")), ("snow", 1, None, 0.25)))


def test_a_table_for_people(table: Table) -> None:
    assert table.markdown().splitlines() == [
        "| target | places | IoU | other |",
        "|---|--:|--:|--:|",
        "| water | 4 | 0.500 (0.25 to 0.75) | – |",
        "| snow | 1 | – | 0.250 |",
    ]


def test_one_place_has_no_interval() -> None:
    assert str(Estimate(0.5, 0.5, 0.5, 1)) == "0.500"


def test_a_table_for_spreadsheets(table: Table, tmp_path: Path) -> None:
    with table.to_csv(tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["IoU low"] == "0.25"
    assert (rows[1]["IoU"], rows[1]["IoU high"], rows[1]["other"]) == ("", "", "0.25")


def test_a_table_for_programs(table: Table, tmp_path: Path) -> None:
    rows = json.loads(table.to_json(tmp_path / "t.json").read_text())
    assert rows[0] == {"target": "water", "places": 4, "IoU": {"mean": 0.5, "low": 0.25, "high": 0.75, "places": 4}, "other": None}


def test_methods_stand_beside_each_other() -> None:
    table = comparison_table({"spex": [record("a", 80), record("b", 40)], "other": [record("a", 50), record("b", 50)]}, "coarse")
    assert table.headings == ("target", "places", "spex (95 %)", "other")
    (target, places, mine, theirs) = table.rows[0]
    assert (target, places, theirs) == ("water", 2, 0.5)
    assert isinstance(mine, Estimate)
    assert mine.mean == pytest.approx(0.6)
    assert comparison_table({"spex": [record("a", 80)]}, "fine").rows == ()


def test_all_scores_of_one_method() -> None:
    (row,) = scores_table([record("a", 80), record("b", 0, label=0.0)], "coarse").rows
    assert row[:2] == ("water", 1)
    # 80 of 100 found, none false: precision 1, recall and IoU 0.8. In b, where there is no water, nothing is called water.
    assert row[2:] == pytest.approx((0.8, 160 / 180, 1.0, 0.8, 0.9, 0.8, 0.0))


def test_fewer_bands_are_compared_on_the_places_that_lose_some() -> None:
    full = [record("a", 80), record("b", 60), record("c", 10)]
    cut = {"4 bands": [record("a", 70)], "RGB": [record("a", 20), record("b", 0)]}
    (row,) = bands_table(full, cut).rows
    assert row[:5] == ("water", 1, 0.8, 0.7, 0.2)
    assert [str(value)[:6] for value in row[5:]] == ["-0.100", "-0.600"]


def test_which_class_is_taken_for_which() -> None:
    cover = LandCover(("water", "trees"), Confusion(np.array([[3.0, 1.0, 0.0], [0.0, 4.0, 2.0]])), places=1)
    rows = confusion_table(cover).rows
    assert rows[0] == ("is water", 30.0, 10.0, 0.0, 0.75)
    assert rows[2] == ("user's accuracy", 1.0, 0.8, None, 0.7)
