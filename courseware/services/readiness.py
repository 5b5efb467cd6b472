"""Courseware that is not ready shortly before its class: its teacher is told, once a lesson."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from accounts.services.notices import notify
from courseware.models import Binding
from courseware.states import IN_PROGRESS
from schedule.enums import LessonState
from schedule.models import Lesson, LessonQuerySet

SOON = dt.timedelta(hours=24)
# What was uploaded so lately and is on its way is news to nobody: most of it is ready before that.
GRACE = dt.timedelta(minutes=10)
UNREADY_NOTICE = "courseware.unready"


def is_near(lesson: Lesson, at: dt.datetime) -> bool:
    """Whether the lesson takes place, is not over, and begins within a day."""
    return lesson.is_published and at < lesson.ends_at and lesson.starts_at < at + SOON


def tell_of_unready(at: dt.datetime) -> int:
    """Tell the teachers of near lessons with courseware that is not ready; return how many were told.

    Safe to repeat: nobody is told twice of one lesson.
    """
    told = 0
    for lesson in _near_lessons(at):
        local = timezone.localtime(lesson.starts_at)
        told += notify(
            user=lesson.teacher,
            kind=UNREADY_NOTICE,
            arguments={
                "lesson": lesson.title,
                "moment": f"{local:%Y-%m-%d %H:%M}",
                "count": str(lesson.unready),  # type: ignore[attr-defined] # counted
            },
            address=reverse("schedule:lesson", args=[lesson.code]),
            cause=f"{UNREADY_NOTICE}:{lesson.code}",
            at=at,
        )
    return told


def _near_lessons(at: dt.datetime) -> LessonQuerySet:
    near = Lesson.objects.filter(
        state=LessonState.PUBLISHED, ends_at__gt=at, starts_at__lt=at + SOON
    )
    is_fresh = Q(courseware__state__in=IN_PROGRESS, courseware__uploaded_at__gt=at - GRACE)
    unready = Binding.objects.unready().exclude(is_fresh, lesson__starts_at__gt=at + GRACE)
    return (
        near.filter(pk__in=unready.values("lesson"))
        .annotate(unready=Count("courseware_bindings", filter=Q(courseware_bindings__in=unready)))
        .select_related("teacher")
        .in_page_order()
    )
