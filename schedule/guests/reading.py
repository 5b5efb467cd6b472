"""Guests of a lesson, as its people see them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import OuterRef, Subquery

from edu_platform.lib.aggregates import lines_of
from edu_platform.lib.statements import Statement
from schedule.models import Guest, Lesson


def guests_of(lesson: Lesson) -> list[Guest]:
    """Return all that were invited into a lesson, also those who were sent away, with who invited them; one query."""
    return _OF_LESSON.rows(lesson_id=lesson.pk)


def count_invited(guests: Sequence[Guest]) -> int:
    return sum(guest.is_invited for guest in guests)


def guest_facts() -> Subquery:
    """Return the facts that the panel of a lesson follows from, for a page that asks again and again."""
    of_lesson = Guest.objects.filter(lesson=OuterRef("pk"))
    return lines_of(of_lesson, "pk", "entered_at", "ended_at", of="lesson")


_OF_LESSON = Statement(
    lambda lesson_id: (
        Guest.objects.filter(lesson=lesson_id)
        .select_related("invited_by")
        .order_by("invited_at", "pk")
    )
)
