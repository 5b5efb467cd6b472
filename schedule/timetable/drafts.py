"""The drafts to come, read in one query."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Window
from django.urls import reverse

from edu_platform.lib.statements import Statement
from schedule.enums import LessonState
from schedule.history.words import period_text
from schedule.models import Lesson, topic_of

DRAFTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Draft:
    address: str
    period: str
    course: str
    # What the title says beyond the course; mostly nothing.
    topic: str
    teacher: str


@dataclass(frozen=True, slots=True)
class Drafts:
    count: int
    # The first of them.
    rows: tuple[Draft, ...]

    @property
    def has_more(self) -> bool:
        return self.count > len(self.rows)


def drafts_to_come(at: dt.datetime) -> Drafts:
    """Return what is planned and not published yet, of the whole school; one query."""
    rows = _DRAFTS.rows(at=at)
    count = rows[0][-1] if rows else 0
    return Drafts(count, tuple(_draft(*row[:-1]) for row in rows))


def _draft(
    code: str, course: str, title: str, teacher: str, starts_at: dt.datetime, ends_at: dt.datetime
) -> Draft:
    return Draft(
        address=reverse("schedule:lesson", args=[code]),
        period=period_text(starts_at, ends_at),
        course=course,
        topic=topic_of(title, course),
        teacher=teacher,
    )


def _drafts_query(at: dt.datetime) -> QuerySet[Lesson, tuple[Any, ...]]:
    drafts = Lesson.objects.filter(state=LessonState.DRAFT, starts_at__gt=at).in_page_order()
    return drafts.annotate(count=Window(Count("pk"))).values_list(
        *("code", "course__name", "title", "teacher__display_name", "starts_at", "ends_at", "count")
    )[:DRAFTS_SHOWN]


_DRAFTS = Statement(_drafts_query)
