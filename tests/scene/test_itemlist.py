"""What is asked of STAC items."""

import json
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box, mapping

from spexlab.scene import Item, Items


def item(name: str, time: str | None, *, west: float = 10.0, cloud: float | None = None) -> dict[str, Any]:
    properties = {"datetime": time, "start_datetime": "2024-01-31T08:00:00Z"} | ({} if cloud is None else {"eo:cloud_cover": cloud})
    geometry = mapping(box(west, 0, west + 1, 1))
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": properties, "assets": {"red": {"href": "red.tif"}}}


@pytest.mark.parametrize(
    ("time", "west", "day"),
    [
        ("2024-06-10T10:00:00Z", 10.0, "2024-06-10"),
        ("2024-06-10T23:50:00Z", 150.0, "2024-06-11"),  # ten in the morning by the sun over Australia
        ("2024-06-10T01:00:00.123Z", -150.0, "2024-06-09"),
        ("2024-06-10T12:00:00+02:00", 0.0, "2024-06-10"),
        (None, 0.0, "2024-01-31"),
    ],
)
def test_a_day_is_one_by_the_sun(time: str | None, west: float, day: str) -> None:
    assert Item.of(item("a", time, west=west)).date == day


def test_days_hold_their_items_the_clearest_first() -> None:
    items = Items(
        [item("b", "2024-06-10T10:00:00Z", cloud=80), item("a", "2024-06-11T10:00:00Z"), item("c", "2024-06-10T10:00:05Z", cloud=3)]
    )
    assert {day: [one.id for one in found] for day, found in items.by_date().items()} == {
        "2024-06-10": ["c", "b"],
        "2024-06-11": ["a"],
    }
    assert items.to_dataframe()["cloud_cover"].tolist()[::2] == [80, 3]
    assert repr(items[0]) == "<Item b: 2024-06-10, 80 % cloud>"
    assert repr(Items([])) == "<no items>"
    many = Items([item(f"i{number}", "2024-06-10T10:00:00Z") for number in range(25)])
    assert repr(many).endswith("and 5 more")


def test_a_file_of_items_says_where_its_assets_lie(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(item("a", None)))
    assert Items.read(tmp_path / "one.json")[0].assets["red"]["href"] == str(tmp_path.resolve() / "red.tif")
    file = Items([item("a", None), item("b", None)]).write(tmp_path / "two.geojson")
    assert [one.id for one in Items.read(file)] == ["a", "b"]
    with pytest.raises(FileNotFoundError, match="no such file"):
        Items.read(tmp_path / "none.json")


def test_words_of_a_catalogue_are_no_markup() -> None:
    assert "<b>x" not in Items([item("<b>x", None)])._repr_html_()
