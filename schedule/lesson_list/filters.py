"""Filters of the list of lessons, and the lessons that fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.database import INT64
from edu_platform.lib.filter_forms import ListFilters
from schedule.enums import LessonState, RecordMode
from schedule.lessons.named import CODE_IN_ADDRESS
from schedule.models import ClassGroup, Course, Lesson, LessonQuerySet, Room
from schedule.not_in_order.unready_lessons import DRAFTS_BEFORE, drafts_between
from schedule.rooms.troubles import troubled_rooms
from schedule.terms.planning.conflict_list import TOLD_BEFORE, lessons_without_teacher
from schedule.week_grid import DAY, DAYS_A_WEEK, monday_of, start_of_day

WEEK = dt.timedelta(days=DAYS_A_WEEK)
# Names of days that planners ask for most, by their first day and the day after their last.
NAMED_DAYS: Mapping[str, Callable[[dt.date], tuple[dt.date, dt.date]]] = {
    "today": lambda today: (today, today + DAY),
    "tomorrow": lambda today: (today + DAY, today + 2 * DAY),
    "this-week": lambda today: (monday_of(today), monday_of(today) + WEEK),
    "next-week": lambda today: (monday_of(today) + WEEK, monday_of(today) + 2 * WEEK),
}
DRAFTS, WITHOUT_TEACHER = "draft", "without-teacher"
RECORDED = {"yes": ~Q(record_mode=RecordMode.NONE), "no": Q(record_mode=RecordMode.NONE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters(ListFilters):
    """Filters of the list."""

    q: str = ""
    day: str = ""
    from_day: dt.date | None = None
    to_day: dt.date | None = None
    teacher: str = ""
    class_group: str = ""
    course: str = ""
    state: str = ""
    room_type: int | None = None
    recorded: str = ""
    trouble: str = ""

    @property
    def is_backwards(self) -> bool:
        """Tell whether the last day lies before the first, so that nothing can fit."""
        return self.from_day is not None and self.to_day is not None and self.from_day > self.to_day

    def turned_round(self) -> Filters:
        return replace(self, from_day=self.to_day, to_day=self.from_day)


def filtered(lessons: LessonQuerySet, filters: Filters, *, at: dt.datetime) -> LessonQuerySet:
    """The lessons that fit, in no order. Rows are found first where a lesson is joined to many of them."""
    lessons = _of_days(lessons, filters, today=timezone.localdate(at))
    if filters.teacher:
        people = User.objects.filter(username=filters.teacher)
        lessons = lessons.filter(teacher__in=people.values("pk"))
    if filters.course:
        lessons = lessons.filter(course__in=Course.objects.filter(name=filters.course).values("pk"))
    if filters.class_group:
        groups = ClassGroup.objects.active().filter(name=filters.class_group)
        attending = Lesson.class_groups.through.objects.filter(classgroup__in=groups.values("pk"))
        lessons = lessons.filter(pk__in=attending.values("lesson"))
    if filters.state in LessonState.values:
        lessons = lessons.filter(state=filters.state)
    if filters.room_type is not None:
        lessons = lessons.filter(room_type=filters.room_type)
    if filters.recorded in RECORDED:
        lessons = lessons.filter(RECORDED[filters.recorded])
    if filters.trouble:
        lessons = lessons.filter(_in_trouble(filters.trouble, at=at))
    return lessons.filter(_matching(filters.q)) if filters.q else lessons


def _of_days(lessons: LessonQuerySet, filters: Filters, *, today: dt.date) -> LessonQuerySet:
    if filters.day in NAMED_DAYS:
        first, end = NAMED_DAYS[filters.day](today)
        lessons = lessons.within(starts_at=start_of_day(first), ends_at=start_of_day(end))
    if filters.from_day is not None:
        lessons = lessons.filter(starts_at__gte=start_of_day(filters.from_day))
    if filters.to_day is not None:
        lessons = lessons.filter(starts_at__lt=start_of_day(filters.to_day + DAY))
    return lessons


def _in_trouble(trouble: str, *, at: dt.datetime) -> Q:
    """Match the lessons that Today counts in one of its lines."""
    rooms = troubled_rooms(trouble, at=at)
    if rooms is not None:
        return Q(pk__in=rooms.order_by().values("lesson"))
    if trouble == DRAFTS:
        return Q(pk__in=drafts_between(at, at + DRAFTS_BEFORE).values("pk"))
    if trouble == WITHOUT_TEACHER:
        return Q(pk__in=lessons_without_teacher(at, at + TOLD_BEFORE).values("pk"))
    return Q()


def _matching(text: str) -> Q:
    """Match by title, by names of course, teacher and class group as people type them, by room number and by address."""
    address = CODE_IN_ADDRESS.search(text)
    groups = ClassGroup.objects.named_like(text).values("pk")
    attending = Lesson.class_groups.through.objects.filter(classgroup__in=groups)
    people = User.objects.get_queryset().named_like(text, "username")
    matches = (
        Q(title__icontains=text)
        | Q(code=address[1] if address else text)
        | Q(course__in=Course.objects.named_like(text).values("pk"))
        | Q(teacher__in=people.values("pk"))
        | Q(pk__in=attending.values("lesson"))
    )
    if text.isascii() and text.isdigit() and int(text) in INT64:
        matches |= Q(pk__in=Room.objects.filter(room_id=int(text)).order_by().values("lesson"))
    return matches
