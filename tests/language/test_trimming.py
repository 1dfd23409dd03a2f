"""What hides a target is taken out; what an instruction is about is not."""

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


@pytest.mark.parametrize("text", ["a poem about the lake", "boats on the lake", "lakes in the north", "boats", "cars and planes"])
def test_what_it_is_about_stays(text: str) -> None:
    assert trimmed(Reading.of(text)) is None
