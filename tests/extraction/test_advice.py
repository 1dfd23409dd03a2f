from dataclasses import replace

import pytest

from spexlab.extraction import understand
from spexlab.extraction.advice import HARDLY_ANY, NEARLY_ALL, Advice, advise
from spexlab.targets import TARGETS
from tests.support.measured import random_measurement

ONE = replace(random_measurement(1), valid_pixels=1_000_000)


def covering(target: str, share: float) -> Advice | None:
    return advise(replace(ONE, target=target, pixels=round(1_000_000 * share), share=share))


@pytest.mark.parametrize("share", [HARDLY_ANY, 0.3, NEARLY_ALL - 0.01])
def test_a_mask_that_tells_its_own_story_needs_no_advice(share: float) -> None:
    assert covering("vegetation", share) is None


def test_nearly_everything_is_told_and_its_parts_are_offered() -> None:
    advice = covering("vegetation", 0.996)
    assert "nearly all (99.6 %)" in str(advice)
    assert set(advice.questions) == {"trees", "low vegetation", "cropland", "wetland"}


def test_a_class_that_is_everywhere_is_set_against_what_is_wider() -> None:
    assert covering("trees", 1.0).questions == ("vegetation but no trees",)
    assert str(covering("trees", 1.0)).startswith("Trees cover all of")


def test_nothing_is_told_with_the_way_to_what_comes_closest() -> None:
    nothing = covering("buildings", 0.0)
    assert nothing.text.startswith("No buildings")
    assert "threshold" in nothing.text
    assert nothing.questions == ("built-up",)
    assert "Hardly any" in covering("buildings", HARDLY_ANY / 2).text


def test_where_nothing_was_looked_at_nothing_is_advised() -> None:
    assert advise(replace(ONE, pixels=0, valid_pixels=0)) is None


@pytest.mark.slow
def test_every_question_that_is_offered_is_understood() -> None:
    for target in TARGETS:
        for share in (0.0, 1.0):
            for question in covering(target, share).questions:
                assert not understand(question).left_out, question
