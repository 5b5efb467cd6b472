"""Writes on terms: making, changing and deleting them, and their bell times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from edu_platform.lib.versions import require_as_shown
from schedule.models import BellTime, PlannedLesson, Term, WeeklyLesson
from schedule.terms.bells.bell_times import MOST_BELLS, BellSpan, bell_faults
from schedule.terms.days.calendar_days import fill_from_calendar, tell_of_unpublished_years
from schedule.terms.days.days_off_writing import keep_parts_inside
from schedule.terms.locks import lock_term
from schedule.terms.reading import bell_spans
from schedule.terms.term_versions import touch, version_of_bells, version_of_term
from schedule.terms.weekly_lessons.writing import move_weekly_lessons


class TermNameTaken(Exception):
    """Another term has this name."""


class TermOverlaps(Exception):
    """It shares days with `other`."""

    def __init__(self, other: Term) -> None:
        super().__init__(str(other))
        self.other = other


class LessonsOutside(Exception):
    """Lessons of the term's plan, in order of time, would lie outside it."""

    def __init__(self, planned: Sequence[PlannedLesson]) -> None:
        super().__init__(f"{len(planned)} lessons")
        self.planned = planned


class BellsRefused(Exception):
    """More periods than there may be, or such as overlap; `terms.bells.bell_times.bell_faults` says which."""


class BellsInUse(Exception):
    """Weekly lessons are planned by periods that would be no more."""

    def __init__(self, weekly_lessons: Sequence[WeeklyLesson]) -> None:
        super().__init__(f"{len(weekly_lessons)} weekly lessons")
        self.weekly_lessons = weekly_lessons


@transaction.atomic
def create_term(
    name: str, *, first_monday: dt.date, weeks: int, bells: Sequence[BellSpan] = ()
) -> Term:
    """Make a term, with the days that the national calendar knows.

    Raises:
        TermNameTaken, TermOverlaps: as they say.
        BellsRefused: these are no bell times.
    """
    term = Term(name=name, first_monday=first_monday, weeks=weeks)
    _save_in_its_place(term)
    set_bell_times(term, bells)
    _know_its_days(term)
    return term


@transaction.atomic
def change_term(
    term: Term, *, name: str, first_monday: dt.date, weeks: int, known: str = ""
) -> bool:
    """Give a term another name or other weeks, and return whether anything differed.

    Days of its calendar that lie outside then are forgotten. Here and below, `known` is the version that a
    page showed.

    Raises:
        NotAsShown: somebody has changed it since.
        TermNameTaken, TermOverlaps: as they say.
        LessonsOutside: its plan has lessons before or after these weeks.
    """
    term = lock_term(term)
    require_as_shown(term, known, version_of_term(term))
    before = (term.name, term.first_monday, term.weeks)
    if before == (name, first_monday, weeks):
        return False
    is_moved = before[1:] != (first_monday, weeks)
    term.name, term.first_monday, term.weeks = name, first_monday, weeks
    _save_in_its_place(term)
    if is_moved:
        _require_no_lesson_outside(term)
        term.days.exclude(date__range=(term.first_monday, term.last_day)).delete()
        keep_parts_inside(term)
        _know_its_days(term)
        touch(term)
    return True


@transaction.atomic
def set_bell_times(term: Term, spans: Sequence[BellSpan], *, known: str = "") -> int:
    """Replace all bell times of a term. Weekly lessons that are planned by its periods follow; returns how many.

    Raises:
        NotAsShown: somebody has changed them since.
        BellsRefused: these are no bell times.
        BellsInUse: weekly lessons are planned by a period that would be no more.
    """
    if len(spans) > MOST_BELLS or any(bell_faults(spans)):
        raise BellsRefused
    term = lock_term(term)
    before = bell_spans(term)
    require_as_shown(term, known, version_of_bells(before))
    if before == list(spans):
        return 0
    _require_kept(term, len(spans))
    term.bell_times.all().delete()
    BellTime.objects.bulk_create(
        BellTime(term=term, number=number, starts=span.starts, ends=span.ends)
        for number, span in enumerate(spans, start=1)
    )
    touch(term)
    return _have_weekly_lessons_follow(term, spans)


def _know_its_days(term: Term) -> None:
    fill_from_calendar(term)
    tell_of_unpublished_years(term, timezone.now())


def _require_kept(term: Term, count: int) -> None:
    beyond = term.weekly_lessons.filter(last_bell__gt=count).select_related("course", "teacher")
    weekly_lessons = list(beyond.order_by("weekday", "first_bell", "pk"))
    if weekly_lessons:
        raise BellsInUse(weekly_lessons)


def _have_weekly_lessons_follow(term: Term, spans: Sequence[BellSpan]) -> int:
    following: list[WeeklyLesson] = []
    for weekly_lesson in term.weekly_lessons.exclude(first_bell=None):
        # Both or neither, as the database says.
        first, last = weekly_lesson.first_bell or 0, weekly_lesson.last_bell or 0
        span = BellSpan(spans[first - 1].starts, spans[last - 1].ends)
        if (weekly_lesson.starts, weekly_lesson.ends) != span:
            weekly_lesson.starts, weekly_lesson.ends = span
            following.append(weekly_lesson)
    return move_weekly_lessons(following)


def _save_in_its_place(term: Term) -> None:
    term.last_day = term.last_day_planned()
    _require_place(term)
    try:
        with transaction.atomic():
            term.save()
    except IntegrityError:
        # Another one was quicker, which is seen now.
        _require_place(term)
        raise


def _require_place(term: Term) -> None:
    others = Term.objects.exclude(pk=term.pk)
    if others.filter(name=term.name).exists():
        raise TermNameTaken
    overlapping = others.filter(first_monday__lte=term.last_day, last_day__gte=term.first_monday)
    other = overlapping.order_by("first_monday").first()
    if other is not None:
        raise TermOverlaps(other)


def _require_no_lesson_outside(term: Term) -> None:
    inside = {"date__range": (term.first_monday, term.last_day)}
    outside = term.planned_lessons.filter(lesson__isnull=False).exclude(**inside)
    planned = list(outside.select_related("lesson").order_by("date", "pk"))
    if planned:
        raise LessonsOutside(planned)
