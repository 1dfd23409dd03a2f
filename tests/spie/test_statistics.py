import copy

import pytest

from spexlab.spie.datasheet import escape, write_datasheet
from spexlab.spie.statistics import count_records, language_of

OURS = {
    "instruction": {"text": "lakes?", "include": ["water"], "exclude": [], "limits": []},
    "target": "water", "kind": "one target", "pixels": 30, "size": [10, 20], "sensor": "Sentinel-2", "split": "training",
    "place": "a", "group": "spot", "source": "example.org", "label_source": "by hand", "licence": {"data": "CC BY 4.0"},
}  # fmt: skip


def record(**changes):
    return {"image": changes.pop("image", "a.tif"), "spexlab": {**copy.deepcopy(OURS), **changes}}


@pytest.fixture
def counted():
    refused = {"text": "汽车", "include": [], "exclude": [], "limits": []}
    return count_records(
        [
            record(),
            record(pixels=0, kind="absent"),
            record(target=None, kind="refused", instruction=refused, pixels=0, image="b.tif"),
        ]
    )


def test_records_are_counted(counted) -> None:
    assert (counted["records"], counted["pictures"], counted["places"]) == (3, 2, 1)
    assert counted["target"] == {"water": 2, "none (refused)": 1}
    assert counted["kind"] == {"absent": 1, "one target": 1, "refused": 1}
    assert counted["language"] == {"English or other": 2, "Chinese": 1}
    assert counted["share"] == {"empty": 2, "10 to 50 %": 1}
    assert counted["size"] == {"20x10": 3}
    assert counted["sources"] == [{"source": "example.org", "labels": "by hand", "licence": {"data": "CC BY 4.0"}, "records": 3}]
    assert counted["groups"] == {"training": ["spot"]}


@pytest.mark.parametrize(("pixels", "word"), [(1, "under 1 %"), (2, "1 to 10 %"), (100, "50 % and more"), (200, "50 % and more")])
def test_shares_have_limits(pixels, word) -> None:
    assert list(count_records([record(pixels=pixels)])["share"]) == [word]


def test_a_datasheet_shows_counts_sources_and_caveats(counted) -> None:
    text = write_datasheet({**counted, "settings": {"seed": 3}, "left_out": {"poor": 2}}, name="my set")
    for words in (
        "# my set",
        "3 samples of 2 pictures from 1 places",
        "| water | 2 | 66.7 % |",
        "CC BY 4.0",
        "seed 3",
        "2 poor",
        "To mind",
    ):
        assert words in text


def test_text_from_files_is_no_markup() -> None:
    wild = count_records([record(source="a | b <script>", label_source="# [x](javascript:1)", group="`x`")])
    text = write_datasheet(wild, name="set")
    assert "<script>" not in text
    assert "a \\| b &lt;script&gt;" in text
    assert escape("a\n# b") == "a \\# b"


def test_languages() -> None:
    assert (language_of("水"), language_of("water")) == ("Chinese", "English or other")
