"""Who waits for a replay sees its lesson and room as they are after the wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import User
from classroom.client.errors import CloudUnavailable
from replays.models import Replay, ReplayFile
from replays.services.planning import follow_lessons
from replays.services.trash import restore_replays, trash_replays
from replays.services.unanswered import put_off
from schedule.models import Lesson

pytestmark = pytest.mark.django_db(transaction=True)

WAITS_WITHIN_S = 20


def put_off_one(replay: Replay, person: User) -> None:
    at = timezone.now()
    silence = CloudUnavailable("DescribeRoom", "slow", outcome_is_known=True)
    put_off(replay.pk, silence, at, began_at=at)


def trash_one(replay: Replay, person: User) -> None:
    trash_replays([replay], person=person, at=timezone.now())


def restore_one(replay: Replay, person: User) -> None:
    restore_replays([replay], person=person, at=timezone.now())


@pytest.mark.parametrize("write", [put_off_one, trash_one, restore_one])
def test_what_a_lesson_became_meanwhile_is_not_undone(
    file: ReplayFile,
    other_teacher: User,
    planner: User,
    write: Callable[[Replay, User], None],
):
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    replay = file.replay
    if write is restore_one:
        trash_one(replay, planner)

    def run() -> None:
        try:
            write(replay, planner)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            Lesson.objects.filter(pk=lesson_id(replay)).update(teacher=other_teacher, title="新讲")
            follow_lessons([lesson_id(replay)])
            written = pool.submit(run)
            wait_until_somebody_waits()
        written.result(timeout=WAITS_WITHIN_S)

    replay.refresh_from_db()
    assert (replay.title, replay.teacher) == ("新讲", other_teacher)


def lesson_id(replay: Replay) -> int:
    assert replay.lesson_id is not None
    return replay.lesson_id


def wait_until_somebody_waits() -> None:
    deadline_s = time.monotonic() + WAITS_WITHIN_S
    while True:
        with connection.cursor() as cursor:
            # Looked at again, and in this database alone: other tests wait beside this one.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < deadline_s, "nobody waited"
        time.sleep(0.02)
