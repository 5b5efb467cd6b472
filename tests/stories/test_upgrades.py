"""A school of an earlier release comes to this one: `tests/releases/` keeps their databases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from deploy.kept_release import KEPT
from tests.support.kept_releases import Tables, database_of, lost, read
from tests.support.migrations import migrate
from tests.support.upgraded import people, replays, timetable

pytestmark = [
    pytest.mark.both_databases("migrations make tables anew on SQLite"),
    pytest.mark.timeout(300),
]

FIRST = "0.9"
LATER = sorted(each.name for each in KEPT.iterdir() if each.is_dir() and each.name != FIRST)
APPS = (people, replays, timetable)


@pytest.mark.parametrize("release", LATER)
def test_school_keeps_everything_and_goes_on(
    release: str, transactional_db: None, tmp_path: Path
) -> None:
    with database_of(release, tmp_path):
        before = read()
        migrate_as_operators_do()

        assert lost(before, read()) == []
        assert len(before["schedule_lesson"]) > 100
        if not settings.IS_SQLITE:
            goes_on(before)


def test_school_of_the_first_release_keeps_rows_of_all_kinds(
    transactional_db: None, tmp_path: Path
) -> None:
    """One way for the whole school and for rows of its own: most of a test's time is the way."""
    at = timezone.now()
    with database_of(FIRST, tmp_path):
        before = read()
        step_type = put_rows(at)
        # Ways back, and pages of rows that are what they were, are the same on both databases.
        if not settings.IS_SQLITE:
            they_can_be_taken_back(at)
        people.put_session_of_another_key(migrate(*(app.MOVED for app in APPS)).apps, at)
        migrate_as_operators_do()

        assert lost(before, read()) == []
        assert len(before["schedule_lesson"]) > 100
        people.assert_kept(at)
        replays.assert_kept(step_type, at)
        timetable.assert_kept(at)
        if not settings.IS_SQLITE:
            goes_on(before)


def put_rows(at: dt.datetime) -> int:
    """Return the type of content of the replays' events."""
    old = migrate().apps  # to nowhere: as they are
    people.put(old, at)
    timetable.put(old, at)
    step_type = replays.put(old, at)
    people.put_identities(migrate(people.PUT_OFF).apps, at)
    return step_type


def they_can_be_taken_back(at: dt.datetime) -> None:
    migrate(*(app.MOVED for app in APPS))
    # One app after the other: Django makes the models anew from the earliest migration on that is taken back.
    for app in APPS:
        old = migrate(app.BEFORE)
    people.assert_back()
    replays.assert_back(old.apps, at)
    timetable.assert_back(old.apps, at)


def migrate_as_operators_do() -> None:
    call_command("migrate", verbosity=0, interactive=False)


def goes_on(before: Tables) -> None:
    """People with a password of before see the pages."""
    lesson = next(iter(before["schedule_lesson"].values()))
    paths = ["/schedule/", f"/schedule/lessons/{lesson['code']}/", "/replays/", "/courseware/"]
    for username, password in (
        ("lijingyi", "demo-teacher"),
        ("hezhiyuan", "demo-administrator"),
    ):
        visitor = Client()
        form = {"login": username, "password": password}
        assert visitor.post("/accounts/login/", form).status_code == 302
        statuses = {path: visitor.get(path, follow=True).status_code for path in paths}
        assert statuses == dict.fromkeys(paths, 200)
