"""Single stays go after half a year, and what they counted stays, whatever happens to the lesson."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from attendance.collecting.fetching import RoomAnswer
from attendance.collecting.saving import save_answer
from attendance.counting.lessons import count_lesson
from attendance.enums import AttendanceStage, AttendanceState, MemberRole
from attendance.kept_kinds import STAYS_KEPT, forget_old_stays
from attendance.models import (
    LessonAttendance,
    MemberRecord,
    PersonAttendance,
    RoomPresence,
    Stay,
)
from attendance.presence.saving import Look, save_look
from classroom.client import statistics
from classroom.client.members import CurrentMember
from classroom.client.statistics import RoomSummary
from classroom.enums import Source
from schedule.enums import LessonState
from schedule.models import Lesson
from tests.factories.attendance import add_stay, add_sum, held_room, settled, statistics_for
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.database_texts import database_texts
from tests.support.guests import guest_of

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


def test_names_of_guests_stand_in_no_table_of_attendance(lesson: Lesson):
    """So that nothing is left of them when they are forgotten, and what the cloud tells late brings none back."""
    room = lesson.rooms.get()
    guest_of(lesson, "诸葛访客", "guest")
    inside = CurrentMember(
        "guest", "诸葛访客", MemberRole.STUDENT, is_inside=True, joined_at=None, left_at=None
    )
    sums = statistics.MemberRecord(
        "guest", "诸葛访客", role=0, present_s=60, first_joined_at=None, last_quit_at=None, device=5
    )
    summary = RoomSummary(lesson.starts_at, lesson.ends_at, (sums,), missing_lines=0)

    presence = RoomPresence.objects.create(room=room)
    save_look(presence, Look(lesson.ends_at, (inside,)), None)
    save_answer(room.pk, RoomAnswer(timezone.now(), Source.POLL, summary=summary), timezone.now())
    count_lesson(lesson.pk, timezone.now())

    assert MemberRecord.objects.filter(classroom_user_id="guest").exists()
    cells = [cell.partition(":")[0] for cell in database_texts("诸葛访客")]
    assert cells == ["schedule_guest.name", "schedule_guest.sent_nickname"]


def test_younger_stays_stay(lesson: Lesson):
    at = timezone.now() - dt.timedelta(days=2)

    assert forget_old_stays(at, STAYS_KEPT) == 0
    assert Stay.objects.exists()
