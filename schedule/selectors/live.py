"""Whether a page of the timetable shows what it would show now: the facts that it follows from, in one query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from accounts.models import SchoolSettings
from schedule.hooks import fact_makers
from schedule.models import LONGEST_LESSON, Lesson, LessonQuerySet
from schedule.selectors.cards import LessonCard
from schedule.selectors.rows import LessonRow, bare_rows_of
from schedule.selectors.timetables import Timetable
from schedule.week_grid import DAYS_OF_WEEK, monday_of, start_of_day

DAY = dt.timedelta(days=1)
# Until when the next lesson, which may lie in another week, is followed: any later one moves tomorrow.
COMING = 2 * DAY


class LessonFacts(NamedTuple):
    """A lesson without its people and class groups, and what its page shows of it."""

    lesson: LessonRow
    shown: tuple[object, ...]


def lesson_facts(code: str) -> LessonFacts | None:
    return next(iter(_with_facts(Lesson.objects.filter(code=code))), None)


def week_facts(day: dt.date, timetable: Timetable, *, at: dt.datetime) -> list[tuple[object, ...]]:
    """The facts of the week that holds a day, and of the next lesson above it."""
    monday, today = start_of_day(monday_of(day)), start_of_day(timezone.localdate(at))
    in_week = Q(starts_at__gte=monday, starts_at__lt=monday + DAYS_OF_WEEK * DAY)
    around_now = Q(starts_at__gte=today - LONGEST_LESSON, starts_at__lt=today + COMING)
    return [each.shown for each in _with_facts(timetable.lessons(in_week | around_now))]


def moments_of(
    cards: Iterable[LessonCard], school: SchoolSettings, *, at: dt.datetime
) -> list[dt.datetime]:
    """When something changes on the page of these lessons, whatever the cloud says: also the day."""
    moments = [start_of_day(timezone.localdate(at) + DAY)]
    for card in cards:
        moments += [card.starts_at, card.ends_at, card.ends_at + school.overtime]
        if card.opens_at is not None:
            moments.append(card.opens_at)
    return moments


def _with_facts(lessons: LessonQuerySet) -> list[LessonFacts]:
    """The lessons, by number, each with what its pages follow from."""
    made = {f"facts_{number}": maker() for number, maker in enumerate(fact_makers)}
    rows = bare_rows_of(lessons.annotate(**made).order_by("pk"), *made)
    return [LessonFacts(row, (*_own_facts(row), *map(_in_order, more))) for row, more in rows]


def _own_facts(row: LessonRow) -> tuple[object, ...]:
    room = row.room
    # Not when the cloud was asked: that is every half minute.
    of_room = room and (room.room_id, room.cloud_status, room.gone_at)
    planned = (row.starts_at, row.ends_at, row.state, row.cancel_reason)
    known = (row.is_known_not_begun, row.was_never_held)
    return (row.pk, row.title, row.course, row.teacher, *planned, of_room, *known)


def _in_order(lines: str | None) -> list[str]:
    """The lines of a text that a database puts together in any order."""
    return sorted((lines or "").splitlines())
