"""The lessons, weekly lessons and robots of a class group, which stay with it whatever becomes of its members."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone

from edu_platform.lib.http import with_query
from schedule.enums import LessonState
from schedule.models import Channel, ClassGroup, Lesson, Term, WeeklyLesson
from schedule.week_grid import start_of_day


@dataclass(frozen=True, slots=True)
class WeeklyLessons:
    """Count the weekly lessons of a class group in a term, with the page that shows them."""

    term: Term
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Bound:
    """List what a class group has from a day on. Cancelled lessons are not coming."""

    coming: int
    # The week of the next one, where pages can show it.
    coming_address: str
    past: int
    # Terms that are over do not count.
    weekly: Sequence[WeeklyLessons]
    past_weekly: int
    robots: int

    @property
    def weekly_count(self) -> int:
        return sum(each.count for each in self.weekly)

    @property
    def keeps_it(self) -> bool:
        """Tell whether the class group cannot be deleted because of these."""
        return bool(self.coming or self.past or self.weekly or self.past_weekly)


def bound_to(class_group: ClassGroup, *, since: dt.date) -> Bound:
    """Return what a class group has from this day on; four queries."""
    is_coming = Q(starts_at__gte=start_of_day(since)) & ~Q(state=LessonState.CANCELLED)
    lessons = Lesson.objects.filter(class_groups=class_group).aggregate(
        coming=Count("pk", filter=is_coming),
        first=Min("starts_at", filter=is_coming),
        total=Count("pk"),
    )
    counts = dict(
        WeeklyLesson.objects.filter(class_groups=class_group)
        .order_by()
        .values_list("term")
        .annotate(count=Count("pk"))
    )
    terms = Term.objects.filter(pk__in=counts).order_by("first_monday") if counts else ()
    current = [term for term in terms if term.last_day >= since]
    weekly = [_weekly(class_group, term, counts[term.pk]) for term in current]
    return Bound(
        coming=lessons["coming"],
        coming_address=_week_of(class_group, lessons["first"]),
        past=lessons["total"] - lessons["coming"],
        weekly=weekly,
        past_weekly=sum(counts.values()) - sum(each.count for each in weekly),
        robots=Channel.objects.filter(class_group=class_group).count(),
    )


def _week_of(class_group: ClassGroup, moment: dt.datetime | None) -> str:
    # The timetable finds class groups by name, and so only those in use.
    if moment is None or class_group.archived_at is not None:
        return ""
    week = reverse("schedule:week", args=[timezone.localdate(moment)])
    return with_query(week, {"class_group": class_group.name})


def _weekly(class_group: ClassGroup, term: Term, count: int) -> WeeklyLessons:
    query = {} if class_group.archived_at else {"class_group": class_group.name}
    return WeeklyLessons(term, count, with_query(reverse("schedule:term", args=[term.code]), query))
