from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import count
from typing import Any

from accounts.models import ClassroomIdentity, User
from attendance.counting.due_lessons import expect_attendance
from attendance.counting.lessons import count_lesson
from attendance.enums import MemberRole
from attendance.models import LessonAttendance, MemberRecord, RoomStatistics, Stay
from schedule.enums import CloudStatus
from schedule.models import ClassGroup, Lesson, Room
from tests.factories.schedule import UnplannedLessonFactory, school_time
from tests.support.cloud import SDK_APP_ID

_room_numbers = count(700_000_001)


def minutes(number: float) -> dt.timedelta:
    return dt.timedelta(minutes=number)


def held_room(lesson: Lesson, start_min: float = 0, end_min: float = 45, **fields: Any) -> Room:
    """Make a room of the lesson whose class ran from one minute of the plan to the other."""
    generation = lesson.rooms.count() + 1
    lesson.rooms.update(is_current=False)
    values = {
        "cloud_status": CloudStatus.ENDED,
        "real_started_at": lesson.starts_at + minutes(start_min),
        "real_ended_at": lesson.starts_at + minutes(end_min),
    } | fields
    return Room.objects.create(
        lesson=lesson,
        room_id=next(_room_numbers),
        sdk_app_id=SDK_APP_ID,
        generation=generation,
        **values,
    )


def statistics_for(room: Room, *, has_come: bool = True, **fields: Any) -> RoomStatistics:
    """Make the statistics of a room that has ended; they have come, or are still waited for."""
    assert room.real_ended_at is not None
    values = {
        "ended_at": room.real_ended_at,
        "real_started_at": room.real_started_at if has_come else None,
        "real_ended_at": room.real_ended_at if has_come else None,
        "events_at": room.real_ended_at + minutes(1),
        "statistics_at": room.real_ended_at + minutes(1) if has_come else None,
    } | fields
    return RoomStatistics.objects.create(room=room, **values)


def cloud_id(person: User) -> str:
    """Return the person's id in the cloud, making one where they have none."""
    identity, _is_new = ClassroomIdentity.objects.get_or_create(
        user=person,
        sdk_app_id=SDK_APP_ID,
        defaults={"classroom_user_id": f"cloud-{person.username}"},
    )
    return identity.classroom_user_id


def add_stay(
    statistics: RoomStatistics, person: User | str, first_min: float, last_min: float | None
) -> None:
    """Add a stay, in minutes of the lesson's plan; None: no event ended it."""
    lesson = statistics.room.lesson
    assert lesson is not None
    Stay.objects.create(
        statistics=statistics,
        classroom_user_id=person if isinstance(person, str) else cloud_id(person),
        joined_at=lesson.starts_at + minutes(first_min),
        left_at=None if last_min is None else lesson.starts_at + minutes(last_min),
    )


def add_sum(statistics: RoomStatistics, person: User | str, present_s: int, **fields: Any) -> None:
    MemberRecord.objects.create(
        statistics=statistics,
        classroom_user_id=person if isinstance(person, str) else cloud_id(person),
        present_s=present_s,
        **({"role": MemberRole.STUDENT, "nickname": str(person)} | fields),
    )


def settled(lesson: Lesson, *, at: dt.datetime | None = None) -> LessonAttendance:
    """Count the lesson an hour after its end, or at another moment."""
    expect_attendance([lesson.pk])
    count_lesson(lesson.pk, at or lesson.ends_at + dt.timedelta(hours=1))
    return LessonAttendance.objects.get(pk=lesson.pk)


def counted_lesson(
    teacher: User,
    class_group: ClassGroup,
    stays: Mapping[User, tuple[float, float] | None],
    *,
    days: int = -1,
    hour: int = 8,
    has_come: bool = True,
    **fields: Any,
) -> LessonAttendance:
    """Make a lesson of 45 minutes some days ago, held as planned, with these stays in minutes, and count it.

    Nothing else knows of its rows, as `UnplannedLessonFactory` says.
    """
    starts_at = school_time(days, hour)
    lesson = UnplannedLessonFactory.create(
        teacher=teacher,
        class_groups=[class_group],
        starts_at=starts_at,
        ends_at=starts_at + minutes(45),
        **fields,
    )
    statistics = statistics_for(held_room(lesson), has_come=has_come)
    for person, stay in {teacher: (0, 45), **stays}.items():
        if stay is not None:
            add_stay(statistics, person, *stay)
    return settled(lesson)
