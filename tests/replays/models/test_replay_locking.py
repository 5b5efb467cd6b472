"""Code that waits for a replay sees its lesson and room as they are after the wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from classroom.client.errors import CloudUnavailable
from replays.models import Replay, ReplayFile
from replays.services.planning import follow_lessons
from replays.services.trash import restore_replays, trash_replays
from replays.services.unanswered import put_off
from schedule.models import Lesson
from tests.support.threads import done_during

pytestmark = pytest.mark.django_db(transaction=True)


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

    def change_lesson() -> None:
        Lesson.objects.filter(pk=lesson_id(replay)).update(teacher=other_teacher, title="新讲")
        follow_lessons([lesson_id(replay)])

    done_during(change_lesson, lambda: write(replay, planner))

    replay.refresh_from_db()
    assert (replay.title, replay.teacher) == ("新讲", other_teacher)


def lesson_id(replay: Replay) -> int:
    assert replay.lesson_id is not None
    return replay.lesson_id
