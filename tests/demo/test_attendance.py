"""The attendance of the demo school's past classes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import Count

from attendance.class_starts.reading import ClassStarts
from attendance.collecting.fetching import RoomAnswer
from attendance.collecting.following import follow_bypassed
from attendance.collecting.saving import give_up, save_answer
from attendance.counting.due_lessons import expect_ended
from attendance.counting.lessons import count_lesson
from attendance.enums import AttendanceStage, AttendanceState, MissingReason
from attendance.models import Correction, LessonAttendance, PersonAttendance, RoomStatistics
from attendance.models.lessons import SHOWN_STATE
from classroom.client.statistics import RoomSummary
from classroom.enums import Source
from edu_platform.demo.attendance import add_attendance
from edu_platform.demo.school import fill_school
from tests.support.demo_school import SHANGHAI

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
    pytest.mark.only_on_sqlite("as the demo runs"),
]

TUESDAY = dt.datetime(2025, 11, 11, 9, 15, tzinfo=SHANGHAI)


def counted() -> list[tuple[object, ...]]:
    return list(
        PersonAttendance.objects.order_by("attendance", "person").values_list(
            "person", "state", "corrected_state", "seconds", "first_in_at", "last_out_at"
        )
    )


def let_workers_go_first() -> None:
    """Do what workers do with past classes that the seed has just made: the cloud knows nothing of them."""
    expect_ended(TUESDAY)
    follow_bypassed(TUESDAY)
    rooms = RoomStatistics.objects.order_by("pk")
    rooms.update(due_at=TUESDAY)
    for number, row in enumerate(rooms[:30]):
        if number < 20:
            give_up(row.pk, MissingReason.ROOM_GONE, TUESDAY)
        else:
            rooms.filter(pk=row.pk).update(statistics_at=TUESDAY)
        assert row.room.lesson_id is not None
        count_lesson(row.room.lesson_id, TUESDAY)


def test_past_classes_have_all_states_and_counting_them_anew_changes_nothing():
    fill_school(at=TUESDAY)
    let_workers_go_first()

    add_attendance(at=TUESDAY)

    shown = PersonAttendance.objects.annotate(shown=SHOWN_STATE).order_by()
    states = dict(shown.values_list("shown").annotate(Count("pk")))
    assert states.keys() >= set(AttendanceState.values)
    assert states[AttendanceState.PRESENT] > 0.9 * sum(states.values())
    assert states[AttendanceState.EXCUSED] == Correction.objects.count()
    starts = ClassStarts(TUESDAY - dt.timedelta(days=90), TUESDAY).total
    assert 1 <= starts.late <= 10
    (provisional,) = LessonAttendance.objects.filter(stage=AttendanceStage.PROVISIONAL)
    assert provisional.lesson.class_groups.get().name == "一年级1班"
    final = LessonAttendance.objects.filter(stage=AttendanceStage.FINAL)
    assert not final.exclude(people__seconds__gt=0).exists()
    assert not RoomStatistics.objects.exclude(due_at=None).exists()
    assert not LessonAttendance.objects.filter(people__isnull=False).exclude(due_at=None).exists()
    before = counted()
    late_answer = RoomAnswer(TUESDAY, Source.POLL, summary=RoomSummary(None, None, (), 0))
    save_answer(final.latest("pk").lesson.rooms.get().pk, late_answer, TUESDAY)
    held = LessonAttendance.objects.filter(people__seconds__gt=0).distinct()
    of_lessons = held.values_list("pk", "version")
    oldest, newest = of_lessons.order_by("pk")[:10], of_lessons.order_by("-pk")[:10]
    for pk, version in [*oldest, *newest, (provisional.pk, provisional.version)]:
        count_lesson(pk, TUESDAY)
        assert LessonAttendance.objects.get(pk=pk).version == version
    add_attendance(at=TUESDAY)
    assert counted() == before
