"""Each person's view of changes."""

from __future__ import annotations

import pytest
from django.utils import timezone

from schedule.enums import Part
from schedule.history.personal_news import parts_in
from schedule.history.snapshots import snapshot_of
from tests.factories.schedule import ClassGroupFactory, LessonFactory, MembershipFactory

pytestmark = pytest.mark.django_db


def test_each_student_has_a_part_in_the_lessons_of_their_own(django_assert_num_queries):
    pairs = []
    students = []
    for _number in range(3):
        class_group = ClassGroupFactory.create()
        students.append(MembershipFactory.create(class_group=class_group).user.pk)
        pairs.append((None, snapshot_of(LessonFactory.create(class_groups=(class_group,)))))

    with django_assert_num_queries(1):
        found = parts_in(pairs, at=timezone.now())

    own = {user_id: found[user_id] for user_id in students}
    assert own == {user_id: {index: (None, Part.STUDENT)} for index, user_id in enumerate(students)}
