"""Lessons that nobody will come to as they stand: drafts, without a teacher, or not planned yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext

from edu_platform.lib.backlog import backlog
from edu_platform.lib.statements import Statement
from schedule.access import may_plan
from schedule.enums import LessonState
from schedule.hooks import NotInOrder, Remedy, counted
from schedule.models import Lesson, LessonQuerySet, Term
from schedule.terms.conflict_list import TOLD_BEFORE, lessons_without_teacher

# Until then a draft should be published, or people learn of their lesson too late.
DRAFTS_BEFORE = dt.timedelta(days=2)
# A term that is still being put together is nothing to look after.
PLANNED_BEFORE = dt.timedelta(days=14)


def drafts_between(starts_at: dt.datetime, ends_at: dt.datetime) -> LessonQuerySet:
    return Lesson.objects.within(starts_at=starts_at, ends_at=ends_at).filter(
        state=LessonState.DRAFT
    )


_drafts_backlog = backlog(drafts_between, since="created_at")
_without_teacher_backlog = backlog(lessons_without_teacher)
_UNPLANNED = Statement(
    lambda today, until: (
        Term.objects.not_over(today)
        .filter(
            Q(planned_at=None, weekly_lessons__isnull=False) | Q(changed_at__gt=F("planned_at"))
        )
        .filter(first_monday__lte=until)
        .order_by("first_monday")
        .distinct()
        .values_list("code", "name", "changed_at", "first_monday")
    )
)


def _lessons(trouble: str) -> str:
    return f"{reverse('admin:schedule_lesson_changelist')}?trouble={trouble}"


def drafts_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Lessons of today and tomorrow that nobody sees but staff."""
    figures = _drafts_backlog(starts_at=at, ends_at=at + DRAFTS_BEFORE)
    sentence = ngettext(
        "%(count)s lesson within two days is a draft: nobody is told of it.",
        "%(count)s lessons within two days are drafts: nobody is told of them.",
        figures.count,
    )
    drafts = _lessons("draft")
    remedy = Remedy(pgettext("not in order", "Publish or cancel them"), drafts)
    return counted(figures, NotInOrder(sentence, drafts, is_for=may_plan, remedy=remedy))


def teachers_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Lessons of the coming days whose teacher has left, or teaches no longer."""
    figures = _without_teacher_backlog(starts_at=at, ends_at=at + TOLD_BEFORE)
    sentence = ngettext(
        "Within %(days)s days, the teacher of %(count)s lesson cannot teach any more.",
        "Within %(days)s days, the teachers of %(count)s lessons cannot teach any more.",
        figures.count,
    )
    lessons = _lessons("without-teacher")
    remedy = Remedy(pgettext("not in order", "Choose other teachers"), lessons)
    line = NotInOrder(sentence, lessons, is_for=may_plan, remedy=remedy)
    return counted(figures, line, days=TOLD_BEFORE.days)


def plans_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Terms that run or begin soon, and whose lessons may differ from their weekly lessons and days."""
    today = timezone.localdate(at)
    sentence = gettext("%(term)s: its weekly lessons or days were changed, and not planned since.")
    for code, name, changed_at, _first in _UNPLANNED.rows(
        today=today, until=today + PLANNED_BEFORE
    ):
        yield NotInOrder(
            sentence % {"term": name},
            reverse("schedule:term", args=[code]),
            changed_at,
            may_plan,
            remedy=Remedy(
                pgettext("not in order", "Plan its lessons"),
                reverse("schedule:term_plan", args=[code]),
            ),
        )
