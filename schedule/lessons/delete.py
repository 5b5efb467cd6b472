"""Deleting lessons whose class has not begun, with their rooms. Of a published one calendars hear for a while."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Container, Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from edu_platform.lib.queueing import enqueue_on_commit
from schedule import hooks
from schedule.enums import CloudStatus
from schedule.history.snapshots import require_lesson_as_shown, snapshot_of
from schedule.history.writing import record_changes
from schedule.lessons.begun import begun_among, is_begun, may_be_deleted
from schedule.lessons.change import lessons_as_they_are
from schedule.lessons.locks import lock_lessons
from schedule.models import DeletedLesson, Lesson, PlanningAction, Room, RoomRequest

# As of those that are planned, with what calendars hear of it.
ROWS_A_DELETED = 12


class LessonBegun(Exception):
    """The class of this lesson runs, or is over: what was held is not undone."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(str(lesson))
        self.lesson = lesson


@transaction.atomic
def delete_lessons(
    lessons: Collection[Lesson],
    *,
    at: dt.datetime,
    action: PlanningAction | None = None,
    known: Mapping[int, str] | None = None,
) -> None:
    """Delete these lessons, or none of them; one that was deleted meanwhile is no fault.

    `known`: the versions that a page showed, by key.

    Raises:
        NotAsShown: somebody has changed one of them since.
        LessonBegun: the class of one of them has begun, or its time has come.
    """
    locked_lessons = _locked_lessons(lessons)
    for lesson in locked_lessons:
        require_lesson_as_shown(lesson, (known or {}).get(lesson.pk, ""))
    delete_locked(locked_lessons, at=at, action=action or PlanningAction())


def delete_locked(lessons: Sequence[Lesson], *, at: dt.datetime, action: PlanningAction) -> None:
    """Delete as above, in the transaction that has locked the lessons."""
    locked_rooms = _locked_rooms(lessons)
    begun = {room.lesson_id for room in locked_rooms if room.lesson_id and is_begun(room)}
    _require_none_of(begun, lessons, at)
    record_changes(action, [(lesson, snapshot_of(lesson), None) for lesson in lessons])
    _leave_tombstones([lesson for lesson in lessons if not lesson.is_draft], at)
    hooks.lessons_are_deleted([lesson.pk for lesson in lessons])
    _put_rooms_aside(locked_rooms)
    for batch in in_batches(lesson.pk for lesson in lessons):
        Lesson.objects.filter(pk__in=batch).delete()


def _locked_lessons(lessons: Collection[Lesson]) -> list[Lesson]:
    """Those that are still there, which nobody else changes until the transaction ends.

    The lock is a statement of its own: with joins, PostgreSQL misses one that got another teacher meanwhile.
    """
    lock_lessons(lessons, will_delete=True)
    return lessons_as_they_are(sorted(lesson.pk for lesson in lessons))


def _locked_rooms(lessons: Iterable[Lesson]) -> list[Room]:
    room_ids: list[int] = []
    for batch in in_batches(lesson.pk for lesson in lessons):
        room_ids += Room.objects.filter(lesson__in=batch).values_list("pk", flat=True)
    rooms: list[Room] = []
    for batch in in_batches(sorted(room_ids)):
        rooms += Room.objects.select_for_update(of=("self",)).filter(pk__in=batch).order_by("pk")
    return rooms


def forget_old_deletions(at: dt.datetime, length: dt.timedelta) -> int:
    """Forget those of which calendars have been told for long enough, and return how many that were."""
    _rows, by_model = DeletedLesson.objects.filter(deleted_at__lt=at - length).delete()
    return by_model.get("schedule.DeletedLesson", 0)


def require_deletable(lessons: Sequence[Lesson], *, at: dt.datetime) -> None:
    """Look whether these lessons can be deleted just now.

    Raises:
        LessonBegun: the class of one of them has begun, or its time has come.
    """
    _require_none_of(begun_among(lesson.pk for lesson in lessons), lessons, at)


def _require_none_of(begun: Container[int], lessons: Iterable[Lesson], at: dt.datetime) -> None:
    for lesson in lessons:
        if not may_be_deleted(lesson, begun, at=at):
            raise LessonBegun(lesson)


def _leave_tombstones(lessons: Sequence[Lesson], at: dt.datetime) -> None:
    stones = [
        DeletedLesson(
            code=lesson.code,
            sequence=lesson.sequence + 1,
            deleted_at=at,
            course_name=lesson.course.name,
            title=lesson.title,
            teacher=lesson.teacher,
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
        )
        for lesson in lessons
    ]
    DeletedLesson.objects.bulk_create(stones, batch_size=ROWS_A_STATEMENT)
    assisting, attending = DeletedLesson.assistants.through, DeletedLesson.class_groups.through
    pairs = list(zip(stones, lessons, strict=True))
    assisting.objects.bulk_create(
        (
            assisting(deletedlesson=stone, user=user)
            for stone, lesson in pairs
            for user in lesson.assistants.all()
        ),
        batch_size=ROWS_A_STATEMENT,
    )
    attending.objects.bulk_create(
        (
            attending(deletedlesson=stone, classgroup=group)
            for stone, lesson in pairs
            for group in lesson.class_groups.all()
        ),
        batch_size=ROWS_A_STATEMENT,
    )


def _put_rooms_aside(rooms: Sequence[Room]) -> None:
    """Those that the cloud may have leave it by a worker; of the others nothing stays."""
    for batch in in_batches(rooms):
        requests = RoomRequest.objects.filter(room__in=batch)
        asked_for = set(requests.values_list("room_id", flat=True))
        # Who has leased one may be about to ask for it.
        unmade = {room.pk for room in batch if not (room.is_made or room.lease_token)}
        Room.objects.filter(pk__in=unmade - asked_for).delete()
        remaining_rooms = Room.objects.filter(
            pk__in={room.pk for room in batch} - (unmade - asked_for)
        )
        remaining_rooms.update(lesson=None, is_current=False, must_change_in_cloud=False)
        # What vanished or expired has left it already.
        staying = remaining_rooms.filter(gone_at=None, cloud_status=CloudStatus.NOT_STARTED)
        if staying.update(must_leave_cloud=True, due_at=timezone.now(), attempts=0):
            enqueue_on_commit("schedule.sync_rooms")
