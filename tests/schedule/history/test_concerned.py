"""The people whom changes of lessons concern."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.utils import timezone

from schedule.enums import LessonState
from schedule.history.personal_news import Concerned, concerned_by
from schedule.history.snapshots import snapshot_of
from schedule.models import Named
from tests.factories.schedule import LessonFactory, MembershipFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def test_teachers_before_and_after_assistants_and_students(
    lesson, student, outsider, other_teacher, teacher, assistant
):
    before = snapshot_of(lesson)
    after = dataclasses.replace(before, teacher=Named(other_teacher.pk, "赵老师"))

    found = concerned_by([(before, after)], at=timezone.now())

    assert found == Concerned(
        staff={teacher.pk, other_teacher.pk, assistant.pk}, students={student.pk}
    )


def test_student_whose_membership_covers_the_old_day_or_the_new_one(lesson, class_group):
    before = snapshot_of(lesson)
    after = dataclasses.replace(
        before, starts_at=before.starts_at + 7 * DAY, ends_at=before.ends_at + 7 * DAY
    )
    day = timezone.localdate(lesson.starts_at)
    leaves = MembershipFactory.create(class_group=class_group, to_date=day).user
    comes = MembershipFactory.create(class_group=class_group, from_date=day + 7 * DAY).user
    between = MembershipFactory.create(
        class_group=class_group, from_date=day + DAY, to_date=day + 6 * DAY
    ).user

    found = concerned_by([(before, after)], at=timezone.now())

    assert {leaves.pk, comes.pk} <= found.students
    assert between.pk not in found.students


def test_drafts_and_what_is_over_concern_nobody(lesson):
    now = snapshot_of(lesson)
    draft = dataclasses.replace(now, state=LessonState.DRAFT)

    nobody = Concerned(staff=set(), students=set())
    assert concerned_by([(None, draft), (draft, draft)], at=timezone.now()) == nobody
    assert concerned_by([(None, now)], at=lesson.ends_at) == nobody


def test_who_teaches_one_lesson_and_attends_another_counts_as_staff(lesson, class_group, teacher):
    other = LessonFactory.create(class_groups=(class_group,))
    MembershipFactory.create(class_group=class_group, user=teacher)

    found = concerned_by(
        [(None, snapshot_of(lesson)), (None, snapshot_of(other))], at=timezone.now()
    )

    assert teacher.pk in found.staff
    assert teacher.pk not in found.students
