"""The attendance of the demo school's past classes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import Count

from attendance.counting.settling import settle
from attendance.enums import AttendanceStage, AttendanceState
from attendance.models import Correction, LessonAttendance, PersonAttendance
from attendance.models.lessons import SHOWN_STATE
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
        PersonAttendance.objects.order_by("pk").values_list(
            "person", "state", "corrected_state", "seconds", "first_in_at", "last_out_at"
        )
    )


def test_past_classes_have_all_states_and_counting_them_anew_changes_nothing():
    fill_school(at=TUESDAY)

    add_attendance(at=TUESDAY)

    shown = PersonAttendance.objects.annotate(shown=SHOWN_STATE).order_by()
    states = dict(shown.values_list("shown").annotate(Count("pk")))
    assert states.keys() >= set(AttendanceState.values)
    assert states[AttendanceState.PRESENT] > 0.9 * sum(states.values())
    assert states[AttendanceState.EXCUSED] == Correction.objects.count()
    (provisional,) = LessonAttendance.objects.filter(stage=AttendanceStage.PROVISIONAL)
    assert provisional.lesson.class_groups.get().name == "一年级1班"
    before = counted()
    of_lessons = LessonAttendance.objects.values_list("pk", "version")
    oldest, newest = of_lessons.order_by("pk")[:10], of_lessons.order_by("-pk")[:10]
    for pk, version in [*oldest, *newest, (provisional.pk, provisional.version)]:
        settle(pk, TUESDAY)
        assert LessonAttendance.objects.get(pk=pk).version == version
    add_attendance(at=TUESDAY)
    assert counted() == before
