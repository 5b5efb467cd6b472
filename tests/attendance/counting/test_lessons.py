"""A lesson is counted from its rooms, what the cloud told of them, its rules and its roster."""

from __future__ import annotations

import datetime as dt
from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import DiscardedIdentity, SchoolSettings, User
from attendance.counting.lessons import count_lesson
from attendance.enums import AttendanceStage, AttendanceState, MissingReason, RosterRole
from attendance.models import CourseRules, LessonAttendance, PersonAttendance
from schedule.enums import CloudStatus, LessonState
from schedule.models import ClassGroup, Lesson, Membership
from tests.factories.accounts import UserFactory
from tests.factories.attendance import (
    add_stay,
    add_sum,
    held_room,
    minutes,
    settled,
    statistics_for,
)
from tests.factories.schedule import (
    ClassGroupFactory,
    MembershipFactory,
    UnplannedLessonFactory,
    school_time,
)
from tests.support.guests import guest_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def class_group() -> ClassGroup:
    return ClassGroupFactory.create()


@pytest.fixture
def lesson(class_group: ClassGroup) -> Lesson:
    """From 8:00 to 8:45 yesterday."""
    return UnplannedLessonFactory.create(
        class_groups=[class_group], starts_at=school_time(-1, 8), ends_at=school_time(-1, 8, 45)
    )


@pytest.fixture
def student(class_group: ClassGroup) -> User:
    return MembershipFactory.create(class_group=class_group).user


def row_of(lesson: Lesson, person: User) -> PersonAttendance:
    return PersonAttendance.objects.get(attendance=lesson.pk, person=person)


def state_of(lesson: Lesson, person: User) -> str:
    return row_of(lesson, person).state


# --- The roster -----------------------------------------------------------------------------------


def test_roster_is_teacher_assistants_and_students_of_that_day(lesson, class_group, student):
    assistant = UserFactory.create()
    lesson.assistants.add(assistant)
    day = timezone.localdate(lesson.starts_at)
    gone, to_come = (UserFactory.create() for _ in range(2))
    Membership.objects.create(
        class_group=class_group, user=gone, to_date=day - dt.timedelta(days=1)
    )
    Membership.objects.create(
        class_group=class_group, user=to_come, from_date=day + dt.timedelta(days=1)
    )
    held_room(lesson)

    settled(lesson)

    roles = dict(PersonAttendance.objects.values_list("person", "role"))
    assert roles == {
        lesson.teacher_id: RosterRole.TEACHER,
        assistant.pk: RosterRole.ASSISTANT,
        student.pk: RosterRole.STUDENT,
    }
    assert row_of(lesson, student).class_group == class_group


def test_student_of_two_class_groups_stands_once_with_the_first(lesson, class_group, student):
    first = ClassGroupFactory.create(name="一年级1班")
    lesson.class_groups.add(first)
    MembershipFactory.create(class_group=first, user=student)

    settled(lesson)

    assert row_of(lesson, student).class_group == first


def test_roster_and_rules_are_frozen_when_the_planned_end_passes(lesson, class_group, student):
    attendance = settled(lesson, at=lesson.ends_at - minutes(1))
    assert attendance.frozen_at is None
    settled(lesson, at=lesson.ends_at)
    SchoolSettings(pk=1, late_after_min=20).save()
    MembershipFactory.create(class_group=class_group)

    attendance = settled(lesson)

    assert attendance.late_after_s == 5 * 60
    assert attendance.students == 1


def test_roster_follows_until_then(lesson, class_group, student):
    before = lesson.ends_at - minutes(1)
    settled(lesson, at=before)
    Membership.objects.filter(user=student).delete()
    newcomer = MembershipFactory.create(class_group=class_group).user

    settled(lesson, at=before)

    students = PersonAttendance.objects.of_students()
    assert [row.person for row in students] == [newcomer]


def test_lesson_that_was_never_begun_follows_its_new_time(lesson, class_group, student):
    settled(lesson)
    lesson.starts_at, lesson.ends_at = school_time(1, 8), school_time(1, 8, 45)
    lesson.save()

    attendance = settled(lesson, at=timezone.now())

    assert (attendance.stage, attendance.frozen_at) == (AttendanceStage.TO_COME, None)


def test_course_may_have_rules_of_its_own(lesson):
    CourseRules.objects.create(course=lesson.course, late_after_min=10)

    rules = settled(lesson).rules

    assert (rules.late_after_s, rules.left_early_s, rules.absent_below_percent) == (600, 300, 50)


# --- Stages ---------------------------------------------------------------------------------------


def test_cancelled_lesson_has_no_states(lesson, student):
    statistics_for(held_room(lesson))
    lesson.state = LessonState.CANCELLED
    lesson.save()

    assert settled(lesson).stage == AttendanceStage.NOT_HELD
    assert state_of(lesson, student) == ""


@pytest.mark.parametrize("status", [CloudStatus.EXPIRED, None])
def test_lesson_that_was_never_held_has_no_states(lesson, student, status):
    if status is not None:
        held_room(lesson, cloud_status=status, real_started_at=None, real_ended_at=None)

    assert settled(lesson).stage == AttendanceStage.NOT_HELD
    assert state_of(lesson, student) == ""


def test_class_that_runs_has_no_states_yet(lesson, student):
    held_room(lesson, cloud_status=CloudStatus.RUNNING, real_ended_at=None)

    assert settled(lesson).stage == AttendanceStage.TO_COME


def test_lesson_is_provisional_until_every_room_has_answered(lesson, student):
    first = statistics_for(held_room(lesson, 0, 20))
    add_stay(first, student, 0, 20)
    second = statistics_for(held_room(lesson, 20, 45), has_come=False)

    attendance = settled(lesson)
    assert attendance.stage == AttendanceStage.PROVISIONAL
    assert (state_of(lesson, student), row_of(lesson, student).seconds) == ("", 20 * 60)

    second.statistics_at = lesson.ends_at + minutes(2)
    second.save()
    add_stay(second, student, 20, 45)
    attendance = settled(lesson)
    assert attendance.stage == AttendanceStage.FINAL
    assert state_of(lesson, student) == AttendanceState.PRESENT


def test_statistics_that_never_came_make_nobody_absent(lesson, student):
    statistics_for(held_room(lesson), has_come=False, missing_reason=MissingReason.NEVER_CAME)

    attendance = settled(lesson)

    assert attendance.stage == AttendanceStage.PROVISIONAL
    assert state_of(lesson, student) == ""


def test_statistics_with_missing_lines_make_nobody_absent(lesson, student):
    statistics_for(held_room(lesson), events_at=None, missing_lines=1)

    assert settled(lesson).stage == AttendanceStage.PROVISIONAL
    assert state_of(lesson, student) == ""


def test_lesson_that_is_opened_again_is_provisional_again_and_keeps_corrections(lesson, student):
    statistics_for(held_room(lesson, 0, 20))
    attendance = settled(lesson)
    assert attendance.became_final_at is not None
    PersonAttendance.objects.filter(person=student).update(corrected_state=AttendanceState.EXCUSED)

    held_room(lesson, cloud_status=CloudStatus.RUNNING, real_ended_at=None)
    attendance = settled(lesson)

    assert (attendance.stage, attendance.became_final_at) == (AttendanceStage.PROVISIONAL, None)
    row = row_of(lesson, student)
    assert (row.state, row.shown_state) == ("", AttendanceState.EXCUSED)


def test_class_that_ended_within_a_second_was_not_held(lesson, student):
    statistics_for(held_room(lesson, 5, 5))

    assert settled(lesson).stage == AttendanceStage.NOT_HELD


# --- What is counted ------------------------------------------------------------------------------


def test_class_to_which_no_student_came_was_held(lesson, student):
    statistics = statistics_for(held_room(lesson))
    add_stay(statistics, lesson.teacher, -5, 45)

    attendance = settled(lesson)

    assert (attendance.attended, attendance.students) == (0, 1)
    assert state_of(lesson, student) == AttendanceState.ABSENT
    assert state_of(lesson, lesson.teacher) == AttendanceState.PRESENT


def test_people_are_matched_by_the_clouds_id_alone(lesson, student):
    statistics = statistics_for(held_room(lesson))
    add_stay(statistics, "somebody-else", 0, 45)
    add_sum(statistics, "somebody-else", 2700, nickname=student.display_name)

    settled(lesson)

    assert state_of(lesson, student) == AttendanceState.ABSENT
    assert PersonAttendance.objects.count() == 2


def test_person_keeps_the_id_of_the_class_when_the_cloud_gives_them_a_new_one(lesson, student):
    statistics = statistics_for(held_room(lesson), has_come=False)
    add_stay(statistics, student, 0, 45)
    settled(lesson)
    student.classroom_identities.update(classroom_user_id="registered-again")
    statistics.statistics_at = lesson.ends_at + minutes(2)
    statistics.save()

    settled(lesson)

    assert state_of(lesson, student) == AttendanceState.PRESENT


def test_sums_count_only_where_the_events_of_a_room_are_gone(lesson, student):
    first = statistics_for(held_room(lesson, 0, 20))
    add_stay(first, student, 0, 20)
    add_sum(first, student, 9999)
    second = statistics_for(held_room(lesson, 20, 45))
    add_sum(second, student, 600)

    settled(lesson)

    row = row_of(lesson, student)
    assert (row.seconds, row.has_own_times, row.exceeds_class) == (1800, False, False)


def test_stay_that_no_event_ended_lasts_as_long_as_the_class_is_known_to_have(lesson, student):
    room = held_room(lesson, 0, 40)
    statistics = statistics_for(room, has_come=False)
    add_stay(statistics, student, 30, None)
    settled(lesson)
    assert row_of(lesson, student).seconds == 10 * 60

    # Its end moves back before they came, and forward again.
    for end_min, minutes_there in ((20, 0), (43, 13)):
        room.real_ended_at = lesson.starts_at + minutes(end_min)
        room.save()
        settled(lesson)
        assert row_of(lesson, student).seconds == minutes_there * 60
    statistics.real_ended_at = lesson.ends_at
    statistics.save()
    settled(lesson)
    assert row_of(lesson, student).seconds == 15 * 60


def test_stay_that_no_event_ended_lasts_to_the_last_leaving_that_the_cloud_sums_up(lesson, student):
    statistics = statistics_for(held_room(lesson))
    add_stay(statistics, student, 5, None)
    add_sum(statistics, student, 600, last_quit_at=lesson.starts_at + minutes(15))

    settled(lesson)

    row = row_of(lesson, student)
    assert (row.seconds, row.left_early, row.has_own_times) == (600, True, True)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (minutes(46), minutes(45)),
        (minutes(0), dt.timedelta(days=27_000)),
        (minutes(0), minutes(49)),
    ],
)
def test_real_times_that_cannot_be_are_not_taken(lesson, student, start, end):
    statistics = statistics_for(
        held_room(lesson, 2, 44),
        real_started_at=lesson.starts_at + start,
        real_ended_at=lesson.starts_at + end,
        statistics_at=lesson.starts_at + minutes(46),
    )
    add_stay(statistics, student, 0, None)

    attendance = settled(lesson)

    assert attendance.stage == AttendanceStage.FINAL
    assert row_of(lesson, student).seconds == 42 * 60


def test_facts_in_any_order_end_in_the_same_rows(lesson, student):
    def outcome() -> list[tuple[object, ...]]:
        rows = PersonAttendance.objects.order_by("person")
        return list(rows.values_list("person", "seconds", "state", "is_late", "left_early"))

    room = held_room(lesson)
    statistics = statistics_for(room, has_come=False)
    facts = (
        lambda: add_stay(statistics, student, 7, 30),
        lambda: add_stay(statistics, lesson.teacher, 0, 45),
        lambda: type(statistics).objects.update(statistics_at=lesson.ends_at),
    )
    outcomes = set()
    for order in permutations(facts):
        statistics.stays.all().delete()
        type(statistics).objects.update(statistics_at=None)
        LessonAttendance.objects.all().delete()
        for fact in order:
            fact()
            settled(lesson)
        outcomes.add(tuple(outcome()))

    assert len(outcomes) == 1


def test_version_grows_only_with_what_pages_show(lesson, student):
    statistics_for(held_room(lesson))
    version = settled(lesson).version

    count_lesson(lesson.pk, lesson.ends_at + dt.timedelta(hours=2))

    assert LessonAttendance.objects.get().version == version


def test_forty_people_cost_no_more_queries_than_two(lesson, class_group, student):
    def queries(minute: int) -> int:
        add_stay(statistics, student, minute, minute + 1)
        with CaptureQueriesContext(connection) as captured:
            count_lesson(lesson.pk, lesson.ends_at + minutes(minute))
        return len(captured)

    statistics = statistics_for(held_room(lesson))
    settled(lesson, at=lesson.ends_at - minutes(1))
    few = queries(1)
    for member in MembershipFactory.create_batch(39, class_group=class_group):
        add_stay(statistics, member.user, 0, 45)

    assert queries(2) <= few + 1  # those who are new are inserted, the others updated


def test_person_whom_the_cloud_registered_again_in_class_is_one_person(lesson, student):
    statistics = statistics_for(held_room(lesson))
    add_stay(statistics, student, 0, 40)
    student.classroom_identities.update(
        classroom_user_id="registered-again", earlier_user_ids=[f"cloud-{student.username}"]
    )
    add_stay(statistics, "registered-again", 40, 45)

    settled(lesson)

    assert row_of(lesson, student).seconds == 45 * 60


def test_closed_account_is_on_the_roster_of_a_class_that_its_person_attended(
    lesson, class_group, student
):
    other = MembershipFactory.create(class_group=class_group).user
    User.objects.filter(pk__in=[student.pk, other.pk]).update(is_active=False)
    add_stay(statistics_for(held_room(lesson)), student, 0, 45)

    settled(lesson)

    students = PersonAttendance.objects.of_students()
    assert [row.person for row in students] == [student]


def test_guests_are_forgotten_in_the_cloud_once_attendance_is_final(lesson):
    guest = guest_of(lesson, user_id="guest")
    guest_of(lesson, "没来的客人")
    statistics = statistics_for(held_room(lesson), has_come=False, events_at=None)
    add_stay(statistics, "guest", 0, 45)
    settled(lesson)
    while_provisional = DiscardedIdentity.objects.count()

    statistics.statistics_at = statistics.events_at = lesson.ends_at + minutes(2)
    statistics.save()
    settled(lesson, at=lesson.ends_at + minutes(3))
    settled(lesson, at=lesson.ends_at + minutes(4))

    assert while_provisional == 0
    assert DiscardedIdentity.objects.get().classroom_user_id == "guest"
    guest.refresh_from_db()
    assert guest.discarded_at == lesson.ends_at + minutes(3)
    assert guest.classroom_user_id == "guest"
