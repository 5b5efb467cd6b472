"""Lessons that nobody will come to as they stand: drafts, without a teacher, or not planned yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count, F, Min, Q, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext

from edu_platform.lib.statements import Statement
from schedule.access import may_plan
from schedule.enums import LessonState
from schedule.hooks import NotInOrder, Remedy
from schedule.models import Lesson, Term
from schedule.terms.conflicts import TOLD_BEFORE, lessons_without_teacher

# Until then a draft should be published, or people learn of their lesson too late.
DRAFTS_BEFORE = dt.timedelta(days=2)
# A term that is still being put together is nothing to look after.
PLANNED_BEFORE = dt.timedelta(days=14)

_DRAFTS = Statement(
    lambda at, until: (
        Lesson.objects.within(starts_at=at, ends_at=until)
        .filter(state=LessonState.DRAFT)
        .order_by()
        .values(all=Value(1))
        .annotate(count=Count("pk"), since=Min("created_at"))
        .values_list("count", "since")
    )
)
_WITHOUT_TEACHER = Statement(
    lambda at, until: (
        lessons_without_teacher(at, until)
        .order_by()
        .values(all=Value(1))
        .annotate(count=Count("pk"))
        .values_list("count", flat=True)
    )
)
_UNPLANNED = Statement(
    lambda today, until: (
        Term.objects.not_over(today)
        .filter(Q(planned_at=None, patterns__isnull=False) | Q(changed_at__gt=F("planned_at")))
        .filter(first_monday__lte=until)
        .order_by("first_monday")
        .distinct()
        .values_list("code", "name", "changed_at", "first_monday")
    )
)


def drafts_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Lessons of today and tomorrow that nobody sees but staff."""
    count, since = _DRAFTS.first(at=at, until=at + DRAFTS_BEFORE) or (0, None)
    if count:
        sentence = ngettext(
            "%(count)s lesson within two days is a draft: nobody is told of it.",
            "%(count)s lessons within two days are drafts: nobody is told of them.",
            count,
        )
        drafts = f"{reverse('admin:schedule_lesson_changelist')}?state__exact=draft"
        remedy = Remedy(pgettext("not in order", "Publish or cancel them"), drafts)
        yield NotInOrder(sentence % {"count": count}, drafts, since, may_plan, remedy=remedy)


def teachers_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Lessons of the coming days whose teacher has left, or teaches no longer."""
    count = _WITHOUT_TEACHER.first(at=at, until=at + TOLD_BEFORE) or 0
    if count:
        sentence = ngettext(
            "Within %(days)s days, the teacher of %(count)s lesson cannot teach any more.",
            "Within %(days)s days, the teachers of %(count)s lessons cannot teach any more.",
            count,
        )
        lessons = f"{reverse('admin:schedule_lesson_changelist')}?without_teacher=soon"
        remedy = Remedy(pgettext("not in order", "Choose other teachers"), lessons)
        words = {"count": count, "days": TOLD_BEFORE.days}
        yield NotInOrder(sentence % words, lessons, is_for=may_plan, remedy=remedy)


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
