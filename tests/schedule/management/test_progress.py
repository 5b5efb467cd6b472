"""The line that shows on a terminal how far a command is."""

from __future__ import annotations

import io

import pytest
from django.utils import translation

from edu_platform.lib.progress import Phase, counted, reporting_to
from schedule.management.progress_line import CLEARED_LINE, ProgressLine


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


def test_follows_what_is_reported():
    out = Terminal()

    with translation.override("en"), ProgressLine(out) as line, reporting_to(line.report):
        list(counted(range(1000), Phase.READING, 1000))

    shown = out.getvalue().split(CLEARED_LINE)
    assert shown[-2] == "[########################] 100% Reading"
    # A terminal would take longer over a thousand lines than the work itself.
    assert len(shown) < 100
