"""Lessons that nobody will come to as they stand: drafts, and those without a teacher."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import ngettext, pgettext

from edu_platform.lib.backlog import backlog
from schedule.access import may_plan
from schedule.enums import LessonState
from schedule.models import Lesson, LessonQuerySet
from schedule.school_day_hooks import NotInOrder, Remedy, counted
from schedule.terms.planning.conflict_list import TOLD_BEFORE, lessons_without_teacher

# Until then a draft should be published, or people learn of their lesson too late.
DRAFTS_BEFORE = dt.timedelta(days=2)


def drafts_between(starts_at: dt.datetime, ends_at: dt.datetime) -> LessonQuerySet:
    return Lesson.objects.within(starts_at=starts_at, ends_at=ends_at).filter(
        state=LessonState.DRAFT
    )


_drafts_backlog = backlog(drafts_between, since="created_at")
_without_teacher_backlog = backlog(lessons_without_teacher)


def _lessons(trouble: str) -> str:
    return f"{reverse('schedule:lessons')}?trouble={trouble}"


def drafts_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Lessons of today and tomorrow that nobody sees but staff."""
    return counted(_drafts_backlog(starts_at=at, ends_at=at + DRAFTS_BEFORE), _draft_line)


def _draft_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "%(count)s lesson within two days is a draft: nobody is told of it.",
        "%(count)s lessons within two days are drafts: nobody is told of them.",
        count,
    )
    drafts = _lessons("draft")
    remedy = Remedy(pgettext("not in order", "Publish or cancel them"), drafts)
    return NotInOrder(sentence, drafts, is_for=may_plan, remedy=remedy)


def teachers_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Lessons of the coming days whose teacher has left, or teaches no longer."""
    return counted(
        _without_teacher_backlog(starts_at=at, ends_at=at + TOLD_BEFORE),
        _without_teacher_line,
        days=TOLD_BEFORE.days,
    )


def _without_teacher_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "Within %(days)s days, the teacher of %(count)s lesson cannot teach any more.",
        "Within %(days)s days, the teachers of %(count)s lessons cannot teach any more.",
        count,
    )
    lessons = _lessons("without-teacher")
    remedy = Remedy(pgettext("not in order", "Choose other teachers"), lessons)
    return NotInOrder(sentence, lessons, is_for=may_plan, remedy=remedy)
