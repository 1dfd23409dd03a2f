"""What hides a target is taken out; what an instruction is about is not."""

import random

import pytest

from spexlab.language.reading import Reading
from spexlab.language.trimming import Trimmed, trimmed


@pytest.mark.parametrize(
    ("text", "left", "lost"),
    [
        ("houses with solar panels", "houses", ("with solar panels",)),
        ("boats and lakes", "lakes", ("boats",)),
        ("the largest lake with boats in the north", "the largest lake in the north", ("with boats",)),
    ],
)
def test_what_stands_apart_is_taken_out(text: str, left: str, lost: tuple[str, ...]) -> None:
    assert trimmed(Reading.of(text)) == Trimmed(left, lost)


@pytest.mark.parametrize(
    "text",
    [
        "a poem about the lake",
        "boats on the lake",
        "lakes in the north",
        "boats",
        "cars and planes",
        "boats on lakes larger than 1 ha",
        "ships in the north: lakes",
    ],
)
def test_what_it_is_about_stays(text: str) -> None:
    assert trimmed(Reading.of(text)) is None


def test_words_in_any_order_are_read() -> None:
    rng = random.Random(0)
    named, strange = ("lakes", "forest", "fields", "roofs"), ("boats", "cars", "gold")
    said = ("larger than 2 ha", "in the north", "the three largest", "but no", "near", "within 50 m of", "smaller than", "5 acres")
    parts = (*named, *strange, *said, "on", "with", "and", "not", "all", ",", ":", "?")
    for _ in range(600):
        text = " ".join(rng.choices(parts, k=rng.randint(1, 8)))
        found = trimmed(Reading.of(text))
        assert found is None or (found.text and found.lost), text
