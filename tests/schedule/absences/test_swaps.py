from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from django.utils import timezone

from schedule.absences import swaps
from schedule.absences.absence import with_all
from schedule.absences.swaps import swaps_for
from schedule.enums import CloudStatus
from schedule.lessons.cancel import cancel_lesson
from schedule.models import Lesson, Room
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    school_time,
)
from tests.support.crowded_schools import can_be_swapped, make_school
from tests.support.lessons import open_again

pytestmark = pytest.mark.django_db

AWAY = 1  # tomorrow, when the cast's lesson is


def swaps_of(lesson: Lesson, *, until: int = AWAY) -> list[Lesson]:
    read = with_all(Lesson.objects.filter(pk=lesson.pk)).get()
    first, last = (school_time(days, 0).date() for days in (AWAY, until))
    return swaps_for(read, absent_from=first, absent_to=last, at=timezone.now())


class TestWhichLessons:
    def test_of_the_same_class_groups_come_first_then_the_nearest(self, lesson, class_group):
        near = LessonFactory.create(starts_at=school_time(2, 8))
        far = LessonFactory.create(class_groups=[class_group], starts_at=school_time(5, 8))
        middle = LessonFactory.create(class_groups=[class_group], starts_at=school_time(3, 8))

        assert swaps_of(lesson) == [middle, far, near]

    def test_are_outside_the_absence(self, lesson, class_group):
        LessonFactory.create(class_groups=[class_group], starts_at=school_time(1, 10))
        LessonFactory.create(class_groups=[class_group], starts_at=school_time(2, 10))
        third = LessonFactory.create(class_groups=[class_group], starts_at=school_time(3, 10))

        assert swaps_of(lesson, until=2) == [third]

    def test_are_those_of_others(self, lesson, teacher, class_group):
        LessonFactory.create(teacher=teacher, starts_at=school_time(2, 8))
        LessonFactory.create(assistants=[teacher], starts_at=school_time(2, 10))

        assert swaps_of(lesson) == []

    def test_are_to_come_and_take_place(self, lesson_from_now, lesson):
        over = LessonFactory.create(starts_at=timezone.now() - dt.timedelta(minutes=5))
        cancelled, begun = (LessonFactory.create(starts_at=school_time(days, 8)) for days in (2, 3))
        cancel_lesson(cancelled, reason="", at=timezone.now())
        Room.objects.create(lesson=begun, room_id=1, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)

        assert swaps_of(lesson) == []
        assert swaps_of(over) == []
        assert swaps_of(cancelled) == []

    def test_are_none_of_which_a_class_was_held_before(self, lesson, class_group):
        other = LessonFactory.create(class_groups=[class_group], starts_at=school_time(2, 8))
        assert swaps_of(lesson) == [other]

        open_again(other)
        assert swaps_of(lesson) == []

        Room.objects.update(lesson=lesson)
        assert swaps_of(lesson) == []

    def test_are_not_far_away(self, lesson, class_group):
        days = swaps.SWAPPED_WITHIN.days + AWAY
        LessonFactory.create(class_groups=[class_group], starts_at=school_time(days, 8))

        assert swaps_of(lesson) == []

    def test_are_no_more_than_a_page_shows(self, lesson, monkeypatch):
        monkeypatch.setattr(swaps, "MOST_SWAPS", 2)
        found = [LessonFactory.create(starts_at=school_time(days, 8)) for days in (2, 3, 4)]

        assert swaps_of(lesson) == found[:2]


class TestWhoIsFree:
    def test_is_asked_of_the_people_of_both(self, lesson, assistant):
        """Neither are the lesson's own in others at its new time, nor the other's at the old one."""
        LessonFactory.create(starts_at=school_time(2, 8))
        draft = LessonFactory.create(
            teacher=assistant, starts_at=school_time(2, 8, 30), is_draft=True
        )
        busy = LessonFactory.create(starts_at=school_time(1, 8, 30)).teacher
        LessonFactory.create(assistants=[busy], starts_at=school_time(3, 8))

        # The assistant's own lesson would go away.
        assert swaps_of(lesson) == [draft]

    def test_is_asked_of_all_of_merged_classes(self, lesson, class_group, other_class_group):
        merged = LessonFactory.create(
            class_groups=[class_group, other_class_group], starts_at=school_time(2, 8)
        )
        assert swaps_of(lesson) == [merged]

        LessonFactory.create(class_groups=[other_class_group], starts_at=school_time(1, 8, 15))

        assert merged not in swaps_of(lesson)

    def test_is_asked_of_students_in_two_class_groups(self, lesson, student, class_group):
        club = ClassGroupFactory.create()
        MembershipFactory.create(user=student, class_group=club)
        other = LessonFactory.create(starts_at=school_time(2, 8))
        assert swaps_of(lesson) == [other]

        of_club = LessonFactory.create(class_groups=[club], starts_at=school_time(2, 8, 30))

        # The club's lesson itself would go away.
        assert swaps_of(lesson) == [of_club]

    def test_may_be_nobody_of_class_groups_that_may_overlap(self, lesson, class_group):
        split = LessonFactory.create(
            class_groups=[class_group],
            starts_at=school_time(2, 8),
            overlap_reason="分组",
        )
        LessonFactory.create(class_groups=[class_group], starts_at=school_time(3, 8))
        other = LessonFactory.create(starts_at=school_time(3, 8))

        read = with_all(Lesson.objects.filter(pk=split.pk)).get()
        day = split.starts_at.date()
        found = swaps_for(read, absent_from=day, absent_to=day, at=timezone.now())

        assert other in found


@pytest.mark.parametrize("count", [1, 8])
def test_takes_the_same_queries_for_any_number(
    lesson, class_group, django_assert_max_num_queries, count
):
    for days in range(count):
        LessonFactory.create(class_groups=[class_group], starts_at=school_time(2 + days, 8))
    read = with_all(Lesson.objects.filter(pk=lesson.pk)).get()
    day = school_time(AWAY, 0).date()

    with django_assert_max_num_queries(8):
        found = swaps_for(read, absent_from=day, absent_to=day, at=timezone.now())

    assert len(found) == count


@pytest.mark.parametrize("seed", range(3))
def test_in_any_school_those_are_found_that_can_be_swapped(seed, monkeypatch):
    monkeypatch.setattr(swaps, "MOST_SWAPS", 100)
    school = make_school(Random(seed))
    first = school[0]
    at = min(each.starts_at for each in school) - dt.timedelta(minutes=1)
    day = timezone.localdate(first.starts_at)

    found = swaps_for(first, absent_from=day, absent_to=day, at=at)

    outside = [
        each
        for each in school
        if timezone.localdate(each.starts_at) != day
        and first.teacher not in (each.teacher, *each.assistants.all())
    ]
    assert {each.pk for each in found} == {
        each.pk for each in outside if can_be_swapped(first, each, at)
    }
    assert outside
