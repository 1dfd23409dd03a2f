"""The request of an answer as chips: what they say, and that a changed one is asked."""

import threading

import pytest

from spexlab import Explorer
from tests.support.apps import asked, finished, open_widgets
from tests.support.canyon import canyon_scene
from tests.support.fakes import FakeSpex
from widgets.explorer.request_chips import RequestChips


@pytest.fixture
def explorer() -> Explorer:
    return asked(Explorer(canyon_scene(size=96, pond=True), model=FakeSpex(window=96)), "the largest water in the north")


def chips(explorer: Explorer) -> RequestChips:
    return explorer._controls.request


def words(explorer: Explorer) -> list[str]:
    return [name(chip).description for chip in chips(explorer).row.children]


def name(chip):
    return next(part for part in chip.children if "spx-part-name" in part._dom_classes)


def cross(chip):
    return next(part for part in chip.children if "spx-part-cross" in part._dom_classes)


def press(explorer: Explorer, chip_words: str, *, of=name) -> None:
    of(next(chip for chip in chips(explorer).row.children if name(chip).description == chip_words)).click()


def test_an_answer_shows_how_its_instruction_was_taken(explorer: Explorer) -> None:
    assert words(explorer) == ["water", "the largest", "in the north"]
    assert not any("spx-part-cross" in part._dom_classes for part in chips(explorer).row.children[0].children), (
        "the only target stays"
    )


def test_a_chip_that_is_taken_out_is_asked_without(explorer: Explorer) -> None:
    before = explorer.extraction
    press(explorer, "the largest", of=cross)
    assert finished(explorer) == "done"
    assert words(explorer) == ["water", "in the north"]
    assert explorer.extraction.mask.sum() > before.mask.sum()
    assert explorer.instruction == "water in the north"
    assert explorer._panels.history.entries[-1].instruction == "water in the north"


def test_a_chip_that_is_taken_out_before_its_run_has_ended_is_asked_without_after_it(explorer: Explorer) -> None:
    ended = threading.Event()
    assert explorer._job.start(lambda _: ended.wait(30))
    press(explorer, "the largest", of=cross)
    assert words(explorer) == ["water", "the largest", "in the north"]
    ended.set()
    assert finished(explorer) == "done"
    assert words(explorer) == ["water", "in the north"]


def test_a_chip_that_is_changed_is_asked_so(explorer: Explorer) -> None:
    press(explorer, "in the north")
    editor = chips(explorer).editor
    editor.fields[0].value = "south"
    editor.take.click()
    assert finished(explorer) == "done"
    assert words(explorer) == ["water", "the largest", "in the south"]
    rows = explorer.extraction.mask.values[0].any(axis=1)
    assert not rows[:48].any()
    assert editor.layout.display == "none"


def test_the_fields_of_every_kind_read_what_they_show(explorer: Explorer) -> None:
    explorer = asked(explorer, "water larger than 2 ha within 200 m of trees in the north")
    for chip_words in words(explorer):
        before = explorer.extraction.request
        press(explorer, chip_words)
        chips(explorer).editor.take.click()
        assert finished(explorer) == "done"
        assert explorer.extraction.request == before


def test_nonsense_is_told_beside_the_chips_and_nothing_is_run(explorer: Explorer) -> None:
    explorer = asked(explorer, "water and trees")
    run = explorer._model.asked
    press(explorer, "water")
    chips(explorer).editor.fields[0].value = "trees"
    chips(explorer).editor.take.click()
    assert "trees is wanted twice" in chips(explorer).message.value
    assert explorer._model.asked == run


def test_a_changed_request_is_asked_again_from_the_history(explorer: Explorer) -> None:
    press(explorer, "the largest", of=cross)
    assert finished(explorer) == "done"
    found, entry = explorer.extraction, explorer._panels.history.entries[-1]
    assert entry.asked == found.request
    explorer.recall(type(entry).from_json(entry.to_json()))
    assert finished(explorer) == "done"
    assert explorer.extraction.request.to_dict() == found.request.to_dict()
    assert (explorer.extraction.mask.values == found.mask.values).all()


def test_chips_leave_nothing_behind(explorer: Explorer) -> None:
    counts = []
    for _ in range(3):
        explorer = asked(explorer, "water in the north")
        press(explorer, "in the north")
        counts.append(open_widgets())
    assert counts[1] == counts[2]
