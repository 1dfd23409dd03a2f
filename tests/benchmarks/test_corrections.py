"""The simulated user of the benchmark of corrections: where it clicks, and how its clicks are counted."""

from types import ModuleType

import numpy as np
import pytest

from tests.support.benchmarks import load


@pytest.fixture(scope="module")
def clicking() -> ModuleType:
    return load("clicking")


def test_a_click_is_in_the_middle_of_the_largest_mistake_and_says_what_is_there(clicking: ModuleType) -> None:
    present, mask, known = (np.zeros((20, 20), bool) for _ in range(3))
    known[:] = True
    present[2:9, 2:9] = True  # missed, 49 pixels
    mask[12:17, 12:17] = True  # false, 25 pixels
    assert clicking.next_click(mask, present, known) == clicking.Click(5, 5, inside=True)
    known[2:9, 2:9] = False
    assert clicking.next_click(mask, present, known) == clicking.Click(14, 14, inside=False)
    assert clicking.next_click(present, present, known) is None


def test_a_mask_that_is_right_early_stays_right_and_harm_is_counted(clicking: ModuleType) -> None:
    course = clicking.Course((0.5, 0.8, 0.75, 0.74, 1.0), (0.1,) * 4)
    assert [course.after(n) for n in (0, 2, 20)] == [0.5, 0.75, 1.0]
    assert course.harmed(0.02) == 1
