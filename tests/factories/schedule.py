from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.enums import Role
from schedule.enums import LessonState
from schedule.lessons.change import schedule_lesson
from schedule.lessons.plan import LessonPlan, apply_plan
from schedule.models import (
    Channel,
    ClassGroup,
    ConsentText,
    Course,
    Lesson,
    Membership,
    Term,
    WeeklyLesson,
)
from tests.factories.accounts import UserFactory
from tests.support.transactions import without_savepoints

LESSON_LENGTH = dt.timedelta(minutes=45)


def school_time(days: int, hour: int, minute: int = 0) -> dt.datetime:
    """A moment so many days from today, in the school's time."""
    day = timezone.localdate() + dt.timedelta(days=days)
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


class CourseFactory(DjangoModelFactory[Course]):
    class Meta:
        model = Course

    name = Sequence(lambda number: f"数学课{number}")


class ClassGroupFactory(DjangoModelFactory[ClassGroup]):
    class Meta:
        model = ClassGroup

    name = Sequence(lambda number: f"五年级{number}班")


class MembershipFactory(DjangoModelFactory[Membership]):
    """A student who always was in the class group, unless told otherwise."""

    class Meta:
        model = Membership

    class_group = SubFactory(ClassGroupFactory)
    user = SubFactory(UserFactory)


class ConsentTextFactory(DjangoModelFactory[ConsentText]):
    class Meta:
        model = ConsentText

    number = Sequence(lambda number: number + 1)
    chinese_text = Sequence(lambda number: f"我同意录制{number}。")
    english_text = Sequence(lambda number: f"I agree to recordings {number}.")
    # Before the lessons of the tests.
    published_at = LazyFunction(lambda: timezone.now() - dt.timedelta(days=400))


class ChannelFactory(DjangoModelFactory[Channel]):
    """A channel of a class group, at a robot that no server here plays; `address` is one of apprise."""

    class Meta:
        model = Channel

    class_group = SubFactory(ClassGroupFactory)
    name = Sequence(lambda number: f"家长群{number}")
    added_by = SubFactory(UserFactory, roles=(Role.PLANNER,))

    @classmethod
    def _create(cls, model_class: type[Channel], *args: Any, **fields: Any) -> Channel:
        address = fields.pop("address", "wecombot://693a91f6-7000")
        channel = Channel(schema=address.partition("://")[0], **fields)
        channel.set_address(address)
        channel.save()
        return channel


class TermFactory(DjangoModelFactory[Term]):
    """Twenty weeks from the coming Monday on, without holidays; the next one follows on it."""

    class Meta:
        model = Term

    name = Sequence(lambda number: f"第{number}学期")
    weeks = 20
    first_monday = Sequence(lambda number: coming_monday() + dt.timedelta(weeks=20 * number))
    last_day = LazyAttribute(lambda term: term.first_monday + dt.timedelta(days=term.weeks * 7 - 1))


def coming_monday() -> dt.date:
    today = timezone.localdate()
    return today + dt.timedelta(days=7 - today.weekday())


class WeeklyLessonFactory(DjangoModelFactory[WeeklyLesson]):
    """Every Monday from 8:00 to 8:45; takes `class_groups` and `assistants` as well."""

    class Meta:
        model = WeeklyLesson

    term = SubFactory(TermFactory)
    course = SubFactory(CourseFactory)
    teacher = SubFactory(UserFactory, roles=(Role.TEACHER,))
    weekday = 1
    starts = dt.time(8)
    ends = dt.time(8, 45)

    @classmethod
    def _create(cls, model_class: type[WeeklyLesson], *args: Any, **fields: Any) -> WeeklyLesson:
        class_groups = fields.pop("class_groups", None) or [ClassGroupFactory.create()]
        assistants = fields.pop("assistants", ())
        weekly_lesson = model_class.objects.create(*args, **fields)
        weekly_lesson.class_groups.set(class_groups)
        weekly_lesson.assistants.set(assistants)
        return weekly_lesson


class LessonFactory(DjangoModelFactory[Lesson]):
    """A lesson planned through the service, with its occupations.

    Takes the fields of `LessonPlan` and `is_draft`. Each one starts an hour after the one before,
    so lessons of one teacher or class group do not overlap by themselves; `ends_at` follows the
    start by 45 minutes.
    """

    class Meta:
        model = Lesson

    course = SubFactory(CourseFactory)
    teacher = SubFactory(UserFactory, roles=(Role.TEACHER,))
    class_groups = LazyFunction(lambda: (ClassGroupFactory.create(),))
    # Real hours: on a day when the clocks change, those of the wall would overlap or not be there.
    starts_at = Sequence(lambda number: _later(school_time(1, 0), dt.timedelta(hours=number)))
    ends_at = LazyAttribute(lambda fields: _later(fields.starts_at, LESSON_LENGTH))
    assistants = ()
    is_draft = False

    @classmethod
    def _create(cls, model_class: type[Lesson], *args: Any, **fields: Any) -> Lesson:
        is_draft = fields.pop("is_draft")
        with without_savepoints():
            return schedule_lesson(_plan(fields), is_draft=is_draft)


class UnplannedLessonFactory(LessonFactory):
    """A row as `LessonFactory` makes it, of which planning keeps nothing: for what hangs on a lesson alone."""

    @classmethod
    def _create(cls, model_class: type[Lesson], *args: Any, **fields: Any) -> Lesson:
        lesson = Lesson(
            state=LessonState.DRAFT if fields.pop("is_draft") else LessonState.PUBLISHED
        )
        plan = _plan(fields)
        apply_plan(lesson, plan)
        lesson.save()
        lesson.assistants.add(*plan.assistants)
        lesson.class_groups.add(*plan.class_groups)
        return lesson


def _later(moment: dt.datetime, wait: dt.timedelta) -> dt.datetime:
    return timezone.localtime(moment.astimezone(dt.UTC) + wait)


def _plan(fields: dict[str, Any]) -> LessonPlan:
    fields["class_groups"] = tuple(fields["class_groups"])
    fields["assistants"] = tuple(fields["assistants"])
    return LessonPlan(**fields)
