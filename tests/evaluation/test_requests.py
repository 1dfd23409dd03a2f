"""How whole requests are noted, and counted as right."""

from pathlib import Path

import pytest

from spexlab.evaluation.requests import Sentence, Understood, noted, read_requests

DATA = Path(__file__).parents[1] / "data"


def test_a_note_says_all_of_a_request() -> None:
    request = noted(
        "count: water[inside north, > 5 ha, not near low vegetation 500, near trees, largest 3, without snow]; trees", ["old"]
    )
    water, trees = request["wants"]
    assert (request["ask"], request["left_out"], trees["target"]) == ("count", ["old"], "trees")
    assert water["near"] == [
        {"target": "low vegetation", "metres": 500.0, "negate": True},
        {"target": "trees", "metres": None, "negate": False},
    ]
    assert (water["exclude"], water["select"]) == (["snow"], {"order": "largest", "count": 3})
    with pytest.raises(ValueError, match="write a target first"):
        noted("lakes[inside north]")


@pytest.mark.parametrize(
    "name", ["requests_seen.tsv", "requests_seen_second.tsv", "requests_blind.tsv", "requests_blind_second.tsv"]
)
def test_the_lists_can_be_read(name: str) -> None:
    assert len(read_requests(DATA / name)) > 150


def test_what_is_right_and_what_is_dropped_in_silence() -> None:
    wanted = noted("water[> 1 ha, inside north]", ["in 2019"])
    same = Understood(Sentence("", None, wanted), noted("water[inside north, > 10000 m2]", ["2019"]))
    assert same.right
    assert same.told
    lacking = Understood(Sentence("", None, wanted), noted("water[> 1 ha]", ["in 2019"]))
    assert [name for name, right in lacking.fields.items() if not right] == ["inside"]
    assert not lacking.told
    assert Understood(Sentence("", None, wanted), noted("water[> 1 ha]", ["in 2019", "in the north"])).told
    assert not Understood(Sentence("", None, None), wanted).right
