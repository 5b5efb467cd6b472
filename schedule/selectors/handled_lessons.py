"""Which lessons of a teacher who is away are seen to already."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from accounts.models import User
from schedule.enums import LessonState
from schedule.models import Lesson
from schedule.week_grid import start_of_day

DAY = dt.timedelta(days=1)


def handled_lessons(teacher: User, *, first: dt.date, last: dt.date) -> list[Lesson]:
    """Lessons of these days in which somebody stands in, that were cancelled, or moved to other days.

    With course, teacher, substitution and class groups; two queries.
    """
    begins, ends = start_of_day(first), start_of_day(last + DAY)
    within = Q(starts_at__gte=begins, starts_at__lt=ends)
    own = Lesson.objects.filter(teacher=teacher)
    stood_in = Lesson.objects.filter(within, substitution__absent_teacher=teacher)
    cancelled = own.filter(within, state=LessonState.CANCELLED)
    moved = own.filter(moved_from__gte=begins, moved_from__lt=ends).exclude(within)
    # Apart, each by its own index: joined by OR they would read all lessons of the school.
    found = stood_in.values("pk").union(cancelled.values("pk"), moved.values("pk"))
    rows = Lesson.objects.filter(pk__in=found).select_related("course", "teacher", "substitution")
    return list(rows.prefetch_related("class_groups").in_page_order())
