"""A feed's contents, and the changes that give it a new version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from schedule.enums import CourseColour, MembershipKind
from schedule.feeds import writing as feeds
from schedule.feeds.reading import Feed, find_feed
from schedule.lessons.cancel import cancel_lesson
from schedule.models import ClassGroup, Course, DeletedLesson, Lesson, Membership
from schedule.week_grid import start_of_day
from tests.factories.schedule import MembershipFactory, UnplannedLessonFactory, school_time

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("the query of a feed is written for each"),
]
FeedOf = Callable[..., Feed]


@pytest.fixture
def feed_of() -> FeedOf:
    tokens: dict[int, str] = {}

    def find(person: User, *, at: dt.datetime | None = None) -> Feed:
        if person.pk not in tokens:
            tokens[person.pk] = feeds.make_token(person, at=timezone.now())
        found = find_feed(tokens[person.pk], at=at or timezone.now())
        assert found is not None
        return found

    return find


def codes(feed: Feed) -> list[str]:
    return [each.code for each in feed.lessons()]


def tombstone_of(lesson: Lesson, **fields: Any) -> DeletedLesson:
    kept = DeletedLesson.objects.create(
        code="deleted12345",
        sequence=4,
        course_name="语文课",
        title="语文课 0907-0800",
        teacher=lesson.teacher,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        **fields,
    )
    kept.assistants.set(lesson.assistants.all())
    kept.class_groups.set(lesson.class_groups.all())
    return kept


def test_lesson_as_it_is(feed_of: FeedOf, teacher: User, lesson: Lesson):
    (found,) = feed_of(teacher).lessons()

    assert (found.code, found.sequence, found.is_cancelled) == (lesson.code, 0, False)
    assert (found.starts_at, found.ends_at) == (lesson.starts_at, lesson.ends_at)
    assert found.changed_at == Lesson.objects.get().changed_at
    assert (found.course, found.topic, found.teacher) == ("语文课", "", "李老师")
    assert found.class_groups == ("三年级1班",)


def test_colour_is_that_of_the_course_and_a_new_one_is_a_new_version(
    feed_of: FeedOf, teacher: User, lesson: Lesson
):
    tombstone_of(lesson)
    before = feed_of(teacher)
    Course.objects.filter(name="语文课").update(colour=CourseColour.PINK)
    after = feed_of(teacher)

    assert {each.colour for each in before.lessons()} == {CourseColour.BLUE}
    # A deleted lesson keeps no more than the name of its course.
    colours = {each.code: each.colour for each in after.lessons()}
    assert colours == {lesson.code: CourseColour.PINK, "deleted12345": CourseColour.BLUE}
    assert after.version != before.version


def test_everybody_has_what_they_teach_assist_or_attend_and_nothing_else(
    feed_of: FeedOf,
    lesson: Lesson,
    teacher: User,
    assistant: User,
    student: User,
    other_teacher: User,
    outsider: User,
    supervisor: User,
    planner: User,
):
    UnplannedLessonFactory.create(teacher=teacher, is_draft=True)
    tombstone_of(lesson)

    for person in (teacher, assistant, student):
        assert sorted(codes(feed_of(person))) == sorted(["deleted12345", lesson.code])
    for person in (other_teacher, outsider, supervisor, planner):
        assert codes(feed_of(person)) == []


def test_several_ways_to_a_lesson_hold_it_once(
    feed_of: FeedOf, lesson: Lesson, assistant: User, class_group: ClassGroup
):
    MembershipFactory.create(user=assistant, class_group=class_group)
    twice = UnplannedLessonFactory.create(
        class_groups=[class_group, *UnplannedLessonFactory.create().class_groups.all()],
        starts_at=school_time(3, 8),
    )

    assert codes(feed_of(assistant)) == [lesson.code, twice.code]
    assert len(list(feed_of(assistant).lessons())[1].class_groups) == 2


def test_membership_covers_the_days_from_its_first_to_its_last(
    feed_of: FeedOf, outsider: User, class_group: ClassGroup
):
    today = timezone.localdate()
    days = range(1, 6)
    made = [
        # Just after midnight of the school: in UTC that may be the day before.
        UnplannedLessonFactory.create(
            class_groups=[class_group],
            starts_at=start_of_day(today + dt.timedelta(days=day)),
            ends_at=start_of_day(today + dt.timedelta(days=day)) + dt.timedelta(minutes=30),
        )
        for day in days
    ]
    membership = MembershipFactory.create(
        user=outsider,
        class_group=class_group,
        from_date=today + dt.timedelta(days=2),
        to_date=today + dt.timedelta(days=4),
    )
    assert codes(feed_of(outsider)) == [each.code for each in made[1:4]]

    Membership.objects.filter(pk=membership.pk).update(kind=MembershipKind.CLASS_TEACHER)
    assert codes(feed_of(outsider)) == []


def test_window_of_days(feed_of: FeedOf, teacher: User):
    made = {
        day: UnplannedLessonFactory.create(teacher=teacher, starts_at=school_time(day, 8))
        for day in (-31, -30, 180, 181)
    }

    assert codes(feed_of(teacher)) == [made[-30].code, made[180].code]


def test_cancelled_and_deleted_lessons_stay_for_thirty_days(
    feed_of: FeedOf, teacher: User, class_group: ClassGroup
):
    made = UnplannedLessonFactory.create(
        teacher=teacher, class_groups=[class_group], starts_at=school_time(100, 8)
    )
    cancel_lesson(made, reason="停电", at=timezone.now())
    tombstone_of(made)
    now = timezone.now()

    assert [each.is_cancelled for each in feed_of(teacher).lessons()] == [True, True]
    with time_machine.travel(now + dt.timedelta(days=30), tick=False):
        assert len(codes(feed_of(teacher))) == 2
    with time_machine.travel(now + dt.timedelta(days=31), tick=False):
        assert codes(feed_of(teacher)) == []


class TestVersion:
    def test_stays_while_nothing_changes(self, feed_of: FeedOf, teacher: User, lesson: Lesson):
        first = feed_of(teacher).version
        UnplannedLessonFactory.create(starts_at=school_time(5, 8))

        assert feed_of(teacher).version == first
        assert len(first) >= 32

    @pytest.mark.parametrize(
        "change",
        [
            lambda lesson: User.objects.filter(pk=lesson.teacher_id).update(display_name="李静怡"),
            lambda lesson: Course.objects.filter(pk=lesson.course_id).update(name="语文"),
            lambda lesson: ClassGroup.objects.update(name="四年级1班"),
            lambda lesson: lesson.class_groups.add(ClassGroup.objects.create(name="六年级1班")),
            lambda lesson: Membership.objects.update(to_date=timezone.localdate()),
            lambda lesson: cancel_lesson(lesson, reason="停电", at=timezone.now()),
            tombstone_of,
            lambda lesson: Lesson.objects.update(title="荷花"),
            lambda lesson: User.objects.filter(username="student").update(display_name="钱小明"),
        ],
        ids=["teacher", "course", "renamed", "added", "ended", "cancelled", "deleted", "title", "own"],
    )  # fmt: skip
    def test_differs_with_all_that_is_told(
        self, feed_of: FeedOf, student: User, lesson: Lesson, change: Callable[[Lesson], Any]
    ):
        first = feed_of(student).version
        change(lesson)

        assert feed_of(student).version != first
        assert feed_of(student).version == feed_of(student).version

    def test_differs_at_midnight_of_the_school(
        self, feed_of: FeedOf, teacher: User, lesson: Lesson
    ):
        midnight = start_of_day(timezone.localdate() + dt.timedelta(days=1))
        before = feed_of(teacher, at=midnight - dt.timedelta(seconds=1)).version

        assert feed_of(teacher).version == before
        assert feed_of(teacher, at=midnight).version != before

    def test_is_each_persons_own(self, feed_of: FeedOf, outsider: User, other_teacher: User):
        assert feed_of(outsider).version != feed_of(other_teacher).version

    def test_differs_with_the_settings_that_it_is_written_by(
        self, feed_of: FeedOf, settings, teacher: User
    ):
        first = feed_of(teacher).version
        for name, value in {
            "TIME_ZONE": "Asia/Tokyo",
            "LANGUAGE_CODE": "de",
            "PUBLIC_BASE_URL": "https://other.example",
        }.items():
            before = getattr(settings, name)
            setattr(settings, name, value)
            assert feed_of(teacher).version != first, name
            setattr(settings, name, before)
        assert feed_of(teacher).version == first
