"""One check that fails or hangs keeps none of the others from being told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _

from edu_platform.doctor.findings import Finding, Level, check, ok, warning
from edu_platform.doctor.running import run_checks


@check("first.line", "first.other")
def fine() -> Iterator[Finding]:
    yield ok("first.line", "fine")
    yield warning("first.other", "not so", "mend it")


@check("broken.said", "broken.left_out", "broken.reached")
def broken() -> Iterator[Finding]:
    yield ok("broken.left_out", "fine")
    raise RuntimeError("what nobody thought of https://secret.example/x")


@check("database.less")
def without_database() -> Iterator[Finding]:
    yield from ()
    raise DatabaseError("no such table")


def test_findings_come_in_the_order_of_the_checks():
    found = run_checks([broken, fine], within_s=10)

    assert [finding.check for finding in found] == [
        "broken.left_out",
        "broken.reached",
        "first.line",
        "first.other",
    ]


def test_words_of_others_are_shown_in_one_line_that_does_nothing_to_a_terminal():
    @check("first.line")
    def quoting() -> Iterator[Finding]:
        yield warning("first.line", "a \x1b[2J\udcff\n\tserver said \n", "mend" * 20_000)

    (finding,) = run_checks([quoting], within_s=10)

    assert finding.text == "a ?[2J? server said"
    assert len(finding.advice) == 1000


def test_what_nobody_thought_of_is_an_error_with_a_trace(caplog: pytest.LogCaptureFixture):
    *_fine, finding = run_checks([broken], within_s=10)

    assert finding.level is Level.ERROR
    assert "RuntimeError: what nobody thought of" in finding.text
    assert "secret.example" not in finding.text
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.exc_info is not None


def test_database_that_fails_is_told_as_such():
    (finding,) = run_checks([without_database], within_s=10)

    assert finding.level is Level.ERROR
    assert "the database failed" in finding.text
    assert "doctor --only database" in finding.advice


def test_check_that_hangs_is_not_waited_for():
    release = threading.Event()

    @check("hanging.said", "hanging.line")
    def hanging() -> Iterator[Finding]:
        yield ok("hanging.said", "fine")
        release.wait()

    began_s = time.monotonic()
    found = run_checks([hanging, fine], within_s=0.5)
    release.set()

    assert time.monotonic() - began_s < 10  # it would hang without an end
    assert [(finding.check, str(finding.level)) for finding in found[:2]] == [
        ("hanging.said", "ok"),
        ("hanging.line", "error"),
    ]
    assert [finding.check for finding in found[2:]] == ["first.line", "first.other"]


def test_checks_speak_the_language_of_who_asks():
    @check("some.line")
    def speaking() -> Iterator[Finding]:
        yield ok("some.line", _("Home"))

    with translation.override("zh-hans"):
        (finding,) = run_checks([speaking], within_s=10)

    assert finding.text == "首页"
