"""Numbers in figures and in words."""

import pytest

from spexlab.language.sizes import number


@pytest.mark.parametrize(
    ("words", "value"),
    [("2,500", 2500), ("12 000", 12000), ("2.5", 2.5), ("2,5", 2.5), ("half a", 0.5), ("Two and a half", 2.5), ("a hundred", 100)],
)
def test_numbers(words: str, value: float) -> None:
    assert number(words) == value


@pytest.mark.parametrize(("words", "value"), [("半", 0.5), ("三", 3), ("十", 10), ("十五", 15), ("二十五", 25), ("三百", 300)])
def test_chinese_numbers(words: str, value: float) -> None:
    assert number(words) == value
