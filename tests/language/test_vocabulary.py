"""Every word of an instruction names something, carries no meaning, or is known to be unknown."""

import random
from itertools import pairwise

import pytest

from spexlab.language.instructions import draw_instruction
from spexlab.language.vocabulary import closest, mentions


def kinds(text: str) -> dict[str, str]:
    return {text[one.start : one.end]: one.kind for one in mentions(text)}


def test_the_longest_phrase_counts() -> None:
    assert kinds("water bottles in open water") == {"water bottles": "thing", "in": "filler", "open water": "target"}
    assert kinds("trees and shrubs")["shrubs"] == "target"


def test_every_word_is_in_one_mention() -> None:
    rng = random.Random(5)
    for _ in range(100):
        text = draw_instruction(rng).text
        found = mentions(text)
        assert all(one.end <= other.start for one, other in pairwise(found))
        covered = {place for one in found for place in range(one.start, one.end)}
        assert all(place in covered for place, sign in enumerate(text) if sign.isalnum())


def test_words_take_on_their_kind() -> None:
    found = kinds("Please traced the northern mangroves, healthy and flubbed, by the largest cars")
    assert [found[word] for word in ("Please", "traced", "the", "and", "by")] == ["filler"] * 5
    assert (found["northern"], found["largest"], found["mangroves"], found["cars"]) == ("place", "order", "target", "thing")
    assert (found["healthy"], found["flubbed"]) == ("quality", "unknown")


@pytest.mark.parametrize(("word", "core"), [("forest", True), ("lakes and rivers", True), ("mangroves", False), ("红树林", False)])
def test_a_kind_of_a_target_is_narrower_than_the_target(word: str, core: bool) -> None:  # noqa: FBT001
    (mention,) = mentions(word)
    assert (mention.kind, mention.core) == ("target", core)


@pytest.mark.parametrize(("typed", "noun"), [("vegitation", "vegetation"), ("tress", "trees"), ("buldings", "buildings")])
def test_a_typo_is_close_to_its_word(typed: str, noun: str) -> None:
    assert closest(typed) == noun


def test_other_words_are_close_to_none() -> None:
    assert [closest(word) for word in ("elephant", "at", "Bavaria", "12345")] == [""] * 4
