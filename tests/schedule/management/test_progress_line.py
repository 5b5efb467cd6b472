"""The bar that shows on a terminal how far a command is."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import sys
import termios
import threading

import pytest
from django.core.management import call_command
from django.utils import translation

from edu_platform.lib.progress import Phase, counted, report
from schedule.management.progress_line import progress_shown
from tests.factories.schedule import TermFactory


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def last_line(terminal: Terminal) -> str:
    """Return what stands on the line of the terminal in the end."""
    return terminal.getvalue().rpartition("\r")[2].strip()


def test_shows_the_phase_and_how_far_it_is(terminal: Terminal):
    with translation.override("en"), progress_shown(terminal):
        report(Phase.READING, 0, 10)
        report(Phase.WRITING, 0, 4)
        list(counted(range(4), Phase.WRITING, 4))

    shown = terminal.getvalue()
    assert "Reading   0% |" in shown
    assert "Writing" in shown


def test_leaves_nothing_behind(terminal: Terminal):
    with progress_shown(terminal):
        report(Phase.READING, 5, 10)

    assert terminal.getvalue()
    assert last_line(terminal) == ""


def test_is_gone_after_a_failure_too(terminal: Terminal):
    def fail() -> None:
        with progress_shown(terminal):
            report(Phase.READING, 1, 10)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 -- of the test itself
        fail()

    assert last_line(terminal) == ""
    # Nobody watches what comes after it.
    before = terminal.getvalue()
    report(Phase.READING, 2, 10)
    assert terminal.getvalue() == before


def test_says_nothing_where_nobody_watches():
    out = io.StringIO()

    with progress_shown(out):
        list(counted(range(1000), Phase.READING, 1000))

    assert out.getvalue() == ""


def test_shows_no_more_than_eyes_follow(terminal: Terminal):
    with progress_shown(terminal):
        list(counted(range(10_000), Phase.READING, 10_000))

    assert terminal.getvalue().count("\r") < 100


def test_needs_no_thread(terminal: Terminal):
    before = threading.active_count()

    with progress_shown(terminal):
        report(Phase.READING, 1, 2)
        assert threading.active_count() == before


@pytest.mark.timeout(30)
def test_ends_on_a_terminal_that_does_not_know_how_wide_it_is(monkeypatch: pytest.MonkeyPatch):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        # In a language whose letters are two columns wide.
        with translation.override("zh-hans"), progress_shown():
            report(Phase.READING, 1, 2)
        shown = os.read(ours, 100_000).decode()
    os.close(ours)

    assert " 50% |" in shown or "  0% |" in shown


@pytest.mark.django_db
def test_the_output_of_a_command_is_the_same_on_a_terminal(monkeypatch: pytest.MonkeyPatch):
    term = TermFactory.create()
    outputs = []
    for err in (io.StringIO(), Terminal()):
        monkeypatch.setattr(sys, "stderr", err)
        out = io.StringIO()
        call_command("set_day", str(term.first_monday), "holiday", stdout=out)
        outputs.append(out.getvalue())

    assert outputs[0] == outputs[1]
    assert outputs[0].endswith("added=0 changed=0 unchanged=0 removed=0\n")
