"""The doctor's command: what it prints, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.core.management import CommandError
from django.utils import translation

from edu_platform.models import Heartbeat
from tests.support.commands import run

# These can be told without anything of the platform running.
ERROR, WARNING, OK = "beat", "backups", "settings.debug"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_each_line_has_its_level_and_what_to_do():
    outcome = run("doctor", "--only", f"{OK},{WARNING}")

    assert outcome.code == 0
    assert outcome.stdout.splitlines() == [
        "ok       settings.debug          DEBUG is off.",
        "warning  backups.age             There has never been a backup.",
        " " * 33 + "→ Have `manage.py backup FOLDER` run every night, and find out why it did not.",
        "Errors: 0. Warnings: 1. In order: 1.",
    ]


def test_error_is_an_exit_code():
    outcome = run("doctor", "--only", ERROR)

    assert outcome.code == 1
    assert outcome.stdout.startswith("error    beat.heartbeat  ")
    assert not Heartbeat.objects.exists()


def test_other_programs_read_json():
    outcome = run("doctor", "--json", "--only", f"{WARNING}, {ERROR}")

    assert outcome.code == 1
    found = json.loads(outcome.stdout)
    assert [(each["check"], each["level"]) for each in found] == [
        ("beat.heartbeat", "error"),
        ("backups.age", "warning"),
    ]
    assert {frozenset(each) for each in found} == {frozenset({"check", "level", "text", "advice"})}


def test_chinese_words_are_as_wide_as_they_are_shown():
    with translation.override("zh-hans"):
        first, second, *_rest = run("doctor", "--only", f"{OK},{WARNING}").stdout.splitlines()

    assert first.startswith("正常  settings.debug")
    assert second.startswith("警告  backups.age")


def test_unknown_name_is_refused_with_the_topics():
    with pytest.raises(CommandError, match=r"There is no check databases\. Topics: settings"):
        run("doctor", "--only", "databases")
