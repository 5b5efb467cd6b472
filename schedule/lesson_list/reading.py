"""One page of the list of lessons: those of today and to come first, then those before, latest first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from edu_platform.lib.formatting import StateWords
from edu_platform.lib.paging import Pager, pager_of
from schedule.enums import LessonState, RecordMode, RoomType
from schedule.history.words import period_text
from schedule.lesson_list.filters import Filters, filtered
from schedule.models import Lesson, LessonQuerySet, class_group_names, topic_of
from schedule.week_grid import start_of_day

USUAL_SIZE = 50
SHAPES = {
    LessonState.DRAFT: ("◇", "mark-quiet"),
    LessonState.PUBLISHED: ("", "soft"),
    LessonState.CANCELLED: ("✕", "mark-running"),
}


@dataclass(frozen=True, slots=True)
class LessonRow:
    code: str
    address: str
    # What its check box is called.
    name: str
    period: str
    course: str
    # What the title says beyond the course; mostly nothing.
    topic: str
    teacher: str
    class_groups: str
    room_type: str
    recording: str
    state: StateWords


@dataclass(frozen=True, slots=True)
class LessonList:
    rows: tuple[LessonRow, ...]
    pager: Pager


def lesson_list(
    filters: Filters, *, number: int, page_size: int, path: str, at: dt.datetime
) -> LessonList:
    """One page of the lessons that fit; a number too high means the last page."""
    lessons = filtered(Lesson.objects.all(), filters, at=at)
    to_come = Q(starts_at__gte=start_of_day(timezone.localdate(at)))
    counts = lessons.aggregate(all=Count("pk"), to_come=Count("pk", filter=to_come))
    # Only a range is cut into pages here: the rows of the one that is wanted are read below.
    shown = Paginator(range(counts["all"]), page_size).get_page(number)
    first, end = max(shown.start_index() - 1, 0), shown.end_index()
    return LessonList(
        rows=tuple(map(_row, _between(lessons, to_come, counts["to_come"], first, end))),
        pager=pager_of(shown, path=path, query=filters.as_query(), usual_size=USUAL_SIZE),
    )


def _between(lessons: LessonQuerySet, to_come: Q, count: int, first: int, end: int) -> list[Lesson]:
    """Read those from one place of the list to another: each part in the order of its index, so that none is sorted."""
    shown = lessons.select_related("course", "teacher").prefetch_related("class_groups")
    coming = shown.filter(to_come).order_by("starts_at", "pk")
    before = shown.exclude(to_come).order_by("-starts_at", "-pk")
    read: list[Lesson] = []
    if first < count:
        read += coming[first : min(end, count)]
    if end > count:
        read += before[max(first - count, 0) : end - count]
    return read


def codes_in_order(filters: Filters, *, at: dt.datetime, at_most: int) -> list[str]:
    """Return the codes of all that fit, as far as they are no more than so many and one."""
    lessons = filtered(Lesson.objects.all(), filters, at=at).in_page_order()
    return list(lessons.values_list("code", flat=True)[: at_most + 1])


def _row(lesson: Lesson) -> LessonRow:
    shape, css_class = SHAPES[LessonState(lesson.state)]
    return LessonRow(
        code=lesson.code,
        address=reverse("schedule:lesson", args=[lesson.code]),
        name=str(lesson),
        period=period_text(lesson.starts_at, lesson.ends_at),
        course=lesson.course.name,
        topic=topic_of(lesson.title, lesson.course.name),
        teacher=lesson.teacher.display_name,
        class_groups=class_group_names(lesson.class_groups.all()),
        room_type=str(RoomType(lesson.room_type).label),
        recording=str(RecordMode(lesson.record_mode).label),
        state=StateWords(shape, str(LessonState(lesson.state).label), css_class),
    )
