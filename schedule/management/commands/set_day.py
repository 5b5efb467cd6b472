from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from edu_platform.lib.bulk_writing import own_transaction
from edu_platform.lib.formatting import NOTHING
from schedule.enums import DayKind, LessonState, WeeklyLessonSource
from schedule.history.words import period_text
from schedule.lessons.change import ROWS_A_LESSON
from schedule.lessons.moments import NotReadable, read_date, read_weekday
from schedule.lessons.plan import LessonPlan
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.management.progress_line import progress_shown
from schedule.models import (
    DAY_NAME_CHARS,
    ClassGroup,
    Lesson,
    PlanningAction,
    Term,
    TermDay,
    class_group_names,
)
from schedule.occupancy.bookings import Holder
from schedule.terms.calendar import calendar_of, dates_to
from schedule.terms.calendar_days import DayOutsideTerm, set_day
from schedule.terms.conflict_words import ConflictWords, WeeklyConflict
from schedule.terms.difference import without_conflicts
from schedule.terms.locks import lock_unchanged
from schedule.terms.plan_conflicts import PlanConflict
from schedule.terms.term_difference import PlanPart, TermDifference
from schedule.terms.term_plan import PlanOptions, WorkedOutPlan, work_out_plan, write_plan

# Somebody whom a weekly lesson takes.
LeftOut = tuple[int, Holder]


class Refused(Exception):
    """Nothing was changed; the text says why, in a line for each reason."""


class Command(BaseCommand):
    help = (
        "Make a day or a range of days of a term holidays, or school days that take the plan of a weekday, and have the "
        "lessons of its weekly plan follow. Prints a line for each lesson that moved, was added or removed."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "date", metavar="DATE", help="such as 2026-10-10, or 2026-10-01..2026-10-07"
        )
        parser.add_argument("kind", choices=DayKind.values)
        parser.add_argument(
            "--as",
            dest="plan_of",
            metavar="WEEKDAY",
            help="whose plan a workday takes: 1-7 or 周一…周日; its own unless given",
        )
        parser.add_argument("--name", default="", help="how the school calls the day")
        parser.add_argument("--term", metavar="NAME", help="the term that holds the day")
        parser.add_argument(
            "--dry-run", action="store_true", help="print what would move and change nothing"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        # Commands run without a language of their own; the school reads this.
        with translation.override(settings.LANGUAGE_CODE):
            try:
                self._set_day(options)
            except Refused as refused:
                self.stderr.write(str(refused))
                # Not a CommandError: nothing but the reasons stands on stderr.
                raise SystemExit(1) from None

    def _set_day(self, options: dict[str, Any]) -> None:
        days = _read_days(options)
        try:
            with progress_shown():
                plan_difference = trying_again(
                    lambda: _set_and_plan(days, dry_run=options["dry_run"])
                )
        except (DayOutsideTerm, Term.DoesNotExist):
            raise Refused(_outside(days)) from None
        except ChangedMeanwhile as err:
            raise Refused(_("The timetable has changed meanwhile: please try again.")) from err
        if plan_difference is None:
            self.stdout.write(_("The term was not planned yet: its lessons follow once it is."))
            plan_difference = TermDifference(timezone.now())
        dates = {day.date for day in days}
        for line in (*lines_of(plan_difference), *_left_alone(plan_difference, dates)):
            self.stdout.write(line)
        self.stdout.write(
            " ".join(f"{name}={count}" for name, count in plan_difference.counts().items())
        )


def _part_planned(term: Term) -> PlanPart | None:
    """Return what a timetable of FET made so far of a term that was not planned as a whole."""
    if term.planned_at is not None or not term.planned_lessons.exists():
        return None
    return PlanPart.of(term, WeeklyLessonSource.FET)


def _set_and_plan(days: Sequence[TermDay], *, dry_run: bool) -> TermDifference | None:
    """Set the days and plan the term's lessons anew, or say what that would do; None: it was never planned.

    What was left out before, since somebody is taken, stays left out.

    Raises:
        ChangedMeanwhile: the term or its lessons do not stay as they are.
    """
    term = Term.objects.get(pk=days[0].term_id)
    if not all(term.holds(day.date) for day in days):
        raise DayOutsideTerm
    part = _part_planned(term)
    options = PlanOptions(at=timezone.now(), is_draft=_is_draft(term), part=part)
    is_planned = term.planned_at is not None or part is not None
    planned = _work_out(term, days, options) if is_planned else None
    if not dry_run:
        with own_transaction(planned.lesson_count if planned else 0, rows_a_unit=ROWS_A_LESSON):
            lock_unchanged(term, no_key=True)
            for day in days:
                _set(day)
            if planned is not None:
                write_plan(planned, action=PlanningAction(reason=days[0].name), options=options)
    return None if planned is None else planned.difference


def _set(day: TermDay) -> None:
    kind = DayKind(day.kind)
    set_day(day.term, day.date, kind=kind, plan_weekday=day.plan_weekday, name=day.name)


def _work_out(term: Term, days: Sequence[TermDay], options: PlanOptions) -> WorkedOutPlan:
    left_out = _left_out(term, options)
    planned = work_out_plan(term, options, calendar=calendar_of(term).with_days(days))
    in_the_way = [
        conflict for conflict in planned.difference.conflicts if _who_of(conflict) not in left_out
    ]
    if in_the_way:
        raise Refused("\n".join(conflict_lines(in_the_way)))
    return dataclasses.replace(planned, difference=without_conflicts(planned.difference))


def _left_out(term: Term, options: PlanOptions) -> frozenset[LeftOut]:
    """Return who of which weekly lesson is taken by others, as far as somebody agreed to leave these lessons out."""
    if options.part is None and term.awaits_planning:
        return frozenset()
    planned = work_out_plan(term, options)
    return frozenset(map(_who_of, planned.difference.conflicts))


def _who_of(conflict: PlanConflict) -> LeftOut:
    return conflict.placement.weekly_lesson.pk, conflict.holder


def _is_draft(term: Term) -> bool:
    """Tell whether the term is a draft as a whole, so that no lesson of it is seen before the others."""
    lessons = Lesson.objects.filter(planned__term=term)
    return lessons.exists() and not lessons.exclude(state=LessonState.DRAFT).exists()


def _left_alone(plan_difference: TermDifference, dates: Collection[dt.date]) -> list[str]:
    """The lessons of these days that stay, though their plan says otherwise."""
    line = _(
        "Left alone, since somebody changed it or its class has begun: %(lesson)s, %(period)s."
    )
    return [
        line % about_lesson(planned.lesson)
        for planned in plan_difference.left_alone
        if planned.lesson is not None and timezone.localdate(planned.lesson.starts_at) in dates
    ]


# --- The arguments --------------------------------------------------------------------------------


def _read_days(options: dict[str, Any]) -> list[TermDay]:
    """Return the days as they are to be, of the term that holds the first."""
    (first, last), kind = _read_range(options["date"]), DayKind(options["kind"])
    plan_weekday = _read_plan(options["plan_of"], kind)
    name = _read_name(options["name"])
    term = _find_term(options["term"], first)
    if not (term.holds(first) and term.holds(last)):
        raise Refused(_outside_in_words(term, last if term.holds(first) else first))
    return [
        TermDay(term=term, date=date, kind=kind, plan_weekday=plan_weekday, name=name)
        for date in dates_to(first, last)
    ]


def _read_range(text: str) -> tuple[dt.date, dt.date]:
    """Read a day, or two with dots between them."""
    first, dots, last = text.partition("..")
    days = _read_date(first), _read_date(last if dots else first)
    if days[1] < days[0]:
        raise Refused(_("%(text)s: the last day lies before the first.") % {"text": text})
    return days


def _read_date(text: str) -> dt.date:
    try:
        return read_date(text)
    except NotReadable as err:
        raise Refused(f"{text}: {err}") from err


def _read_plan(text: str | None, kind: DayKind) -> int | None:
    if text is None:
        return None
    if kind == DayKind.HOLIDAY:
        raise Refused(_("A holiday takes no weekday's plan: leave out --as."))
    try:
        return read_weekday(text)
    except NotReadable as err:
        raise Refused(f"{text}: {err}") from err


def _read_name(text: str) -> str:
    name = text.strip()
    if len(name) > DAY_NAME_CHARS:
        raise Refused(
            _("The name is longer than %(count)s characters.") % {"count": DAY_NAME_CHARS}
        )
    return name


def _find_term(name: str | None, date: dt.date) -> Term:
    if name is None:
        term = Term.objects.holding(date).first()
        if term is None:
            raise Refused(_("No term holds the day %(day)s.") % {"day": date})
        return term
    term = Term.objects.filter(name=name).first()
    if term is None:
        raise Refused(_("There is no term %(name)s.") % {"name": name})
    return term


def _outside(days: Sequence[TermDay]) -> str:
    """Say that the term, which was changed or deleted meanwhile, does not hold these days."""
    return _outside_in_words(days[0].term, days[0].date)


def _outside_in_words(term: Term, date: dt.date) -> str:
    return _("%(day)s does not lie in the term %(name)s (%(first)s to %(last)s).") % {
        "day": date,
        "name": term.name,
        "first": term.first_monday,
        "last": term.last_day,
    }


# --- What it prints -------------------------------------------------------------------------------


def lines_of(plan_difference: TermDifference) -> Iterator[str]:
    """A line for each lesson that is moved, changed, added or removed."""
    for change in plan_difference.changed:
        before = period_text(change.lesson.starts_at, change.lesson.ends_at)
        after = period_text(change.plan.starts_at, change.plan.ends_at)
        what = {"lesson": _name_of(change.plan), "before": before, "after": after}
        if change.is_moved:
            yield _("Moved: %(lesson)s, from %(before)s to %(after)s.") % what
        else:
            yield _("Changed: %(lesson)s, %(period)s.") % {**what, "period": after}
    for placement in plan_difference.added:
        yield _("New: %(lesson)s, %(period)s.") % about_plan(placement.plan)
    for planned in plan_difference.removed:
        if planned.lesson is not None:
            about = about_lesson(planned.lesson)
            yield _("Deleted from the timetable: %(lesson)s, %(period)s.") % about


def conflict_lines(conflicts: Iterable[PlanConflict]) -> Iterator[str]:
    """A line for each lesson that cannot be placed, and why; four queries, more for hundreds of them."""
    weekly_conflicts = [WeeklyConflict([conflict]) for conflict in conflicts]
    words = ConflictWords(weekly_conflicts)
    for weekly_conflict in weekly_conflicts:
        about = about_plan(weekly_conflict.first.placement.plan)
        yield _("%(lesson)s, %(period)s: %(why)s") % {
            **about,
            "why": words.why(
                weekly_conflict, _other_in_words(weekly_conflict, words.lesson(weekly_conflict))
            ),
        }


def _other_in_words(weekly_conflict: WeeklyConflict, lesson: Lesson | None) -> str:
    """Empty where no other lesson is the cause."""
    if lesson is not None:
        return _("%(lesson)s, %(period)s") % about_lesson(lesson)
    other = weekly_conflict.first.other
    return "" if other is None else _("%(lesson)s, %(period)s") % about_plan(other.plan)


def about_plan(plan: LessonPlan) -> dict[str, str]:
    """Arguments of the sentences above."""
    return {"lesson": _name_of(plan), "period": period_text(plan.starts_at, plan.ends_at)}


def about_lesson(lesson: Lesson) -> dict[str, str]:
    return {
        "lesson": f"{lesson.course.name} {_groups_text(lesson.class_groups.all())}",
        "period": period_text(lesson.starts_at, lesson.ends_at),
    }


def _name_of(plan: LessonPlan) -> str:
    return f"{plan.course.name} {_groups_text(plan.class_groups)}"


def _groups_text(class_groups: Iterable[ClassGroup]) -> str:
    return class_group_names(class_groups) or NOTHING
