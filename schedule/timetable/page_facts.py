"""Facts that a page of the timetable follows from, in one query: they tell whether it shows what it would show now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.models import SchoolSettings, User
from edu_platform.lib.statements import Statement
from schedule.hooks import fact_makers, own_page_fact_makers
from schedule.models import (
    LONGEST_LESSON,
    WITHOUT_SIGNALLING,
    Lesson,
    LessonChange,
    LessonQuerySet,
    Room,
)
from schedule.timetable.cards import LessonCard
from schedule.timetable.timetable_rows import COLUMNS, LessonRow, columns_of, row_in
from schedule.timetable.timetables import PartsOf, Timetable, lessons_in
from schedule.week_grid import DAY, monday_of, period_of_week, start_of_day

# Until when the next lesson, which may lie in another week, is followed: any later one moves tomorrow.
COMING = 2 * DAY


# What is read of each lesson of a query.
ColumnsOf = Callable[[LessonQuerySet], QuerySet[Lesson, tuple[Any, ...]]]


class LessonFacts(NamedTuple):
    """A lesson, and what its page shows of it."""

    lesson: LessonRow
    shown: tuple[object, ...]


def lesson_facts(code: str) -> LessonFacts | None:
    row = _OF_CODE.first(code=code)
    return None if row is None else _facts_of(row)


def last_entered_facts(user: User) -> LessonFacts | None:
    """Return those of the lesson whose class the person entered last; None: they entered none yet."""
    row = _LAST_ENTERED.first(user_id=user.pk)
    return None if row is None else _facts_of(row)


def week_facts(day: dt.date, timetable: Timetable, *, at: dt.datetime) -> list[LessonFacts]:
    """Return those of the week that holds a day, and of the lessons around now, of which one is the next; one query.

    In the order of pages.
    """
    return [_facts_of(row) for row in _week_rows(_with_facts, day, timetable, at)]


def week_lessons(day: dt.date, timetable: Timetable, *, at: dt.datetime) -> list[LessonRow]:
    """Return the same lessons without what pages follow from, for a page that follows nothing; one query."""
    return [row_in(row) for row in _week_rows(columns_of, day, timetable, at)]


def _week_rows(
    columns: ColumnsOf, day: dt.date, timetable: Timetable, at: dt.datetime
) -> list[tuple[Any, ...]]:
    today = timezone.localdate(at)
    week_from, week_until = period_of_week(monday_of(day))
    return _of_week(timetable.parts_of, columns).rows(
        week_from=week_from,
        week_until=week_until,
        now_from=start_of_day(today) - LONGEST_LESSON,
        now_until=start_of_day(today + COMING),
        **timetable.values,
    )


def day_facts(day: dt.date, timetable: Timetable) -> list[LessonFacts]:
    """Return those of a day, and of the lessons that began before it and reach into it; one query."""
    starts = start_of_day(day)
    rows = _of_day(timetable.parts_of).rows(
        # An index has the start of lessons, not their end.
        since=starts - LONGEST_LESSON,
        day_from=starts,
        day_until=start_of_day(day + DAY),
        **timetable.values,
    )
    return [_facts_of(row) for row in rows]


def class_groups_in(facts: Iterable[LessonFacts]) -> set[int]:
    """Return the class groups of these lessons."""
    return {pk for lesson_facts in facts for pk in lesson_facts.lesson.class_group_ids}


@cache
def _of_day(parts_of: PartsOf) -> Statement[tuple[Any, ...]]:
    def build(
        since: dt.datetime, day_from: dt.datetime, day_until: dt.datetime, **values: Any
    ) -> QuerySet[Lesson, tuple[Any, ...]]:
        in_day = Q(starts_at__gte=since, starts_at__lt=day_until, ends_at__gt=day_from)
        return _with_facts(lessons_in(parts_of(**values), in_day).in_page_order())

    return Statement(build)


@cache
def _of_week(parts_of: PartsOf, columns: ColumnsOf) -> Statement[tuple[Any, ...]]:
    def build(
        week_from: dt.datetime,
        week_until: dt.datetime,
        now_from: dt.datetime,
        now_until: dt.datetime,
        **values: Any,
    ) -> QuerySet[Lesson, tuple[Any, ...]]:
        in_week = Q(starts_at__gte=week_from, starts_at__lt=week_until)
        around_now = Q(starts_at__gte=now_from, starts_at__lt=now_until)
        lessons = lessons_in(parts_of(**values), in_week | around_now)
        return columns(lessons.in_page_order())

    return Statement(build)


def moments_of(
    cards: Iterable[LessonCard], school: SchoolSettings, *, at: dt.datetime
) -> list[dt.datetime]:
    """Return when something changes on the page of these lessons, whatever the cloud says: also the day."""
    moments = [start_of_day(timezone.localdate(at) + DAY)]
    for card in cards:
        moments += [card.starts_at, card.ends_at, card.ends_at + school.overtime]
        if card.opens_at is not None:
            moments.append(card.opens_at)
    return moments


def _with_facts(lessons: LessonQuerySet, **more: Combinable) -> QuerySet[Lesson, tuple[Any, ...]]:
    """Return what is needed of lessons, and of all that their pages show; with these further texts."""
    facts = {f"facts_{number}": maker() for number, maker in enumerate(fact_makers)} | more
    return columns_of(lessons.annotate(**facts), *facts)


def _last_change() -> Combinable:
    """Return what the history of a lesson is known by, which its own page shows."""
    newest = LessonChange.objects.filter(lesson=OuterRef("pk")).order_by("-pk")
    return Cast(Subquery(newest.values("pk")[:1]), TextField())


def _of_current_room(column: str) -> Combinable:
    room = Room.objects.current().filter(lesson=OuterRef("pk"))
    values = room.annotate(lacks_signalling=WITHOUT_SIGNALLING).values(column)
    return Cast(Subquery(values[:1]), TextField())


_OF_CODE = Statement(
    lambda code: _with_facts(
        Lesson.objects.filter(code=code),
        **{f"own_{number}": maker() for number, maker in enumerate(own_page_fact_makers)},
        last_change=_last_change(),
        left_out=_of_current_room("left_out_fields"),
        lacks_signalling=_of_current_room("lacks_signalling"),
    )
)
_LAST_ENTERED = Statement(
    lambda user_id: _with_facts(Lesson.objects.filter(last_entries__user=user_id))
)


def _facts_of(columns: tuple[Any, ...]) -> LessonFacts:
    texts = columns[COLUMNS:]
    row = row_in(columns, dict(zip(fact_makers, texts, strict=False)))
    return LessonFacts(row, (*_own_facts(row), *map(_in_order, texts)))


def _own_facts(row: LessonRow) -> tuple[object, ...]:
    room = row.room
    # Not when the cloud was asked: that is every half minute.
    of_room = room and (room.room_id, room.cloud_status, room.gone_at)
    # Versions are made of texts, and that of a number is written several times as fast as that of a moment.
    hours = (row.starts_at.timestamp(), row.ends_at.timestamp())
    planned = (*hours, row.state, row.cancel_reason)
    pointed_out = (row.moved_from, row.moved_at, row.teacher_changed_at)
    not_held = (row.is_known_not_begun, row.was_never_held)
    people = (row.teacher, row.assistants, row.class_groups)
    course = (row.course, row.chosen_colour)
    return (row.pk, row.title, *course, *people, *planned, *pointed_out, of_room, *not_held)


def _in_order(text: str | None) -> str | list[str] | None:
    """Return the lines of a text that a database puts together in any order."""
    return sorted(text.split("\n")) if text and "\n" in text else text
