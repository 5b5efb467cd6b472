"""The line that shows on a terminal how far a command is."""

from __future__ import annotations

import io

import pytest

from schedule.imports.lesson_spreadsheet import Stage
from schedule.management.commands.import_lessons import CLEARED_LINE, ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_shows_how_far_it_is_and_leaves_nothing():
    out = Terminal()

    with ProgressLine(out) as line:
        line.show(0.5, "writing")

    shown = out.getvalue().split(CLEARED_LINE)
    assert shown == ["", "[############------------]  50% writing", ""]


def test_is_gone_after_a_failure_too():
    out = Terminal()

    def fail() -> None:
        with ProgressLine(out) as line:
            line.show(0.1, "reading")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 -- of the test itself
        fail()

    assert out.getvalue().endswith(CLEARED_LINE)


def test_says_nothing_where_nobody_watches():
    out = io.StringIO()

    with ProgressLine(out) as line:
        line.show(0.5, "writing")

    assert out.getvalue() == ""


def test_stages_of_an_import_come_in_order():
    shares = [stage.share for stage in Stage]

    assert shares == sorted(shares)
    assert all(0 <= share < 1 for share in shares)
