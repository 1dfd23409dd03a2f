import logging

import pytest

from widgets.parts.keys import Keys
from widgets.parts.table import TextTable
from widgets.parts.trouble import told


def test_a_row_is_picked_by_the_browsers_message_the_same_one_again_included() -> None:
    table, picked = TextTable(["Name"], label="Names", empty="None yet."), []
    table.on_pick(picked.append)
    table.show([["a"], ["b"]], colours=["#000000", "#ffffff"])
    table._handle_custom_msg({"pick": 1}, [])
    table._handle_custom_msg({"pick": 1}, [])
    assert picked == [1, 1]
    assert table.selected == 1
    table.show([["c"]])
    assert (table.selected, table.colours) == (-1, [])


@pytest.mark.parametrize("message", [{}, {"pick": 2}, {"pick": -1}, {"pick": "0"}, {"pick": None}])
def test_a_message_that_picks_nothing_is_let_go(message: dict) -> None:
    table, picked = TextTable(["Name"], label="Names", empty="None yet."), []
    table.on_pick(picked.append)
    table.show([["a"], ["b"]])
    table._handle_custom_msg(message, [])
    assert (picked, table.selected) == ([], -1)


def test_escape_is_heard_and_no_other_key() -> None:
    keys, heard = Keys(), []
    keys.on_escape(lambda: heard.append("Escape"))
    keys._handle_custom_msg({"key": "Enter"}, [])
    keys._handle_custom_msg({"key": "Escape"}, [])
    assert heard == ["Escape"]


def test_errors_are_told_the_unforeseen_ones_with_their_kind_and_trace(caplog: pytest.LogCaptureFixture) -> None:
    said: list[tuple[str, str]] = []

    def fail(error: Exception) -> None:
        with told(lambda kind, text: said.append((kind, text))):
            raise error

    fail(ValueError("a bad file"))
    assert not caplog.records
    with caplog.at_level(logging.ERROR):
        fail(ZeroDivisionError("by zero"))
    assert said == [("error", "a bad file"), ("error", "ZeroDivisionError: by zero")]
    assert "by zero" in caplog.text
