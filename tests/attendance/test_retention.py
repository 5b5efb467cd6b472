"""Single stays go after half a year, and what they counted stays, whatever happens to the lesson."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from attendance.counting.lessons import count_lesson
from attendance.enums import AttendanceStage, AttendanceState
from attendance.models import LessonAttendance, MemberRecord, PersonAttendance, Stay
from attendance.retention import STAYS_KEPT, forget_old_stays
from schedule.enums import LessonState
from schedule.models import Lesson
from tests.factories.attendance import add_stay, add_sum, held_room, settled, statistics_for
from tests.factories.schedule import UnplannedLessonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson() -> Lesson:
    """A lesson that ended a day before its single stays are to go."""
    ends_at = timezone.now() - STAYS_KEPT - dt.timedelta(days=1)
    lesson = UnplannedLessonFactory.create(starts_at=ends_at - dt.timedelta(minutes=45))
    statistics = statistics_for(held_room(lesson))
    add_stay(statistics, lesson.teacher, 0, 45)
    add_sum(statistics, lesson.teacher, 2700)
    settled(lesson)
    return lesson


def test_stays_go_and_what_they_counted_stays(lesson: Lesson):
    assert forget_old_stays(timezone.now(), STAYS_KEPT) == 1

    assert (Stay.objects.count(), MemberRecord.objects.count()) == (0, 0)
    assert forget_old_stays(timezone.now(), STAYS_KEPT) == 0
    for state, stage in (
        (LessonState.CANCELLED, AttendanceStage.NOT_HELD),
        (LessonState.PUBLISHED, AttendanceStage.FINAL),
    ):
        Lesson.objects.update(state=state)
        count_lesson(lesson.pk, timezone.now())
        assert LessonAttendance.objects.get().stage == stage
    person = PersonAttendance.objects.get()
    assert (person.state, person.seconds) == (AttendanceState.PRESENT, 2700)


def test_younger_stays_stay(lesson: Lesson):
    at = timezone.now() - dt.timedelta(days=2)

    assert forget_old_stays(at, STAYS_KEPT) == 0
    assert Stay.objects.exists()
