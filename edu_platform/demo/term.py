"""The terms of the demo school: bell times, the nation's holidays, and the regular week as their weekly lessons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from edu_platform.demo.grid import (
    BELLS,
    UPPER_BELLS,
    UPPER_GRADE,
    UPPER_LIST,
    Slot,
    week_slots,
)
from edu_platform.demo.roster import (
    FOURTH_GRADE_1,
    FOURTH_GRADE_2,
    THIRD_GRADE_1,
    THIRD_GRADE_2,
)
from edu_platform.demo.timetable import (
    Rosters,
    key_of,
    known_lessons,
    slots_of_week,
    term_starts_around,
    told_to_nobody,
)
from edu_platform.lib.batches import ROWS_A_STATEMENT
from schedule.enums import WeeklyLessonSource
from schedule.lessons.change import schedule_lessons
from schedule.lessons.plan import LessonPlan
from schedule.models import PlannedLesson, Term
from schedule.terms.bells.bell_list_writing import BellListPlan, insert_bell_list
from schedule.terms.bells.bell_lists import bell_lists_of, members_of
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.days.calendar_days import fill_from_calendar
from schedule.terms.days.days_off import days_off_of
from schedule.terms.days.days_off_writing import PartOffPlan, add_part
from schedule.terms.planning.difference import difference, without_conflicts
from schedule.terms.reading import bell_spans
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, insert_weekly_lessons
from schedule.terms.writing import set_bell_times
from schedule.week_grid import DAY, DAYS_A_WEEK

HALF_DAY = "家长会"
EXCURSION = "研学旅行"
EXAM = "阶段测评"
THURSDAY = 3
# The first period after lunch.
AFTERNOON = 5
# A weekly lesson is found again by it, as long as nobody made another of it.
SlotKey = tuple[object, ...]


class LinkedLesson(NamedTuple):
    """A lesson, and what it was planned by in the week that begins on this Monday."""

    slot: Slot
    monday: dt.date
    lesson_id: int


class Terms:
    """The terms of weeks, by their Mondays: each looked up or made once."""

    def __init__(self, rosters: Rosters) -> None:
        self._rosters = rosters
        self._terms: dict[dt.date, Term | None] = {}
        self._own_terms: dict[dt.date, Term | None] = {}

    def of(self, monday: dt.date) -> Term | None:
        """Return the demo's term of this week; None where planners have made others of those days."""
        first_monday, next_one = term_starts_around(monday)
        if first_monday not in self._terms:
            term = Term.objects.filter(first_monday=first_monday).first()
            term = term or _make_term(first_monday, next_one, self._rosters)
            if term is not None:
                _add_upper_list(term)
            self._terms[first_monday] = term
        return self._terms[first_monday]

    def own_term(self, monday: dt.date) -> Term | None:
        """Return the week's term if it has a timetable of its own, as in a demo of an earlier release."""
        if monday not in self._own_terms:
            self._own_terms[monday] = _own_term(monday)
        return self._own_terms[monday]


def _own_term(monday: dt.date) -> Term | None:
    term = Term.objects.holding(monday).first()
    if term is None or bell_spans(term) == list(BELLS):
        return None
    return term if term.weekly_lessons.exists() else None


def _make_term(first_monday: dt.date, next_one: dt.date, rosters: Rosters) -> Term | None:
    """Make the term with all that belongs to it.

    Not by `create_term`, which tells planners of holidays that are unpublished.
    """
    season = "秋季" if first_monday.month > 6 else "春季"
    term = Term(
        name=f"{first_monday.year}年{season}学期",
        first_monday=first_monday,
        weeks=(next_one - first_monday).days // DAYS_A_WEEK,
    )
    term.last_day = term.last_day_planned()
    overlapping = Q(first_monday__lte=term.last_day, last_day__gte=first_monday)
    if Term.objects.filter(overlapping | Q(name=term.name)).exists():
        return None
    term.save()
    set_bell_times(term, BELLS)
    fill_from_calendar(term)
    plans = [_weekly(slot, rosters) for slot in week_slots() if not slot.is_draft]
    insert_weekly_lessons(term, plans, source=WeeklyLessonSource.PAGE)
    _add_half_day(term)
    return term


def _add_half_day(term: Term) -> None:
    """Give its last Friday an afternoon without lessons."""
    friday = term.last_day - 2 * DAY
    add_part(
        term, PartOffPlan(name=HALF_DAY, first_day=friday, last_day=friday, from_bell=AFTERNOON)
    )


def add_days_off(term: Term, monday: dt.date, rosters: Rosters, *, today: dt.date) -> None:
    """Give the fourth grade an excursion in this week, and the third an afternoon of exams, unless some are to come.

    It is a week that nothing is planned in yet.
    """
    if term.part_days_off.filter(is_for_class_groups=True, last_day__gte=today).exists():
        return
    day = monday + THURSDAY * DAY
    fourth = tuple(map(rosters.class_group, (FOURTH_GRADE_1, FOURTH_GRADE_2)))
    add_part(term, PartOffPlan(name=EXCURSION, first_day=day, last_day=day, class_groups=fourth))
    third = tuple(map(rosters.class_group, (THIRD_GRADE_1, THIRD_GRADE_2)))
    add_part(
        term,
        PartOffPlan(
            name=EXAM,
            first_day=day - DAY,
            last_day=day - DAY,
            from_bell=AFTERNOON,
            class_groups=third,
        ),
    )


def off_in(term: Term | None) -> Callable[[LessonPlan], bool]:
    """Return what tells whether a lesson falls on a half day off, or a day off of its class groups; two queries."""
    if term is None:
        return lambda _plan: False
    days_off, bell_lists = days_off_of(term), bell_lists_of(term)

    def is_off(plan: LessonPlan) -> bool:
        starts, ends = map(timezone.localtime, (plan.starts_at, plan.ends_at))
        members, hours = members_of(plan.class_groups), BellSpan(starts.time(), ends.time())
        return bool(days_off.is_off(members, starts.date(), hours, bell_lists))

    return is_off


def _add_upper_list(term: Term) -> None:
    """Give a term of the demo its second list of bell times, unless it has one, or other bell times by now."""
    if bell_spans(term) == list(BELLS) and not term.bell_lists.exists():
        plan = BellListPlan(name=UPPER_LIST, spans=UPPER_BELLS, grades=(UPPER_GRADE,))
        insert_bell_list(term, plan)


def _weekly(slot: Slot, rosters: Rosters) -> WeeklyLessonPlan:
    return WeeklyLessonPlan(
        course=rosters.course(slot.course),
        teacher=rosters.users[slot.teacher],
        class_groups=tuple(rosters.class_group(name) for name in slot.class_groups),
        weekday=slot.weekday + 1,
        starts=slot.bell.starts,
        ends=slot.bell.ends,
        first_bell=slot.period,
        last_bell=slot.period,
        weeks=slot.weeks,
        title=slot.title,
        room_type=slot.room_type,
        record_mode=slot.record_mode,
        overlap_reason=slot.overlap_reason,
    )


@transaction.atomic
def plan_own_weeks(term: Term, mondays: Iterable[dt.date], *, at: dt.datetime) -> None:
    """Plan these weeks as the term's own weekly lessons say, as far as they are still to come."""
    days = {monday + number * DAY for monday in mondays for number in range(DAYS_A_WEEK)}
    to_come = without_conflicts(difference(term, at=at, with_past=False)).added
    placements = [placement for placement in to_come if placement.date in days]
    plans = [placement.plan for placement in placements]
    lessons = schedule_lessons(plans, action=told_to_nobody())
    PlannedLesson.objects.bulk_create(
        [
            PlannedLesson(
                term=term,
                weekly_lesson=placement.weekly_lesson,
                date=placement.date,
                lesson=lesson,
            )
            for placement, lesson in zip(placements, lessons, strict=True)
        ],
        batch_size=ROWS_A_STATEMENT,
    )


# --- Lessons of its plan --------------------------------------------------------------------------


def link_week(term: Term | None, monday: dt.date, rosters: Rosters) -> None:
    """Say of the demo's lessons of a week which are of the plan of their term.

    What planners made of the term since stays.
    """
    known = known_lessons(monday)
    linked = set(
        PlannedLesson.objects.filter(lesson__in=known.values()).values_list("lesson", flat=True)
    )
    lessons = (
        LinkedLesson(slot, monday, known[key_of(plan)])
        for slot, plan in slots_of_week(monday, rosters)
        if key_of(plan) in known
    )
    link_lessons(term, (lesson for lesson in lessons if lesson.lesson_id not in linked), rosters)


@transaction.atomic
def link_lessons(term: Term | None, lessons: Iterable[LinkedLesson], rosters: Rosters) -> None:
    """Make these lessons those of the term's plan.

    Each has its topic and counts as edited, so that the plan leaves it as it is.
    """
    if term is None:
        return
    weekly_lessons = _weekly_lessons_by_slot(term)
    wanted = {
        (weekly_lessons.get(_slot_key(slot, rosters)), monday + slot.weekday * DAY): lesson_id
        for slot, monday, lesson_id in lessons
    }
    dates = {date for _weekly_lesson, date in wanted}
    of_days = term.planned_lessons.filter(date__in=dates).exclude(lesson=None)
    taken = set(of_days.values_list("weekly_lesson", "date"))
    # A planned lesson that somebody deleted has a row, and was planned again.
    PlannedLesson.objects.bulk_create(
        [
            _edited(term, weekly_lesson_id, date, lesson_id)
            for (weekly_lesson_id, date), lesson_id in wanted.items()
            if weekly_lesson_id is not None and (weekly_lesson_id, date) not in taken
        ],
        batch_size=ROWS_A_STATEMENT,
        update_conflicts=True,
        unique_fields=["weekly_lesson", "date"],
        update_fields=["lesson", "is_edited"],
    )


def _edited(term: Term, weekly_lesson_id: int, date: dt.date, lesson_id: int) -> PlannedLesson:
    return PlannedLesson(
        term=term,
        weekly_lesson_id=weekly_lesson_id,
        date=date,
        lesson_id=lesson_id,
        is_edited=True,
    )


def _weekly_lessons_by_slot(term: Term) -> dict[SlotKey, int]:
    columns = ("course", "teacher", "title", "weekday", "starts", "weeks", "class_groups", "pk")
    return {tuple(key): pk for *key, pk in term.weekly_lessons.values_list(*columns)}


def _slot_key(slot: Slot, rosters: Rosters) -> SlotKey:
    who = (rosters.course(slot.course).pk, rosters.users[slot.teacher].pk, slot.title)
    when = (slot.weekday + 1, slot.bell.starts, slot.weeks.text)
    return (*who, *when, rosters.class_group(slot.class_groups[0]).pk)
