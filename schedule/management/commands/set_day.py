from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable, Iterator
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
from schedule.lessons.plan import LessonPlan
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.management.asked_days import AskedDays, Refused, day_outside_in_words, read_days
from schedule.management.progress_line import progress_shown
from schedule.models import (
    ClassGroup,
    Lesson,
    PlanningAction,
    Term,
    class_group_names,
)
from schedule.occupancy.bookings import Holder
from schedule.terms.days.calendar import TermCalendar, dates_to
from schedule.terms.days.calendar_days import DayOutsideTerm
from schedule.terms.days.days_off_forms import fault_in_words
from schedule.terms.days.days_off_writing import (
    PartRefused,
    require_part,
)
from schedule.terms.locks import lock_unchanged
from schedule.terms.planning.conflict_words import ConflictWords, WeeklyConflict
from schedule.terms.planning.difference import without_conflicts
from schedule.terms.planning.plan_conflicts import PlanConflict
from schedule.terms.planning.term_difference import PlanPart, TermDifference
from schedule.terms.planning.term_plan import PlanOptions, WorkedOutPlan, work_out_plan, write_plan

# Somebody whom a weekly lesson takes.
LeftOut = tuple[int, Holder]


class Command(BaseCommand):
    help = (
        "Make a day or a range of days of a term holidays, also half ones or for some class groups only, or school days "
        "that take the plan of a weekday, and have the lessons of its weekly plan follow. Prints a line for each lesson "
        "that moved, was added or removed."
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
        parser.add_argument(
            "--from-period",
            type=int,
            metavar="N",
            help="a holiday from this period on; the whole day unless given",
        )
        parser.add_argument(
            "--until-period", type=int, metavar="N", help="a holiday until this period, included"
        )
        parser.add_argument(
            "--class-groups",
            default="",
            metavar="NAMES",
            help="a holiday of these class groups only, with ; between them",
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
        asked_days = read_days(options)
        try:
            with progress_shown():
                plan_difference = trying_again(
                    lambda: _set_and_plan(asked_days, dry_run=options["dry_run"])
                )
        except (DayOutsideTerm, Term.DoesNotExist):
            raise Refused(day_outside_in_words(asked_days.term, asked_days.first)) from None
        except PartRefused as err:
            raise Refused(fault_in_words(err.fault)) from None
        except ChangedMeanwhile as err:
            raise Refused(_("The timetable has changed meanwhile: please try again.")) from err
        if plan_difference is None:
            self.stdout.write(_("The term was not planned yet: its lessons follow once it is."))
            plan_difference = TermDifference(timezone.now())
        dates = set(dates_to(asked_days.first, asked_days.last))
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


def _set_and_plan(asked_days: AskedDays, *, dry_run: bool) -> TermDifference | None:
    """Set the days and plan the term's lessons anew, or say what that would do; None: it was never planned.

    What was left out before, since somebody is taken, stays left out.

    Raises:
        DayOutsideTerm, PartRefused: the term may not have such days.
        ChangedMeanwhile: the term or its lessons do not stay as they are.
    """
    term = Term.objects.get(pk=asked_days.term.pk)
    if not (term.holds(asked_days.first) and term.holds(asked_days.last)):
        raise DayOutsideTerm
    if asked_days.part is not None:
        require_part(term, asked_days.part)
    part = _part_planned(term)
    options = PlanOptions(at=timezone.now(), is_draft=_is_draft(term), part=part)
    is_planned = term.planned_at is not None or part is not None
    planned = _work_out(term, asked_days.calendar(term), options) if is_planned else None
    if not dry_run:
        with own_transaction(planned.lesson_count if planned else 0, rows_a_unit=ROWS_A_LESSON):
            lock_unchanged(term, no_key=True)
            asked_days.save(term)
            if planned is not None:
                write_plan(planned, action=PlanningAction(reason=asked_days.name), options=options)
    return None if planned is None else planned.difference


def _work_out(term: Term, calendar: TermCalendar, options: PlanOptions) -> WorkedOutPlan:
    left_out = _left_out(term, options)
    planned = work_out_plan(term, options, calendar=calendar)
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
    """Return the lessons of these days that stay, though their plan says otherwise."""
    line = _(
        "Left alone, since somebody changed it or its class has begun: %(lesson)s, %(period)s."
    )
    return [
        line % about_lesson(planned.lesson)
        for planned in plan_difference.left_alone
        if planned.lesson is not None and timezone.localdate(planned.lesson.starts_at) in dates
    ]


# --- What it prints -------------------------------------------------------------------------------


def lines_of(plan_difference: TermDifference) -> Iterator[str]:
    """Return a line for each lesson that is moved, changed, added or removed."""
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
    """Return a line for each lesson that cannot be placed, and why; four queries, more for hundreds of them."""
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
    """Return the arguments of the sentences above."""
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
