"""Terms are planned, edited and planned again: the lessons are those that a naive calendar names, day by day."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import Notice
from schedule.changes.telling import tell_changes
from schedule.enums import DayKind
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.plan import plan_of
from schedule.models import (
    Lesson,
    LessonChange,
    PlannedLesson,
    PlanningAction,
    TermDay,
    WeeklyLesson,
)
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from tests.factories.schedule import MembershipFactory, TermFactory, WeeklyLessonFactory

WEEKS = 4
WEEKDAYS = st.integers(1, 7)
DAYS = st.integers(0, WEEKS * 7 - 1)
IN_WEEKS = st.sampled_from(["", "odd", "even", "2", "1,3-4"])
WEEKLY_LESSONS = st.lists(st.tuples(WEEKDAYS, IN_WEEKS), min_size=1, max_size=3)
# A holiday, a school day as any other, or one that takes a weekday's plan.
DAY_TABLE = st.dictionaries(DAYS, st.one_of(st.just("closed"), st.none(), WEEKDAYS), max_size=6)
EDITS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["move", "cancel", "delete"])), max_size=3
)

# A request names the weekly lesson (by its number), the day, and the time of the start.
Asked = tuple[int, dt.date, dt.time]


@dataclasses.dataclass(frozen=True)
class Shape:
    """A weekly lesson of the test: weekly lessons of one number differ by nothing else than these."""

    weekday: int
    weeks: str
    hour: int


def oracle(monday: dt.date, shapes: dict[int, Shape], table: dict[int, Any]) -> Iterator[Asked]:
    """Each day of the term by itself, as one would tick it off on paper."""
    for number in range(WEEKS * 7):
        day = monday + dt.timedelta(days=number)
        taken = number % 7 + 1
        if number in table:
            if table[number] == "closed":
                continue
            taken = table[number] or taken
        week = number // 7 + 1
        listed = {"": range(99), "odd": (1, 3), "even": (2, 4), "2": (2,), "1,3-4": (1, 3, 4)}
        for pk, shape in shapes.items():
            if shape.weekday == taken and week in listed[shape.weeks]:
                yield pk, day, dt.time(8 + shape.hour)


class Planned:
    """A term of the test, with people and class groups of its own for each weekly lesson."""

    def __init__(self) -> None:
        self.term = TermFactory.create(weeks=WEEKS)

    def add(self, shape: Shape) -> WeeklyLesson:
        return WeeklyLessonFactory.create(
            term=self.term,
            weekday=shape.weekday,
            weeks=shape.weeks,
            starts=dt.time(8 + shape.hour),
            ends=dt.time(8 + shape.hour, 45),
        )

    def set_days(self, table: dict[int, Any]) -> None:
        TermDay.objects.filter(term=self.term).delete()
        for number, what in table.items():
            TermDay.objects.create(
                term=self.term,
                date=self.term.first_monday + dt.timedelta(days=number),
                kind=DayKind.HOLIDAY if what == "closed" else DayKind.WORKDAY,
                plan_weekday=what if isinstance(what, int) else None,
            )

    def plan(self) -> dict[str, int]:
        found = plan_term(
            self.term, action=PlanningAction(), options=PlanOptions(at=timezone.now())
        )
        assert not found.conflicts
        return found.counts()

    def made(self, *, is_edited: bool = False) -> list[Asked]:
        rows = PlannedLesson.objects.filter(
            term=self.term, lesson__isnull=False, is_edited=is_edited
        )
        return sorted(
            (pk or 0, timezone.localdate(starts_at), timezone.localtime(starts_at).time())
            for pk, starts_at in rows.values_list("weekly_lesson", "lesson__starts_at")
        )


def everything() -> list[dict[str, Any]]:
    return [dict(row) for row in Lesson.objects.order_by("pk").values()]


# With less than ten, all but the simplest are drawn at random, and none is a change of an earlier one.
FEW = settings(max_examples=9)
# Where nearly every example would show a fault.
FEWER = settings(max_examples=6)


class TestPlans(TestCase):
    @FEW
    @given(
        weekly_lessons=WEEKLY_LESSONS,
        table=DAY_TABLE,
        later=DAY_TABLE,
        turned=WEEKLY_LESSONS,
        edits=EDITS,
    )
    def test_lessons_are_those_of_the_calendar_and_what_people_edited_stays(
        self,
        weekly_lessons: list[tuple[int, str]],
        table: dict[int, Any],
        later: dict[int, Any],
        turned: list[tuple[int, str]],
        edits: list[tuple[int, str]],
    ) -> None:
        planned = Planned()
        shapes = {}
        for number, (weekday, weeks) in enumerate(weekly_lessons):
            shape = Shape(weekday, weeks, number)
            shapes[planned.add(shape).pk] = shape
        planned.set_days(table)
        planned.plan()
        assert planned.made() == sorted(oracle(planned.term.first_monday, shapes, table))

        edited = edit(edits)
        for (pk, shape), (weekday, weeks) in zip(list(shapes.items()), turned, strict=False):
            shapes[pk] = dataclasses.replace(shape, weekday=weekday, weeks=weeks)
            WeeklyLesson.objects.filter(pk=pk).update(weekday=weekday, weeks=weeks)
        planned.set_days(later)
        held = list(PlannedLesson.objects.values_list("weekly_lesson", "date", "is_edited"))
        planned.plan()

        assert {each["pk"]: each for each in edited_now(edited)} == edited
        asked = not_held_otherwise(oracle(planned.term.first_monday, shapes, later), held)
        assert planned.made() == sorted(asked)

        before = everything()
        assert planned.plan()["unchanged"] >= len(asked)
        assert everything() == before

    @FEWER
    @given(weekly_lessons=WEEKLY_LESSONS, table=DAY_TABLE)
    def test_weekly_lessons_made_anew_keep_their_lessons(
        self, weekly_lessons: list[tuple[int, str]], table: dict[int, Any]
    ) -> None:
        planned = Planned()
        made = [planned.add(Shape(*each, number)) for number, each in enumerate(weekly_lessons)]
        planned.set_days(table)
        planned.plan()
        before = everything()
        for weekly_lesson in made:
            groups = list(weekly_lesson.class_groups.all())
            WeeklyLesson.objects.get(pk=weekly_lesson.pk).delete()
            WeeklyLessonFactory.create(
                term=planned.term,
                course=weekly_lesson.course,
                teacher=weekly_lesson.teacher,
                class_groups=groups,
                weekday=weekly_lesson.weekday,
                weeks=weekly_lesson.weeks,
                starts=weekly_lesson.starts,
                ends=weekly_lesson.ends,
            )

        assert planned.plan()["unchanged"] == len(before)

        assert everything() == before
        assert not PlannedLesson.objects.filter(weekly_lesson=None).exists()

    @FEWER
    @given(weekly_lessons=WEEKLY_LESSONS, turned=WEEKLY_LESSONS)
    def test_people_are_told_once_of_a_plan(
        self, weekly_lessons: list[tuple[int, str]], turned: list[tuple[int, str]]
    ) -> None:
        planned = Planned()
        made = [planned.add(Shape(*each, number)) for number, each in enumerate(weekly_lessons)]
        for weekly_lesson in made:
            MembershipFactory.create(class_group=weekly_lesson.class_groups.get())
        planned.plan()
        assert PlanningAction.objects.count() <= 1
        tell_changes(timezone.now())
        first = Counter(Notice.objects.values_list("user", flat=True))
        assert set(first.values()) <= {1}

        for weekly_lesson, (weekday, weeks) in zip(made, turned, strict=False):
            WeeklyLesson.objects.filter(pk=weekly_lesson.pk).update(weekday=weekday, weeks=weeks)
        Notice.objects.all().delete()
        counts = planned.plan()
        tell_changes(timezone.now() + dt.timedelta(hours=3))

        assert PlanningAction.objects.count() <= 2
        assert set(Counter(Notice.objects.values_list("user", flat=True)).values()) <= {1}
        if counts["changed"] or counts["added"] or counts["removed"]:
            assert LessonChange.objects.values("action").distinct().count() == 2


def not_held_otherwise(
    asked: Iterable[Asked], held: list[tuple[int, dt.date, bool]]
) -> list[Asked]:
    """Without those for which a lesson stands that people edited or deleted: of the day, else of the week."""
    left = {each[:2]: each for each in asked}
    elsewhere = []
    for pk, day, is_edited in sorted(held, key=lambda each: each[1]):
        if is_edited and left.pop((pk, day), None) is None:
            elsewhere.append((pk, day))
    there = {(pk, day) for pk, day, is_edited in held if not is_edited}
    for pk, day in elsewhere:
        monday = day - dt.timedelta(days=day.weekday())
        week = [monday + dt.timedelta(days=number) for number in range(7)]
        free = [each for each in week if (pk, each) in left.keys() - there]
        if free:
            del left[pk, min(free, key=lambda each: (abs(each - day), each))]
    return list(left.values())


def edit(edits: list[tuple[int, str]]) -> dict[int, dict[str, Any]]:
    """Do to lessons what planners do by hand; return the lessons that are there afterwards, by key."""
    touched = []
    for number, what in edits:
        lessons = list(Lesson.objects.exclude(state="cancelled").order_by("starts_at", "pk"))
        if not lessons:
            break
        lesson = lessons[number % len(lessons)]
        if what == "move":
            late = plan_of(lesson)
            minutes = dt.timedelta(minutes=5)
            change_lesson(lesson, dataclasses.replace(late, ends_at=late.ends_at + minutes))
            touched.append(lesson.pk)
        elif what == "cancel":
            cancel_lesson(lesson, reason="", at=timezone.now())
            touched.append(lesson.pk)
        else:
            delete_lessons([lesson], at=timezone.now())
    rows = Lesson.objects.filter(pk__in=touched).values()
    return {row["id"]: {**row, "pk": row["id"]} for row in rows}


def edited_now(edited: dict[int, Any]) -> list[dict[str, Any]]:
    return [{**row, "pk": row["id"]} for row in Lesson.objects.filter(pk__in=edited).values()]
