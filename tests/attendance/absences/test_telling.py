"""Class teachers hear of unexcused absences, each once, at the hour of the school's choice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.enums import Role
from accounts.models import Notice, SchoolSettings, User
from accounts.notice_kinds import sentence_of
from attendance.absences import telling
from attendance.absences.telling import tell_absences
from attendance.models import LessonAttendance, PersonAttendance
from schedule.enums import CloudStatus, MembershipKind
from schedule.models import ClassGroup, Lesson
from tests.factories.accounts import UserFactory
from tests.factories.attendance import add_stay, held_room, settled, statistics_for
from tests.factories.schedule import (
    ClassGroupFactory,
    MembershipFactory,
    UnplannedLessonFactory,
    school_time,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def evening() -> dt.datetime:
    return school_time(0, 18, 1)


def held(lesson: Lesson, *present: User) -> None:
    """Hold the class of a lesson, to which these came."""
    statistics = statistics_for(held_room(lesson))
    for person in present:
        add_stay(statistics, person, 0, 45)
    settled(lesson)


def another_lesson(group: ClassGroup, hour: int) -> Lesson:
    return UnplannedLessonFactory.create(
        course__name=f"课{hour}",
        class_groups=[group],
        starts_at=school_time(-1, hour),
        ends_at=school_time(-1, hour, 45),
    )


def sentences() -> list[str]:
    with translation.override("en"):
        return [
            sentence_of(notice.kind, notice.arguments) for notice in Notice.objects.order_by("pk")
        ]


def test_absences_that_are_final_are_told_once_with_names(
    past_lesson: Lesson,
    group: ClassGroup,
    pupil: User,
    class_teacher: User,
    evening: dt.datetime,
):
    held(past_lesson)

    assert tell_absences(evening) == 1
    assert tell_absences(evening + HOUR) == 0
    assert tell_absences(evening + DAY) == 0

    (notice,) = Notice.objects.all()
    assert notice.user == class_teacher
    assert notice.address == f"/schedule/lessons/{past_lesson.code}/attendance/"
    day = timezone.localdate(past_lesson.starts_at)
    assert sentences() == [f"三年级2班: 1 unexcused absence: 王小明 (历史课 {day:%m-%d} 08:00)."]


def test_before_the_hour_nothing_is_told_and_a_run_that_was_missed_is_made_up_for(
    past_lesson: Lesson, pupil: User, class_teacher: User
):
    SchoolSettings(pk=1, absences_told_at_hour=16).save()
    held(past_lesson)

    assert tell_absences(school_time(0, 15, 59)) == 0
    assert tell_absences(school_time(0, 22)) == 1


def test_once_a_day_and_the_next_day_what_has_come_since(
    past_lesson: Lesson, group: ClassGroup, pupil: User, class_teacher: User, evening: dt.datetime
):
    held(past_lesson)
    tell_absences(evening)
    held(another_lesson(group, 10))

    assert tell_absences(evening + HOUR) == 0
    assert tell_absences(evening + DAY) == 1
    assert "课10" in sentences()[1]


def test_once_a_day_also_where_what_was_told_first_has_been_opened_again(
    past_lesson: Lesson, group: ClassGroup, pupil: User, class_teacher: User, evening: dt.datetime
):
    held(past_lesson)
    tell_absences(evening)
    held_room(past_lesson, 50, 60, cloud_status=CloudStatus.RUNNING, real_ended_at=None)
    settled(past_lesson)
    held(another_lesson(group, 10))

    assert tell_absences(evening + HOUR) == 0
    assert not PersonAttendance.objects.filter(
        attendance__lesson__course__name="课10", absence_told_at__isnull=False
    ).exists()
    assert tell_absences(evening + DAY) == 1
    assert "课10" in sentences()[1]


def test_what_another_worker_told_since_the_list_was_made_is_no_second_notice(
    past_lesson: Lesson,
    group: ClassGroup,
    pupil: User,
    class_teacher: User,
    evening: dt.datetime,
    monkeypatch: Any,
):
    held(past_lesson)
    to_tell = telling._to_tell

    def overtaken(at: dt.datetime) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(telling, "_to_tell", to_tell)
            tell_absences(at)
        held(another_lesson(group, 10))
        return to_tell(at)

    with monkeypatch.context() as patch:
        patch.setattr(telling, "_to_tell", overtaken)
        assert tell_absences(evening) == 0

    assert tell_absences(evening + DAY) == 1
    assert "课10" in sentences()[1]


def test_excused_corrected_and_provisional_ones_are_not_told(
    past_lesson: Lesson, group: ClassGroup, pupil: User, class_teacher: User, evening: dt.datetime
):
    held(past_lesson)
    PersonAttendance.objects.filter(person=pupil).update(corrected_state="excused")
    waiting = another_lesson(group, 10)
    statistics_for(held_room(waiting), has_come=False)
    settled(waiting)
    held(another_lesson(group, 11), pupil)

    assert tell_absences(evening) == 0


def test_somebody_corrected_to_absent_is_told_as_well(
    past_lesson: Lesson, pupil: User, class_teacher: User, evening: dt.datetime
):
    held(past_lesson, pupil)
    PersonAttendance.objects.filter(person=pupil).update(corrected_state="absent")

    assert tell_absences(evening) == 1
    assert tell_absences(evening + DAY) == 0


def test_of_several_class_groups_of_a_student_one_with_a_class_teacher_is_told(
    past_lesson: Lesson, group: ClassGroup, pupil: User, class_teacher: User, evening: dt.datetime
):
    first, left = (
        ClassGroupFactory.create(name="一年级走班"),
        ClassGroupFactory.create(name="一年级9班"),
    )
    past_lesson.class_groups.add(first, left)
    MembershipFactory.create(class_group=first, user=pupil)
    day = timezone.localdate(past_lesson.starts_at)
    MembershipFactory.create(class_group=left, user=pupil, to_date=day - DAY)
    MembershipFactory.create(
        class_group=left, kind=MembershipKind.CLASS_TEACHER, user__roles=[Role.TEACHER]
    )
    held(past_lesson)

    assert tell_absences(evening) == 1
    assert tell_absences(evening + DAY) == 0
    (notice,) = Notice.objects.all()
    assert notice.user == class_teacher
    assert sentences()[0].startswith("三年级2班: 1 unexcused absence")


def test_more_class_groups_and_absences_are_listed_in_as_many_queries(
    past_lesson: Lesson, group: ClassGroup, pupil: User, class_teacher: User, evening: dt.datetime
):
    without_teacher = ClassGroupFactory.create(name="一年级走班")
    past_lesson.class_groups.add(without_teacher)
    MembershipFactory.create(class_group=without_teacher, user=pupil)
    held(past_lesson)
    with CaptureQueriesContext(connection) as one:
        telling._to_tell(evening)
    for hour in (9, 10, 11):
        other = ClassGroupFactory.create()
        MembershipFactory.create(
            class_group=other, kind=MembershipKind.CLASS_TEACHER, user__roles=[Role.TEACHER]
        )
        lesson = another_lesson(other, hour)
        lesson.class_groups.add(without_teacher)
        MembershipFactory.create_batch(2, class_group=other)
        held(lesson)

    with CaptureQueriesContext(connection) as many:
        assert len(telling._to_tell(evening)) == 4

    assert len(many) == len(one)


def test_many_are_counted_and_the_first_are_named(
    past_lesson: Lesson, group: ClassGroup, class_teacher: User, evening: dt.datetime
):
    for number in range(5):
        user = UserFactory.create(display_name=f"学生{number}")
        MembershipFactory.create(class_group=group, user=user)
    for hour in (9, 10, 11, 14):
        held(another_lesson(group, hour))

    tell_absences(evening)

    (sentence,) = sentences()
    assert sentence.startswith("三年级2班: 20 unexcused absences: 学生0 (课9")
    assert sentence.count("…") == 3
    assert "学生3" not in sentence
    assert sentence.endswith("and 2 more.")


def test_without_a_class_teacher_they_wait_and_old_ones_are_no_news(
    past_lesson: Lesson,
    group: ClassGroup,
    pupil: User,
    evening: dt.datetime,
    request: pytest.FixtureRequest,
):
    held(past_lesson)
    assert tell_absences(evening) == 0

    request.getfixturevalue("class_teacher")
    LessonAttendance.objects.update(became_final_at=evening - telling.NEWS_FOR)
    assert tell_absences(evening) == 0
    LessonAttendance.objects.update(became_final_at=evening - DAY)
    assert tell_absences(evening) == 1


def test_worker_that_is_killed_tells_nobody_and_forgets_nobody(
    past_lesson: Lesson, pupil: User, class_teacher: User, evening: dt.datetime, monkeypatch: Any
):
    def killed(*_args: object, **_fields: object) -> None:
        raise RuntimeError("killed")

    held(past_lesson)
    with monkeypatch.context() as patch:
        patch.setattr(telling, "notify", killed)
        assert tell_absences(evening) == 0

    assert not Notice.objects.exists()
    assert tell_absences(evening + HOUR) == 1
