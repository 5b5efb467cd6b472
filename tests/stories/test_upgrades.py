"""A school of an earlier release comes to this one: `tests/releases/` keeps their databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from deploy.kept_release import KEPT
from tests.support.kept_releases import Row, Tables, database_of, read
from tests.support.once import run_manage
from tests.support.site import Processes
from tests.support.web_session import WebSession

pytestmark = [
    pytest.mark.processes,
    pytest.mark.both_databases("migrations make tables anew on SQLite"),
]

RELEASES = sorted(each.name for each in KEPT.iterdir() if each.is_dir())
# What migrations since 0.9 call otherwise. A column that is not here keeps its name and every value.
TABLES = {"replays_step": "replays_replayevent", "replays_use": "replays_playbackuse"}
DUE_WORK = {
    "tries": "attempts",
    "claim": "lease_token",
    "claimed_until": "leased_until",
    "next_try_at": "due_at",
    "next_ask_at": "due_at",
    "unanswered_since": "unreachable_since",
}
COLUMNS = {
    "accounts_notice": {"next_mail_at": "due_at", "mail_tries": "attempts"},
    "courseware_courseware": {"tries": "call_number"},
    "schedule_room": {"failed_tries": "attempts"},
}
# What stands elsewhere now, or is worked out anew: each is looked at by the tests of its migration.
MOVED = {
    "replays_replay": {"purge_at", "purge_error", "purge_tries", "list_rank"},
    "schedule_room": {"next_look_at", "unanswered_since"},
    "django_content_type": {"model"},
}


@pytest.mark.parametrize("release", RELEASES)
def test_school_keeps_everything_and_goes_on(
    release: str, request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path
) -> None:
    with database_of(release, tmp_path) as url:
        before = read(url)
        run_manage("migrate", "--verbosity", "0", DATABASE_URL=url)

        assert list(lost(before, read(url))) == []
        assert len(before["schedule_lesson"]) > 100
        # Rows that are what they were give the same pages on both databases.
        if not settings.IS_SQLITE:
            goes_on(request.getfixturevalue("processes"), url, before)


def goes_on(processes: Processes, url: str, before: Tables) -> None:
    site = processes.start_web(DATABASE_URL=url)
    assert pages_of(site, "lijingyi", "demo-teacher", before) == []
    assert pages_of(site, "hezhiyuan", "demo-administrator", before) == []
    processes.stop()


def lost(before: Tables, after: Tables) -> list[str]:
    """Every row that is gone, and every value that is not what it was."""
    return [
        fault
        for table, rows in before.items()
        for key, row in rows.items()
        for fault in _lost_of(table, key, row, after.get(TABLES.get(table, table), {}))
    ]


def _lost_of(table: str, key: object, row: Row, now: dict[object, Row]) -> list[str]:
    if key not in now:
        return [f"{table} {key}"]
    names = DUE_WORK | COLUMNS.get(table, {})
    return [
        f"{table} {key} {column}: {value!r}"
        for column, value in row.items()
        if column not in MOVED.get(table, set())
        if now[key].get(column if column in now[key] else names.get(column, ""), "gone") != value
    ]


def pages_of(site: str, username: str, password: str, before: Tables) -> list[str]:
    """What somebody with the password of before does not get to see."""
    visitor = WebSession(site)
    assert visitor.sign_in(username, password).status_code == 302
    lesson = next(iter(before["schedule_lesson"].values()))
    paths = ["/schedule/", f"/schedule/lessons/{lesson['code']}/", "/replays/", "/courseware/"]
    answers = {path: visitor.get(path, allow_redirects=True).status_code for path in paths}
    return [f"{path}: {status}" for path, status in answers.items() if status != 200]
