"""The filters of the administration's list of lessons, and its order."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import Case, F, Q, QuerySet, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.admin_filters import ChoiceFilter
from schedule.models import ClassGroup, Course, Lesson, LessonQuerySet
from schedule.week_grid import DAYS_OF_WEEK, monday_of, start_of_day

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=DAYS_OF_WEEK)


def today_first() -> tuple[Any, ...]:
    """Today's lessons and those to come, next first; then those before, latest first."""
    to_come = Q(starts_at__gte=start_of_day(timezone.localdate()))
    return (
        Case(When(to_come, then=0), default=1),
        Case(When(to_come, then=F("starts_at"))),
        "-starts_at",
        "-pk",
    )


class DayFilter(admin.SimpleListFilter):
    """The days that planners ask for most, in the school's time zone."""

    title = _("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [
            ("today", str(_("Today"))),
            ("tomorrow", str(_("Tomorrow"))),
            ("this-week", str(_("This week"))),
            ("next-week", str(_("Next week"))),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> QuerySet[Lesson]:
        today = timezone.localdate()
        monday = monday_of(today)
        days = {
            "today": (today, today + DAY),
            "tomorrow": (today + DAY, today + 2 * DAY),
            "this-week": (monday, monday + WEEK),
            "next-week": (monday + WEEK, monday + 2 * WEEK),
        }.get(self.value() or "")
        if days is None or not isinstance(queryset, LessonQuerySet):
            return queryset
        first, end = days
        return queryset.within(starts_at=start_of_day(first), ends_at=start_of_day(end))


class TeacherFilter(ChoiceFilter):
    title = _("teacher")
    parameter_name = "teacher"
    lookup = "teacher"

    def rows(self) -> QuerySet[User]:
        """Those who may teach, and those who did and have left."""
        teaches = User.objects.with_role(Role.TEACHER).values("pk")
        taught = Lesson.objects.values("teacher")
        people = User.objects.filter(Q(pk__in=teaches) | Q(pk__in=taught))
        return people.only("pk", "username", "display_name").order_by("display_name", "username")


class ClassGroupFilter(ChoiceFilter):
    title = _("class group")
    parameter_name = "class_group"
    lookup = "class_groups"

    def rows(self) -> QuerySet[ClassGroup]:
        """This year's; names of earlier years repeat."""
        return ClassGroup.objects.filter(archived_at=None).order_by("name")


class CourseFilter(ChoiceFilter):
    title = _("course")
    parameter_name = "course"
    lookup = "course"

    def rows(self) -> QuerySet[Course]:
        return Course.objects.order_by("name")
